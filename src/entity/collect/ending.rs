//! The sync log that a collect leaves when it ends.

use std::sync::Arc;

use diesel::prelude::*;
use serde_json::json;

use super::{Collect, CollectStatus};
use crate::db::condition::Condition;
use crate::db::schema::core_api::{connectors, workspace_connectors};
use crate::db::tx::Tx;
use crate::entity::connector::Connector;
use crate::entity::workspace_connector::{WorkspaceConnector, WorkspaceConnectorStatus};
use crate::entity::workspace_connector_sync_log::rules::{Ended, note_ended};
use crate::mutation::MutationError;
use crate::scalar::Json;

/// Notes a collect that has just ended as a sync run of the workspace connector that its provider stands for, if it
/// stands for one.
pub(super) async fn note<R>(tx: &mut Tx<'_>, collect: &Collect) -> Result<(), MutationError<R>> {
    let (Some(provider), Some(ended_at)) = (&collect.provider, collect.ended_at) else { return Ok(()) };
    let Some(connected) = connected_as(tx, provider).await? else { return Ok(()) };
    let error = (collect.status == CollectStatus::Error).then(|| "The collect ended with an error.".to_owned());
    let metadata = Json::from(json!({ "collect_id": collect.id.uuid(), "provider": provider }));
    let ended = Ended { started_at: collect.started_at, at: ended_at, error, metadata };
    note_ended(tx, connected.pk, ended).await.map_err(MutationError::of)?;
    Ok(())
}

/// The workspace connector of the one connected connector with this service id; none when there are several such
/// connectors, one of everybody's and one of the workspace. Of several connections of the one connector it is the
/// newest, those in use before those that were disconnected.
async fn connected_as<R>(tx: &mut Tx<'_>, service_id: &str) -> Result<Option<WorkspaceConnector>, MutationError<R>> {
    let scope = tx.scope();
    let is_connected = scope
        .rows::<workspace_connectors::table>()
        .containing(Arc::new(connectors::pk), Arc::new(workspace_connectors::connector_pk));
    let of_provider = Condition::of(connectors::service_id.eq(service_id.to_owned()));
    let found = tx.load::<Connector>(scope.rows().filter(of_provider).filter(is_connected)).await?;
    let [connector] = found.as_slice() else { return Ok(None) };
    let of_connector = Condition::of(workspace_connectors::connector_pk.eq(connector.pk));
    let connections = tx.load::<WorkspaceConnector>(scope.rows().filter(of_connector)).await?;
    let is_in_use = |connection: &WorkspaceConnector| connection.status != WorkspaceConnectorStatus::Disabled;
    Ok(connections.into_iter().max_by_key(|connection| (is_in_use(connection), connection.created_at, connection.pk)))
}
