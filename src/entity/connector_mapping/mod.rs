//! The compiled expression that turns one tool's response into one kind of entity.

mod checks;
mod input;
mod mutation;
mod object;
mod predecessor;
mod query;
pub mod rest;
mod rules;
mod store;
mod subscription;
mod tool_args;
mod upkeep;

pub use input::*;

pub use mutation::*;
pub use object::{ConnectorMappingAuditTrail, ConnectorMappingPaginationSpec, OF_ROWS};
pub use predecessor::ConnectorMappingPredecessor;
pub use query::ConnectorMappingQuery;
pub use store::*;
pub use subscription::ConnectorMappingSubscription;
