//! Answers beside those of `async-graphql-axum`, the library's own way to serve a schema over HTTP. It does not write the
//! scalar `JSON`, which our server keeps as the text that it is.

use std::sync::Arc;

use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::routing::post;
use axum::{Router, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use well_ingestion::api::{self, Api};
use well_ingestion::auth::Authenticator;
use well_ingestion::db::Db;
use well_ingestion::db::scope::{MemoryBudget, Scope};

use crate::kit::{App, Asker};
use crate::plans::selections::furnished;

/// What the reference serves with.
#[derive(Clone)]
struct Reference {
    api: Api,
    db: Db,
    authenticator: Arc<Authenticator<Db>>,
}

/// As much memory as there is.
struct Unlimited;

impl MemoryBudget for Unlimited {
    fn grow(&self, _: usize) -> bool {
        true
    }

    fn has_room(&self) -> bool {
        true
    }

    fn settle(&self, _: usize) {}
}

async fn answer(State(reference): State<Reference>, headers: HeaderMap, request: GraphQLRequest) -> GraphQLResponse {
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap());
    let caller = reference.authenticator.authenticate(authorization, None).await.unwrap();
    let scope = Scope::new(reference.db, caller, None, Arc::new(Unlimited));
    reference.api.prevalidated().execute(request.into_inner().data(scope)).await.into()
}

/// The same asker at the reference.
async fn at_reference(app: &App, asker: &Asker) -> Asker {
    let (db, authenticator) = app.stock().await;
    let reference =
        Reference { api: api::build(&api::Settings::default()), db, authenticator: Arc::new(authenticator) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/graphql", post(answer)).with_state(reference);
    tokio::spawn(async move { serve(listener, router).await.unwrap() });
    asker.at(&url)
}

/// Asks both, and holds what they say beside each other: the data, and each error's message and path.
async fn compare(ours: &Asker, theirs: &Asker, query: &str, variables: Value) {
    let (ours, theirs) = (ours.ask(query, variables.clone()).await, theirs.ask(query, variables).await);
    let told = |answer: &Value| {
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        let errors = errors.iter().map(|error| (error["message"].clone(), error["path"].clone())).collect::<Vec<_>>();
        (answer["data"].clone(), errors)
    };
    assert_eq!(told(&ours.json), told(&theirs.json), "{query}");
    // Members of objects stand in the order of the selection, which the parsed values do not show.
    let data = |text: &str| text.split_once("\"data\":").map(|(_, data)| data.len());
    assert!(data(&ours.text).is_some() && data(&theirs.text).is_some(), "{query}");
}

#[tokio::test]
async fn answers_are_those_of_the_librarys_own_server() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    let ours = app.member();
    let theirs = at_reference(&app, &ours).await;
    for query in [
        "{ viewer { role workspace { name } } }",
        "{ workspaceConnectors(first: 2) { totalCount pageInfo { hasNextPage } nodes { accountLabel connector { name }
            syncLogs(first: 2, orderBy: [{ field: CREATED_AT, direction: ASC }]) { nodes { status durationMs } } } } }",
        "{ documents(last: 3) { edges { cursor node { filename size collect { id } } } } }",
        "{ a: tasks(first: 1) { nodes { title ...T } } b: tasks(first: 1) { nodes { __typename ...T } } }
         fragment T on Task { assignedTo { fullName } dueDate }",
        "{ connectorSyncDiagnostics { statistics { bySeverity { severity count } } } }",
        // What a member may not see is null, with an error of its own.
        "{ apiKeys { nodes { id } } people(first: 1) { nodes { fullName } } }",
        "{ connectorMappings(first: 1) { nodes { toolName expression } } }",
        "{ document(id: \"00000000-0000-4000-8000-000000000000\") { filename } }",
    ] {
        compare(&ours, &theirs, query, json!({})).await;
    }
    let page =
        "query P($first: Int, $filter: TaskFilter) { tasks(first: $first, filter: $filter) { nodes { title } } }";
    for variables in
        [json!({ "first": 2 }), json!({ "first": 0 }), json!({ "filter": { "title": { "contains": "a" } } })]
    {
        compare(&ours, &theirs, page, variables).await;
    }
}
