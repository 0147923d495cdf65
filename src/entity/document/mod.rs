//! A file of a workspace, with what was found out about it.

mod mutation;
mod object;
mod query;
mod store;
mod subscription;
mod write;

pub use mutation::*;
pub use query::DocumentQuery;
pub use store::*;
pub use subscription::DocumentSubscription;
