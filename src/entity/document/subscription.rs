//! The root field that follows.

use std::collections::HashSet;

use diesel::ExpressionMethods;

use super::Document;
use crate::db::changes::{Change, Entity};
use crate::db::condition::Condition;
use crate::db::scope::Scope;
use crate::entity::document_workspace_connector::DocumentWorkspaceConnector;
use crate::entity::tables::core_api::document_workspace_connectors as links;
use crate::error::Result;
use crate::events::Followed;
use crate::events::field::follow;

impl Followed for Document {
    const ENTITY: Entity = Entity::Document;

    /// A document belongs to the workspace connectors that it came in from or was routed to.
    async fn belongs_to(scope: &Scope, change: &Change, connectors: &HashSet<i32>) -> Result<bool> {
        let connectors: Vec<i32> = connectors.iter().copied().collect();
        let rows = scope
            .rows()
            .filter(Condition::of(links::document_pk.eq(change.pk)))
            .filter(Condition::of(links::workspace_connector_pk.eq_any(connectors)));
        Ok(!scope.load::<DocumentWorkspaceConnector>(rows).await?.is_empty())
    }
}

follow! {
    DocumentSubscription:
    /// What becomes of the documents of the workspace, from now on. A document is one of a workspace connector once it
    /// is linked to it.
    document_changed => changed Document by id or connector
}
