//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots};

/// The resource type.
pub static REST: Resource = Resource {
    name: "document",
    path: "documents",
    object: "Document",
    roots: Roots::Connection { one: "document", many: "documents" },
    id_column: Some("document_id"),
    renamed: &[("type", "mime_type")],
    filters: &[("sourcedFrom", "source")],
    computed: &["source"],
    protected: &[],
    writes: None,
};
