//! The root field that follows.

use super::ConnectorSyncDiagnostic;
use crate::db::changes::Entity;
use crate::entity::follow::follow;
use crate::events::Followed;

impl Followed for ConnectorSyncDiagnostic {
    const ENTITY: Entity = Entity::ConnectorSyncDiagnostic;
}

follow! {
    ConnectorSyncDiagnosticSubscription:
    /// The sync diagnostics of the workspace that are recorded from now on.
    connector_sync_diagnostic_created => created ConnectorSyncDiagnostic by connector
}
