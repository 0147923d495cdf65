//! One sync run of one workspace connector, from scheduled to finished.

mod object;
mod query;
mod store;

pub use query::WorkspaceConnectorSyncLogQuery;
pub use store::*;
