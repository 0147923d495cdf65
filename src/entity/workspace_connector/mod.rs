//! One connector, activated and authorised in one workspace.

mod life;
mod mutation;
mod object;
mod query;
mod store;
mod subscription;
mod write;

pub use mutation::*;
pub use query::WorkspaceConnectorQuery;
pub use store::*;
pub use subscription::WorkspaceConnectorSubscription;
pub(crate) use write::{named, synced};
