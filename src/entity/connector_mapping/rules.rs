//! How a mapping is made, changed and replaced.

use async_graphql::MaybeUndefined;
use diesel::prelude::*;
use serde_json::json;

use super::checks::{
    Noted, check_expression, check_fingerprint, check_instructions, check_key_paths, check_tool, check_tool_args,
};
use super::input::{CreateConnectorMappingInput, RegenerateConnectorMappingInput, UpdateConnectorMappingInput};
use super::{ConnectorMapping, TargetModel};
use crate::auth::Access;
use crate::db::condition::Condition;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::{connector_mappings as mappings, workspace_connectors};
use crate::db::scope::{Identified, OwnWorkspace, Owned, Scope};
use crate::db::tx::Tx;
use crate::entity::stored::Stored;
use crate::entity::workspace_connector::{self, WorkspaceConnector, WorkspaceConnectorStatus};
use crate::error::UserErrorCode;
use crate::id::Id;
use crate::mutation::{self, MutationError, MutationResult, Repeatable, UserError, clearable, required};
use crate::scalar::{DateTime, Json};

#[derive(Insertable, Debug)]
#[diesel(table_name = mappings)]
struct NewMapping {
    target_model: TargetModel,
    expression: String,
    user_instructions: Option<String>,
    schema_fingerprint: Option<String>,
    schema_key_paths: Option<Json>,
    tool_name: String,
    tool_args: Option<Json>,
    selected_at: Option<DateTime>,
    audit_trail: Option<Json>,
    pagination_spec: Option<Json>,
    created_at: DateTime,
    workspace_connector_pk: i32,
    workspace_pk: OwnWorkspace,
}

/// Makes a mapping where there is none.
pub(super) async fn create(
    scope: &Scope,
    input: Repeatable<CreateConnectorMappingInput>,
) -> MutationResult<ConnectorMapping> {
    let (input, request) = input.request("createConnectorMapping");
    scope.require(Access::Service)?;
    check_tool(&input.tool_name)?;
    check_expression(&input.expression).await?;
    check_instructions(input.user_instructions.as_ref())?;
    check_fingerprint(input.schema_fingerprint.as_ref())?;
    check_key_paths(input.schema_key_paths.as_ref())?;
    check_tool_args(input.tool_args.as_ref())?;
    let audit_trail = input.audit_trail.map(|trail| trail.into_json("auditTrail")).transpose()?;
    let pagination_spec = input.pagination_spec.map(|spec| spec.into_json("paginationSpec")).transpose()?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let connector = workspace_connector::named(&mut tx, "workspaceConnectorId", input.workspace_connector_id).await?;
    let new = NewMapping {
        target_model: input.target_model,
        expression: input.expression,
        user_instructions: input.user_instructions,
        schema_fingerprint: input.schema_fingerprint,
        schema_key_paths: input.schema_key_paths.map(|paths| Json::from(json!(paths))),
        tool_name: input.tool_name,
        tool_args: input.tool_args,
        selected_at: input.selected_at,
        audit_trail,
        pagination_spec,
        created_at: DateTime::from(scope.now()),
        workspace_connector_pk: connector.pk,
        workspace_pk: scope.workspace(),
    };
    let mapping = insert(&mut tx, connector.id, new).await?;
    check_connected(&mut tx, "workspaceConnectorId", &mapping).await?;
    tx.note(keyed, mapping.pk).await?;
    tx.commit().await?;
    Ok(mapping)
}

/// Refuses a new mapping for a workspace connector that was disconnected. The mapping keeps whoever disconnects it
/// waiting, but one may have been first.
async fn check_connected<R>(tx: &mut Tx<'_>, path: &str, new: &ConnectorMapping) -> Result<(), MutationError<R>> {
    let row = tx.scope().rows().filter(workspace_connectors::table::with_pks(vec![new.workspace_connector_pk]));
    let connector: WorkspaceConnector = tx.find(row).await?.ok_or_else(|| UserError::not_found(path))?;
    if connector.status == WorkspaceConnectorStatus::Disabled {
        let message = "The workspace connector is disconnected.";
        return Err(UserError::new(UserErrorCode::InvalidState, path, message).into());
    }
    Ok(())
}

/// Inserts a mapping, unless there is a live one of the same workspace connector, target model and tool.
async fn insert(
    tx: &mut Tx<'_>,
    connector: Id<WorkspaceConnector>,
    new: NewMapping,
) -> MutationResult<ConnectorMapping> {
    let target = new.target_model.label().to_uppercase();
    let message = format!(
        "A live mapping of the workspace connector {}, the target model {target} and the tool `{}` exists already.",
        connector.uuid(),
        new.tool_name,
    );
    let insert = diesel::insert_into(mappings::table).values(new).on_conflict_do_nothing();
    tx.insert(insert).await?.pop().ok_or_else(|| UserError::conflict("", message).into())
}

