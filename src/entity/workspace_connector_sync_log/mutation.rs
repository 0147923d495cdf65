//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, SimpleObject};

use super::{ConnectorSyncStatus, SyncTriggerType, WorkspaceConnectorSyncLog, life};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;
use crate::id::Id;
use crate::mutation::{Change, Refused, UserError};
use crate::payload;
use crate::scalar::{DateTime, Json};

/// A sync run to note.
#[derive(InputObject, Debug)]
pub struct CreateWorkspaceConnectorSyncLogInput {
    /// The workspace connector it runs for.
    pub workspace_connector_id: Id<WorkspaceConnector>,
    /// Where it stands: `SCHEDULED`, or `IN_PROGRESS` when it starts at once.
    #[graphql(default_with = "ConnectorSyncStatus::Scheduled")]
    pub status: ConnectorSyncStatus,
    /// What set it off.
    pub trigger_type: Option<SyncTriggerType>,
    /// The full name of the queue's task, at most 255 characters; only with the trigger `CLOUD_TASK`. Scheduling
    /// the same task of the same workspace connector again returns the log that is there.
    pub cloud_task_id: Option<String>,
    /// What the run notes about itself, at most 64 KiB.
    pub metadata: Option<Json>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A scheduled run to start.
#[derive(InputObject, Debug)]
pub struct StartWorkspaceConnectorSyncLogInput {
    /// The sync log.
    pub id: Id<WorkspaceConnectorSyncLog>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A run that succeeded.
#[derive(InputObject, Debug)]
pub struct MarkWorkspaceConnectorSyncLogSuccessInput {
    /// The sync log.
    pub id: Id<WorkspaceConnectorSyncLog>,
    /// What the run notes about itself, an object of at most 64 KiB; its keys replace those that are there.
    pub metadata: Option<Json>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A run that failed, or was never picked up.
#[derive(InputObject, Debug)]
pub struct MarkWorkspaceConnectorSyncLogErrorInput {
    /// The sync log.
    pub id: Id<WorkspaceConnectorSyncLog>,
    /// What went wrong, for people, at most 10,000 characters.
    pub error: String,
    /// What the run notes about itself, an object of at most 64 KiB; its keys replace those that are there.
    pub metadata: Option<Json>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A change of a sync log.
#[derive(InputObject, Debug)]
pub struct UpdateWorkspaceConnectorSyncLogInput {
    /// The sync log.
    pub id: Id<WorkspaceConnectorSyncLog>,
    /// What the run notes about itself, at most 64 KiB; null clears it.
    pub metadata: MaybeUndefined<Json>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A sync log to delete.
#[derive(InputObject, Debug)]
pub struct DeleteWorkspaceConnectorSyncLogInput {
    /// The sync log.
    pub id: Id<WorkspaceConnectorSyncLog>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

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
    fn of(change: Change<life::Step>) -> Result<Self> {
        let (log, changed, user_errors) = match change {
            Ok(life::Step { log, changed }) => (Some(log), changed, Vec::new()),
            Err(Refused::Input(user_errors, current)) => (current.map(|step| step.log), false, user_errors),
            Err(Refused::Fault(error)) => return Err(error),
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
        #[graphql(desc = "The run.")] input: CreateWorkspaceConnectorSyncLogInput,
    ) -> Option<Result<CreateWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateWorkspaceConnectorSyncLogPayload::of(life::create(scope, input).await))
    }

    /// Starts a scheduled run: `SCHEDULED` becomes `IN_PROGRESS`. Of two that start it at once, one gets `CONFLICT`.
    /// For the pipeline.
    async fn start_workspace_connector_sync_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run.")] input: StartWorkspaceConnectorSyncLogInput,
    ) -> Option<Result<TransitionWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let transition = life::Transition::Start;
        let step = life::step(scope, input.id, transition, input.expected_updated_at).await;
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
        let transition = life::Transition::Succeed { metadata: input.metadata };
        let step = life::step(scope, input.id, transition, input.expected_updated_at).await;
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
        let transition = life::Transition::Fail { error: input.error, metadata: input.metadata };
        let step = life::step(scope, input.id, transition, input.expected_updated_at).await;
        Some(TransitionWorkspaceConnectorSyncLogPayload::of(step))
    }

    /// Changes what a run noted about itself, whatever its status. For the pipeline.
    async fn update_workspace_connector_sync_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which run, and what changes.")] input: UpdateWorkspaceConnectorSyncLogInput,
    ) -> Option<Result<UpdateWorkspaceConnectorSyncLogPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateWorkspaceConnectorSyncLogPayload::of(life::update(scope, input).await))
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
        Some(DeleteWorkspaceConnectorSyncLogPayload::of(deleted.await))
    }
}
