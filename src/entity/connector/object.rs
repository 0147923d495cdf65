//! What it computes, and its relations.

use async_graphql::Context;

use super::Connector;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::{self, WorkspaceConnector};
use crate::error::Result;

edges! {
    impl Connector {
        /// Its workspace connectors in the workspace.
        many workspace_connectors: workspace_connector::OfConnector => WorkspaceConnector;
    }
    {
        /// The kinds of data the tool holds, such as accounting or banking.
        async fn data_domains(&self) -> Vec<&str> {
            self.data_domains.iter().flatten().map(String::as_str).collect()
        }

        /// Whether it is private to the workspace; false for what the catalogue offers to all.
        async fn is_private(&self) -> bool {
            self.workspace_pk.is_some()
        }

        /// The workspace it is private to; null for what the catalogue offers to all.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            let pk = self.workspace_pk?;
            ctx.data_unchecked::<Scope>().get(ByPk::new(pk)).await.transpose()
        }
    }
}
