//! A person a workspace knows: a member of it, or somebody it deals with.

mod input;
mod mutation;
mod object;
mod query;
pub mod rest;
mod rules;
mod store;

pub use input::*;
pub use mutation::*;
pub use query::PeopleQuery;
pub(crate) use rules::{named, of_caller};
pub use store::*;
