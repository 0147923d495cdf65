//! What it computes, and its relations.

use super::{ConnectorSyncDiagnostic, Severity};
use crate::entity::macros::edges;
use crate::entity::tables::core_api::connector_sync_diagnostics;
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
    }
    {
        /// How bad it is, which follows from the reason.
        async fn severity(&self) -> Severity {
            self.reason.severity()
        }
    }
}
