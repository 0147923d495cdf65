//! A tool of the catalogue that can be connected: everybody's, or private to one workspace.

mod object;
mod query;
mod store;

pub use query::ConnectorQuery;
pub use store::*;
