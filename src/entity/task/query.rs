//! Root fields that read.

use super::Task;
use crate::entity::macros::root_fields;

root_fields! {
    TaskQuery for Task {
        /// One task; null when there is none with this id in the workspace.
        task;
        /// The tasks of the workspace.
        tasks;
    }
}
