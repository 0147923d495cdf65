//! The schema: Query, Mutation and Subscription merged from the entities, and its SDL.

mod of_rows;

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::{
    MergedObject, MergedSubscription, SDLExportOptions, ServerError, ValidationMode, ValidationResult,
};
use graphql_limits::cost::Hints;
use graphql_limits::typing::{Scalar, is_string, is_string_or_integer};

use crate::auth::Role;
use crate::db::scope::Owned;
use crate::entity::api_key::{ApiKey, ApiKeyMutation, ApiKeyQuery};
use crate::entity::collect::{Collect, CollectMutation, CollectQuery, CollectSubscription};
use crate::entity::connector::{Connector, ConnectorMutation, ConnectorQuery};
use crate::entity::connector_mapping::{
    ConnectorMapping, ConnectorMappingMutation, ConnectorMappingQuery, ConnectorMappingSubscription,
};
use crate::entity::connector_sync_diagnostic::{
    ConnectorSyncDiagnostic, ConnectorSyncDiagnosticMutation, ConnectorSyncDiagnosticQuery,
    ConnectorSyncDiagnosticSubscription, Retention,
};
use crate::entity::document::{Document, DocumentMutation, DocumentQuery, DocumentSubscription};
use crate::entity::document_workspace_connector::{
    DocumentWorkspaceConnector, DocumentWorkspaceConnectorMutation, DocumentWorkspaceConnectorQuery,
    DocumentWorkspaceConnectorSubscription,
};
use crate::entity::membership::{Membership, MembershipMutation, MembershipQuery};
use crate::entity::node::NodeQuery;
use crate::entity::people::{People, PeopleMutation, PeopleQuery};
use crate::entity::task::{Task, TaskMutation, TaskQuery};
use crate::entity::viewer::ViewerQuery;
use crate::entity::workspace::{WorkspaceMutation, WorkspaceQuery};
use crate::entity::workspace_connector::{
    HealthThresholds, WorkspaceConnector, WorkspaceConnectorMutation, WorkspaceConnectorQuery,
    WorkspaceConnectorSubscription,
};
use crate::entity::workspace_connector_sync_log::{
    WorkspaceConnectorSyncLog, WorkspaceConnectorSyncLogMutation, WorkspaceConnectorSyncLogQuery,
    WorkspaceConnectorSyncLogSubscription,
};
use crate::entity::{
    collect, connector, connector_mapping, connector_sync_diagnostic, document, document_workspace_connector, people,
    task, workspace, workspace_connector, workspace_connector_sync_log,
};
use crate::events::ChangeQuery;
use crate::id::AnyId;
use crate::page::Paginated;
use crate::plan::{Root, Roots};
use crate::rest::model::Model;
use crate::rest::openapi;
use crate::rest::resource::Resource;
use crate::scalar::{BigInt, Date, DateTime, Json};

pub use self::of_rows::is_of_rows;

/// Root fields that read.
#[derive(MergedObject, Default)]
pub struct Query(
    ViewerQuery,
    NodeQuery,
    WorkspaceQuery,
    ChangeQuery,
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

/// The table that the rows of a type are from; nothing for a type that comes in no lists, or that the role may not read.
#[must_use]
pub fn table_of(type_name: &str, role: Role) -> Option<&'static str> {
    fn of<N: Paginated>(type_name: &str, role: Role) -> Option<&'static str> {
        (N::type_name() == type_name && N::READ.allows(role)).then_some(<N::Table as Owned>::TABLE)
    }
    const TABLES: [fn(&str, Role) -> Option<&'static str>; 12] = [
        of::<WorkspaceConnectorSyncLog>,
        of::<ConnectorSyncDiagnostic>,
        of::<DocumentWorkspaceConnector>,
        of::<Document>,
        of::<Collect>,
        of::<ConnectorMapping>,
        of::<WorkspaceConnector>,
        of::<Connector>,
        of::<Task>,
        of::<People>,
        of::<Membership>,
        of::<ApiKey>,
    ];
    TABLES.iter().find_map(|table| table(type_name, role))
}

/// Root fields that write.
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

/// Root fields that deliver changes of rows, whichever program makes them.
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
    introspection: Introspection,
    /// It executes nothing: [`OnlyValidation`].
    validating: Schema,
    prevalidated: Schema,
}

impl Api {
    /// Whether clients are told of it.
    #[must_use]
    pub const fn introspection(&self) -> Introspection {
        self.introspection
    }

