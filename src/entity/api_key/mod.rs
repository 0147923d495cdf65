//! A credential with which a machine acts in one workspace.

mod object;
mod query;
mod store;

pub use query::ApiKeyQuery;
pub use store::*;
