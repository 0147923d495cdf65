//! Its id, and its relations.

use async_graphql::{Context, ID};

use super::DocumentWorkspaceConnector;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::document::Document;
use crate::entity::macros::edges;
use crate::entity::tables::core_api::document_workspace_connectors;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;

edges! {
    impl DocumentWorkspaceConnector of document_workspace_connectors {
        one {
            /// The document that passed; null when it was deleted.
            document: document_pk => Document;
            /// The workspace connector it passed through; null when that was deleted.
            workspace_connector: workspace_connector_pk => WorkspaceConnector;
        }
    }
    {
        /// Its id, opaque and always the same.
        pub async fn id(&self, ctx: &Context<'_>) -> ID {
            self.sealed_id(ctx.data_unchecked::<Scope>())
        }

        /// The workspace that the document and the workspace connector belong to.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            let scope = ctx.data_unchecked::<Scope>();
            // A link has no workspace of its own, and is only ever seen in the one that both its ends are in.
            scope.get(ByPk::new(scope.caller().workspace_pk())).await.transpose()
        }
    }
}
