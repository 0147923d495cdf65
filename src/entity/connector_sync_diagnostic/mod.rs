//! Something worth knowing that happened while a workspace connector was synced.

mod mutation;
mod object;
mod query;
mod retention;
mod statistics;
mod store;
mod subscription;
mod write;

pub use mutation::*;
pub use query::ConnectorSyncDiagnosticQuery;
pub use retention::Retention;
pub use statistics::*;
pub use store::*;
pub use subscription::ConnectorSyncDiagnosticSubscription;
