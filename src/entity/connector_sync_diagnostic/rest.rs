//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots, Writes};

/// The resource type.
pub static REST: Resource = Resource {
    name: "connector_sync_diagnostic",
    path: "connector-sync-diagnostics",
    object: "ConnectorSyncDiagnostic",
    roots: Roots::Connection { one: "connectorSyncDiagnostic", many: "connectorSyncDiagnostics" },
    id_column: Some("diagnostic_id"),
    renamed: &[],
    filters: &[],
    computed: &["severity"],
    protected: &[],
    writes: Some(Writes {
        create: "createConnectorSyncDiagnostic",
        create_many: Some(("createConnectorSyncDiagnostics", "diagnostics")),
        update: "updateConnectorSyncDiagnostic",
        transitions: &[],
        delete: "deleteConnectorSyncDiagnostic",
        actions: &[],
    }),
};
