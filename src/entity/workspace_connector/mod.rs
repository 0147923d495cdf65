//! One connector, activated and authorised in one workspace.

mod object;
mod query;
mod store;

pub use query::WorkspaceConnectorQuery;
pub use store::*;
