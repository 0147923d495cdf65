//! What it computes, and its relations.

use async_graphql::Context;

use super::{ConnectorSyncDiagnostic, Severity};
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;

edges! {
    impl ConnectorSyncDiagnostic {}
    {
        /// How bad it is, which follows from the reason.
        async fn severity(&self) -> Severity {
            self.reason.severity()
        }

        /// The workspace it belongs to.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_pk)).await.transpose()
        }

        /// The workspace connector that was synced; null when that was deleted.
        async fn workspace_connector(&self, ctx: &Context<'_>) -> Option<Result<WorkspaceConnector>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_connector_pk)).await.transpose()
        }
    }
}
