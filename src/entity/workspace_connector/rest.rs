//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots};

/// The resource type.
pub static REST: Resource = Resource {
    name: "workspace_connector",
    path: "workspace-connectors",
    object: "WorkspaceConnector",
    roots: Roots::Connection { one: "workspaceConnector", many: "workspaceConnectors" },
    id_column: Some("workspace_connector_id"),
    renamed: &[],
    filters: &[],
    computed: &["connectionState", "latestSyncLog", "syncInProgress"],
    protected: &[],
    writes: None,
};
