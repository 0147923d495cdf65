//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::{DocumentWorkspaceConnector, write};
use crate::db::scope::Scope;
use crate::entity::connector::Direction;
use crate::entity::document::Document;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;
use crate::id::Id;
use crate::payload;
use crate::scalar::DateTime;

/// The passage of a document through a workspace connector, to note.
#[derive(InputObject, Debug)]
pub struct CreateDocumentWorkspaceConnectorInput {
    /// The document that passed.
    pub document_id: Id<Document>,
    /// The workspace connector it passed through.
    pub workspace_connector_id: Id<WorkspaceConnector>,
    /// Whether it came in or was routed out.
    pub direction: Direction,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// One of several links to note.
#[derive(InputObject, Debug)]
pub struct DocumentWorkspaceConnectorLinkInput {
    /// The document that passed.
    pub document_id: Id<Document>,
    /// The workspace connector it passed through.
    pub workspace_connector_id: Id<WorkspaceConnector>,
    /// Whether it came in or was routed out.
    pub direction: Direction,
}

/// Several links to note at once.
#[derive(InputObject, Debug)]
pub struct StageDocumentWorkspaceConnectorsInput {
    /// The links, 1 to 1,000. The same link may be there more than once, and then is noted as often.
    pub links: Vec<DocumentWorkspaceConnectorLinkInput>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a link.
#[derive(InputObject, Debug)]
pub struct UpdateDocumentWorkspaceConnectorInput {
    /// The link.
    pub id: ID,
    /// Whether the document came in or was routed out; cannot be cleared.
    pub direction: MaybeUndefined<Direction>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A link to delete.
#[derive(InputObject, Debug)]
pub struct DeleteDocumentWorkspaceConnectorInput {
    /// The link.
    pub id: ID,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

payload! {
    /// What `createDocumentWorkspaceConnector` did.
    CreateDocumentWorkspaceConnectorPayload {
        /// The new link.
        document_workspace_connector: DocumentWorkspaceConnector
    }
}

payload! {
    /// What `stageDocumentWorkspaceConnectors` did.
    StageDocumentWorkspaceConnectorsPayload {
        /// The new links, in the order of the input; null when any of them was refused, and then none was noted.
        document_workspace_connectors: Vec<DocumentWorkspaceConnector>
    }
}

payload! {
    /// What `updateDocumentWorkspaceConnector` did.
    UpdateDocumentWorkspaceConnectorPayload {
        /// The link as it now is.
        document_workspace_connector: DocumentWorkspaceConnector
    }
}

payload! {
    /// What `deleteDocumentWorkspaceConnector` did.
    DeleteDocumentWorkspaceConnectorPayload {
        /// The link as it was.
        document_workspace_connector: DocumentWorkspaceConnector
    }
}

/// Root fields that write links of documents and workspace connectors.
#[derive(Default)]
pub struct DocumentWorkspaceConnectorMutation;

/// Root fields.
#[Object]
impl DocumentWorkspaceConnectorMutation {
    /// Notes that a document passed through a workspace connector, now. For the pipeline.
    async fn create_document_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: CreateDocumentWorkspaceConnectorInput,
    ) -> Option<Result<CreateDocumentWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateDocumentWorkspaceConnectorPayload::of(write::create(scope, input).await))
    }

    /// Notes up to 1,000 passages of documents through workspace connectors, now: all of them, or none when one is
    /// refused. Every link that is refused has its own user errors, whose path holds its index. For the pipeline.
    async fn stage_document_workspace_connectors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The links.")] input: StageDocumentWorkspaceConnectorsInput,
    ) -> Option<Result<StageDocumentWorkspaceConnectorsPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(StageDocumentWorkspaceConnectorsPayload::of(write::stage(scope, input).await))
    }

    /// Changes a link. For the pipeline.
    async fn update_document_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link, and what changes.")] input: UpdateDocumentWorkspaceConnectorInput,
    ) -> Option<Result<UpdateDocumentWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateDocumentWorkspaceConnectorPayload::of(write::update(scope, input).await))
    }

    /// Deletes a link that was noted by mistake. It is kept for audit, but no longer shown. For the pipeline.
    async fn delete_document_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link.")] input: DeleteDocumentWorkspaceConnectorInput,
    ) -> Option<Result<DeleteDocumentWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(DeleteDocumentWorkspaceConnectorPayload::of(write::delete(scope, input).await))
    }
}
