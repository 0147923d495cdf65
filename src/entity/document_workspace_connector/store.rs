//! The row, its sealed id, and what its lists can be narrowed and ordered by.

use async_graphql::{ID, SimpleObject};
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::schema::core_api::{document_workspace_connectors, documents, workspace_connectors};
use crate::db::scope::Scope;
use crate::entity::connector::{Direction, DirectionFilter};
use crate::entity::macros::{edge, order_by, record};
use crate::entity::stored::Stored;
use crate::error::{Error, Result};
use crate::filter::DateTimeFilter;
use crate::id::{NOT_AN_ID, is_sealed};
use crate::page::Paginated;
use crate::scalar::DateTime;

/// The link of a document and a workspace connector it passed through. The same document may have passed through the
/// same workspace connector in the same direction more than once.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = document_workspace_connectors)]
pub struct DocumentWorkspaceConnector {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// Whether the document came in from the workspace connector or was routed out to it.
    pub direction: Stored<Direction>,
    /// When the document passed.
    pub created_at: DateTime,
    /// When the link last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) document_pk: i32,
    #[graphql(skip)]
    pub(crate) workspace_connector_pk: i32,
    #[graphql(skip)]
    pub(crate) workspace_pk: Option<i32>,
}

record!(DocumentWorkspaceConnector of document_workspace_connectors {
    direction, created_at, updated_at,
});

impl DocumentWorkspaceConnector {
    /// What its ids are sealed for.
    const SEAL: &'static [u8] = b"link";

    /// The id that clients know it by: its key, sealed.
    pub(crate) fn sealed_id(&self, scope: &Scope) -> ID {
        Self::seal_id(self.pk, scope)
    }

    /// The id of the link with this key.
    pub(crate) fn seal_id(pk: i32, scope: &Scope) -> ID {
        ID(scope.sealer().seal(Self::SEAL, &pk.to_be_bytes()))
    }

    /// The key sealed in an id; nothing when this server never sealed it, which clients must not be able to tell from
    /// the id of a link that does not exist.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a text that does not even look like such an id.
    pub(crate) fn open_id(scope: &Scope, id: &str) -> Result<Option<i32>> {
        if !is_sealed(id) {
            return Err(Error::bad_input(NOT_AN_ID));
        }
        let key = scope.sealer().open(Self::SEAL, id).and_then(|plain| plain.try_into().ok());
        Ok(key.map(i32::from_be_bytes))
    }
}

crate::filter! {
    /// A filter of links of documents and workspace connectors.
    DocumentWorkspaceConnectorFilter for document_workspace_connectors {
        /// By direction.
        direction: DirectionFilter => direction,
        /// By when the document passed.
        created_at: DateTimeFilter => created_at,
        /// By when the link last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the document.
        document: document_pk -> documents::document_id,
        /// By the workspace connector.
        workspace_connector: workspace_connector_pk -> workspace_connectors::workspace_connector_id,
    }
}

order_by! {
    DocumentWorkspaceConnector of document_workspace_connectors:
    DocumentWorkspaceConnectorOrder, DocumentWorkspaceConnectorOrderField {
        /// When the document passed.
        CreatedAt => created_at,
        /// When the link last changed.
        UpdatedAt => updated_at "null",
    }
}

impl Paginated for DocumentWorkspaceConnector {
    const READ: Access = Access::Everyone;
    type Filter = DocumentWorkspaceConnectorFilter;
    type OrderBy = DocumentWorkspaceConnectorOrder;
    type Extra = super::DocumentWorkspaceConnectorExtra;
}

edge!(
    /// The links of a document.
    OfDocument: DocumentWorkspaceConnector by document_workspace_connectors::document_pk
);

edge!(
    /// The links of a workspace connector.
    OfWorkspaceConnector: DocumentWorkspaceConnector by document_workspace_connectors::workspace_connector_pk
);
