//! What it computes, and its relations.

use super::Connector;
use crate::db::schema::core_api::connectors;
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector::{self, WorkspaceConnector};

edges! {
    impl Connector of connectors {
        one {
            /// The workspace it is private to; null for what the catalogue offers to all.
            workspace: workspace_pk => Workspace;
        }
        many {
            /// Its workspace connectors in the workspace.
            workspace_connectors: workspace_connector::OfConnector => WorkspaceConnector;
        }
        of_rows { is_private }
    }
    {
        /// The kinds of data the tool holds, such as accounting or banking.
        async fn data_domains(&self) -> Vec<&str> {
            self.data_domains.iter().flatten().map(String::as_str).collect()
        }

        /// Whether it is private to the workspace; false for what the catalogue offers to all.
        async fn is_private(&self) -> bool {
            self.workspace_pk.is_some()
        }
    }
}
