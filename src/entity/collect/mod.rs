//! A gathering of documents that a person started, mostly from the browser extension.

mod ending;
mod input;
mod mutation;
mod object;
mod query;
pub mod rest;
mod rules;
mod statistics;
mod store;
mod subscription;
mod times;

pub use input::*;
pub use mutation::*;
pub use query::CollectQuery;
pub(crate) use rules::named;
pub use statistics::*;
pub use store::*;
pub use subscription::CollectSubscription;
