//! The row, and what its lists can be narrowed and ordered by.

use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Enum, InputObject, MaybeUndefined, SimpleObject};
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::condition::{Condition, Sql};
use crate::db::schema::core_api::sql_types::SyncFailureReasonEnum;
use crate::db::schema::core_api::{connector_sync_diagnostics, workspace_connectors};
use crate::db::scope::Scope;
use crate::entity::connector_mapping::{TargetModel, TargetModelFilter};
use crate::entity::macros::{edge, order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::error::Result;
use crate::filter::{DateTimeFilter, IdFilter, IntFilter, StringFilter, given, given_list, membership};
use crate::id::Id;
use crate::page::Paginated;
use crate::scalar::DateTime;

pg_enum! {
    /// What happened during a sync. Each reason has one severity.
    SyncFailureReason, SyncFailureReasonFilter, SyncFailureReasonEnum {
        /// A jury of models judged the mapping. Informational.
        JuryRun = "jury_run",
        /// The jury's members disagreed, and a mapping was chosen all the same. Informational.
        JuryDisagreement = "jury_disagreement",
        /// The tool's schema is no longer the one the mapping was made for. Informational.
        SchemaDriftDetected = "schema_drift_detected",
        /// The target model was left out of this sync. Informational.
        TargetSkipped = "target_skipped",
        /// The structured pipeline ran with less than its full means. Informational.
        StructuredPipelineDegraded = "structured_pipeline_degraded",
        /// The structured pipeline gave way to the legacy one. Informational.
        StructuredPipelineFellBackToLegacy = "structured_pipeline_fell_back_to_legacy",
        /// The tool selected earlier was kept. Informational.
        ToolSelectionPinned = "tool_selection_pinned",
        /// No tool of the connector gives this target model. A failure.
        NoSuitableTool = "no_suitable_tool",
        /// The selected tool does not exist any more. A failure.
        ToolNotFound = "tool_not_found",
        /// The authorisation does not cover what the tool needs. A failure.
        AuthScopeInsufficient = "auth_scope_insufficient",
        /// The call of the tool failed. A failure.
        ToolExecutionFailed = "tool_execution_failed",
        /// The tool answered with nothing. A failure.
        EmptyResult = "empty_result",
        /// No expression could be generated. A failure.
        JsonataGenerationFailed = "jsonata_generation_failed",
        /// Not all members of the jury answered. A failure.
        JuryPartial = "jury_partial",
        /// Too few members of the jury answered to decide. A failure.
        JuryQuorumLost = "jury_quorum_lost",
        /// The mapping could not be stored. A failure.
        BlueprintPersistenceFailed = "blueprint_persistence_failed",
        /// All mapped entities were dropped. A failure.
        MappedEntitiesDropped = "mapped_entities_dropped",
        /// Some of the mapped entities were dropped. A failure.
        MappedEntitiesPartialDrop = "mapped_entities_partial_drop",
        /// An entity points at another that is not there. A failure.
        FkParentMissing = "fk_parent_missing",
        /// An entity could not be stored. A failure.
        EntityPersistFailed = "entity_persist_failed",
        /// The entities of the sync depend on each other in a circle. A failure.
        SyncFkDagCycle = "sync_fk_dag_cycle",
        /// A mapping did worse than the one before, which was put back. A failure.
        RegressionReverted = "regression_reverted",
        /// No mapping could be made at all. A failure.
        MappingGenerationHardFail = "mapping_generation_hard_fail",
    }
}

/// How bad it is. It follows from the reason.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Worth knowing; the sync was not held up.
    Informational,
    /// Something did not work.
    Failure,
}

impl SyncFailureReason {
    /// How bad it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::JuryRun
            | Self::JuryDisagreement
            | Self::SchemaDriftDetected
            | Self::TargetSkipped
            | Self::StructuredPipelineDegraded
            | Self::StructuredPipelineFellBackToLegacy
            | Self::ToolSelectionPinned => Severity::Informational,
            Self::NoSuitableTool
            | Self::ToolNotFound
            | Self::AuthScopeInsufficient
            | Self::ToolExecutionFailed
            | Self::EmptyResult
            | Self::JsonataGenerationFailed
            | Self::JuryPartial
            | Self::JuryQuorumLost
            | Self::BlueprintPersistenceFailed
            | Self::MappedEntitiesDropped
            | Self::MappedEntitiesPartialDrop
            | Self::FkParentMissing
            | Self::EntityPersistFailed
            | Self::SyncFkDagCycle
            | Self::RegressionReverted
            | Self::MappingGenerationHardFail => Severity::Failure,
        }
    }

    /// The reasons of an accepted severity.
    pub(super) fn with_severity(accepted: impl Fn(Severity) -> bool) -> Vec<Self> {
        Self::items().iter().map(|item| item.value).filter(|reason| accepted(reason.severity())).collect()
    }
}

