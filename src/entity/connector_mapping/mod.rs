//! The compiled expression that turns one tool's response into one kind of entity.

mod object;
mod query;
mod store;

pub use object::{ConnectorMappingAuditTrail, ConnectorMappingPaginationSpec};
pub use query::ConnectorMappingQuery;
pub use store::*;
