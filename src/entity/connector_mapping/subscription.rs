//! The root field that follows.

use super::ConnectorMapping;
use crate::db::changes::Entity;
use crate::entity::follow::follow;
use crate::events::Followed;

impl Followed for ConnectorMapping {
    const ENTITY: Entity = Entity::ConnectorMapping;
}

follow! {
    ConnectorMappingSubscription:
    /// What becomes of the mappings of the workspace, from now on.
    connector_mapping_changed => changed ConnectorMapping by id or connector
}
