//! Anything by its id: Relay's `node` and `nodes`.

mod query;
mod store;

pub use query::{Node, NodeQuery};
