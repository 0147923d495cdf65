//! The provenance ledger: which document passed through which workspace connector, in which direction, and when.

mod mutation;
mod object;
mod query;
mod statistics;
mod store;
mod subscription;
mod write;

pub use mutation::*;
pub use query::DocumentWorkspaceConnectorQuery;
pub use statistics::*;
pub use store::*;
pub use subscription::DocumentWorkspaceConnectorSubscription;
