//! A person a workspace knows: a member of it, or somebody it deals with.

mod mutation;
mod object;
mod query;
mod store;
mod write;

pub use mutation::*;
pub use query::PeopleQuery;
pub use store::*;
pub(crate) use write::{named, of_caller};
