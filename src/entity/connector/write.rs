//! How connectors are made, changed and deleted.

use diesel::prelude::*;

use super::mutation::{CreateConnectorInput, DeleteConnectorInput, UpdateConnectorInput};
use super::{Connector, ConnectorProvider, ConnectorStatus, Direction};
use crate::auth::Access;
use crate::db::condition::Condition;
use crate::db::idempotency::{Recalled, Request};
use crate::db::scope::{Identified, OwnWorkspace, Scope, Scoped};
use crate::entity::tables::core_api::{connectors, workspace_connectors};
use crate::entity::workspace_connector::{WorkspaceConnector, WorkspaceConnectorStatus};
use crate::error::Error;
use crate::id::Id;
use crate::mutation::{self, Change, UserError, check_text, check_url, clearable, required};
use crate::scalar::DateTime;

/// How long a key or a name may be, in characters.
const LONGEST_NAME: usize = 255;
/// How long an address may be, in characters.
const LONGEST_URL: usize = 2_048;
/// How many kinds of data a tool may hold.
const MOST_DOMAINS: usize = 50;
/// How long the name of a kind of data may be, in characters.
const LONGEST_DOMAIN: usize = 100;

#[derive(Insertable, Debug)]
#[diesel(table_name = connectors)]
struct NewConnector {
    service_id: String,
    name: String,
    provider: ConnectorProvider,
    category_id: Option<String>,
    direction: Direction,
    status: ConnectorStatus,
    logo_url: Option<String>,
    data_domains: Vec<Option<String>>,
    created_at: DateTime,
    workspace_pk: Option<OwnWorkspace>,
}

/// Checks what creating and changing have in common.
fn check(name: Option<&String>, category_id: Option<&String>, logo_url: Option<&String>) -> Result<(), UserError> {
    name.map_or(Ok(()), |name| check_text("name", name, LONGEST_NAME))?;
    category_id.map_or(Ok(()), |category_id| check_text("categoryId", category_id, LONGEST_NAME))?;
    logo_url.map_or(Ok(()), |logo_url| check_url("logoUrl", logo_url, LONGEST_URL))
}

/// The kinds of data as they are stored, checked.
fn domains(given: Vec<String>) -> Result<Vec<Option<String>>, UserError> {
    if given.len() > MOST_DOMAINS {
        return Err(UserError::bad_input("dataDomains", format!("There must not be more than {MOST_DOMAINS}.")));
    }
    for (index, domain) in given.iter().enumerate() {
        check_text(&format!("dataDomains.{index}"), domain, LONGEST_DOMAIN)?;
    }
    Ok(given.into_iter().map(Some).collect())
}

/// Makes a connector, of the workspace or of the catalogue.
pub(super) async fn create(scope: &Scope, input: CreateConnectorInput) -> Change<Connector> {
    scope.require(Access::AdminOrService)?;
    if input.global {
        scope.require(Access::Service)?;
    }
    check_text("serviceId", &input.service_id, LONGEST_NAME)?;
    check(Some(&input.name), input.category_id.as_ref(), input.logo_url.as_ref())?;
    let request = Request::keyed(input.idempotency_key.as_deref(), "createConnector", &input);
    let data_domains = domains(input.data_domains)?;
    let mut tx = scope.begin().await?;
    let recalled = tx.recall(request).await?;
    if let Recalled::Done(pk) = recalled {
        return mutation::made_before(&mut tx, pk).await;
    }
    let new = NewConnector {
        service_id: input.service_id,
        name: input.name,
        provider: input.provider,
        category_id: input.category_id,
        direction: input.direction,
        status: input.status,
        logo_url: input.logo_url,
        data_domains,
        created_at: DateTime(scope.now()),
        workspace_pk: (!input.global).then(|| scope.workspace()),
    };
    let insert = diesel::insert_into(connectors::table).values(new).on_conflict_do_nothing();
    let taken = || UserError::conflict("serviceId", "A connector with this service id exists already.");
    let connector: Connector = tx.insert(insert).await?.pop().ok_or_else(taken)?;
    tx.note(recalled, connector.pk).await?;
    tx.commit().await?;
    Ok(connector)
}

/// Changes a connector.
pub(super) async fn update(scope: &Scope, input: UpdateConnectorInput) -> Change<Connector> {
    scope.require(Access::AdminOrService)?;
    check(input.name.value(), input.category_id.value(), input.logo_url.value())?;
    let data_domains = required("dataDomains", input.data_domains)?.map(domains).transpose()?;
    let changes = (
        required("name", input.name)?.map(|name| connectors::name.eq(name)),
        required("provider", input.provider)?.map(|provider| connectors::provider.eq(provider)),
        clearable(input.category_id).map(|category| connectors::category_id.eq(category)),
        required("direction", input.direction)?.map(|direction| connectors::direction.eq(direction)),
        required("status", input.status)?.map(|status| connectors::status.eq(status)),
        clearable(input.logo_url).map(|logo| connectors::logo_url.eq(logo)),
        data_domains.map(|domains| connectors::data_domains.eq(domains)),
    );
    let mut tx = scope.begin().await?;
    let row = named(scope, input.id);
    let connector = tx.find(row.clone()).await?.ok_or_else(|| UserError::not_found("id"))?;
    require_access(scope, &connector)?;
    let connector = mutation::update(&mut tx, row, input.expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(connector)
}

/// Deletes a connector that the workspace has not connected. What other workspaces do with a global one is neither
/// looked at nor told: their workspace connectors stay, and a relation to what was deleted is null.
pub(super) async fn delete(scope: &Scope, input: DeleteConnectorInput) -> Change<Connector> {
    scope.require(Access::AdminOrService)?;
    let mut tx = scope.begin().await?;
    let row = named(scope, input.id);
    // Whoever is connecting it at this moment is waited for.
    let connector: Connector = tx.lock(row.clone()).await?.ok_or_else(|| UserError::not_found("id"))?;
    require_access(scope, &connector)?;
    let deleted = mutation::delete_row(&mut tx, row, input.expected_updated_at).await?;
    let is_connected = workspace_connectors::connector_pk
        .eq(connector.pk)
        .and(workspace_connectors::status.ne(WorkspaceConnectorStatus::Disabled));
    let connections = scope.rows().filter(Condition::of(is_connected));
    if tx.find::<WorkspaceConnector>(connections).await?.is_some() {
        return Err(UserError::invalid_state("It is connected in this workspace. Disconnect it first.").into());
    }
    tx.commit().await?;
    Ok(deleted)
}

fn named(scope: &Scope, id: Id<Connector>) -> Scoped<connectors::table> {
    scope.rows().filter(Connector::with_ids(vec![id.uuid()]))
}

/// Global connectors are for the pipeline to change; everybody may know that they are there, so the refusal says what
/// it is.
fn require_access(scope: &Scope, connector: &Connector) -> Result<(), Error> {
    if connector.workspace_pk.is_none() { scope.require(Access::Service) } else { Ok(()) }
}
