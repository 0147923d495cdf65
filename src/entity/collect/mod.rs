//! A gathering of documents that a person started, mostly from the browser extension.

mod object;
mod query;
mod statistics;
mod store;

pub use query::CollectQuery;
pub use statistics::*;
pub use store::*;
