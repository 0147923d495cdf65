//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots, Writes};

/// The resource type.
pub static REST: Resource = Resource {
    name: "collect",
    path: "collects",
    object: "Collect",
    roots: Roots::Connection { one: "collect", many: "collects" },
    id_column: Some("collect_id"),
    renamed: &[],
    filters: &[("person", "people")],
    computed: &[],
    protected: &[],
    writes: Some(Writes {
        create: "createCollect",
        create_many: None,
        update: "updateCollect",
        transitions: &[],
        delete: "deleteCollect",
        actions: &[],
    }),
};
