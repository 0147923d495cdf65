//! One connector, activated and authorised in one workspace.

mod life;
mod mutation;
mod object;
mod query;
mod store;
mod write;

pub use mutation::*;
pub use query::WorkspaceConnectorQuery;
pub use store::*;
pub(crate) use write::{named, synced};
