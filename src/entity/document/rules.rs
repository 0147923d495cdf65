//! How a document is noted and changed.

use diesel::prelude::*;

use super::input::{CreateDocumentInput, UpdateDocumentInput};
use super::{Document, DocumentProcessingStatus};
use crate::auth::Access;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::documents;
use crate::db::scope::{Identified, OwnWorkspace, Scope};
use crate::entity::collect;
use crate::error::Error;
use crate::mutation::{self, MutationResult, Repeatable, UserError, check_code, check_text, clearable, required};
use crate::scalar::{BigInt, DateTime};

/// How long a file's name may be, in characters.
const MAX_FILENAME_LENGTH: usize = 1_000;
/// How long a MIME type or a checksum may be, in characters.
const MAX_TEXT_LENGTH: usize = 255;
/// How long the code of a kind of document may be, in characters.
const MAX_CODE_LENGTH: usize = 64;

#[derive(Insertable, Debug)]
#[diesel(table_name = documents)]
struct NewDocument {
    filename: String,
    type_: Option<String>,
    size: Option<BigInt>,
    document_type: Option<String>,
    processing_status: DocumentProcessingStatus,
    content_checksum: Option<String>,
    uploaded_at: Option<DateTime>,
    created_at: DateTime,
    workspace_pk: OwnWorkspace,
    collect_pk: Option<i32>,
}

/// What is given of a document's columns.
struct Given<'i> {
    filename: Option<&'i String>,
    type_: Option<&'i String>,
    size: Option<&'i BigInt>,
    document_type: Option<&'i String>,
    content_checksum: Option<&'i String>,
}

impl Given<'_> {
    fn check(&self) -> Result<(), UserError> {
        if let Some(filename) = self.filename {
            check_text("filename", filename, MAX_FILENAME_LENGTH)?;
        }
        let codes = [
            ("type", self.type_, MAX_TEXT_LENGTH),
            ("documentType", self.document_type, MAX_CODE_LENGTH),
            ("contentChecksum", self.content_checksum, MAX_TEXT_LENGTH),
        ];
        for (path, code, longest) in codes {
            code.map_or(Ok(()), |code| check_code(path, code, longest))?;
        }
        match self.size {
            Some(size) if size.0 < 0 => Err(UserError::bad_input("size", "`size` must not be negative.")),
            _ => Ok(()),
        }
    }
}

/// Notes a document.
pub(super) async fn create(scope: &Scope, input: Repeatable<CreateDocumentInput>) -> MutationResult<Document> {
    let (input, request) = input.request("createDocument");
    scope.require(Access::MemberOrService)?;
    if input.processing_status.is_some() {
        scope.require(Access::Service)?;
    }
    Given {
        filename: Some(&input.filename),
        type_: input.type_.as_ref(),
        size: input.size.as_ref(),
        document_type: input.document_type.as_ref(),
        content_checksum: input.content_checksum.as_ref(),
    }
    .check()?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let collect_pk = match input.collect_id {
        Some(id) => Some(collect::named(&mut tx, "collectId", id).await?.pk),
        None => None,
    };
    let new = NewDocument {
        filename: input.filename,
        type_: input.type_,
        size: input.size,
        document_type: input.document_type,
        processing_status: input.processing_status.unwrap_or(DocumentProcessingStatus::Pending),
        content_checksum: input.content_checksum,
        uploaded_at: input.uploaded_at,
        created_at: DateTime::from(scope.now()),
        workspace_pk: scope.workspace(),
        collect_pk,
    };
    let inserted = tx.insert(diesel::insert_into(documents::table).values(new)).await?.pop();
    let document: Document = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    tx.note(keyed, document.pk).await?;
    tx.commit().await?;
    Ok(document)
}

/// Changes a document.
pub(super) async fn update(scope: &Scope, input: UpdateDocumentInput) -> MutationResult<Document> {
    scope.require(Access::MemberOrService)?;
    let is_about_processing = !(input.processing_status.is_undefined()
        && input.size.is_undefined()
        && input.content_checksum.is_undefined()
        && input.uploaded_at.is_undefined());
    if is_about_processing {
        scope.require(Access::Service)?;
    }
    Given {
        filename: input.filename.value(),
        type_: input.type_.value(),
        size: input.size.value(),
        document_type: input.document_type.value(),
        content_checksum: input.content_checksum.value(),
    }
    .check()?;
    let changes = (
        required("filename", input.filename)?.map(|name| documents::filename.eq(name)),
        clearable(input.type_).map(|mime| documents::type_.eq(mime)),
        clearable(input.document_type).map(|code| documents::document_type.eq(code)),
        required("processingStatus", input.processing_status)?.map(|status| documents::processing_status.eq(status)),
        clearable(input.size).map(|size| documents::size.eq(size)),
        clearable(input.content_checksum).map(|checksum| documents::content_checksum.eq(checksum)),
        clearable(input.uploaded_at).map(|moment| documents::uploaded_at.eq(moment)),
    );
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(Document::with_ids(vec![input.id.uuid()]));
    let document = mutation::update(&mut tx, row, input.expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(document)
}
