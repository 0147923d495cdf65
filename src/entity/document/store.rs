//! The row, what its lists can be narrowed and ordered by, and where a document came from and went to.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{MaybeUndefined, SimpleObject};
use diesel::{ExpressionMethods, Queryable, Selectable};

use crate::auth::Access;
use crate::db::condition::Condition;
use crate::db::loader::Key;
use crate::db::schema::core_api::{collects, document_workspace_connectors as links, documents, workspace_connectors};
use crate::db::scope::{Owned, Scope, Scoped, Window};
use crate::db::statement::Term;
use crate::entity::connector::Direction;
use crate::entity::document_workspace_connector::{self as link, DocumentWorkspaceConnector};
use crate::entity::macros::{edge, order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;
use crate::filter::{BigIntFilter, DateTimeFilter, IdFilter, StringFilter, given, points_at};
use crate::id::Id;
use crate::page::{Paginated, ToMany};
use crate::scalar::{BigInt, DateTime};

pg_enum! {
    /// How far the reading of a document has come.
    DocumentProcessingStatus, DocumentProcessingStatusFilter, DocumentProcessingStatusEnum {
        /// Waiting to be read.
        Pending = "pending",
        /// Being read.
        Extracting = "extracting",
        /// Its kind is known.
        Categorized = "categorized",
        /// Read.
        Extracted = "extracted",
        /// Left unread on purpose.
        Skipped = "skipped",
        /// Reading it failed.
        Failed = "failed",
        /// Refused.
        Rejected = "rejected",
    }
}

/// A file of a workspace, with what was found out about it.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = documents)]
pub struct Document {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = document_id)]
    pub id: Id<Self>,
    /// The name of the file, as people see it.
    pub filename: String,
    /// The MIME type of the file, such as `application/pdf`.
    #[graphql(name = "type")]
    pub type_: Option<String>,
    /// The size of the file, in bytes.
    pub size: Option<BigInt>,
    /// What kind of document it is, as a UN/EDIFACT code such as `380` for a commercial invoice.
    pub document_type: Option<String>,
    /// How far its reading has come.
    pub processing_status: Stored<DocumentProcessingStatus>,
    /// The checksum of its content, by which duplicates are found.
    pub content_checksum: Option<String>,
    /// When the file was uploaded; null before.
    pub uploaded_at: Option<DateTime>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) workspace_pk: i32,
    #[graphql(skip)]
    pub(crate) collect_pk: Option<i32>,
}

record!(Document of documents by document_id {
    filename, type_, size, document_type, processing_status, content_checksum, uploaded_at, created_at, updated_at,
});

/// The live links in one direction.
fn links_towards(scope: &Scope, direction: Direction) -> Scoped<links::table> {
    scope.rows().filter(Condition::of(links::direction.eq(direction)))
}

/// The documents that such links belong to.
fn documents_of(links: Scoped<links::table>) -> Condition<documents::table> {
    links.containing(Arc::new(documents::pk), Arc::new(links::document_pk))
}

/// The documents with a link in the direction to a workspace connector with such an id.
fn linked(ids: &IdFilter, direction: Direction, scope: &Scope) -> Result<Condition<documents::table>> {
    let connector = points_at::<_, workspace_connectors::table>(
        scope,
        ids,
        Arc::new(links::workspace_connector_pk),
        Arc::new(workspace_connectors::workspace_connector_id),
    )?;
    Ok(documents_of(links_towards(scope, direction).filter(connector)))
}

/// The documents whose source has such an id.
fn sourced_from(ids: &IdFilter, scope: &Scope) -> Result<Condition<documents::table>> {
    let inputs =
        links_towards(scope, Direction::Input).filter(Condition::written(links::document_pk.eq(documents::pk)));
    let source = points_at::<_, workspace_connectors::table>(
        scope,
        ids,
        inputs.first(first_linked(), Arc::new(links::workspace_connector_pk)),
        Arc::new(workspace_connectors::workspace_connector_id),
    )?;
    if given("eq", &ids.eq)?.is_none() && given("in", &ids.any)?.is_none() {
        return Ok(source);
    }
    // An index leads to those that came in through it at all.
    Ok(linked(ids, Direction::Input, scope)?.and(source))
}

