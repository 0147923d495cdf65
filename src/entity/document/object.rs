//! Its relations.

use async_graphql::Context;

use super::{DestinationOfDocument, Document, FirstInputOf};
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::collect::Collect;
use crate::entity::document_workspace_connector::{self as link, DocumentWorkspaceConnector};
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;

edges! {
    impl Document {
        /// Through which workspace connectors it passed, in which direction and when, repeatedly perhaps.
        many links: link::OfDocument => DocumentWorkspaceConnector;
        /// The workspace connectors it was routed to, each once.
        many routed_to: DestinationOfDocument => WorkspaceConnector;
    }
    {
        /// The workspace connector it first came in through; null when it came in another way, or when that was
        /// disconnected.
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

        /// The workspace it belongs to.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_pk)).await.transpose()
        }

        /// The collect that gathered it; null when none did, or it was deleted.
        async fn collect(&self, ctx: &Context<'_>) -> Option<Result<Collect>> {
            let pk = self.collect_pk?;
            ctx.data_unchecked::<Scope>().get(ByPk::new(pk)).await.transpose()
        }
    }
}
