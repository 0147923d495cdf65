//! Its relations.

use async_graphql::Context;

use super::{DestinationOfDocument, Document, FirstInputOf};
use crate::db::loader::ByPk;
use crate::db::schema::core_api::documents;
use crate::db::scope::Scope;
use crate::entity::collect::Collect;
use crate::entity::document_workspace_connector::{self as link, DocumentWorkspaceConnector};
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;

edges! {
    impl Document of documents {
        one {
            /// The workspace it belongs to.
            workspace: workspace_pk => Workspace;
            /// The collect that gathered it; null when none did, or it was deleted.
            collect: collect_pk => Collect;
        }
        many {
            /// Through which workspace connectors it passed, in which direction and when, repeatedly perhaps.
            links: link::OfDocument => DocumentWorkspaceConnector;
            /// The workspace connectors it was routed to, each once.
            routed_to: DestinationOfDocument => WorkspaceConnector;
        }
        of_rows { source }
    }
    {
        /// The workspace connector it first came in through; null when it came in another way, or when that was
        /// deleted.
        async fn source(&self, ctx: &Context<'_>) -> Option<Result<WorkspaceConnector>> {
            let scope = ctx.data_unchecked::<Scope>();
            let found = async {
                match scope.get(FirstInputOf(self.pk)).await? {
                    Some(link) => scope.get(ByPk::new(link.workspace_connector_pk)).await,
                    None => Ok(None),
                }
            };
            found.await.transpose()
        }
    }
}
