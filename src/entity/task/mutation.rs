//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{CreateTaskInput, DeleteTaskInput, UpdateTaskInput};
use super::{Task, rules};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

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
        #[graphql(desc = "The task.")] input: Repeatable<CreateTaskInput>,
    ) -> Option<Result<CreateTaskPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateTaskPayload::of(rules::create(scope, input).boxed().await))
    }

    /// Changes a task. `CONFLICT` also when one of the tasks above the new parent was moved at the same moment. For
    /// members and up, and the pipeline.
    async fn update_task(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which task, and what changes.")] input: UpdateTaskInput,
    ) -> Option<Result<UpdateTaskPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateTaskPayload::of(rules::update(scope, input).boxed().await))
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
        Some(DeleteTaskPayload::of(deleted.boxed().await))
    }
}
