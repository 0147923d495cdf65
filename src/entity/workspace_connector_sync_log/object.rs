//! What it computes, and its relations.

use async_graphql::Context;

use super::{ConnectorSyncStatus, WorkspaceConnectorSyncLog};
use crate::auth::Access;
use crate::db::schema::core_api::workspace_connector_sync_logs;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::stored::Stored;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::{Error, Result};

/// Who may read the name of the queue's task.
pub(super) const CLOUD_TASK_ID: Access = Access::AdminOrService;

edges! {
    impl WorkspaceConnectorSyncLog of workspace_connector_sync_logs {
        one {
            /// The workspace it belongs to; null when that was deleted.
            workspace: workspace_pk => Workspace;
            /// The workspace connector it ran for; null when that was deleted.
            workspace_connector: workspace_connector_pk => WorkspaceConnector;
        }
        of_rows { cloud_task_id, is_terminal, records_synced, pages_fetched }
    }
    {
        /// The full name of the queue's task, when the queue set it off. For admins, owners and the pipeline.
        async fn cloud_task_id(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
            ctx.data_unchecked::<Scope>().protect(CLOUD_TASK_ID, self.cloud_task_id.as_deref())
        }

        /// Whether its status is final; null, with an error, when that is newer than this version of the server.
        async fn is_terminal(&self) -> Option<Result<bool>> {
            match self.status {
                Stored::Known(status) => {
                    Some(Ok(matches!(status, ConnectorSyncStatus::Success | ConnectorSyncStatus::Error)))
                }
                Stored::Unknown => Some(Err(Error::unknown_value("ConnectorSyncStatus"))),
            }
        }

        /// How many records it synced, as noted in its metadata.
        async fn records_synced(&self) -> Option<i32> {
            self.noted("records_synced")
        }

        /// How many pages it fetched, as noted in its metadata.
        async fn pages_fetched(&self) -> Option<i32> {
            self.noted("pages_fetched")
        }
    }
}

impl WorkspaceConnectorSyncLog {
    fn noted(&self, key: &str) -> Option<i32> {
        self.metadata.as_ref()?.members()?.get(key)?.int()
    }
}
