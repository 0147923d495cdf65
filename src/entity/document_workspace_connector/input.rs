//! What mutations are given.

use crate::entity::connector::Direction;
use crate::entity::document::Document;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::id::Id;
use crate::scalar::DateTime;
use async_graphql::{ID, InputObject, MaybeUndefined};

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
