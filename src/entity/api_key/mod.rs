//! A credential with which a machine acts in one workspace.

mod mutation;
mod object;
mod query;
mod store;
mod write;

pub use mutation::*;
pub use query::ApiKeyQuery;
pub use store::*;
