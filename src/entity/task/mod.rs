//! Something to be done in a workspace, perhaps as part of another task.

mod object;
mod query;
mod store;

pub use query::TaskQuery;
pub use store::*;
