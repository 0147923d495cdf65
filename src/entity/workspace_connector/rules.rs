//! How a workspace connector is connected, changed and disconnected.

use diesel::prelude::*;

use super::input::{ConnectWorkspaceConnectorInput, DisconnectWorkspaceConnectorInput, UpdateWorkspaceConnectorInput};
use super::{WorkspaceConnector, WorkspaceConnectorStatus as Status};
use crate::auth::Access;
use crate::db::condition::Condition;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::{connector_mappings, connectors, workspace_connectors};
use crate::db::scope::{Identified, OwnWorkspace, Owned, Scope, Scoped};
use crate::db::tx::{PendingUpdate, Tx};
use crate::entity::connector::{Connector, ConnectorStatus};
use crate::entity::connector_mapping::ConnectorMapping;
use crate::entity::people;
use crate::error::{Error, UserErrorCode};
use crate::id::Id;
use crate::mutation::{self, MutationError, MutationResult, Repeatable, UserError, check_text, clearable, required};
use crate::scalar::DateTime;

/// How long an account's label may be, in characters.
const MAX_LABEL_LENGTH: usize = 255;

#[derive(Insertable, Debug)]
#[diesel(table_name = workspace_connectors)]
struct NewConnection {
    status: Status,
    account_label: Option<String>,
    created_at: DateTime,
    connector_pk: i32,
    person_pk: Option<i32>,
    workspace_pk: OwnWorkspace,
}

/// Connects a connector.
pub(super) async fn connect(
    scope: &Scope,
    input: Repeatable<ConnectWorkspaceConnectorInput>,
) -> MutationResult<WorkspaceConnector> {
    let (input, request) = input.request("connectWorkspaceConnector");
    scope.require(Access::AdminOrService)?;
    if input.status != Status::ToConfigure {
        scope.require(Access::Service)?;
    }
    if input.status == Status::Disabled {
        return Err(UserError::bad_input("status", "A connection does not begin as DISABLED.").into());
    }
    if let Some(label) = &input.account_label {
        check_text("accountLabel", label, MAX_LABEL_LENGTH)?;
    }
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let named = scope.rows().filter(Connector::with_ids(vec![input.connector_id.uuid()]));
    let connector = connectable(tx.find(named).await?)?;
    let person = people::of_caller(&mut tx).await?;
    let new = NewConnection {
        status: input.status,
        account_label: input.account_label,
        created_at: DateTime::from(scope.now()),
        connector_pk: connector.pk,
        person_pk: person.map(|person| person.pk),
        workspace_pk: scope.workspace(),
    };
    let inserted = tx.insert(diesel::insert_into(workspace_connectors::table).values(new)).await?.pop();
    let connection: WorkspaceConnector = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    // The new row keeps whoever deletes the connector waiting, but one may have been first.
    connectable(tx.find(scope.rows().filter(connectors::table::with_pks(vec![connector.pk]))).await?)?;
    tx.note(keyed, connection.pk).await?;
    tx.commit().await?;
    Ok(connection)
}

/// The connector that the input names, if it can be connected now.
fn connectable(found: Option<Connector>) -> Result<Connector, UserError> {
    let connector = found.ok_or_else(|| UserError::not_found("connectorId"))?;
    if connector.status != ConnectorStatus::Available {
        let message = "Only a connector with the status AVAILABLE can be connected.";
        return Err(UserError::new(UserErrorCode::InvalidState, "connectorId", message));
    }
    Ok(connector)
}

/// Renames a workspace connector, or sets its status.
pub(super) async fn update(scope: &Scope, input: UpdateWorkspaceConnectorInput) -> MutationResult<WorkspaceConnector> {
    scope.require(Access::AdminOrService)?;
    if !input.account_label.is_undefined() {
        scope.require(Access::Admin)?;
    }
    if !input.status.is_undefined() {
        scope.require(Access::Service)?;
    }
    if let Some(label) = input.account_label.value() {
        check_text("accountLabel", label, MAX_LABEL_LENGTH)?;
    }
    let status = required("status", input.status)?;
    let changes = (
        status.map(|status| workspace_connectors::status.eq(status)),
        clearable(input.account_label).map(|label| workspace_connectors::account_label.eq(label)),
    );
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(WorkspaceConnector::with_ids(vec![input.id.uuid()]));
    let connection = if status == Some(Status::Disabled) {
        disable(&mut tx, row, input.expected_updated_at).await?
    } else {
        mutation::update(&mut tx, row, input.expected_updated_at, changes).await?
    };
    tx.commit().await?;
    Ok(connection)
}

/// Disconnects a workspace connector, if that was not done before.
pub(super) async fn disconnect(
    scope: &Scope,
    input: DisconnectWorkspaceConnectorInput,
) -> MutationResult<WorkspaceConnector> {
    scope.require(Access::AdminOrService)?;
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(WorkspaceConnector::with_ids(vec![input.id.uuid()]));
    let connection = disable(&mut tx, row, input.expected_updated_at).await?;
    tx.commit().await?;
    Ok(connection)
}

/// Makes it `DISABLED`, without any mapping.
async fn disable(
    tx: &mut Tx<'_>,
    row: Scoped<workspace_connectors::table>,
    expected_updated_at: Option<DateTime>,
) -> MutationResult<WorkspaceConnector> {
    let missing = || UserError::not_found("id");
    let pk = tx.find::<WorkspaceConnector>(row.clone()).await?.ok_or_else(missing)?.pk;
    // Whoever replaces a mapping locks that first and the workspace connector second, so it is the same here.
    delete_mappings(tx, pk).await?;
    let mut connection = tx.lock::<WorkspaceConnector>(row.clone()).await?.ok_or_else(missing)?;
    if connection.status != Status::Disabled {
        let disabled = workspace_connectors::status.eq(Status::Disabled);
        connection = mutation::update(tx, row, expected_updated_at, disabled).await?;
    }
    // Those that were being made when the first were deleted; the lock has waited for them.
    delete_mappings(tx, pk).await?;
    Ok(connection)
}

async fn delete_mappings<R>(tx: &mut Tx<'_>, connection_pk: i32) -> Result<(), MutationError<R>> {
    let mappings = Condition::of(connector_mappings::workspace_connector_pk.eq(connection_pk));
    tx.delete::<ConnectorMapping>(tx.scope().rows().filter(mappings)).await?;
    Ok(())
}

/// The workspace connector that an input names at the path.
pub(crate) async fn named<R>(
    tx: &mut Tx<'_>,
    path: &str,
    id: Id<WorkspaceConnector>,
) -> Result<WorkspaceConnector, MutationError<R>> {
    let row = tx.scope().rows().filter(WorkspaceConnector::with_ids(vec![id.uuid()]));
    Ok(tx.find(row).await?.ok_or_else(|| UserError::not_found(path))?)
}

/// Notes that a sync of the one succeeded. The moment only ever moves forward.
pub(crate) fn synced(
    scope: &Scope,
    which: Condition<workspace_connectors::table>,
    at: DateTime,
) -> PendingUpdate<WorkspaceConnector> {
    let last = workspace_connectors::last_successful_sync_at;
    let earlier = last.is_null().or(last.assume_not_null().lt(at));
    PendingUpdate::of(scope.rows().filter(which).filter(Condition::of(earlier)), last.eq(at))
}
