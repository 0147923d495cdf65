//! The schema: Query, Mutation and Subscription merged from the entities, and its SDL.

use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, Schema};

use crate::entity::api_key::ApiKeyQuery;
use crate::entity::collect::CollectQuery;
use crate::entity::connector::ConnectorQuery;
use crate::entity::connector_mapping::ConnectorMappingQuery;
use crate::entity::connector_sync_diagnostic::ConnectorSyncDiagnosticQuery;
use crate::entity::document::DocumentQuery;
use crate::entity::document_workspace_connector::DocumentWorkspaceConnectorQuery;
use crate::entity::membership::MembershipQuery;
use crate::entity::node::NodeQuery;
use crate::entity::people::PeopleQuery;
use crate::entity::task::TaskQuery;
use crate::entity::viewer::ViewerQuery;
use crate::entity::workspace::WorkspaceQuery;
use crate::entity::workspace_connector::{HealthThresholds, WorkspaceConnectorQuery};
use crate::entity::workspace_connector_sync_log::{WorkspaceConnectorSyncLogMutation, WorkspaceConnectorSyncLogQuery};

/// What can be read.
#[derive(MergedObject, Default)]
pub struct Query(
    ViewerQuery,
    NodeQuery,
    WorkspaceQuery,
    ConnectorQuery,
    WorkspaceConnectorQuery,
    WorkspaceConnectorSyncLogQuery,
    ConnectorSyncDiagnosticQuery,
    ConnectorMappingQuery,
    CollectQuery,
    DocumentQuery,
    DocumentWorkspaceConnectorQuery,
    PeopleQuery,
    TaskQuery,
    MembershipQuery,
    ApiKeyQuery,
);

/// What can be changed.
#[derive(MergedObject, Default)]
pub struct Mutation(WorkspaceConnectorSyncLogMutation);

/// The schema of the API.
pub type Api = Schema<Query, Mutation, EmptySubscription>;

/// The schema, ready to answer.
#[must_use]
pub fn build(health: HealthThresholds) -> Api {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription).data(health).finish()
}

/// The schema as clients read it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by().sorted_fields().sorted_arguments().sorted_enum_items();
    let mut sdl = build(HealthThresholds::default()).sdl_with_options(options);
    sdl.truncate(sdl.trim_end().len());
    sdl.push('\n');
    sdl
}
