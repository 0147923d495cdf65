//! What it computes, and its relations.

use async_graphql::Context;

use super::{ConnectorSyncStatus, WorkspaceConnectorSyncLog};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::tables::core_api::workspace_connector_sync_logs;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;

edges! {
    impl WorkspaceConnectorSyncLog of workspace_connector_sync_logs {
        one {
            /// The workspace it belongs to; null when that was deleted.
            workspace: workspace_pk => Workspace;
            /// The workspace connector it ran for; null when that was deleted.
            workspace_connector: workspace_connector_pk => WorkspaceConnector;
        }
    }
    {
        /// The full name of the queue's task, when the queue set it off. For admins, owners and the pipeline.
        async fn cloud_task_id(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
            ctx.data_unchecked::<Scope>().protect(Access::AdminOrService, self.cloud_task_id.as_deref())
        }

        /// Whether its status is final.
        async fn is_terminal(&self) -> bool {
            matches!(self.status, ConnectorSyncStatus::Success | ConnectorSyncStatus::Error)
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
        self.metadata.as_ref()?.members()?.get(key)?.read()
    }
}
