//! What it computes, and its relations.

use async_graphql::Context;

use super::{ConnectorSyncStatus, WorkspaceConnectorSyncLog};
use crate::auth::Access;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;

edges! {
    impl WorkspaceConnectorSyncLog {}
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

        /// The workspace it belongs to; null when that was deleted.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_pk)).await.transpose()
        }

        /// The workspace connector it ran for; null when that was deleted.
        async fn workspace_connector(&self, ctx: &Context<'_>) -> Option<Result<WorkspaceConnector>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_connector_pk)).await.transpose()
        }
    }
}

impl WorkspaceConnectorSyncLog {
    fn noted(&self, key: &str) -> Option<i32> {
        self.metadata.as_ref()?.0.get(key)?.as_i64()?.try_into().ok()
    }
}
