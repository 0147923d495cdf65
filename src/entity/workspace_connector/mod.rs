//! One connector, activated and authorised in one workspace.

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
pub use query::WorkspaceConnectorQuery;
pub(crate) use rules::{named, synced};
pub use store::*;
pub use subscription::WorkspaceConnectorSubscription;
