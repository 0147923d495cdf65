//! The root field that follows.

use super::ConnectorMapping;
use crate::db::changes::Entity;
use crate::events::Followed;
use crate::events::field::follow;

impl Followed for ConnectorMapping {
    const ENTITY: Entity = Entity::ConnectorMapping;
}

follow! {
    ConnectorMappingSubscription:
    /// What becomes of the mappings of the workspace, from now on.
    connector_mapping_changed => changed ConnectorMapping by id or connector
}
