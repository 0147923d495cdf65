//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots};

/// The resource type.
pub static REST: Resource = Resource {
    name: "connector",
    path: "connectors",
    object: "Connector",
    roots: Roots::Connection { one: "connector", many: "connectors" },
    id_column: Some("connector_id"),
    renamed: &[],
    filters: &[("category", "category_id"), ("dataDomain", "data_domains")],
    computed: &["isPrivate"],
    protected: &[],
    writes: None,
};
