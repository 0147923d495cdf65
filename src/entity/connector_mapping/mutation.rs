//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Enum, Object, SimpleObject};
use futures_util::FutureExt;

use super::input::{
    CompareConnectorMappingSchemaInput, CreateConnectorMappingInput, DeleteConnectorMappingInput,
    RecordConnectorMappingPersistCountInput, RegenerateConnectorMappingInput, UpdateConnectorMappingInput,
};
use super::{ConnectorMapping, rules, upkeep};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::{MutationError, MutationResult, Repeatable, UserError};
use crate::payload;

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
    fn of(change: MutationResult<upkeep::Recorded>) -> Result<Self> {
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
    fn of(change: MutationResult<upkeep::Compared>) -> Result<Self> {
        let (compared, user_errors) = parts(change)?;
        let (mapping, difference) = compared.map(|compared| (compared.mapping, compared.difference)).unzip();
        let upkeep::Difference { result, lost, added } = difference.flatten().unwrap_or_default();
        Ok(Self { connector_mapping: mapping, result, lost_key_paths: lost, added_key_paths: added, user_errors })
    }
}

/// What stands in a payload.
fn parts<R>(change: MutationResult<R>) -> Result<(Option<R>, Vec<UserError>)> {
    match change {
        Ok(made) => Ok((Some(made), Vec::new())),
        Err(MutationError::Input(user_errors, current)) => Ok((current, user_errors)),
        Err(MutationError::Fault(error)) => Err(error),
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
        #[graphql(desc = "The mapping.")] input: Repeatable<CreateConnectorMappingInput>,
    ) -> Option<Result<CreateConnectorMappingPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateConnectorMappingPayload::of(rules::create(scope, input).boxed().await))
    }

    /// Changes what may change of a mapping without another expression. For the pipeline.
    async fn update_connector_mapping(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping, and what changes.")] input: UpdateConnectorMappingInput,
    ) -> Option<Result<UpdateConnectorMappingPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateConnectorMappingPayload::of(rules::update(scope, input).boxed().await))
    }

    /// Replaces a mapping by one with another expression: the old one is deleted and the new one made, both or neither.
    /// Of two that replace it at once, one gets `CONFLICT`, and so does whoever comes later, with the mapping that took
    /// its place. `INVALID_STATE` when the workspace connector is `DISABLED`. For the pipeline.
    async fn regenerate_connector_mapping(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping, and its successor.")] input: Repeatable<RegenerateConnectorMappingInput>,
    ) -> Option<Result<RegenerateConnectorMappingPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(RegenerateConnectorMappingPayload::of(rules::regenerate(scope, input).boxed().await))
    }

    /// Notes how many entities a sync kept of what the mapping produced. None at all marks it as needing regeneration.
    /// For the pipeline.
    async fn record_connector_mapping_persist_count(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping, and how many.")] input: RecordConnectorMappingPersistCountInput,
    ) -> Option<Result<RecordConnectorMappingPersistCountPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(RecordConnectorMappingPersistCountPayload::of(upkeep::record(scope, input).boxed().await))
    }

    /// Compares the schema that a mapping was made for with the one that is seen now. Drift marks the mapping as needing
    /// regeneration; nothing else changes it. For the pipeline.
    async fn compare_connector_mapping_schema(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which mapping, and the schema.")] input: CompareConnectorMappingSchemaInput,
    ) -> Option<Result<CompareConnectorMappingSchemaPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CompareConnectorMappingSchemaPayload::of(upkeep::compare(scope, input).boxed().await))
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
        Some(DeleteConnectorMappingPayload::of(deleted.boxed().await))
    }
}
