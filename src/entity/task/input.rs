//! What mutations are given.

use super::{Task, TaskStatus};
use crate::entity::people::People;
use crate::id::Id;
use crate::scalar::{Date, DateTime};
use async_graphql::{InputObject, MaybeUndefined};

/// Something to be done.
#[derive(InputObject, Debug)]
pub struct CreateTaskInput {
    /// What is to be done, in one line, at most 500 characters.
    pub title: String,
    /// What is to be done, at length, at most 20,000 characters.
    pub description: Option<String>,
    /// The status.
    #[graphql(default_with = "TaskStatus::Open")]
    pub status: TaskStatus,
    /// How urgent it is, in the words of the workspace, at most 64 characters.
    pub priority: Option<String>,
    /// The day by which it should be done.
    pub due_date: Option<Date>,
    /// When it was done; with the status `DONE` the present moment unless given.
    pub done_at: Option<DateTime>,
    /// The person who is to do it.
    pub assigned_to_id: Option<Id<People>>,
    /// The task it is part of, which may itself be at most 100 levels deep.
    pub parent_task_id: Option<Id<Task>>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a task.
#[derive(InputObject, Debug)]
pub struct UpdateTaskInput {
    /// The task.
    pub id: Id<Task>,
    /// What is to be done, in one line, at most 500 characters. It cannot be cleared.
    pub title: MaybeUndefined<String>,
    /// What is to be done, at length, at most 20,000 characters; null clears it.
    pub description: MaybeUndefined<String>,
    /// The status; must not be null.
    pub status: MaybeUndefined<TaskStatus>,
    /// How urgent it is, in the words of the workspace, at most 64 characters; null clears it.
    pub priority: MaybeUndefined<String>,
    /// The day by which it should be done; null clears it.
    pub due_date: MaybeUndefined<Date>,
    /// When it was done; null clears it. Left out, it becomes the present moment when the status becomes `DONE`, and
    /// is cleared when the status was `DONE` and becomes another.
    pub done_at: MaybeUndefined<DateTime>,
    /// The person who is to do it; null makes it nobody's.
    pub assigned_to_id: MaybeUndefined<Id<People>>,
    /// The task it is part of, which may itself be at most 100 levels deep, and neither the task itself nor a part of
    /// it; null makes it stand alone.
    pub parent_task_id: MaybeUndefined<Id<Task>>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A task to delete.
#[derive(InputObject, Debug)]
pub struct DeleteTaskInput {
    /// The task.
    pub id: Id<Task>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}
