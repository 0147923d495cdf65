//! What of the schema is made of rows alone: of rows of the caller's workspace or of the catalogue, and of the caller's
//! role. An answer of nothing else is the same until one of these rows changes, whoever asks for it and whenever.
//!
//! It is said where a field is declared: by `record!` (columns), `edges!` (relations, and what is named as `of_rows`) and
//! the lists beside types of their own. What nobody says it of is not: `viewer`, `node` and memberships depend on who
//! the caller is, `health` on the clock, `changeCursor` on the change feed, a mapping's `predecessor` on a row that is
//! deleted, whose changes are not recorded.

use crate::entity::api_key::ApiKey;
use crate::entity::collect::{self, Collect};
use crate::entity::connector::Connector;
use crate::entity::connector_mapping::{self, ConnectorMapping};
use crate::entity::connector_sync_diagnostic::{self, ConnectorSyncDiagnostic};
use crate::entity::document::Document;
use crate::entity::document_workspace_connector::{self, DocumentWorkspaceConnector};
use crate::entity::people::People;
use crate::entity::task::Task;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::entity::workspace_connector_sync_log::{self, WorkspaceConnectorSyncLog};
use crate::page::{self, CONNECTION_OF_ROWS, EDGE_OF_ROWS};
use crate::plan::Planned;

/// Types that belong to no row.
const OTHERS: [&[(&str, &[&str])]; 6] = [
    page::OF_ROWS,
    collect::OF_ROWS,
    connector_mapping::OF_ROWS,
    connector_sync_diagnostic::OF_ROWS,
    document_workspace_connector::OF_ROWS,
    workspace_connector_sync_log::OF_ROWS,
];

/// Root fields that no plan answers.
const ROOT_FIELDS: [&str; 2] = ["workspace", "documentWorkspaceConnector"];

/// Whether a field of an object type is made of rows alone. What it leads to is asked for by itself.
#[must_use]
pub fn is_of_rows(type_name: &str, field: &str) -> bool {
    const ENTITIES: [fn(&str, &str) -> bool; 12] = [
        of::<ApiKey>,
        of::<Collect>,
        of::<Connector>,
        of::<ConnectorMapping>,
        of::<ConnectorSyncDiagnostic>,
        of::<Document>,
        of::<DocumentWorkspaceConnector>,
        of::<People>,
        of::<Task>,
        of::<Workspace>,
        of::<WorkspaceConnector>,
        of::<WorkspaceConnectorSyncLog>,
    ];
    if type_name == "Query" {
        return super::root(field).is_some() || ROOT_FIELDS.contains(&field);
    }
    let mut others = OTHERS.iter().flat_map(|types| types.iter());
    ENTITIES.iter().any(|of| of(type_name, field))
        || others.any(|(name, fields)| *name == type_name && fields.contains(&field))
}

/// The same for the entity, its connections and their edges.
fn of<N: Planned>(type_name: &str, field: &str) -> bool {
    match type_name.strip_prefix(&*N::type_name()) {
        Some("") => N::column(field).is_some() || N::relation(field).is_some() || N::is_of_rows(field),
        Some("Connection") => CONNECTION_OF_ROWS.contains(&field),
        Some("Edge") => EDGE_OF_ROWS.contains(&field),
        _ => false,
    }
}
