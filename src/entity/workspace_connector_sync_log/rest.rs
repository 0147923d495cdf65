//! It as a resource type of the REST API.

use super::object::CLOUD_TASK_ID;
use crate::rest::resource::{Resource, Roots, Transition, Writes};

/// The resource type.
pub static REST: Resource = Resource {
    name: "workspace_connector_sync_log",
    path: "workspace-connector-sync-logs",
    object: "WorkspaceConnectorSyncLog",
    roots: Roots::Connection { one: "workspaceConnectorSyncLog", many: "workspaceConnectorSyncLogs" },
    id_column: Some("workspace_connector_sync_log_id"),
    renamed: &[],
    filters: &[],
    computed: &["isTerminal", "recordsSynced", "pagesFetched"],
    protected: &[("cloudTaskId", CLOUD_TASK_ID)],
    writes: Some(Writes {
        create: "createWorkspaceConnectorSyncLog",
        create_many: None,
        update: "updateWorkspaceConnectorSyncLog",
        transitions: &[
            Transition { attribute: "status", value: "scheduled", mutation: None },
            Transition { attribute: "status", value: "in_progress", mutation: Some("startWorkspaceConnectorSyncLog") },
            Transition {
                attribute: "status",
                value: "success",
                mutation: Some("markWorkspaceConnectorSyncLogSuccess"),
            },
            Transition { attribute: "status", value: "error", mutation: Some("markWorkspaceConnectorSyncLogError") },
        ],
        delete: "deleteWorkspaceConnectorSyncLog",
        actions: &[],
    }),
};
