//! The root field that follows.

use super::WorkspaceConnectorSyncLog;
use crate::db::changes::Entity;
use crate::entity::follow::follow;
use crate::events::Followed;

impl Followed for WorkspaceConnectorSyncLog {
    const ENTITY: Entity = Entity::WorkspaceConnectorSyncLog;
}

follow! {
    WorkspaceConnectorSyncLogSubscription:
    /// What becomes of the sync logs of the workspace, from now on.
    workspace_connector_sync_log_changed => changed WorkspaceConnectorSyncLog by id or connector
}
