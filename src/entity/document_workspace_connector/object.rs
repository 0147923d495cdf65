//! Its id, and its relations.

use async_graphql::{Context, ID};

use super::DocumentWorkspaceConnector;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::document::Document;
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;

edges! {
    impl DocumentWorkspaceConnector {}
    {
        /// Its id, opaque and always the same.
        pub async fn id(&self, ctx: &Context<'_>) -> ID {
            self.sealed_id(ctx.data_unchecked::<Scope>())
        }

        /// The document that passed; null when it was deleted.
        async fn document(&self, ctx: &Context<'_>) -> Option<Result<Document>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.document_pk)).await.transpose()
        }

        /// The workspace connector it passed through; null when that was disconnected.
        async fn workspace_connector(&self, ctx: &Context<'_>) -> Option<Result<WorkspaceConnector>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_connector_pk)).await.transpose()
        }

        /// The workspace that the document and the workspace connector belong to.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            let scope = ctx.data_unchecked::<Scope>();
            // A link has no workspace of its own, and is only ever seen in the one that both its ends are in.
            scope.get(ByPk::new(scope.caller().workspace_pk())).await.transpose()
        }
    }
}
