//! What mutations are given.

use super::{ConnectorSyncDiagnostic, SyncFailureReason};
use crate::entity::connector_mapping::TargetModel;
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::id::Id;
use crate::scalar::DateTime;
use async_graphql::{InputObject, MaybeUndefined};

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
