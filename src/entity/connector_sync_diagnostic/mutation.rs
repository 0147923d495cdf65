//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{ConnectorSyncDiagnostic, Retention, SyncFailureReason, write};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::entity::connector_mapping::TargetModel;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::Result;
use crate::id::Id;
use crate::payload;
use crate::scalar::DateTime;

/// Something that happened during a sync, to record.
#[derive(InputObject, Debug)]
pub struct CreateConnectorSyncDiagnosticInput {
    /// The workspace connector that was synced.
    pub workspace_connector_id: Id<WorkspaceConnector>,
    /// The kind of entity that was being synced.
    pub target_model: TargetModel,
    /// The tool in use, at most 500 characters; none when it failed before one was selected.
    pub tool_name: Option<String>,
    /// What happened.
    pub reason: SyncFailureReason,
    /// The HTTP status that the tool's service answered with, 100 to 599.
    pub http_status: Option<i32>,
    /// What happened, in words for people, at most 10,000 characters.
    pub detail: String,
    /// When it happened: now unless it says so, any time before, or up to 5 minutes ahead for clocks that differ. It
    /// can never be changed.
    pub occurred_at: Option<DateTime>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// One of several diagnostics to record.
#[derive(InputObject, Debug)]
pub struct ConnectorSyncDiagnosticInput {
    /// The workspace connector that was synced.
    pub workspace_connector_id: Id<WorkspaceConnector>,
    /// The kind of entity that was being synced.
    pub target_model: TargetModel,
    /// The tool in use, at most 500 characters; none when it failed before one was selected.
    pub tool_name: Option<String>,
    /// What happened.
    pub reason: SyncFailureReason,
    /// The HTTP status that the tool's service answered with, 100 to 599.
    pub http_status: Option<i32>,
    /// What happened, in words for people, at most 10,000 characters.
    pub detail: String,
    /// When it happened: now unless it says so, any time before, or up to 5 minutes ahead for clocks that differ. It
    /// can never be changed.
    pub occurred_at: Option<DateTime>,
}

/// Several diagnostics to record at once.
#[derive(InputObject, Debug)]
pub struct CreateConnectorSyncDiagnosticsInput {
    /// The diagnostics, 1 to 1,000, of one workspace connector or several.
    pub diagnostics: Vec<ConnectorSyncDiagnosticInput>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a diagnostic.
#[derive(InputObject, Debug)]
pub struct UpdateConnectorSyncDiagnosticInput {
    /// The diagnostic.
    pub id: Id<ConnectorSyncDiagnostic>,
    /// What happened, in words for people, at most 10,000 characters; cannot be cleared.
    pub detail: MaybeUndefined<String>,
    /// The tool in use, at most 500 characters; null clears it.
    pub tool_name: MaybeUndefined<String>,
    /// The HTTP status that the tool's service answered with, 100 to 599; null clears it.
    pub http_status: MaybeUndefined<i32>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A diagnostic to delete.
#[derive(InputObject, Debug)]
pub struct DeleteConnectorSyncDiagnosticInput {
    /// The diagnostic.
    pub id: Id<ConnectorSyncDiagnostic>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

payload! {
    /// What `createConnectorSyncDiagnostic` did.
    CreateConnectorSyncDiagnosticPayload {
        /// The new diagnostic.
        connector_sync_diagnostic: ConnectorSyncDiagnostic
    }
}

payload! {
    /// What `createConnectorSyncDiagnostics` did.
    CreateConnectorSyncDiagnosticsPayload {
        /// The new diagnostics, in the order of the input; null when any of them was refused, and then none was
        /// recorded.
        connector_sync_diagnostics: Vec<ConnectorSyncDiagnostic>
    }
}

payload! {
    /// What `updateConnectorSyncDiagnostic` did.
    UpdateConnectorSyncDiagnosticPayload {
        /// The diagnostic as it now is.
        connector_sync_diagnostic: ConnectorSyncDiagnostic
    }
}

payload! {
    /// What `deleteConnectorSyncDiagnostic` did.
    DeleteConnectorSyncDiagnosticPayload {
        /// The diagnostic as it was.
        connector_sync_diagnostic: ConnectorSyncDiagnostic
    }
}

/// Root fields that write sync diagnostics.
#[derive(Default)]
pub struct ConnectorSyncDiagnosticMutation;

/// Root fields.
#[Object]
impl ConnectorSyncDiagnosticMutation {
    /// Records something that happened during a sync. About one call in 20, unless the server is set up otherwise, also
    /// removes the workspace connector's old diagnostics. For the pipeline.
    async fn create_connector_sync_diagnostic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What happened.")] input: CreateConnectorSyncDiagnosticInput,
    ) -> Option<Result<CreateConnectorSyncDiagnosticPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let retention = ctx.data_opt::<Retention>().cloned().unwrap_or_default();
        Some(CreateConnectorSyncDiagnosticPayload::of(write::create(scope, &retention, input).await))
    }

    /// Records up to 1,000 things that happened during syncs: all of them, or none when one is refused. Every
    /// diagnostic that is refused has its own user errors, whose path holds its index. About one call in 20, unless the
    /// server is set up otherwise, also removes the old diagnostics of the workspace connectors it names. For the
    /// pipeline.
    async fn create_connector_sync_diagnostics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What happened.")] input: CreateConnectorSyncDiagnosticsInput,
    ) -> Option<Result<CreateConnectorSyncDiagnosticsPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let retention = ctx.data_opt::<Retention>().cloned().unwrap_or_default();
        Some(CreateConnectorSyncDiagnosticsPayload::of(write::create_all(scope, &retention, input).await))
    }

    /// Changes how a diagnostic is told. For the pipeline.
    async fn update_connector_sync_diagnostic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which diagnostic, and what changes.")] input: UpdateConnectorSyncDiagnosticInput,
    ) -> Option<Result<UpdateConnectorSyncDiagnosticPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateConnectorSyncDiagnosticPayload::of(write::update(scope, input).await))
    }

    /// Deletes a diagnostic. It is no longer shown, and removed for good when it is old. For the pipeline.
    async fn delete_connector_sync_diagnostic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which diagnostic.")] input: DeleteConnectorSyncDiagnosticInput,
    ) -> Option<Result<DeleteConnectorSyncDiagnosticPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let deleted = async {
            scope.require(Access::Service)?;
            crate::mutation::delete(scope, input.id, input.expected_updated_at).await
        };
        Some(DeleteConnectorSyncDiagnosticPayload::of(deleted.await))
    }
}
