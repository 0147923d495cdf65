//! The provenance ledger: which document passed through which workspace connector, in which direction, and when.

mod object;
mod query;
mod statistics;
mod store;

pub use query::DocumentWorkspaceConnectorQuery;
pub use statistics::*;
pub use store::*;
