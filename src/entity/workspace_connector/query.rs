//! Root fields that read.

use super::WorkspaceConnector;
use crate::entity::macros::root_fields;

root_fields! {
    WorkspaceConnectorQuery for WorkspaceConnector {
        /// One workspace connector; null when there is none with this id in the workspace.
        workspace_connector;
        /// The workspace connectors of the workspace.
        workspace_connectors;
    }
}
