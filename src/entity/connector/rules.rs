//! How connectors are made, changed and deleted.

use diesel::prelude::*;

use super::input::{CreateConnectorInput, DeleteConnectorInput, UpdateConnectorInput};
use super::{Connector, ConnectorProvider, ConnectorStatus, Direction};
use crate::auth::Access;
use crate::db::condition::Condition;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::{connectors, workspace_connectors};
use crate::db::scope::{Identified, OwnWorkspace, Scope, Scoped};
use crate::entity::workspace_connector::{WorkspaceConnector, WorkspaceConnectorStatus};
use crate::error::Error;
use crate::id::Id;
use crate::mutation::{
    self, MutationResult, Repeatable, UserError, check_code, check_text, check_url, clearable, required,
};
use crate::scalar::DateTime;

/// How long a key or a name may be, in characters.
const MAX_NAME_LENGTH: usize = 255;
/// How long an address may be, in characters.
const MAX_URL_LENGTH: usize = 2_048;
/// How many kinds of data a tool may hold.
const MAX_DOMAINS: usize = 50;
/// How long the name of a kind of data may be, in characters.
const MAX_DOMAIN_LENGTH: usize = 100;

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
    name.map_or(Ok(()), |name| check_text("name", name, MAX_NAME_LENGTH))?;
    category_id.map_or(Ok(()), |category_id| check_code("categoryId", category_id, MAX_NAME_LENGTH))?;
    logo_url.map_or(Ok(()), |logo_url| check_url("logoUrl", logo_url, MAX_URL_LENGTH))
}

/// The kinds of data as they are stored, checked.
fn domains(given: Vec<String>) -> Result<Vec<Option<String>>, UserError> {
    if given.len() > MAX_DOMAINS {
        return Err(UserError::bad_input(
            "dataDomains",
            format!("`dataDomains` must have at most {MAX_DOMAINS} items."),
        ));
    }
    for (index, domain) in given.iter().enumerate() {
        check_code(&format!("dataDomains.{index}"), domain, MAX_DOMAIN_LENGTH)?;
    }
    Ok(given.into_iter().map(Some).collect())
}

/// Makes a connector, of the workspace or of the catalogue.
pub(super) async fn create(scope: &Scope, input: Repeatable<CreateConnectorInput>) -> MutationResult<Connector> {
    let (input, request) = input.request("createConnector");
    scope.require(Access::AdminOrService)?;
    if input.global {
        scope.require(Access::Service)?;
    }
    check_code("serviceId", &input.service_id, MAX_NAME_LENGTH)?;
    check(Some(&input.name), input.category_id.as_ref(), input.logo_url.as_ref())?;
    let data_domains = domains(input.data_domains)?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
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
        created_at: DateTime::from(scope.now()),
        workspace_pk: (!input.global).then(|| scope.workspace()),
    };
    let insert = diesel::insert_into(connectors::table).values(new).on_conflict_do_nothing();
    let taken = || UserError::conflict("serviceId", "A connector with this service id exists already.");
    let connector: Connector = tx.insert(insert).await?.pop().ok_or_else(taken)?;
    tx.note(keyed, connector.pk).await?;
    tx.commit().await?;
    Ok(connector)
}

/// Changes a connector.
pub(super) async fn update(scope: &Scope, input: UpdateConnectorInput) -> MutationResult<Connector> {
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
pub(super) async fn delete(scope: &Scope, input: DeleteConnectorInput) -> MutationResult<Connector> {
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
        return Err(
            UserError::invalid_state("The connector is connected in this workspace. Disconnect it first.").into()
        );
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
