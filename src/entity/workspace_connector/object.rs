//! What it computes, and its relations.

use async_graphql::Context;

use super::{
    ConnectionState, HealthOf, HealthThresholds, LatestSyncLogOf, WorkspaceConnector, WorkspaceConnectorHealth,
};
use crate::db::schema::core_api::workspace_connectors;
use crate::db::scope::Scope;
use crate::entity::connector::Connector;
use crate::entity::connector_mapping::{self as mapping, ConnectorMapping};
use crate::entity::connector_sync_diagnostic::{self as diagnostic, ConnectorSyncDiagnostic};
use crate::entity::document::{self, Document};
use crate::entity::document_workspace_connector::{self as link, DocumentWorkspaceConnector};
use crate::entity::macros::edges;
use crate::entity::people::People;
use crate::entity::workspace::Workspace;
use crate::entity::workspace_connector_sync_log::{self as sync_log, ConnectorSyncStatus, WorkspaceConnectorSyncLog};
use crate::error::Result;

edges! {
    impl WorkspaceConnector of workspace_connectors {
        one {
            /// The workspace it belongs to.
            workspace: workspace_pk => Workspace;
            /// The connector it connects; null when that was taken out of the catalogue.
            connector: connector_pk => Connector;
            /// The person who connected it; null when that is not known, or the person was deleted.
            person: person_pk => People;
        }
        many {
            /// Its sync runs.
            sync_logs: sync_log::OfWorkspaceConnector => WorkspaceConnectorSyncLog;
            /// What went wrong, or was worth a note, in its sync runs.
            diagnostics: diagnostic::OfWorkspaceConnector => ConnectorSyncDiagnostic;
            /// The compiled expressions that turn its responses into entities.
            mappings: mapping::OfWorkspaceConnector => ConnectorMapping;
            /// Which documents passed through it, in which direction and when; the same one may have passed repeatedly.
            document_links: link::OfWorkspaceConnector => DocumentWorkspaceConnector;
            /// The documents that passed through it, each once.
            documents: document::ThroughWorkspaceConnector => Document;
        }
        of_rows { connection_state, latest_sync_log, sync_in_progress }
    }
    {
        /// What to show a person of it.
        #[graphql(name = "connectionState")]
        async fn resolve_connection_state(&self) -> ConnectionState {
            self.connection_state()
        }

        /// Its newest sync run; null when there was none.
        async fn latest_sync_log(&self, ctx: &Context<'_>) -> Option<Result<WorkspaceConnectorSyncLog>> {
            ctx.data_unchecked::<Scope>().get(LatestSyncLogOf(self.pk)).await.transpose()
        }

        /// Whether its newest sync run is in progress.
        async fn sync_in_progress(&self, ctx: &Context<'_>) -> Result<bool> {
            let latest = ctx.data_unchecked::<Scope>().get(LatestSyncLogOf(self.pk)).await?;
            Ok(latest.is_some_and(|log| log.status == ConnectorSyncStatus::InProgress))
        }

        /// How well it syncs, as its sync logs tell. It costs a query of its own.
        async fn health(&self, ctx: &Context<'_>) -> Result<WorkspaceConnectorHealth> {
            let scope = ctx.data_unchecked::<Scope>();
            let thresholds = ctx.data_opt::<HealthThresholds>().copied().unwrap_or_default();
            let facts = scope.get(HealthOf(self.pk)).await?.unwrap_or_default();
            Ok(facts.judge(self.created_at, scope.now(), thresholds))
        }
    }
}
