//! What mutations are given.

use super::{ConnectorSyncStatus, SyncTriggerType, WorkspaceConnectorSyncLog};
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::id::Id;
use crate::scalar::{DateTime, Json};
use async_graphql::{InputObject, MaybeUndefined};

/// A sync run to note.
#[derive(InputObject, Debug)]
pub struct CreateWorkspaceConnectorSyncLogInput {
    /// The workspace connector it runs for.
    pub workspace_connector_id: Id<WorkspaceConnector>,
    /// The status: `SCHEDULED`, or `IN_PROGRESS` when it starts at once.
    #[graphql(default_with = "ConnectorSyncStatus::Scheduled")]
    pub status: ConnectorSyncStatus,
    /// What set it off.
    pub trigger_type: Option<SyncTriggerType>,
    /// The full name of the queue's task, at most 255 characters; only with the trigger `CLOUD_TASK`. Scheduling
    /// the same task of the same workspace connector again returns the log that is there. A valid name in Cloud Tasks can
    /// be longer, with long names of project, queue and task: then give its end, from the queue's name on.
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
