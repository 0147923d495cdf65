//! Something to be done in a workspace, perhaps as part of another task.

mod mutation;
mod object;
mod query;
mod store;
mod tree;
mod write;

pub use mutation::*;
pub use query::TaskQuery;
pub use store::*;
pub(crate) use write::named;
