//! A credential with which a machine acts in one workspace.

mod input;
mod mutation;
mod object;
mod query;
mod rules;
mod store;

pub use input::*;
pub use mutation::*;
pub use query::ApiKeyQuery;
pub use store::*;
