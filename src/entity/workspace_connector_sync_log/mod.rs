//! One sync run of one workspace connector, from scheduled to finished.

mod input;
mod mutation;
mod object;
mod query;
pub mod rest;
pub(crate) mod rules;
mod statistics;
mod store;
mod subscription;

pub use input::*;
pub use mutation::*;
pub use query::WorkspaceConnectorSyncLogQuery;
pub use statistics::*;
pub use store::*;
pub use subscription::WorkspaceConnectorSyncLogSubscription;
