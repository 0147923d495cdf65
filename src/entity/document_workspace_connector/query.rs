//! Root fields that read.

use async_graphql::{Context, ID};

use super::DocumentWorkspaceConnector;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::macros::root_fields;
use crate::error::Result;
use crate::page::Paginated;

root_fields! {
    DocumentWorkspaceConnectorQuery for DocumentWorkspaceConnector {
        /// Which documents of the workspace passed through which workspace connector, in which direction, and when.
        document_workspace_connectors;
    }
    {
        /// One link of a document and a workspace connector; null when there is none with this id in the workspace.
        async fn document_workspace_connector(
            &self,
            ctx: &Context<'_>,
            #[graphql(desc = "The id.")] id: ID,
        ) -> Option<Result<DocumentWorkspaceConnector>> {
            let scope = ctx.data_unchecked::<Scope>();
            let found = async {
                scope.require(DocumentWorkspaceConnector::READ)?;
                match DocumentWorkspaceConnector::open_id(scope, &id)? {
                    Some(pk) => scope.get(ByPk::new(pk)).await,
                    None => Ok(None),
                }
            };
            found.await.transpose()
        }
    }
}
