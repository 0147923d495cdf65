//! The provenance ledger: which document passed through which workspace connector, in which direction, and when.

mod input;
mod mutation;
mod object;
mod query;
pub mod rest;
mod rules;
mod statistics;
mod store;
mod subscription;

pub use input::*;
pub use mutation::*;
pub use query::DocumentWorkspaceConnectorQuery;
pub use statistics::*;
pub use store::*;
pub use subscription::DocumentWorkspaceConnectorSubscription;
