//! Root fields that read.

use super::WorkspaceConnectorSyncLog;
use crate::entity::macros::root_fields;

root_fields! {
    WorkspaceConnectorSyncLogQuery for WorkspaceConnectorSyncLog {
        /// One sync log; null when there is none with this id in the workspace.
        workspace_connector_sync_log;
        /// The sync logs of the workspace.
        workspace_connector_sync_logs;
    }
}
