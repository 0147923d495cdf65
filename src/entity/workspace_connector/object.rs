//! What it computes, and its relations.

use super::WorkspaceConnector;
use crate::entity::macros::edges;
use crate::entity::workspace_connector_sync_log::{self as sync_log, WorkspaceConnectorSyncLog};

edges! {
    impl WorkspaceConnector {
        /// Its sync runs.
        many sync_logs: sync_log::OfWorkspaceConnector => WorkspaceConnectorSyncLog;
    }
}
