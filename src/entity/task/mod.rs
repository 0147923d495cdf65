//! Something to be done in a workspace, perhaps as part of another task.

mod input;
mod mutation;
mod object;
mod query;
pub mod rest;
mod rules;
mod store;
mod tree;

pub use input::*;
pub use mutation::*;
pub use query::TaskQuery;
pub(crate) use rules::named;
pub use store::*;
