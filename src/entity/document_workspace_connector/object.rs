//! Its id, and its relations.

use async_graphql::{Context, ID};

use super::DocumentWorkspaceConnector;
use crate::db::schema::core_api::document_workspace_connectors;
use crate::db::scope::Scope;
use crate::entity::document::Document;
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;

edges! {
    impl DocumentWorkspaceConnector of document_workspace_connectors {
        one {
            /// The document that passed; null when it was deleted.
            document: document_pk => Document;
            /// The workspace connector it passed through; null when that was deleted.
            workspace_connector: workspace_connector_pk => WorkspaceConnector;
            /// The workspace that the document and the workspace connector belong to.
            workspace: workspace_pk => Workspace;
        }
        of_rows { id, workspace }
    }
    {
        /// Its id, opaque and always the same.
        pub async fn id(&self, ctx: &Context<'_>) -> ID {
            self.sealed_id(ctx.data_unchecked::<Scope>())
        }
    }
}