    /// What is wrong with a request's document; nothing when it is valid.
    pub async fn validate(&self, request: async_graphql::Request) -> Vec<ServerError> {
        self.validating.execute(request).await.errors
    }

    /// The same for documents that were validated before.
    #[must_use]
    pub const fn prevalidated(&self) -> &Schema {
        &self.prevalidated
    }
}

/// Ends every request once its document was validated. So validation does not depend on which operation is chosen, and
/// nothing is executed.
struct OnlyValidation;

impl ExtensionFactory for OnlyValidation {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for OnlyValidation {
    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        Err(next.run(ctx).await.err().unwrap_or_default())
    }
}

/// Whether clients are told of the schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Introspection {
    /// It can be read, and misspelt names are answered with similar ones.
    #[default]
    Enabled,
    /// It is kept to itself: no introspection, no file, no suggestions.
    Disabled,
}

/// What of its behaviour can be set.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// When a workspace connector is not healthy.
    pub health: HealthThresholds,
    /// When sync diagnostics are removed.
    pub retention: Retention,
    /// Whether clients are told of the schema.
    pub introspection: Introspection,
}

/// What each scalar of the schema accepts, besides those that every schema has.
pub const SCALARS: &[Scalar] = &[
    Scalar::of::<AnyId>("ID", "an id", is_string_or_integer),
    Scalar::of::<DateTime>("DateTime", "a string", is_string),
    Scalar::of::<Date>("Date", "a string", is_string),
    Scalar::of::<BigInt>("BigInt", "a whole number", is_string_or_integer),
    Scalar::of::<Json>("JSON", "JSON", |_| true),
];

/// What of the schema is expensive without looking so.
pub const COST_HINTS: Hints = Hints {
    own_statement: &[("duration", 800), ("series", 800), ("distinctDocuments", 800), ("byProvider", 400)],
    computed: &[
        ("WorkspaceConnector", "health", 10),
        ("WorkspaceConnector", "latestSyncLog", 2),
        ("WorkspaceConnector", "syncInProgress", 3),
        ("Document", "source", 2),
    ],
    through_links: &[("WorkspaceConnector", "documents"), ("Document", "routedTo")],
    first_link: ("sourcedFrom", 2_500),
    standing_for: &[("ConnectionStateFilter", 8), ("SeverityFilter", 12)],
    with_several: ("DataDomainFilter", 5),
    link: "DocumentWorkspaceConnector",
    long_texts: &["description", "detail"],
};

/// Selections within each other at the most, as the library counts them. The guard before it has a limit of its own, which
/// is lower.
const MAX_DEPTH: usize = 128;

/// The schema, ready to answer.
#[must_use]
pub fn build(settings: &Settings) -> Api {
    let schema = |validation| {
        let schema = Schema::build(Query::default(), Mutation::default(), Subscription::default());
        let schema = schema
            .data(settings.health)
            .data(settings.retention.clone())
            .validation_mode(validation)
            .limit_recursive_depth(MAX_DEPTH);
        match settings.introspection {
            Introspection::Enabled => schema,
            Introspection::Disabled => schema.disable_introspection().disable_suggestions(),
        }
    };
    Api {
        introspection: settings.introspection,
        validating: schema(ValidationMode::Strict).extension(OnlyValidation).finish(),
        prevalidated: schema(ValidationMode::Fast).finish(),
    }
}

/// The entities of the REST API.
pub static RESOURCES: [&Resource; 11] = [
    &collect::rest::REST,
    &connector::rest::REST,
    &connector_mapping::rest::REST,
    &connector_sync_diagnostic::rest::REST,
    &document::rest::REST,
    &document_workspace_connector::rest::REST,
    &people::rest::REST,
    &task::rest::REST,
    &workspace::rest::REST,
    &workspace_connector::rest::REST,
    &workspace_connector_sync_log::rest::REST,
];

/// The schema as clients read it.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new().include_specified_by();
    let mut sdl = build(&Settings::default()).validating.sdl_with_options(options);
    sdl.truncate(sdl.trim_end().len());
    sdl.push('\n');
    sdl
}

/// The reference of the REST API, as `OpenAPI` describes it.
///
/// # Errors
/// When a declaration does not fit the schema, which would be a defect.
pub fn openapi(sdl: &str) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    Ok(openapi::document(&Model::new(sdl, &RESOURCES)?)?)
}
