//! One sync run of one workspace connector, from scheduled to finished.

pub(crate) mod life;
mod mutation;
mod object;
mod query;
mod statistics;
mod store;
mod subscription;

pub use mutation::*;
pub use query::WorkspaceConnectorSyncLogQuery;
pub use statistics::*;
pub use store::*;
pub use subscription::WorkspaceConnectorSyncLogSubscription;
