//! What it computes, and its relations.

use super::{ConnectorSyncDiagnostic, Severity, SyncFailureReason};
use crate::db::schema::core_api::connector_sync_diagnostics;
use crate::entity::macros::edges;
use crate::entity::stored::Stored;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::WorkspaceConnector;

edges! {
    impl ConnectorSyncDiagnostic of connector_sync_diagnostics {
        one {
            /// The workspace it belongs to.
            workspace: workspace_pk => Workspace;
            /// The workspace connector that was synced; null when that was deleted.
            workspace_connector: workspace_connector_pk => WorkspaceConnector;
        }
        of_rows { severity }
    }
    {
        /// How bad it is, which follows from the reason; null, with an error, when that is newer than this version of
        /// the server.
        async fn severity(&self) -> Stored<Severity> {
            self.reason.map(SyncFailureReason::severity)
        }
    }
}
