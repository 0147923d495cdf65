//! How a link is noted, alone or with many others, and changed.

use diesel::prelude::*;

use super::DocumentWorkspaceConnector;
use super::input::{
    CreateDocumentWorkspaceConnectorInput, DeleteDocumentWorkspaceConnectorInput,
    StageDocumentWorkspaceConnectorsInput, UpdateDocumentWorkspaceConnectorInput,
};
use crate::auth::Access;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::document_workspace_connectors as links;
use crate::db::scope::{Identified, OwnWorkspace, Owned, Scope, Scoped};
use crate::entity::connector::Direction;
use crate::entity::document::Document;
use crate::entity::workspace_connector;
use crate::error::Error;
use crate::mutation::{self, MutationError, MutationResult, Repeatable, UserError, check_bulk, required};
use crate::scalar::DateTime;

#[derive(Insertable, Debug)]
#[diesel(table_name = links)]
struct NewLink {
    direction: Direction,
    created_at: DateTime,
    document_pk: i32,
    workspace_connector_pk: i32,
    workspace_pk: OwnWorkspace,
}

/// Notes one passage.
pub(super) async fn create(
    scope: &Scope,
    input: Repeatable<CreateDocumentWorkspaceConnectorInput>,
) -> MutationResult<DocumentWorkspaceConnector> {
    let (input, request) = input.request("createDocumentWorkspaceConnector");
    scope.require(Access::Service)?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let document = scope.rows().filter(Document::with_ids(vec![input.document_id.uuid()]));
    let document: Document = tx.find(document).await?.ok_or_else(|| UserError::not_found("documentId"))?;
    let connector = workspace_connector::named(&mut tx, "workspaceConnectorId", input.workspace_connector_id).await?;
    let new = NewLink {
        direction: input.direction,
        created_at: DateTime::from(scope.now()),
        document_pk: document.pk,
        workspace_connector_pk: connector.pk,
        workspace_pk: scope.workspace(),
    };
    let inserted =
        tx.insert::<DocumentWorkspaceConnector, _>(diesel::insert_into(links::table).values(new)).await?.pop();
    let link = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    tx.note(keyed, link.pk).await?;
    tx.commit().await?;
    Ok(link)
}

/// Notes many passages, or none: one statement for the documents, one for the workspace connectors, one for the links.
pub(super) async fn stage(
    scope: &Scope,
    input: Repeatable<StageDocumentWorkspaceConnectorsInput>,
) -> MutationResult<Vec<DocumentWorkspaceConnector>> {
    let (input, request) = input.request("stageDocumentWorkspaceConnectors");
    scope.require(Access::Service)?;
    check_bulk("links", input.links.len())?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim_all(&mut tx, request).await?;
    if let Keyed::Replay(pks) = keyed {
        return mutation::replay_all(&mut tx, pks).await;
    }
    let documents = mutation::pks(&mut tx, input.links.iter().map(|link| link.document_id)).await?;
    let connectors = mutation::pks(&mut tx, input.links.iter().map(|link| link.workspace_connector_id)).await?;
    let (created_at, workspace_pk) = (DateTime::from(scope.now()), scope.workspace());
    let (mut new, mut errors) = (Vec::new(), Vec::new());
    for (index, link) in input.links.iter().enumerate() {
        let document = documents.get(&link.document_id.uuid());
        let connector = connectors.get(&link.workspace_connector_id.uuid());
        if let (Some(&document_pk), Some(&workspace_connector_pk)) = (document, connector) {
            let direction = link.direction;
            new.push(NewLink { direction, created_at, document_pk, workspace_connector_pk, workspace_pk });
        }
        let missing = [("documentId", document), ("workspaceConnectorId", connector)];
        let missing = missing.into_iter().filter(|(_, found)| found.is_none());
        errors.extend(missing.map(|(field, _)| UserError::not_found(&format!("links.{index}.{field}"))));
    }
    if !errors.is_empty() {
        return Err(MutationError::Input(errors, None));
    }
    let mut made: Vec<DocumentWorkspaceConnector> = tx.insert(diesel::insert_into(links::table).values(new)).await?;
    made.sort_by_key(|link| link.pk);
    tx.note_all(&keyed, &made.iter().map(|link| link.pk).collect::<Vec<_>>()).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes a link.
pub(super) async fn update(
    scope: &Scope,
    input: UpdateDocumentWorkspaceConnectorInput,
) -> MutationResult<DocumentWorkspaceConnector> {
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
) -> MutationResult<DocumentWorkspaceConnector> {
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
