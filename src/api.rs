//! The schema: Query, Mutation and Subscription merged from the entities, and its SDL.

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, Schema};

use crate::entity::api_key::{ApiKeyMutation, ApiKeyQuery};
use crate::entity::collect::{CollectMutation, CollectQuery, CollectSubscription};
use crate::entity::connector::{ConnectorMutation, ConnectorQuery};
use crate::entity::connector_mapping::{ConnectorMappingMutation, ConnectorMappingQuery, ConnectorMappingSubscription};
use crate::entity::connector_sync_diagnostic::{
    ConnectorSyncDiagnosticMutation, ConnectorSyncDiagnosticQuery, ConnectorSyncDiagnosticSubscription, Retention,
};
use crate::entity::document::{DocumentMutation, DocumentQuery, DocumentSubscription};
use crate::entity::document_workspace_connector::{
    DocumentWorkspaceConnectorMutation, DocumentWorkspaceConnectorQuery, DocumentWorkspaceConnectorSubscription,
};
use crate::entity::membership::{MembershipMutation, MembershipQuery};
use crate::entity::node::NodeQuery;
use crate::entity::people::{PeopleMutation, PeopleQuery};
use crate::entity::task::{TaskMutation, TaskQuery};
use crate::entity::viewer::ViewerQuery;
use crate::entity::workspace::{WorkspaceMutation, WorkspaceQuery};
use crate::entity::workspace_connector::{
    HealthThresholds, WorkspaceConnectorMutation, WorkspaceConnectorQuery, WorkspaceConnectorSubscription,
};
use crate::entity::workspace_connector_sync_log::{
    WorkspaceConnectorSyncLogMutation, WorkspaceConnectorSyncLogQuery, WorkspaceConnectorSyncLogSubscription,
};

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
pub struct Mutation(
    WorkspaceMutation,
    ConnectorMutation,
    WorkspaceConnectorMutation,
    WorkspaceConnectorSyncLogMutation,
    ConnectorSyncDiagnosticMutation,
    ConnectorMappingMutation,
    DocumentWorkspaceConnectorMutation,
    MembershipMutation,
    ApiKeyMutation,
    CollectMutation,
    DocumentMutation,
    PeopleMutation,
    TaskMutation,
);

/// What can be followed: what becomes of rows, whichever program changes them.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    WorkspaceConnectorSubscription,
    WorkspaceConnectorSyncLogSubscription,
    ConnectorSyncDiagnosticSubscription,
    ConnectorMappingSubscription,
    CollectSubscription,
    DocumentSubscription,
    DocumentWorkspaceConnectorSubscription,
);

/// The schema of the API.
pub type Api = Schema<Query, Mutation, Subscription>;

/// Whether clients are told of the schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Openness {
    /// It can be read, and misspelt names are answered with similar ones.
    #[default]
    Open,
    /// It is kept to itself: no introspection, no file, no suggestions.
    Closed,
}

/// What of its behaviour can be set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// When a workspace connector is not healthy.
    pub health: HealthThresholds,
    /// When sync diagnostics are removed.
    pub retention: Retention,
    /// Whether clients are told of the schema.
    pub openness: Openness,
}

/// The schema, ready to answer.
#[must_use]
pub fn build(settings: Settings) -> Api {
    let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
    let schema = schema.data(settings.health).data(settings.retention).data(settings.openness);
    match settings.openness {
        Openness::Open => schema.finish(),
        Openness::Closed => schema.disable_introspection().disable_suggestions().finish(),
    }
}

/// The schema as clients read it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by();
    let mut sdl = build(Settings::default()).sdl_with_options(options);
    sdl.truncate(sdl.trim_end().len());
    sdl.push('\n');
    sdl
}
