//! Something worth knowing that happened while a workspace connector was synced.

mod input;
mod mutation;
mod object;
mod query;
pub mod rest;
mod retention;
mod rules;
mod statistics;
mod store;
mod subscription;

pub use input::*;
pub use mutation::*;
pub use query::ConnectorSyncDiagnosticQuery;
pub use retention::Retention;
pub use statistics::*;
pub use store::*;
pub use subscription::ConnectorSyncDiagnosticSubscription;
