//! How a link is noted, alone or with many others, and changed.

use diesel::prelude::*;

use super::DocumentWorkspaceConnector;
use super::mutation::{
    CreateDocumentWorkspaceConnectorInput, DeleteDocumentWorkspaceConnectorInput,
    StageDocumentWorkspaceConnectorsInput, UpdateDocumentWorkspaceConnectorInput,
};
use crate::auth::Access;
use crate::db::idempotency::{Recalled, Request};
use crate::db::scope::{Identified, Owned, Scope, Scoped};
use crate::entity::connector::Direction;
use crate::entity::document::Document;
use crate::entity::tables::core_api::document_workspace_connectors as links;
use crate::entity::workspace_connector;
use crate::error::Error;
use crate::mutation::{self, Change, Refused, UserError, check_bulk, required};
use crate::scalar::DateTime;

#[derive(Insertable, Debug)]
#[diesel(table_name = links)]
struct NewLink {
    direction: Direction,
    created_at: DateTime,
    document_pk: i32,
    workspace_connector_pk: i32,
}

/// Notes one passage.
pub(super) async fn create(
    scope: &Scope,
    input: CreateDocumentWorkspaceConnectorInput,
) -> Change<DocumentWorkspaceConnector> {
    scope.require(Access::Service)?;
    let mut tx = scope.begin().await?;
    let request = Request::keyed(input.idempotency_key.as_deref(), "createDocumentWorkspaceConnector", &input);
    let recalled = tx.recall(request).await?;
    if let Recalled::Done(pk) = recalled {
        return mutation::made_before(&mut tx, pk).await;
    }
    let document = scope.rows().filter(Document::with_ids(vec![input.document_id.uuid()]));
    let document: Document = tx.find(document).await?.ok_or_else(|| UserError::not_found("documentId"))?;
    let connector = workspace_connector::named(&mut tx, "workspaceConnectorId", input.workspace_connector_id).await?;
    let new = NewLink {
        direction: input.direction,
        created_at: DateTime(scope.now()),
        document_pk: document.pk,
        workspace_connector_pk: connector.pk,
    };
    let inserted =
        tx.insert::<DocumentWorkspaceConnector, _>(diesel::insert_into(links::table).values(new)).await?.pop();
    let link = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    tx.note(recalled, link.pk).await?;
    tx.commit().await?;
    Ok(link)
}

/// Notes many passages, or none: one statement for the documents, one for the workspace connectors, one for the links.
pub(super) async fn stage(
    scope: &Scope,
    input: StageDocumentWorkspaceConnectorsInput,
) -> Change<Vec<DocumentWorkspaceConnector>> {
    scope.require(Access::Service)?;
    check_bulk("links", input.links.len())?;
    let mut tx = scope.begin().await?;
    let request = Request::keyed(input.idempotency_key.as_deref(), "stageDocumentWorkspaceConnectors", &input);
    let recalled = tx.recall_all(request).await?;
    if let Recalled::Done(pks) = recalled {
        return mutation::all_made_before(&mut tx, pks).await;
    }
    let documents = mutation::pks(&mut tx, input.links.iter().map(|link| link.document_id)).await?;
    let connectors = mutation::pks(&mut tx, input.links.iter().map(|link| link.workspace_connector_id)).await?;
    let created_at = DateTime(scope.now());
    let (mut new, mut errors) = (Vec::new(), Vec::new());
    for (index, link) in input.links.iter().enumerate() {
        let document = documents.get(&link.document_id.uuid());
        let connector = connectors.get(&link.workspace_connector_id.uuid());
        if let (Some(&document_pk), Some(&workspace_connector_pk)) = (document, connector) {
            new.push(NewLink { direction: link.direction, created_at, document_pk, workspace_connector_pk });
        }
        let missing = [("documentId", document), ("workspaceConnectorId", connector)];
        let missing = missing.into_iter().filter(|(_, found)| found.is_none());
        errors.extend(missing.map(|(field, _)| UserError::not_found(&format!("links.{index}.{field}"))));
    }
    if !errors.is_empty() {
        return Err(Refused::Input(errors, None));
    }
    let mut made: Vec<DocumentWorkspaceConnector> = tx.insert(diesel::insert_into(links::table).values(new)).await?;
    made.sort_by_key(|link| link.pk);
    tx.note_all(&recalled, &made.iter().map(|link| link.pk).collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes a link.
pub(super) async fn update(
    scope: &Scope,
    input: UpdateDocumentWorkspaceConnectorInput,
) -> Change<DocumentWorkspaceConnector> {
    scope.require(Access::Service)?;
    let row = named(scope, &input.id)?;
    let changes = required("direction", input.direction)?.map(|direction| links::direction.eq(direction));
    let mut tx = scope.begin().await?;
    let link = mutation::update(&mut tx, row, input.expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(link)
}

/// Deletes a link.
pub(super) async fn delete(
    scope: &Scope,
    input: DeleteDocumentWorkspaceConnectorInput,
) -> Change<DocumentWorkspaceConnector> {
    scope.require(Access::Service)?;
    let row = named(scope, &input.id)?;
    let mut tx = scope.begin().await?;
    let link = mutation::delete_row(&mut tx, row, input.expected_updated_at).await?;
    tx.commit().await?;
    Ok(link)
}

/// The link with this sealed id; no row at all when this server never sealed it.
fn named(scope: &Scope, id: &str) -> crate::error::Result<Scoped<links::table>> {
    let pks = DocumentWorkspaceConnector::open_id(scope, id)?.into_iter().collect();
    Ok(scope.rows().filter(links::table::with_pks(pks)))
}
