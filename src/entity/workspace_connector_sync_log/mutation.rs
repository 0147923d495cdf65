//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object, SimpleObject};
use futures_util::FutureExt;

use super::input::{
    CreateWorkspaceConnectorSyncLogInput, DeleteWorkspaceConnectorSyncLogInput,
    MarkWorkspaceConnectorSyncLogErrorInput, MarkWorkspaceConnectorSyncLogSuccessInput,
    StartWorkspaceConnectorSyncLogInput, UpdateWorkspaceConnectorSyncLogInput,
};
use super::{WorkspaceConnectorSyncLog, rules};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::{MutationError, MutationResult, Repeatable, UserError};
use crate::payload;

payload! {
    /// What `createWorkspaceConnectorSyncLog` did.
    CreateWorkspaceConnectorSyncLogPayload {
        /// The sync log, new or found by its task.
        workspace_connector_sync_log: WorkspaceConnectorSyncLog
    }
}

payload! {
    /// What `updateWorkspaceConnectorSyncLog` did.
    UpdateWorkspaceConnectorSyncLogPayload {
        /// The sync log as it now is.
        workspace_connector_sync_log: WorkspaceConnectorSyncLog
    }
}

payload! {
    /// What `deleteWorkspaceConnectorSyncLog` did.
    DeleteWorkspaceConnectorSyncLogPayload {
        /// The sync log as it was.
        workspace_connector_sync_log: WorkspaceConnectorSyncLog
    }
}

/// What a transition of a sync log did.
#[derive(SimpleObject, Debug)]
pub struct TransitionWorkspaceConnectorSyncLogPayload {
    /// The sync log as it now is.
    pub workspace_connector_sync_log: Option<WorkspaceConnectorSyncLog>,
    /// Whether this call made the transition; false when it was refused, and when it repeats a call that did.
    pub changed: bool,
    /// Why the input was refused; empty when it was not.
    pub user_errors: Vec<UserError>,
}

impl TransitionWorkspaceConnectorSyncLogPayload {
    fn of(change: MutationResult<rules::Step>) -> Result<Self> {
        let (log, changed, user_errors) = match change {
            Ok(rules::Step { log, changed }) => (Some(log), changed, Vec::new()),
            Err(MutationError::Input(user_errors, current)) => (current.map(|step| step.log), false, user_errors),
            Err(MutationError::Fault(error)) => return Err(error),
        };
        Ok(Self { workspace_connector_sync_log: log, changed, user_errors })
    }
}

/// Root fields that write sync logs.
#[derive(Default)]
pub struct WorkspaceConnectorSyncLogMutation;

/// Root fields.
#[Object]
impl WorkspaceConnectorSyncLogMutation {
    /// Notes a sync run, scheduled or already running. For the pipeline.
    async fn create_workspace_connector_sync_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The run.")] input: Repeatable<CreateWorkspaceConnectorSyncLogInput>,
    ) -> Option<Result<CreateWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateWorkspaceConnectorSyncLogPayload::of(rules::create(scope, input).boxed().await))
    }

    /// Starts a scheduled run: `SCHEDULED` becomes `IN_PROGRESS`. Of two that start it at once, one gets `CONFLICT`.
    /// For the pipeline.
    async fn start_workspace_connector_sync_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: StartWorkspaceConnectorSyncLogInput,
    ) -> Option<Result<TransitionWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let transition = rules::Transition::Start;
        let step = rules::step(scope, input.id, transition, input.expected_updated_at).boxed().await;
        Some(TransitionWorkspaceConnectorSyncLogPayload::of(step))
    }

    /// Ends a run well: `IN_PROGRESS` becomes `SUCCESS`, and the workspace connector's last successful sync moves
    /// forward. Of two that end it at once, one wins; repeating the winner's call returns the log as it is, any
    /// other gets `CONFLICT`. For the pipeline.
    async fn mark_workspace_connector_sync_log_success(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: MarkWorkspaceConnectorSyncLogSuccessInput,
    ) -> Option<Result<TransitionWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let transition = rules::Transition::Succeed { metadata: input.metadata };
        let step = rules::step(scope, input.id, transition, input.expected_updated_at).boxed().await;
        Some(TransitionWorkspaceConnectorSyncLogPayload::of(step))
    }

    /// Ends a run badly: `SCHEDULED` or `IN_PROGRESS` becomes `ERROR`. Of two that end it at once, one wins;
    /// repeating the winner's call returns the log as it is, any other gets `CONFLICT`. For the pipeline.
    async fn mark_workspace_connector_sync_log_error(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run, and what went wrong.")] input: MarkWorkspaceConnectorSyncLogErrorInput,
    ) -> Option<Result<TransitionWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let transition = rules::Transition::Fail { error: input.error, metadata: input.metadata };
        let step = rules::step(scope, input.id, transition, input.expected_updated_at).boxed().await;
        Some(TransitionWorkspaceConnectorSyncLogPayload::of(step))
    }

    /// Changes what a run noted about itself, whatever its status. For the pipeline.
    async fn update_workspace_connector_sync_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run, and what changes.")] input: UpdateWorkspaceConnectorSyncLogInput,
    ) -> Option<Result<UpdateWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateWorkspaceConnectorSyncLogPayload::of(rules::update(scope, input).boxed().await))
    }

    /// Deletes a sync log. It is kept for audit, but no longer shown. For the pipeline.
    async fn delete_workspace_connector_sync_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: DeleteWorkspaceConnectorSyncLogInput,
    ) -> Option<Result<DeleteWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let deleted = async {
            scope.require(Access::Service)?;
            crate::mutation::delete(scope, input.id, input.expected_updated_at).await
        };
        Some(DeleteWorkspaceConnectorSyncLogPayload::of(deleted.boxed().await))
    }
}
