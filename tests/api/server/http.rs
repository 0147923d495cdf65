//! The HTTP surface: what is answered, with which status, and what is not even read.

use std::collections::HashSet;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use well_ingestion::server::{DashboardSettings, Oidc, Settings};

use crate::faults::{BUSY, until};
use crate::kit::{Answer, App, make};

/// The codes that an error may carry.
const CODES: [&str; 24] = [
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "BAD_CURSOR",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "NOT_FOUND",
    "CONFLICT",
    "INVALID_STATE",
    "REQUEST_TOO_LARGE",
    "MAX_TOKENS_LIMIT",
    "MAX_NESTING_LIMIT",
    "MAX_FIELDS_LIMIT",
    "MAX_DEPTH_LIMIT",
    "MAX_ALIASES_LIMIT",
    "MAX_ROOT_FIELDS_LIMIT",
    "MAX_DIRECTIVES_LIMIT",
    "COST_LIMIT_EXCEEDED",
    "BATCHING_DISABLED",
    "REQUEST_TIMEOUT",
    "PERSISTED_QUERY_NOT_FOUND",
    "PERSISTED_QUERY_NOT_SUPPORTED",
    "SERVICE_UNAVAILABLE",
    "INTERNAL_SERVER_ERROR",
];

async fn posted(app: &App, content_type: Option<&str>, body: impl Into<reqwest::Body>) -> Answer {
    let request = app.member().request(Method::POST, "/graphql").body(body);
    Answer::of(match content_type {
        Some(content_type) => request.header(CONTENT_TYPE, content_type),
        None => request,
    })
    .await
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    answer.refused(code);
    assert!(answer.json.get("data").is_none(), "{}", answer.text);
}

/// A query string.
fn url(parameters: &[(&str, &str)]) -> String {
    format!("/graphql?{}", serde_urlencoded::to_string(parameters).unwrap())
}

#[tokio::test]
async fn anybody_may_ask_whether_it_lives_and_is_ready() {
    let app = App::start().await;
    let live = app.anyone().get("/health/live").await;
    assert_eq!((live.status, &live.json), (200, &json!({ "status": "live" })));
    let ready = app.anyone().get("/health/ready").await;
    assert_eq!((ready.status, &ready.json), (200, &json!({ "status": "ready" })));
}

#[tokio::test]
async fn it_is_not_ready_while_a_migration_is_missing_but_lives() {
    let app = App::start().await;
    let newest = "SELECT max(version) FROM __diesel_schema_migrations";
    app.execute(&format!("DELETE FROM __diesel_schema_migrations WHERE version = ({newest})")).await;
    assert_eq!(app.anyone().get("/health/ready").await.status, 503);
    assert_eq!(app.anyone().get("/health/live").await.status, 200);
}

#[tokio::test]
async fn the_schema_is_served_as_a_file() {
    let app = App::start().await;
    let answer = app.anyone().get("/schema.graphql").await;
    assert_eq!((answer.status, answer.text), (200, well_ingestion::api::sdl()));
}

