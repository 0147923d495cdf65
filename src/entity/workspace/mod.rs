//! The tenant: what every other row belongs to.

mod input;
mod mutation;
mod query;
pub mod rest;
mod rules;
mod store;

pub use input::*;
pub use mutation::*;
pub use query::WorkspaceQuery;
pub use store::*;
