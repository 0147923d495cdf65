//! The row, and what its lists can be narrowed and ordered by.

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::schema::core_api::{workspace_connector_sync_logs, workspace_connectors};
use crate::entity::macros::{edge, order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::filter::{DateTimeFilter, IdFilter, IntFilter, StringFilter};
use crate::id::Id;
use crate::page::Paginated;
use crate::scalar::{DateTime, Json};

pg_enum! {
    /// The status of a sync run.
    ConnectorSyncStatus, ConnectorSyncStatusFilter, ConnectorSyncStatusEnum {
        /// Waiting to be picked up.
        Scheduled = "scheduled",
        /// Running.
        InProgress = "in_progress",
        /// Finished well. Final.
        Success = "success",
        /// Failed, or never picked up. Final.
        Error = "error",
    }
}

pg_enum! {
    /// What set a sync run off.
    SyncTriggerType, SyncTriggerTypeFilter, SyncTriggerTypeEnum {
        /// The task queue.
        CloudTask = "cloud_task",
        /// A person.
        Manual = "manual",
        /// The end of an authorisation.
        OauthCallback = "oauth_callback",
    }
}

/// One sync run of one workspace connector, from scheduled to finished.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = workspace_connector_sync_logs)]
pub struct WorkspaceConnectorSyncLog {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = workspace_connector_sync_log_id)]
    pub id: Id<Self>,
    /// The status.
    pub status: Stored<ConnectorSyncStatus>,
    /// What set it off; null when unknown.
    pub trigger_type: Option<Stored<SyncTriggerType>>,
    #[graphql(skip)]
    pub(crate) cloud_task_id: Option<String>,
    /// When it began to run; null while it is scheduled, and when it never ran.
    pub started_at: Option<DateTime>,
    /// When it reached its final status; null before.
    pub completed_at: Option<DateTime>,
    /// How long it ran, in milliseconds; null before it ended, and when it never ran.
    pub duration_ms: Option<i32>,
    /// What went wrong, for people; only with the status `ERROR`.
    pub error: Option<String>,
    /// What the run noted about itself, free-form.
    pub metadata: Option<Json>,
    /// When it was scheduled.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: DateTime,
    #[graphql(skip)]
    pub(crate) workspace_connector_pk: i32,
    #[graphql(skip)]
    pub(crate) workspace_pk: i32,
}

record!(WorkspaceConnectorSyncLog of workspace_connector_sync_logs by workspace_connector_sync_log_id {
    status, trigger_type, started_at, completed_at, duration_ms, error, metadata, created_at, updated_at,
});

crate::filter! {
    /// A filter of sync logs.
    WorkspaceConnectorSyncLogFilter for workspace_connector_sync_logs {
        /// By id.
        id: IdFilter => workspace_connector_sync_log_id,
        /// By where the run stands.
        status: ConnectorSyncStatusFilter => status,
        /// By what set it off.
        trigger_type: SyncTriggerTypeFilter => trigger_type,
        /// By when it began to run.
        started_at: DateTimeFilter => started_at,
        /// By when it ended.
        completed_at: DateTimeFilter => completed_at,
        /// By how long it ran, in milliseconds.
        duration_ms: IntFilter => duration_ms,
        /// By what went wrong.
        error: StringFilter => error,
        /// By when it was scheduled.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the workspace connector it ran for.
        workspace_connector: workspace_connector_pk -> workspace_connectors::workspace_connector_id,
    }
}

order_by! {
    WorkspaceConnectorSyncLog of workspace_connector_sync_logs: WorkspaceConnectorSyncLogOrder, WorkspaceConnectorSyncLogOrderField {
        /// When it was scheduled.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at,
        /// When it began to run.
        StartedAt => started_at "null",
        /// When it ended.
        CompletedAt => completed_at "null",
        /// How long it ran.
        DurationMs => duration_ms "null",
    }
}

impl Paginated for WorkspaceConnectorSyncLog {
    const READ: Access = Access::Everyone;
    type Filter = WorkspaceConnectorSyncLogFilter;
    type OrderBy = WorkspaceConnectorSyncLogOrder;
    type Extra = super::WorkspaceConnectorSyncLogExtra;
}

edge!(
    /// The sync logs of a workspace connector.
    OfWorkspaceConnector: WorkspaceConnectorSyncLog by workspace_connector_sync_logs::workspace_connector_pk
);
