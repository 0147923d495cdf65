//! The compiled expression that turns one tool's response into one kind of entity.

mod input;
mod jsonata;
mod mutation;
mod object;
mod query;
mod store;
mod subscription;
mod tool_args;
mod upkeep;
mod write;

pub use input::{ConnectorMappingAuditTrailInput, ConnectorMappingPaginationSpecInput};
pub use mutation::*;
pub use object::{ConnectorMappingAuditTrail, ConnectorMappingPaginationSpec};
pub use query::ConnectorMappingQuery;
pub use store::*;
pub use subscription::ConnectorMappingSubscription;