/// Filter by severity.
#[derive(InputObject, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SeverityFilter {
    /// Matches rows with this value.
    pub eq: MaybeUndefined<Severity>,
    /// Matches rows with any of these values.
    #[graphql(name = "in")]
    pub any: MaybeUndefined<Vec<Severity>>,
    /// Matches rows with none of these values.
    pub not_in: MaybeUndefined<Vec<Severity>>,
}

/// Severities are not stored, but each stands for a list of reasons.
fn with_severity(filter: &SeverityFilter, _: &Scope) -> Result<Condition<connector_sync_diagnostics::table>> {
    let eq = given("eq", &filter.eq)?;
    let any = given_list("in", &filter.any)?;
    let none = given_list("notIn", &filter.not_in)?;
    let reasons = SyncFailureReason::with_severity(|severity| {
        eq.is_none_or(|wanted| *wanted == severity)
            && any.is_none_or(|wanted| wanted.contains(&severity))
            && none.is_none_or(|unwanted| !unwanted.contains(&severity))
    });
    let column: Sql = Arc::new(connector_sync_diagnostics::reason);
    Ok(membership::<_, SyncFailureReasonEnum, SyncFailureReason>(&column, None, Some(reasons), None, None))
}

/// Something worth knowing that happened while a workspace connector was synced. Kept for a limited time, 30 days
/// unless the server is set up otherwise.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = connector_sync_diagnostics)]
pub struct ConnectorSyncDiagnostic {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = diagnostic_id)]
    pub id: Id<Self>,
    /// The kind of entity that was being synced.
    pub target_model: Stored<TargetModel>,
    /// The tool in use; null when none had been selected yet.
    pub tool_name: Option<String>,
    /// What happened.
    pub reason: Stored<SyncFailureReason>,
    /// The HTTP status that the tool's service answered with; null when it was not called.
    pub http_status: Option<i32>,
    /// What happened, in words for people; not to be parsed.
    pub detail: String,
    /// When it happened, which may be before it was recorded.
    pub occurred_at: DateTime,
    /// When it was recorded.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) workspace_pk: i32,
    #[graphql(skip)]
    pub(crate) workspace_connector_pk: i32,
}

record!(ConnectorSyncDiagnostic of connector_sync_diagnostics by diagnostic_id {
    target_model, tool_name, reason, http_status, detail, occurred_at, created_at, updated_at,
});

crate::filter! {
    /// A filter of sync diagnostics.
    ConnectorSyncDiagnosticFilter for connector_sync_diagnostics {
        /// By id.
        id: IdFilter => diagnostic_id,
        /// By the kind of entity that was being synced.
        target_model: TargetModelFilter => target_model,
        /// By the tool in use.
        tool_name: StringFilter => tool_name,
        /// By what happened.
        reason: SyncFailureReasonFilter => reason,
        /// By the HTTP status of the tool's service.
        http_status: IntFilter => http_status,
        /// By the words for people.
        detail: StringFilter => detail,
        /// By when it happened.
        occurred_at: DateTimeFilter => occurred_at,
        /// By when it was recorded.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the workspace connector that was synced.
        workspace_connector: workspace_connector_pk -> workspace_connectors::workspace_connector_id,
    }
    also {
        /// By how bad it is.
        severity: SeverityFilter => with_severity,
    }
}

order_by! {
    ConnectorSyncDiagnostic of connector_sync_diagnostics: ConnectorSyncDiagnosticOrder, ConnectorSyncDiagnosticOrderField {
        /// When it happened.
        OccurredAt => occurred_at,
        /// When it was recorded.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
        /// The HTTP status of the tool's service.
        HttpStatus => http_status "null",
        /// The tool's name.
        ToolName => tool_name "null",
    }
}

impl Paginated for ConnectorSyncDiagnostic {
    const READ: Access = Access::MemberOrService;
    type Filter = ConnectorSyncDiagnosticFilter;
    type OrderBy = ConnectorSyncDiagnosticOrder;
    type Extra = super::ConnectorSyncDiagnosticExtra;
}

edge!(
    /// The diagnostics of a workspace connector.
    OfWorkspaceConnector: ConnectorSyncDiagnostic by connector_sync_diagnostics::workspace_connector_pk
);
