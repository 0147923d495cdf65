//! The schema: Query, Mutation and Subscription merged from the entities, and its SDL.

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, ValidationMode};

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
use crate::plan::{Root, Roots};

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

/// How plans answer a root field of [`Query`]; nothing for one that only the library answers.
#[must_use]
pub fn root(field: &str) -> Option<Root> {
    const ROOTS: [fn(&str) -> Option<Root>; 12] = [
        ConnectorQuery::root,
        WorkspaceConnectorQuery::root,
        WorkspaceConnectorSyncLogQuery::root,
        ConnectorSyncDiagnosticQuery::root,
        ConnectorMappingQuery::root,
        CollectQuery::root,
        DocumentQuery::root,
        DocumentWorkspaceConnectorQuery::root,
        PeopleQuery::root,
        TaskQuery::root,
        MembershipQuery::root,
        ApiKeyQuery::root,
    ];
    ROOTS.iter().find_map(|root| root(field))
}

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

/// What executes documents.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema of the API, ready to answer.
#[derive(Clone)]
pub struct Api {
    openness: Openness,
    strict: Schema,
    quick: Schema,
}

impl Api {
    /// Whether clients are told of it.
    #[must_use]
    pub const fn openness(&self) -> Openness {
        self.openness
    }

    /// The schema that validates what it executes.
    #[must_use]
    pub const fn strict(&self) -> &Schema {
        &self.strict
    }

    /// The same for documents that were validated before.
    #[must_use]
    pub const fn quick(&self) -> &Schema {
        &self.quick
    }
}

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

/// Selections within each other at the most, as the library counts them. The guard before it has a limit of its own, which
/// is lower.
const MOST_DEPTH: usize = 128;

/// The schema, ready to answer.
#[must_use]
pub fn build(settings: &Settings) -> Api {
    let schema = |validation| {
        let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
        let schema = schema
            .data(settings.health)
            .data(settings.retention.clone())
            .validation_mode(validation)
            .limit_recursive_depth(MOST_DEPTH);
        match settings.openness {
            Openness::Open => schema.finish(),
            Openness::Closed => schema.disable_introspection().disable_suggestions().finish(),
        }
    };
    Api { openness: settings.openness, strict: schema(ValidationMode::Strict), quick: schema(ValidationMode::Fast) }
}

/// The schema as clients read it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by();
    let mut sdl = build(&Settings::default()).strict.sdl_with_options(options);
    sdl.truncate(sdl.trim_end().len());
    sdl.push('\n');
    sdl
}
