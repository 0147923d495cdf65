//! The interface and its root fields.

use async_graphql::{Context, ID, Interface, Object};
use futures_util::future::join_all;
use uuid::Uuid;

use self::entities::{
    ApiKey, Collect, Connector, ConnectorMapping, ConnectorSyncDiagnostic, Document, DocumentWorkspaceConnector,
    Membership, People, Task, Workspace, WorkspaceConnector, WorkspaceConnectorSyncLog,
};
use super::store::by_uuid;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::error::{Error, Result};
use crate::id::NOT_AN_ID;

/// Every entity that is a node.
pub(super) mod entities {
    pub use crate::entity::api_key::ApiKey;
    pub use crate::entity::collect::Collect;
    pub use crate::entity::connector::Connector;
    pub use crate::entity::connector_mapping::ConnectorMapping;
    pub use crate::entity::connector_sync_diagnostic::ConnectorSyncDiagnostic;
    pub use crate::entity::document::Document;
    pub use crate::entity::document_workspace_connector::DocumentWorkspaceConnector;
    pub use crate::entity::membership::Membership;
    pub use crate::entity::people::People;
    pub use crate::entity::task::Task;
    pub use crate::entity::workspace::Workspace;
    pub use crate::entity::workspace_connector::WorkspaceConnector;
    pub use crate::entity::workspace_connector_sync_log::WorkspaceConnectorSyncLog;
}

/// Anything that has an id.
#[derive(Interface, Clone, Debug)]
#[graphql(field(name = "id", ty = "ID", desc = "The id, unique among all nodes."))]
pub enum Node {
    /// A workspace.
    Workspace(Workspace),
    /// A connector of the catalogue.
    Connector(Connector),
    /// A connector in a workspace.
    WorkspaceConnector(WorkspaceConnector),
    /// A sync run.
    WorkspaceConnectorSyncLog(WorkspaceConnectorSyncLog),
    /// A mapping.
    ConnectorMapping(ConnectorMapping),
    /// A diagnostic.
    ConnectorSyncDiagnostic(ConnectorSyncDiagnostic),
    /// A collect.
    Collect(Collect),
    /// A document.
    Document(Document),
    /// The link of a document and a workspace connector.
    DocumentWorkspaceConnector(DocumentWorkspaceConnector),
    /// A person.
    People(People),
    /// A task.
    Task(Task),
    /// A membership.
    Membership(Membership),
    /// An API key.
    ApiKey(ApiKey),
}

/// Root fields that read anything by its id.
#[derive(Default)]
pub struct NodeQuery;

/// Root fields.
#[Object]
impl NodeQuery {
    /// The node with this id; null when the workspace has none.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Option<Result<Node>> {
        find(ctx.data_unchecked::<Scope>(), &id).await.transpose()
    }

    /// The nodes with these ids, in their order; null where the workspace has none.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids, at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > crate::page::MAX_PAGE_SIZE {
            return Err(Error::bad_input(format!("`ids` takes at most {}.", crate::page::MAX_PAGE_SIZE)));
        }
        let scope = ctx.data_unchecked::<Scope>();
        join_all(ids.iter().map(|id| find(scope, id))).await.into_iter().collect()
    }
}

async fn find(scope: &Scope, id: &ID) -> Result<Option<Node>> {
    if id.len() == 36 {
        let uuid = Uuid::parse_str(id).map_err(|_| Error::bad_input(NOT_AN_ID))?;
        return by_uuid(scope, uuid).await;
    }
    match DocumentWorkspaceConnector::open_id(scope, id)? {
        Some(pk) => Ok(scope.get(ByPk::<DocumentWorkspaceConnector>::new(pk)).await?.map(Node::from)),
        None => Ok(None),
    }
}
