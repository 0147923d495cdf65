//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{CreateDocumentInput, DeleteDocumentInput, UpdateDocumentInput};
use super::{Document, rules};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

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
        #[graphql(desc = "The document.")] input: Repeatable<CreateDocumentInput>,
    ) -> Option<Result<CreateDocumentPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateDocumentPayload::of(rules::create(scope, input).boxed().await))
    }

    /// Renames a document or says what kind it is; the pipeline also notes how its processing goes. For members and
    /// up, and the pipeline.
    async fn update_document(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which document, and what changes.")] input: UpdateDocumentInput,
    ) -> Option<Result<UpdateDocumentPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateDocumentPayload::of(rules::update(scope, input).boxed().await))
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
        Some(DeleteDocumentPayload::of(deleted.boxed().await))
    }
}
