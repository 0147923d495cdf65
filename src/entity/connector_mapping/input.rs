//! What mutations are given.

use super::{ConnectorMapping, TargetModel};
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::id::Id;
use crate::scalar::{DateTime, Json};
use async_graphql::{InputObject, MaybeUndefined};

/// A mapping to keep.
#[derive(InputObject, Debug)]
pub struct CreateConnectorMappingInput {
    /// The workspace connector it maps for.
    pub workspace_connector_id: Id<WorkspaceConnector>,
    /// The kind of entity it produces.
    pub target_model: TargetModel,
    /// The tool whose response it maps, at most 500 characters.
    pub tool_name: String,
    /// The mapping itself, in `JSONata` 2.2: what npm's `jsonata` 2.2.2 compiles. Anything else is refused with the line
    /// and column of the error.
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
    /// The new mapping itself, in `JSONata` 2.2: what npm's `jsonata` 2.2.2 compiles. Anything else is refused with the
    /// line and column of the error.
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

/// How a mapping's expression was judged when it was generated. At most 64 KiB as JSON.
#[derive(InputObject, Debug)]
pub struct ConnectorMappingAuditTrailInput {
    /// The jury that judged.
    pub jury_name: Option<String>,
    /// The members of the jury, each as the pipeline notes it.
    pub panelists: Option<Vec<Json>>,
    /// Why the judge decided as it did.
    pub judge_reasoning: Option<String>,
    /// How far the members were apart, as the jury scores it; higher is further.
    pub disagreement_score: Option<f64>,
    /// How long the judging took, in milliseconds.
    pub duration_ms: Option<i32>,
    /// Whether the expression was put together from several proposals.
    pub synthesized: Option<bool>,
    /// What else is noted: an object whose keys are none of the above, written `jury_name`, `panelists`,
    /// `judge_reasoning`, `disagreement_score`, `duration_ms` and `synthesized`.
    pub extra: Option<Json>,
}

/// How a tool pages its response. At most 64 KiB as JSON.
#[derive(InputObject, Debug)]
pub struct ConnectorMappingPaginationSpecInput {
    /// The kind of paging, in the pipeline's words.
    #[graphql(name = "type")]
    pub kind: Option<String>,
    /// The tool's argument that says which page is wanted.
    pub page_param: Option<String>,
    /// The tool's argument that says how many entities a page has.
    pub per_page_param: Option<String>,
    /// How many entities a page has.
    pub per_page: Option<i32>,
    /// What else is noted: an object whose keys are none of the above, written `type`, `page_param`, `per_page_param`
    /// and `per_page`.
    pub extra: Option<Json>,
}