/// The documents that were routed to a workspace connector with such an id. `notIn` and `isNull` speak of all that a
/// document was routed to: none may be one of them.
fn routed_to(ids: &IdFilter, scope: &Scope) -> Result<Condition<documents::table>> {
    let one_to = |ids: &IdFilter| linked(ids, Direction::Output, scope);
    let any = IdFilter { is_null: MaybeUndefined::Value(false), ..IdFilter::default() };
    let mut parts = Vec::new();
    if let Some(id) = given("eq", &ids.eq)? {
        parts.push(one_to(&IdFilter { eq: MaybeUndefined::Value(*id), ..IdFilter::default() })?);
    }
    if given("in", &ids.any)?.is_some() {
        parts.push(one_to(&IdFilter { any: ids.any.clone(), ..IdFilter::default() })?);
    }
    if given("notIn", &ids.not_in)?.is_some() {
        parts.push(one_to(&any)?);
        parts.push(one_to(&IdFilter { any: ids.not_in.clone(), ..IdFilter::default() })?.negate());
    }
    if let Some(wanted) = given("isNull", &ids.is_null)? {
        let linked = one_to(&any)?;
        parts.push(if *wanted { linked.negate() } else { linked });
    }
    Ok(Condition::all(parts))
}

/// The order in which links were made.
fn first_linked() -> Vec<Term> {
    let ascending = |column| Term { column, nullable: false, descending: false };
    vec![ascending(Arc::new(links::created_at)), ascending(links::table::pk())]
}

crate::filter! {
    /// A filter of documents.
    DocumentFilter for documents {
        /// By id.
        id: IdFilter => document_id,
        /// By the name of the file.
        filename: StringFilter => filename,
        /// By the MIME type of the file.
        #[graphql(name = "type")]
        type_: StringFilter => type_,
        /// By the size of the file, in bytes.
        size: BigIntFilter => size,
        /// By what kind of document it is, a UN/EDIFACT code.
        document_type: StringFilter => document_type,
        /// By how far its reading has come.
        processing_status: DocumentProcessingStatusFilter => processing_status,
        /// By the checksum of its content.
        content_checksum: StringFilter => content_checksum,
        /// By when the file was uploaded.
        uploaded_at: DateTimeFilter => uploaded_at,
        /// By when it was made.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the collect that gathered it.
        collect: collect_pk -> collects::collect_id,
    }
    also {
        /// By its source, the workspace connector it first came in through.
        sourced_from: IdFilter => sourced_from,
        /// By the workspace connectors it was routed to; `notIn` accepts what was routed, but to none of these.
        routed_to: IdFilter => routed_to,
    }
}

order_by! {
    Document of documents: DocumentOrder, DocumentOrderField {
        /// When it was made.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
        /// When the file was uploaded.
        UploadedAt => uploaded_at "null",
        /// The name of the file.
        Filename => filename,
        /// The size of the file.
        Size => size "null",
    }
}

impl Paginated for Document {
    const READ: Access = Access::Everyone;
    type Filter = DocumentFilter;
    type OrderBy = DocumentOrder;
    type Extra = async_graphql::connection::EmptyFields;
}

edge!(
    /// The documents that a collect gathered.
    OfCollect: Document by documents::collect_pk
);

/// The documents that passed through a workspace connector, each once.
pub enum ThroughWorkspaceConnector {}

impl ToMany for ThroughWorkspaceConnector {
    type Node = Document;

    fn parent_condition(scope: &Scope) -> Condition<documents::table> {
        let passages = scope.rows().filter(link::OfWorkspaceConnector::parent_condition(scope));
        passages.leading_to(Arc::new(documents::pk), Arc::new(links::document_pk))
    }
}

/// The workspace connectors that a document was routed to, each once.
pub enum DestinationOfDocument {}

impl ToMany for DestinationOfDocument {
    type Node = WorkspaceConnector;

    fn parent_condition(scope: &Scope) -> Condition<workspace_connectors::table> {
        links_towards(scope, Direction::Output)
            .filter(link::OfDocument::parent_condition(scope))
            .leading_to(Arc::new(workspace_connectors::pk), Arc::new(links::workspace_connector_pk))
    }
}

/// A document's first input link.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct FirstInputOf(pub(crate) i32);

impl Key for FirstInputOf {
    type Value = DocumentWorkspaceConnector;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let parents = keys.into_iter().map(|key| key.0).collect();
        let inputs = links_towards(scope, Direction::Input).filter(link::OfDocument::parent_condition(scope));
        let first = Window { order: first_linked(), reversed: false, after: None, before: None, limit: 1 };
        let found = scope.page_of_each(parents, inputs, first).await?;
        Ok(found.into_iter().map(|(parent, link)| (Self(parent), link)).collect())
    }
}
