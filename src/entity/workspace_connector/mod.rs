//! One connector, activated and authorised in one workspace.

mod object;
mod query;
mod store;
mod write;

pub use query::WorkspaceConnectorQuery;
pub use store::*;
pub(crate) use write::{named, synced};
