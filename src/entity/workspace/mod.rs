//! The tenant: what every other row belongs to.

mod mutation;
mod query;
mod store;
mod write;

pub use mutation::*;
pub use query::WorkspaceQuery;
pub use store::*;
