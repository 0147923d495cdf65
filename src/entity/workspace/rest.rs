//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots};

/// The resource type.
pub static REST: Resource = Resource {
    name: "workspace",
    path: "workspaces",
    object: "Workspace",
    roots: Roots::Own("workspace"),
    id_column: Some("workspace_id"),
    renamed: &[],
    filters: &[],
    computed: &[],
    protected: &[],
    writes: None,
};
