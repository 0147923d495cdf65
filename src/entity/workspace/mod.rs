//! The tenant: what every other row belongs to.

mod query;
mod store;

pub use query::WorkspaceQuery;
pub use store::*;
