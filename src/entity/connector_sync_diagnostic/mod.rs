//! Something worth knowing that happened while a workspace connector was synced.

mod object;
mod query;
mod statistics;
mod store;

pub use query::ConnectorSyncDiagnosticQuery;
pub use statistics::*;
pub use store::*;
