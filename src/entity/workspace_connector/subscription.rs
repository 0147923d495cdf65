//! The root field that follows.

use super::WorkspaceConnector;
use crate::db::changes::Entity;
use crate::entity::follow::follow;
use crate::events::Followed;

impl Followed for WorkspaceConnector {
    const ENTITY: Entity = Entity::WorkspaceConnector;
}

follow! {
    WorkspaceConnectorSubscription:
    /// What becomes of the workspace connectors of the workspace, from now on.
    workspace_connector_changed => changed WorkspaceConnector by id
}