/// Changes what may change without another expression.
pub(super) async fn update(scope: &Scope, input: UpdateConnectorMappingInput) -> MutationResult<ConnectorMapping> {
    scope.require(Access::Service)?;
    check_instructions(input.user_instructions.value())?;
    let changes = (
        clearable(input.user_instructions).map(|text| mappings::user_instructions.eq(text)),
        required("needsRegeneration", input.needs_regeneration)?.map(|needed| mappings::needs_regeneration.eq(needed)),
        clearable(input.selected_at).map(|at| mappings::selected_at.eq(at)),
        clearable(into_json(input.pagination_spec)?).map(|spec| mappings::pagination_spec.eq(spec)),
    );
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(ConnectorMapping::with_ids(vec![input.id.uuid()]));
    let mapping = mutation::update(&mut tx, row, input.expected_updated_at, changes).await?;
    tx.commit().await?;
    Ok(mapping)
}

fn into_json<N: Noted>(given: MaybeUndefined<N>) -> Result<MaybeUndefined<Json>, UserError> {
    given.map_value(|spec| spec.into_json("paginationSpec")).transpose()
}

/// Replaces a mapping by its successor.
pub(super) async fn regenerate(
    scope: &Scope,
    input: Repeatable<RegenerateConnectorMappingInput>,
) -> MutationResult<ConnectorMapping> {
    let (input, request) = input.request("regenerateConnectorMapping");
    scope.require(Access::Service)?;
    check_expression(&input.expression).await?;
    check_instructions(input.user_instructions.value())?;
    check_fingerprint(input.schema_fingerprint.value())?;
    check_key_paths(input.schema_key_paths.value())?;
    check_tool_args(input.tool_args.value())?;
    let audit_trail = input.audit_trail.map(|trail| trail.into_json("auditTrail")).transpose()?;
    let pagination_spec = into_json(input.pagination_spec)?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let row = scope.rows().filter(ConnectorMapping::with_ids(vec![input.id.uuid()]));
    let Some(old) = tx.lock::<ConnectorMapping>(row).await? else {
        return Err(replaced(&mut tx, input.id).await?);
    };
    if mutation::is_stale(input.expected_updated_at, old.updated_at) {
        return Err(mutation::stale(Some(old)));
    }
    let Stored::Known(target_model) = old.target_model else {
        return Err(UserError::invalid_state(
            "The target model of the mapping is newer than this version of the server.",
        )
        .into());
    };
    // The same moment for both: the successor begins where the old one ends.
    let now = DateTime::from(scope.now());
    let row = scope.rows().filter(mappings::table::with_pks(vec![old.pk]));
    tx.update::<ConnectorMapping, _>(row, mappings::deleted_at.eq(now)).await?;
    let new = NewMapping {
        target_model,
        expression: input.expression,
        user_instructions: kept(input.user_instructions, old.user_instructions),
        schema_fingerprint: kept(input.schema_fingerprint, old.schema_fingerprint),
        schema_key_paths: kept(
            input.schema_key_paths.map_value(|paths| Json::from(json!(paths))),
            // Other programs have stored more than lists.
            old.schema_key_paths.filter(|paths| paths.elements().is_some()),
        ),
        tool_name: old.tool_name,
        tool_args: kept(input.tool_args, old.tool_args),
        selected_at: kept(input.selected_at, old.selected_at),
        audit_trail,
        pagination_spec: kept(pagination_spec, old.pagination_spec),
        created_at: now,
        workspace_connector_pk: old.workspace_connector_pk,
        workspace_pk: scope.workspace(),
    };
    let inserted = tx.insert(diesel::insert_into(mappings::table).values(new).on_conflict_do_nothing()).await?.pop();
    let mapping: ConnectorMapping =
        inserted.ok_or_else(|| UserError::conflict("id", "Another mapping has taken its place."))?;
    check_connected(&mut tx, "id", &mapping).await?;
    tx.note(keyed, mapping.pk).await?;
    tx.commit().await?;
    Ok(mapping)
}

/// A column of the successor: absent keeps the old value, null drops it.
fn kept<V>(given: MaybeUndefined<V>, old: Option<V>) -> Option<V> {
    match given {
        MaybeUndefined::Undefined => old,
        MaybeUndefined::Null => None,
        MaybeUndefined::Value(value) => Some(value),
    }
}

/// Why a mapping that is not live cannot be replaced: another one was faster, or there is none.
async fn replaced(tx: &mut Tx<'_>, id: Id<ConnectorMapping>) -> QueryResult<MutationError<ConnectorMapping>> {
    let row = tx.scope().rows_including_deleted().filter(ConnectorMapping::with_ids(vec![id.uuid()]));
    let Some(old) = tx.find::<ConnectorMapping>(row).await? else {
        return Ok(UserError::not_found("id").into());
    };
    let row = tx.scope().rows().filter(same_triple(&old)).filter(Condition::of(mappings::pk.gt(old.pk)));
    Ok(match tx.find::<ConnectorMapping>(row).await? {
        None => UserError::not_found("id").into(),
        successor => {
            let message = "Another mapping has taken its place already; that one is returned.";
            MutationError::Input(vec![UserError::conflict("id", message)], successor)
        }
    })
}

/// The mappings of the same workspace connector, target model and tool; of a target model that is not known, none.
pub(super) fn same_triple(mapping: &ConnectorMapping) -> Condition<mappings::table> {
    let Stored::Known(target_model) = mapping.target_model else { return Condition::any([]) };
    let connector = mappings::workspace_connector_pk.eq(mapping.workspace_connector_pk);
    let target = mappings::target_model.eq(target_model);
    Condition::of(connector.and(target).and(mappings::tool_name.eq(mapping.tool_name.clone())))
}
