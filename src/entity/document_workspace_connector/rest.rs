//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots, Writes};

/// The resource type.
pub static REST: Resource = Resource {
    name: "document_workspace_connector",
    path: "document-workspace-connectors",
    object: "DocumentWorkspaceConnector",
    roots: Roots::Connection { one: "documentWorkspaceConnector", many: "documentWorkspaceConnectors" },
    id_column: None,
    renamed: &[],
    filters: &[],
    computed: &[],
    protected: &[],
    writes: Some(Writes {
        create: "createDocumentWorkspaceConnector",
        create_many: Some(("stageDocumentWorkspaceConnectors", "links")),
        update: "updateDocumentWorkspaceConnector",
        transitions: &[],
        delete: "deleteDocumentWorkspaceConnector",
        actions: &[],
    }),
};
