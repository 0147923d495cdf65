//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Enum, InputObject, MaybeUndefined, Object, SimpleObject};

use super::input::{ConnectorMappingAuditTrailInput, ConnectorMappingPaginationSpecInput};
use super::{ConnectorMapping, TargetModel, upkeep, write};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;
use crate::id::Id;
use crate::mutation::{Change, Refused, UserError};
use crate::payload;
use crate::scalar::{DateTime, Json};

/// A mapping to keep.
#[derive(InputObject, Debug)]
pub struct CreateConnectorMappingInput {
    /// The workspace connector it maps for.
    pub workspace_connector_id: Id<WorkspaceConnector>,
    /// The kind of entity it produces.
    pub target_model: TargetModel,
    /// The tool whose response it maps, at most 500 characters.
    pub tool_name: String,
    /// The mapping itself, in `JSONata`. One that does not parse is refused with the line and column of the error.
    pub expression: String,
    /// Hints of people for the next time the expression is generated, at most 10,000 characters.
    pub user_instructions: Option<String>,
    /// Hash of the tool's schema, at most 128 characters.
    pub schema_fingerprint: Option<String>,
    /// The dotted key paths of the tool's schema, in order: at most 10,000 of at most 1,000 characters.
    pub schema_key_paths: Option<Vec<String>>,
    /// The arguments the tool is called with. They must take fewer than 65,536 bytes where they are stored, and never
    /// change.
    pub tool_args: Option<Json>,
    /// When the tool was selected.
    pub selected_at: Option<DateTime>,
    /// How the expression was judged.
    pub audit_trail: Option<ConnectorMappingAuditTrailInput>,
    /// How the tool pages its response; none when there is one page.
    pub pagination_spec: Option<ConnectorMappingPaginationSpecInput>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a mapping that leaves its expression, and what that was made from, as they are.
#[derive(InputObject, Debug)]
pub struct UpdateConnectorMappingInput {
    /// The mapping.
    pub id: Id<ConnectorMapping>,
    /// Hints of people for the next time the expression is generated, at most 10,000 characters; null clears them.
    pub user_instructions: MaybeUndefined<String>,
    /// Whether the next sync should generate the expression anew; cannot be cleared.
    pub needs_regeneration: MaybeUndefined<bool>,
    /// When the tool was selected; null clears it.
    pub selected_at: MaybeUndefined<DateTime>,
    /// How the tool pages its response, all of it; null when there is one page.
    pub pagination_spec: MaybeUndefined<ConnectorMappingPaginationSpecInput>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// What a mapping is replaced by. Workspace connector, target model and tool stay.
#[derive(InputObject, Debug)]
pub struct RegenerateConnectorMappingInput {
    /// The mapping to replace.
    pub id: Id<ConnectorMapping>,
    /// The new mapping itself, in `JSONata`. One that does not parse is refused with the line and column of the error.
    pub expression: String,
    /// Hints of people for the next time, at most 10,000 characters; absent keeps the old ones, null drops them.
    pub user_instructions: MaybeUndefined<String>,
    /// Hash of the tool's schema, at most 128 characters; absent keeps the old one, null drops it.
    pub schema_fingerprint: MaybeUndefined<String>,
    /// The dotted key paths of the tool's schema, in order: at most 10,000 of at most 1,000 characters; absent keeps the
    /// old ones, null drops them.
    pub schema_key_paths: MaybeUndefined<Vec<String>>,
    /// The arguments the tool is called with, which must take fewer than 65,536 bytes where they are stored; absent
    /// keeps the old ones, null drops them. The replaced mapping has its own for ever.
    pub tool_args: MaybeUndefined<Json>,
    /// When the tool was selected; absent keeps the old moment, null drops it.
    pub selected_at: MaybeUndefined<DateTime>,
    /// How the new expression was judged.
    pub audit_trail: Option<ConnectorMappingAuditTrailInput>,
    /// How the tool pages its response; absent keeps the old way, null when there is one page.
    pub pagination_spec: MaybeUndefined<ConnectorMappingPaginationSpecInput>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// What a sync kept of a mapping's entities.
#[derive(InputObject, Debug)]
pub struct RecordConnectorMappingPersistCountInput {
    /// The mapping that the sync used.
    pub id: Id<ConnectorMapping>,
    /// How many entities it kept, 0 or more.
    pub persist_count: i32,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// The tool's schema as it is seen now.
#[derive(InputObject, Debug)]
pub struct CompareConnectorMappingSchemaInput {
    /// The mapping whose schema it is compared with.
    pub id: Id<ConnectorMapping>,
    /// Hash of the schema, at most 128 characters.
    pub schema_fingerprint: String,
    /// The dotted key paths of the schema, in order: at most 10,000 of at most 1,000 characters; none when they could
    /// not be taken.
    pub schema_key_paths: Option<Vec<String>>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A mapping to delete.
#[derive(InputObject, Debug)]
pub struct DeleteConnectorMappingInput {
    /// The mapping.
    pub id: Id<ConnectorMapping>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

payload! {
    /// What `createConnectorMapping` did.
    CreateConnectorMappingPayload {
        /// The new mapping.
        connector_mapping: ConnectorMapping
    }
}

payload! {
    /// What `updateConnectorMapping` did.
    UpdateConnectorMappingPayload {
        /// The mapping as it now is.
        connector_mapping: ConnectorMapping
    }
}

payload! {
    /// What `regenerateConnectorMapping` did.
    RegenerateConnectorMappingPayload {
        /// The new mapping; when somebody else was first, the one that took the place.
        connector_mapping: ConnectorMapping
    }
}

payload! {
    /// What `deleteConnectorMapping` did.
    DeleteConnectorMappingPayload {
        /// The mapping as it was.
        connector_mapping: ConnectorMapping
    }
}

/// What `recordConnectorMappingPersistCount` did.
#[derive(SimpleObject, Debug)]
pub struct RecordConnectorMappingPersistCountPayload {
    /// The mapping as it now is.
    pub connector_mapping: Option<ConnectorMapping>,
    /// Whether the sync before kept some entities, and this one none. Before a mapping's first count, the last one of
    /// the mapping that it replaced stands for it.
    pub regression: bool,
    /// Why the input was refused; empty when it was not.
    pub user_errors: Vec<UserError>,
}

impl RecordConnectorMappingPersistCountPayload {
    fn of(change: Change<upkeep::Recorded>) -> Result<Self> {
        let (recorded, user_errors) = parts(change)?;
        let regression = recorded.as_ref().is_some_and(|recorded| recorded.regression);
        Ok(Self { connector_mapping: recorded.map(|recorded| recorded.mapping), regression, user_errors })
    }
}

/// How a tool's schema relates to the one that a mapping was made for.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaComparison {
    /// The same: its fingerprint is.
    Identical,
    /// Another, in which every known key path is still there; there may be new ones.
    AdditiveOnly,
    /// Another, in which a known key path is gone, or there are no key paths to compare.
    Drift,
}

/// What `compareConnectorMappingSchema` found.
#[derive(SimpleObject, Debug)]
pub struct CompareConnectorMappingSchemaPayload {
    /// The mapping as it now is; after `DRIFT` it needs to be regenerated.
    pub connector_mapping: Option<ConnectorMapping>,
    /// How the schemas relate; null when the input was refused.
    pub result: Option<SchemaComparison>,
    /// The key paths that are gone, in the order of the mapping's; empty when either side has none to compare.
    pub lost_key_paths: Vec<String>,
    /// The key paths that are new, in the order of the input's; empty when either side has none to compare.
    pub added_key_paths: Vec<String>,
    /// Why the input was refused; empty when it was not.
    pub user_errors: Vec<UserError>,
}

impl CompareConnectorMappingSchemaPayload {
    fn of(change: Change<upkeep::Compared>) -> Result<Self> {
        let (compared, user_errors) = parts(change)?;
        let (mapping, difference) = compared.map(|compared| (compared.mapping, compared.difference)).unzip();
        let upkeep::Difference { result, lost, added } = difference.flatten().unwrap_or_default();
        Ok(Self { connector_mapping: mapping, result, lost_key_paths: lost, added_key_paths: added, user_errors })
    }
}

/// What stands in a payload.
fn parts<R>(change: Change<R>) -> Result<(Option<R>, Vec<UserError>)> {
    match change {
        Ok(made) => Ok((Some(made), Vec::new())),
        Err(Refused::Input(user_errors, current)) => Ok((current, user_errors)),
        Err(Refused::Fault(error)) => Err(error),
    }
}

/// Root fields that write connector mappings.
#[derive(Default)]
pub struct ConnectorMappingMutation;

/// Root fields.
#[Object]
impl ConnectorMappingMutation {
    /// Keeps a mapping. When there is a live one of the same workspace connector, target model and tool, it is refused
    /// with `CONFLICT`, and with `INVALID_STATE` when the workspace connector is `DISABLED`. For the pipeline.
    async fn create_connector_mapping(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The mapping.")] input: CreateConnectorMappingInput,
    ) -> Option<Result<CreateConnectorMappingPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateConnectorMappingPayload::of(write::create(scope, input).await))
    }

