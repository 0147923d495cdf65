//! The root field that follows.

use std::collections::HashSet;

use diesel::ExpressionMethods;

use super::Document;
use crate::db::changes::{Change, Entity};
use crate::db::condition::Condition;
use crate::db::schema::core_api::document_workspace_connectors as links;
use crate::db::scope::Scope;
use crate::entity::document_workspace_connector::DocumentWorkspaceConnector;
use crate::entity::follow::follow;
use crate::error::Result;
use crate::events::Followed;

impl Followed for Document {
    const ENTITY: Entity = Entity::Document;

    const LOOKS_UP_CONNECTORS: bool = true;

    /// A document belongs to the workspace connectors that it came in from or was routed to.
    async fn connectors(scope: &Scope, change: &Change) -> Result<HashSet<i32>> {
        let rows = scope.rows().filter(Condition::of(links::document_pk.eq(change.pk)));
        let links = scope.load::<DocumentWorkspaceConnector>(rows).await?;
        Ok(links.into_iter().map(|link| link.workspace_connector_pk).collect())
    }
}

follow! {
    DocumentSubscription:
    /// What becomes of the documents of the workspace, from now on. A document is one of a workspace connector once it
    /// is linked to it.
    document_changed => changed Document by id or connector
}
