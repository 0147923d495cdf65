//! It as a resource type of the REST API.

use super::object::{AUDIT_TRAIL, EXPRESSION, TOOL_ARGS, USER_INSTRUCTIONS};
use crate::rest::resource::{Action, Resource, Roots, Writes};

/// The resource type.
pub static REST: Resource = Resource {
    name: "connector_mapping",
    path: "connector-mappings",
    object: "ConnectorMapping",
    roots: Roots::Connection { one: "connectorMapping", many: "connectorMappings" },
    id_column: Some("connector_mapping_id"),
    renamed: &[],
    filters: &[],
    computed: &[],
    protected: &[
        ("expression", EXPRESSION),
        ("userInstructions", USER_INSTRUCTIONS),
        ("auditTrail", AUDIT_TRAIL),
        ("toolArgs", TOOL_ARGS),
    ],
    writes: Some(Writes {
        create: "createConnectorMapping",
        create_many: None,
        update: "updateConnectorMapping",
        transitions: &[],
        delete: "deleteConnectorMapping",
        actions: &[
            Action {
                path: "regenerations",
                mutation: "regenerateConnectorMapping",
                creates: true,
                summary: "Replaces the mapping by one with a new expression, which is answered. The old one is deleted.",
            },
            Action {
                path: "persist-counts",
                mutation: "recordConnectorMappingPersistCount",
                creates: false,
                summary: "Notes how many entities a sync kept that used the mapping.",
            },
            Action {
                path: "schema-comparisons",
                mutation: "compareConnectorMappingSchema",
                creates: false,
                summary: "Compares the tool's schema as it is now with the one that the mapping was made for.",
            },
        ],
    }),
};