    /// Changes what may change of a mapping without another expression. For the pipeline.
    async fn update_connector_mapping(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping, and what changes.")] input: UpdateConnectorMappingInput,
    ) -> Option<Result<UpdateConnectorMappingPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateConnectorMappingPayload::of(write::update(scope, input).await))
    }

    /// Replaces a mapping by one with another expression: the old one is deleted and the new one made, both or neither.
    /// Of two that replace it at once, one gets `CONFLICT`, and so does whoever comes later, with the mapping that took
    /// its place. `INVALID_STATE` when the workspace connector is `DISABLED`. For the pipeline.
    async fn regenerate_connector_mapping(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping, and its successor.")] input: RegenerateConnectorMappingInput,
    ) -> Option<Result<RegenerateConnectorMappingPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(RegenerateConnectorMappingPayload::of(write::regenerate(scope, input).await))
    }

    /// Notes how many entities a sync kept of what the mapping produced. None at all marks it as needing regeneration.
    /// For the pipeline.
    async fn record_connector_mapping_persist_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping, and how many.")] input: RecordConnectorMappingPersistCountInput,
    ) -> Option<Result<RecordConnectorMappingPersistCountPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(RecordConnectorMappingPersistCountPayload::of(upkeep::record(scope, input).await))
    }

    /// Compares the schema that a mapping was made for with the one that is seen now. Drift marks the mapping as needing
    /// regeneration; nothing else changes it. For the pipeline.
    async fn compare_connector_mapping_schema(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping, and the schema.")] input: CompareConnectorMappingSchemaInput,
    ) -> Option<Result<CompareConnectorMappingSchemaPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CompareConnectorMappingSchemaPayload::of(upkeep::compare(scope, input).await))
    }

    /// Deletes a mapping. It is kept for history, but no longer shown or used. For the pipeline.
    async fn delete_connector_mapping(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping.")] input: DeleteConnectorMappingInput,
    ) -> Option<Result<DeleteConnectorMappingPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let deleted = async {
            scope.require(Access::Service)?;
            crate::mutation::delete(scope, input.id, input.expected_updated_at).await
        };
        Some(DeleteConnectorMappingPayload::of(deleted.await))
    }
}
