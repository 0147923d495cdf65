//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{Task, TaskStatus, write};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::entity::people::People;
use crate::error::Result;
use crate::id::Id;
use crate::payload;
use crate::scalar::{Date, DateTime};

/// Something to be done.
#[derive(InputObject, Debug)]
pub struct CreateTaskInput {
    /// What is to be done, in one line, at most 500 characters.
    pub title: String,
    /// What is to be done, at length, at most 20,000 characters.
    pub description: Option<String>,
    /// Where it stands.
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
    /// Where it stands. It cannot be cleared.
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

payload! {
    /// What `createTask` did.
    CreateTaskPayload {
        /// The task.
        task: Task
    }
}

payload! {
    /// What `updateTask` did.
    UpdateTaskPayload {
        /// The task as it now is; on `CONFLICT` as somebody else left it.
        task: Task
    }
}

payload! {
    /// What `deleteTask` did.
    DeleteTaskPayload {
        /// The task as it was; on `CONFLICT` as somebody else left it.
        task: Task
    }
}

/// Root fields that write tasks.
#[derive(Default)]
pub struct TaskMutation;

/// Root fields.
#[Object]
impl TaskMutation {
    /// Makes a task. Its `createdBy` is the person that the caller is in the workspace, if it is one. For members and
    /// up, and the pipeline.
    async fn create_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The task.")] input: CreateTaskInput,
    ) -> Option<Result<CreateTaskPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateTaskPayload::of(write::create(scope, input).await))
    }

    /// Changes a task. `CONFLICT` also when one of the tasks above the new parent was moved at the same moment. For
    /// members and up, and the pipeline.
    async fn update_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task, and what changes.")] input: UpdateTaskInput,
    ) -> Option<Result<UpdateTaskPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateTaskPayload::of(write::update(scope, input).await))
    }

    /// Deletes a task. Its parts are left, and stand alone. For members and up, and the pipeline.
    async fn delete_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task.")] input: DeleteTaskInput,
    ) -> Option<Result<DeleteTaskPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let deleted = async {
            scope.require(Access::MemberOrService)?;
            crate::mutation::delete(scope, input.id, input.expected_updated_at).await
        };
        Some(DeleteTaskPayload::of(deleted.await))
    }
}
