//! What mutations are given.

use super::{Document, DocumentProcessingStatus};
use crate::entity::collect::Collect;
use crate::id::Id;
use crate::scalar::{BigInt, DateTime};
use async_graphql::{InputObject, MaybeUndefined};

/// A document to note.
#[derive(InputObject, Debug)]
pub struct CreateDocumentInput {
    /// The name of the file, as people see it, at most 1,000 characters.
    pub filename: String,
    /// The MIME type of the file, such as `application/pdf`, at most 255 characters.
    #[graphql(name = "type")]
    pub type_: Option<String>,
    /// The size of the file in bytes, not negative.
    pub size: Option<BigInt>,
    /// What kind of document it is, as a UN/EDIFACT code such as `380` for a commercial invoice, at most 64
    /// characters.
    pub document_type: Option<String>,
    /// How far its reading has come, `PENDING` unless said. For the pipeline; `FORBIDDEN` to anybody else.
    pub processing_status: Option<DocumentProcessingStatus>,
    /// The checksum of its content, by which duplicates are found, at most 255 characters.
    pub content_checksum: Option<String>,
    /// When the file was uploaded, if it was.
    pub uploaded_at: Option<DateTime>,
    /// The collect that gathered it.
    pub collect_id: Option<Id<Collect>>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a document.
#[derive(InputObject, Debug)]
pub struct UpdateDocumentInput {
    /// The document.
    pub id: Id<Document>,
    /// The name of the file, as people see it, at most 1,000 characters. It cannot be cleared.
    pub filename: MaybeUndefined<String>,
    /// The MIME type of the file, at most 255 characters; null clears it.
    #[graphql(name = "type")]
    pub type_: MaybeUndefined<String>,
    /// What kind of document it is, as a UN/EDIFACT code, at most 64 characters; null clears it.
    pub document_type: MaybeUndefined<String>,
    /// How far its reading has come. It cannot be cleared. For the pipeline; `FORBIDDEN` to anybody else.
    pub processing_status: MaybeUndefined<DocumentProcessingStatus>,
    /// The size of the file in bytes, not negative; null clears it. For the pipeline; `FORBIDDEN` to anybody else.
    pub size: MaybeUndefined<BigInt>,
    /// The checksum of its content, at most 255 characters; null clears it. For the pipeline; `FORBIDDEN` to anybody
    /// else.
    pub content_checksum: MaybeUndefined<String>,
    /// When the file was uploaded; null clears it. For the pipeline; `FORBIDDEN` to anybody else.
    pub uploaded_at: MaybeUndefined<DateTime>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A document to delete.
#[derive(InputObject, Debug)]
pub struct DeleteDocumentInput {
    /// The document.
    pub id: Id<Document>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}
