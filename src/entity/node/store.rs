//! Which entity an id belongs to.

use std::collections::HashMap;

use diesel::IntoSql;
use diesel::sql_types::{Integer, Uuid as SqlUuid};
use uuid::Uuid;

use super::Node;
use crate::db::loader::{ByPk, Key};
use crate::db::schema::core_api::{
    api_keys, collects, connector_mappings, connector_sync_diagnostics, connectors, documents, memberships, peoples,
    tasks, workspace_connector_sync_logs, workspace_connectors, workspaces,
};
use crate::db::scope::{Identified, Part, Scope};
use crate::error::Result;
use crate::page::{Paginated, read_row};

/// The row with a public UUID: which entity it is of, and its internal key.
#[derive(Clone, PartialEq, Eq, Hash)]
struct PlaceOf(Uuid);

/// The entities that `node` finds by UUID, each with the number it has in the statement.
macro_rules! entities {
    ($($number:literal => $entity:ident in $table:ident by $id:ident,)+) => {
        use super::query::entities::{$($entity),+};

        fn parts(scope: &Scope, ids: &[Uuid]) -> Vec<Part> {
            let mut parts = Vec::new();
            // An entity that the caller's role may not read is one that does not exist.
            $(if $entity::READ.allows(scope.role()) {
                let rows = scope.rows().filter(<$entity as Identified>::with_ids(ids.to_vec()));
                parts.push(rows.part(($number.into_sql::<Integer>(), $table::$id, $table::pk)));
            })+
            parts
        }

        async fn load(scope: &Scope, entity: i32, pk: i32) -> Result<Option<Node>> {
            Ok(match entity {
                $($number => scope.get(ByPk::<$entity>::new(pk)).await?.map(Node::from),)+
                _ => None,
            })
        }
    };
}

entities! {
    1 => Workspace in workspaces by workspace_id,
    2 => Connector in connectors by connector_id,
    3 => WorkspaceConnector in workspace_connectors by workspace_connector_id,
    4 => WorkspaceConnectorSyncLog in workspace_connector_sync_logs by workspace_connector_sync_log_id,
    5 => ConnectorMapping in connector_mappings by connector_mapping_id,
    6 => ConnectorSyncDiagnostic in connector_sync_diagnostics by diagnostic_id,
    7 => Collect in collects by collect_id,
    8 => Document in documents by document_id,
    9 => People in peoples by person_id,
    10 => Task in tasks by task_id,
    11 => Membership in memberships by membership_id,
    12 => ApiKey in api_keys by api_key_id,
}

impl Key for PlaceOf {
    type Value = (i32, i32);

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let ids: Vec<Uuid> = keys.into_iter().map(|key| key.0).collect();
        let places = scope.union(parts(scope, &ids), read_row::<(Integer, SqlUuid, Integer), (i32, Uuid, i32)>).await?;
        Ok(places.into_iter().map(|(entity, id, pk)| (Self(id), (entity, pk))).collect())
    }
}

/// The row with this UUID, of whatever entity.
///
/// # Errors
/// When the database fails.
pub async fn by_uuid(scope: &Scope, id: Uuid) -> Result<Option<Node>> {
    match scope.get(PlaceOf(id)).await? {
        Some((entity, pk)) => load(scope, entity, pk).await,
        None => Ok(None),
    }
}
