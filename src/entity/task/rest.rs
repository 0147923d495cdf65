//! It as a resource type of the REST API.

use crate::rest::resource::{Resource, Roots};

/// The resource type.
pub static REST: Resource = Resource {
    name: "task",
    path: "tasks",
    object: "Task",
    roots: Roots::Connection { one: "task", many: "tasks" },
    id_column: Some("task_id"),
    renamed: &[],
    filters: &[],
    computed: &[],
    protected: &[],
    writes: None,
};
