//! Its relations.

use super::Task;
use crate::db::schema::core_api::tasks;
use crate::entity::collect::{self, Collect};
use crate::entity::macros::edges;
use crate::entity::people::People;
use crate::entity::workspace::Workspace;

edges! {
    impl Task of tasks {
        one {
            /// The workspace it belongs to.
            workspace: workspace_pk => Workspace;
            /// The person who is to do it; null when it is nobody's, or the person was deleted.
            assigned_to: assigned_to_pk => People;
            /// The person who made it; null when that is not known, or the person was deleted.
            created_by: created_by_pk => People;
            /// The task it is part of; null when it stands alone, or that was deleted.
            parent: parent_task_pk => Task;
        }
        many {
            /// The collects that were done for it.
            collects: collect::OfTask => Collect;
            /// The tasks that are part of it.
            subtasks: super::OfParent => Task;
        }
    }
}
