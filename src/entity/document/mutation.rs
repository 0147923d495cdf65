//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{Document, DocumentProcessingStatus, write};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::entity::collect::Collect;
use crate::error::Result;
use crate::id::Id;
use crate::payload;
use crate::scalar::{BigInt, DateTime};

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

payload! {
    /// What `createDocument` did.
    CreateDocumentPayload {
        /// The document.
        document: Document
    }
}

payload! {
    /// What `updateDocument` did.
    UpdateDocumentPayload {
        /// The document as it now is; on `CONFLICT` as somebody else left it.
        document: Document
    }
}

payload! {
    /// What `deleteDocument` did.
    DeleteDocumentPayload {
        /// The document as it was; on `CONFLICT` as somebody else left it.
        document: Document
    }
}

/// Root fields that write documents.
#[derive(Default)]
pub struct DocumentMutation;

/// Root fields.
#[Object]
impl DocumentMutation {
    /// Notes a document. Its content is not part of it. For members and up, and the pipeline.
    async fn create_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The document.")] input: CreateDocumentInput,
    ) -> Option<Result<CreateDocumentPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateDocumentPayload::of(write::create(scope, input).await))
    }

    /// Renames a document or says what kind it is; the pipeline also notes how its processing goes. For members and
    /// up, and the pipeline.
    async fn update_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which document, and what changes.")] input: UpdateDocumentInput,
    ) -> Option<Result<UpdateDocumentPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateDocumentPayload::of(write::update(scope, input).await))
    }

    /// Deletes a document. For members and up, and the pipeline.
    async fn delete_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which document.")] input: DeleteDocumentInput,
    ) -> Option<Result<DeleteDocumentPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let deleted = async {
            scope.require(Access::MemberOrService)?;
            crate::mutation::delete(scope, input.id, input.expected_updated_at).await
        };
        Some(DeleteDocumentPayload::of(deleted.await))
    }
}
