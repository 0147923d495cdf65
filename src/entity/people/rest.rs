//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots};

/// The resource type.
pub static REST: Resource = Resource {
    name: "people",
    path: "people",
    object: "People",
    roots: Roots::Connection { one: "person", many: "people" },
    id_column: Some("person_id"),
    renamed: &[],
    filters: &[],
    computed: &[],
    protected: &[],
    writes: None,
};
