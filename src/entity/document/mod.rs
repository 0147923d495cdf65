//! A file of a workspace, with what was found out about it.

mod object;
mod query;
mod store;

pub use query::DocumentQuery;
pub use store::*;