#[tokio::test]
async fn every_address_of_the_dashboard_is_its_page_and_holds_no_token_outside_of_the_demo() {
    let app = App::start().await;
    let mut nonces = HashSet::new();
    for path in
        ["/", "/connectors", "/connectors/1", "/runs?status=ERROR", "/runs/1", "/mappings/1", "/members", "/signed-in"]
    {
        let answer = app.anyone().get(path).await;
        assert_eq!((answer.status, answer.text.contains("<html")), (200, true), "{path}: {}", answer.text);
        assert_eq!(answer.headers["cache-control"], "no-store");
        let policy = answer.headers["content-security-policy"].to_str().unwrap().to_owned();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'; ") && !policy.contains("unsafe"),
            "{policy}"
        );
        assert!(policy.contains("connect-src 'self';"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
        assert!(answer.text.contains(&format!(r#"content="{nonce}""#)), "{path}");
        assert!(nonces.insert(nonce), "a nonce is used once");
        assert!(answer.text.contains(r#""people":[]"#) && answer.text.contains(r#""oidc":null"#), "{}", answer.text);
    }
    assert_eq!(app.anyone().get("/no-view").await.status, 404);
    assert_eq!(app.anyone().get("/dashboard/assets/none.js").await.status, 404);
}

#[tokio::test]
async fn the_dashboard_may_ask_the_provider_that_is_set_and_nobody_else() {
    let oidc = Oidc {
        issuer: "https://id.example/realms/well".parse().unwrap(),
        client_id: "</script>".to_owned(),
        scope: "openid".to_owned(),
        origins: vec!["https://token.example".parse().unwrap()],
    };
    let app =
        App::set(Settings { dashboard: Some(DashboardSettings { oidc: Some(oidc) }), ..Settings::default() }).await;
    let answer = app.anyone().get("/").await;
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("connect-src 'self' https://id.example https://token.example;"), "{policy}");
    assert!(answer.text.contains(r#""issuer":"https://id.example/realms/well""#), "{}", answer.text);
    assert!(answer.text.contains(r#""clientId":"\u003c/script>""#), "{}", answer.text);
}

#[tokio::test]
async fn without_the_dashboard_the_address_alone_leads_to_graphiql() {
    let app = App::set(Settings { dashboard: None, ..Settings::default() }).await;
    let answer = app.anyone().get("/").await;
    assert_eq!((answer.status, answer.text.contains("<html")), (200, true), "{}", answer.text);
    assert!(!answer.text.contains("csp-nonce"));
    assert_eq!(app.anyone().get("/runs").await.status, 404);
}

#[tokio::test]
async fn graphiql_is_served_without_any_token_outside_of_the_demo() {
    let app = App::start().await;
    for path in ["/graphiql", "/graphiql/"] {
        let answer = app.anyone().get(path).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
        assert!(answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'; "));
        assert!(!answer.text.contains("id=\"roles\""));
    }
}

#[tokio::test]
async fn a_query_may_be_sent_by_get() {
    let app = App::start().await;
    let query = "query One { viewer { role } } query Two($id: ID!) { document(id: $id) { id } }";
    let one = app.member().get(&url(&[("query", query), ("operationName", "One")])).await;
    assert_eq!(one.str("/viewer/role"), "MEMBER");
    let variables = json!({ "id": "00000000-0000-4000-8000-000000000000" }).to_string();
    let two = url(&[("query", query), ("operationName", "Two"), ("variables", &variables)]);
    assert!(app.member().get(&two).await.at("/document").is_null());
    assert_refused(&app.anyone().get(&url(&[("query", "{ viewer { role } }")])).await, 401, "UNAUTHENTICATED");
}

#[tokio::test]
async fn only_queries_may_be_sent_by_get() {
    let app = App::start().await;
    let two = "query One { viewer { role } } mutation Two { x }";
    for parameters in [
        vec![("query", "mutation { x }")],
        vec![("query", "subscription { x }")],
        vec![("query", two), ("operationName", "Two")],
    ] {
        let answer = app.member().get(&url(&parameters)).await;
        assert_refused(&answer, 405, "BAD_USER_INPUT");
        assert_eq!(answer.headers["allow"], "POST");
    }
}

#[tokio::test]
async fn a_query_string_that_makes_no_sense_is_refused() {
    let app = App::start().await;
    for path in ["/graphql", "/graphql?query", "/graphql?variables=1", "/graphql?query=%7Ba%7D&variables=%5B%5D"] {
        let answer = app.member().get(path).await;
        assert!(!answer.errors().is_empty() && answer.json.get("data").is_none(), "{path}: {}", answer.text);
    }
    let listed = app.member().get(&url(&[("query", "{ viewer { role } }"), ("variables", "[1]")])).await;
    assert_refused(&listed, 400, "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused() {
    let app = App::start().await;
    for body in [
        "",
        "{",
        "null",
        "17",
        "\"{ viewer { role } }\"",
        "{}",
        "{\"query\": 1}",
        "{\"query\": null}",
        "{\"query\": \"{ viewer { role } }\", \"variables\": []}",
        "{\"query\": \"{ viewer { role } }\"} x",
        "{\"query\": \"{ viewer { role } }\", \"operationName\": 1}",
    ] {
        assert_refused(&posted(&app, Some("application/json"), body).await, 400, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn one_request_is_one_operation() {
    let app = App::start().await;
    for body in ["[]", "[{\"query\": \"{ viewer { role } }\"}]", " \n [{}]"] {
        assert_refused(&posted(&app, Some("application/json"), body).await, 400, "BATCHING_DISABLED");
    }
}

#[tokio::test]
async fn a_body_is_json_or_it_is_not_read() {
    let app = App::start().await;
    let body = json!({ "query": "{ viewer { role } }" }).to_string();
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("multipart/form-data; boundary=x"),
        Some("application/graphql"),
        Some("application/jsonx"),
    ] {
        assert_refused(&posted(&app, content_type, body.clone()).await, 415, "BAD_USER_INPUT");
    }
    for content_type in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
        assert_eq!(
            posted(&app, Some(content_type), body.clone()).await.str("/viewer/role"),
            "MEMBER",
            "{content_type}"
        );
    }
}

#[tokio::test]
async fn a_body_or_a_document_that_is_too_large_is_refused() {
    let app = App::start().await;
    let padded = |bytes: usize| json!({ "query": "{ viewer { role } }", "extensions": { "pad": "x".repeat(bytes) } });
    assert!(app.member().post(&padded(1_000_000).to_string()).await.errors().is_empty());
    assert_refused(&app.member().post(&padded(1_048_576).to_string()).await, 413, "REQUEST_TOO_LARGE");
    let document = |bytes: usize| format!("{{ viewer {{ role }} }} #{}", "x".repeat(bytes));
    assert!(app.member().say(&document(65_000)).await.errors().is_empty());
    assert_refused(&app.member().say(&document(65_536)).await, 413, "REQUEST_TOO_LARGE");
}

#[tokio::test]
async fn every_error_carries_a_code_of_the_closed_list() {
    let app = App::start().await;
    let requests: [(&str, Value, &str); 14] = [
        ("{", json!({}), "GRAPHQL_PARSE_FAILED"),
        ("", json!({}), "GRAPHQL_PARSE_FAILED"),
        ("query { viewer { role } } }", json!({}), "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { role { x } } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ document { id } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer { ...Missing } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("{ documents(first: \"x\") { totalCount } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("mutation { x }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { document(id: $id) { id } }", json!({}), "BAD_USER_INPUT"),
        ("query A { viewer { role } } query B { viewer { role } }", json!({}), "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { document(id: $id) { id } }", json!({ "id": "x" }), "BAD_USER_INPUT"),
        ("{ documents(after: \"x\") { totalCount } }", json!({}), "BAD_CURSOR"),
    ];
    for (query, variables, code) in requests {
        let answer = app.member().ask(query, variables).await;
        let codes = answer.codes();
        assert!(!codes.is_empty() && codes.iter().all(|found| CODES.contains(found)), "{query}: {}", answer.text);
        assert_eq!(codes[0], code, "{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn an_answer_to_what_was_not_executed_has_no_data() {
    let app = App::start().await;
    for query in ["{", "{ nonsense }", "query ($id: ID!) { document(id: $id) { id } }"] {
        let answer = app.member().say(query).await;
        assert!(answer.json.get("data").is_none(), "{query}: {}", answer.text);
        assert_eq!(answer.status, 200, "{query}");
    }
}

#[tokio::test]
async fn whoever_accepts_graphql_responses_gets_them_with_their_status() {
    let app = App::start().await;
    let media = "application/graphql-response+json";
    for (query, status) in
        [("{ viewer { role } }", 200), ("{", 400), ("{ nonsense }", 400), ("{ apiKeys { totalCount } }", 200)]
    {
        let request = app.member().request(Method::POST, "/graphql").header(ACCEPT, media);
        let body = json!({ "query": query }).to_string();
        let answer = Answer::of(request.header(CONTENT_TYPE, "application/json").body(body)).await;
        assert_eq!(answer.status, status, "{query}: {}", answer.text);
        assert!(answer.headers[CONTENT_TYPE].to_str().unwrap().starts_with(media), "{query}");
    }
    let plain = app.member().say("{ viewer { role } }").await;
    assert!(plain.headers[CONTENT_TYPE].to_str().unwrap().starts_with("application/json"));
}

#[tokio::test]
async fn the_answer_is_of_the_type_that_the_client_likes_best() {
    const JSON: &str = "application/json";
    const RESPONSE: &str = "application/graphql-response+json";
    let app = App::start().await;
    for (accepted, expected) in [
        ("*/*", Some(JSON)),
        ("application/*", Some(JSON)),
        ("application/json, application/graphql-response+json", Some(RESPONSE)),
        ("application/graphql-response+json;q=0.5, application/json", Some(JSON)),
        ("application/graphql-response+json, application/json;q=0.9", Some(RESPONSE)),
        ("application/graphql-response+json;q=0, */*", Some(JSON)),
        ("application/json;q=0, */*", Some(RESPONSE)),
        ("APPLICATION/JSON; charset=utf-8", Some(JSON)),
        ("text/html, */*;q=0.1", Some(JSON)),
        ("text/html", None),
        ("image/png, application/xml", None),
        ("application/json;q=0", None),
    ] {
        let request = app.member().request(Method::POST, "/graphql").header(ACCEPT, accepted);
        let body = json!({ "query": "{ viewer { role } }" }).to_string();
        let answer = Answer::of(request.header(CONTENT_TYPE, JSON).body(body)).await;
        match expected {
            Some(media) => {
                assert_eq!(answer.str("/viewer/role"), "MEMBER", "{accepted}");
                assert!(answer.headers[CONTENT_TYPE].to_str().unwrap().starts_with(media), "{accepted}");
            }
            None => assert_refused(&answer, 406, "BAD_USER_INPUT"),
        }
    }
}

#[tokio::test]
async fn what_is_not_served_is_refused_in_json() {
    let app = App::start().await;
    assert_refused(&app.member().get("/graphqll").await, 404, "NOT_FOUND");
    for path in ["/graphql", "/graphql/stream", "/schema.graphql"] {
        let answer = Answer::of(app.member().request(Method::PUT, path)).await;
        assert_refused(&answer, 405, "BAD_USER_INPUT");
        assert!(answer.headers["allow"].to_str().unwrap().contains("GET"), "{path}");
    }
}

#[tokio::test]
async fn an_answer_is_not_larger_than_it_may_be() {
    let app = App::start().await;
    for _ in 0..100 {
        make::task(&app, &app.here, json!({ "description": "\u{1}".repeat(20_000) })).await;
    }
    let fields = (0..30).map(|number| format!("a{number}: description")).collect::<Vec<_>>().join(" ");
    // Once written by a plan, and once by the library, which statistics are left to.
    for query in [
        format!("{{ tasks(first: 100) {{ nodes {{ {fields} }} }} }}"),
        format!("{{ tasks(first: 100) {{ nodes {{ {fields} collects {{ statistics {{ total }} }} }} }} }}"),
        // Each alone would not be too large.
        "{ a: tasks(first: 50) { nodes { a: description b: description } }
            b: tasks(first: 50) { nodes { a: description b: description } } viewer { role }
            c: tasks(first: 60) { nodes { a: description b: description } } }"
            .to_owned(),
    ] {
        let answer = app.member().say(&query).await;
        answer.refused("RESPONSE_TOO_LARGE");
        assert!(answer.text.len() < 10_000, "{}", answer.text.len());
        assert!(answer.json["data"].is_null() && answer.errors()[0].get("path").is_none(), "{}", answer.text);
        assert_eq!(answer.status, 200);
    }
    let few = app.member().say("{ tasks(first: 50) { nodes { description } } }").await;
    assert_eq!(few.at("/tasks/nodes").as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn no_more_is_read_than_an_answer_could_hold() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    for _ in 0..40 {
        let metadata = json!({ "records_synced": 1, "more": "x".repeat(1 << 20) });
        make::sync_log(&app, &connected, json!({ "metadata": metadata })).await;
    }
    for fields in ["metadata", "recordsSynced", "workspaceConnector { syncLogs(first: 40) { nodes { metadata } } }"] {
        for query in [
            format!("{{ workspaceConnectorSyncLogs(first: 40) {{ nodes {{ {fields} }} }} }}"),
            format!(
                "{{ workspaceConnectors(first: 2) {{ nodes {{ diagnostics {{ totalCount }} syncLogs(first: 40) {{ nodes {{ {fields} }} }} }} }} }}"
            ),
        ] {
            let answer = app.member().say(&query).await;
            answer.refused("RESPONSE_TOO_LARGE");
            assert!(answer.json["data"].is_null() && answer.errors()[0].get("path").is_none(), "{}", answer.text);
        }
    }
    until(&app, BUSY, 0).await;
    let few = app.member().say("{ workspaceConnectorSyncLogs(first: 10) { nodes { recordsSynced metadata } } }").await;
    assert_eq!(few.at("/workspaceConnectorSyncLogs/nodes").as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_failing_database_is_an_error_without_a_word_of_it() {
    let app = App::start().await;
    app.execute("ALTER TABLE core_api.documents RENAME COLUMN filename TO renamed").await;
    let answer = app.member().say("{ documents { nodes { filename } } viewer { role } }").await;
    // A migration may be under way.
    answer.refused("SERVICE_UNAVAILABLE");
    assert!(answer.errors()[0]["extensions"]["errorId"].is_string(), "{}", answer.text);
    assert_eq!(answer.shown("/viewer/role"), "MEMBER");
    for word in ["filename", "renamed", "core_api", "SELECT", "atabase"] {
        assert!(!answer.text.contains(word), "{word} in {}", answer.text);
    }
}
