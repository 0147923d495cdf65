//! A tool of the catalogue that can be connected: everybody's, or private to one workspace.

mod mutation;
mod object;
mod query;
mod store;
mod write;

pub use mutation::*;
pub use query::ConnectorQuery;
pub use store::*;
