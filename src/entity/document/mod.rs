//! A file of a workspace, with what was found out about it.

mod input;
mod mutation;
mod object;
mod query;
pub mod rest;
mod rules;
mod store;
mod subscription;

pub use input::*;
pub use mutation::*;
pub use query::DocumentQuery;
pub use store::*;
pub use subscription::DocumentSubscription;
