//! A tool of the catalogue that can be connected: everybody's, or private to one workspace.

mod input;
mod mutation;
mod object;
mod query;
pub mod rest;
mod rules;
mod store;

pub use input::*;
pub use mutation::*;
pub use query::ConnectorQuery;
pub use store::*;
