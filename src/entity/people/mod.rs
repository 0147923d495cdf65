//! A person a workspace knows: a member of it, or somebody it deals with.

mod object;
mod query;
mod store;

pub use query::PeopleQuery;
pub use store::*;
