//! A gathering of documents that a person started, mostly from the browser extension.

mod ending;
mod life;
mod mutation;
mod object;
mod query;
mod statistics;
mod store;
mod subscription;
mod times;

pub(crate) use life::named;
pub use mutation::*;
pub use query::CollectQuery;
pub use statistics::*;
pub use store::*;
pub use subscription::CollectSubscription;
