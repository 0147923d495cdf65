//! The root field that follows.

use async_graphql::ID;

use super::DocumentWorkspaceConnector;
use crate::db::changes::{Change, Entity};
use crate::db::scope::Scope;
use crate::entity::follow::follow;
use crate::events::Followed;

impl Followed for DocumentWorkspaceConnector {
    const ENTITY: Entity = Entity::DocumentWorkspaceConnector;

    fn id_of(change: &Change, scope: &Scope) -> Option<ID> {
        Some(Self::seal_id(change.pk, scope))
    }
}

follow! {
    DocumentWorkspaceConnectorSubscription:
    /// The links of documents and workspace connectors that are made from now on: which document passed through which
    /// workspace connector, in which direction.
    document_workspace_connector_created => created DocumentWorkspaceConnector by connector
}
