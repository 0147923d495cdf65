//! Documents and requests one step beyond a limit: each is refused with its code, and nobody else notices. They would
//! harm no server without a guard.

use serde_json::{Value, json};

use crate::kit::App;

/// A query that nests this text so deep.
fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{{ node(id: {}1{}) {{ id }} }}", open.repeat(depth), close.repeat(depth))
}

/// Fragments of which each spreads the next twice.
fn doubling(fragments: usize) -> String {
    let chain = repeated(fragments, |index| {
        format!("fragment F{index} on Viewer {{ ...F{next} ...F{next} }} ", next = index + 1)
    });
    format!("{{ viewer {{ ...F0 }} }} {chain} fragment F{fragments} on Viewer {{ role }}")
}

fn repeated(count: usize, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn documents_beyond_a_limit_are_refused_with_its_code() {
    let app = App::start().await;
    let member = app.member();
    let deep = format!(
        "{}{}",
        "{ workspaceConnectors { nodes".to_owned() + &" { connector { workspaceConnectors { nodes".repeat(5),
        " { id }".to_owned() + &" }".repeat(17)
    );
    let documents = [
        (nested("[", "]", 65), "MAX_NESTING_LIMIT"),
        (nested("{a: ", "}", 65), "MAX_NESTING_LIMIT"),
        (doubling(9), "MAX_FIELDS_LIMIT"),
        (format!("{{ viewer {{ {} }} }}", repeated(40, |index| format!("a{index}: role "))), "MAX_ALIASES_LIMIT"),
        (format!("{{ viewer {{ {} }} }}", "role ".repeat(501)), "MAX_FIELDS_LIMIT"),
        (format!("{{ {} }}", "viewer { role } ".repeat(21)), "MAX_ROOT_FIELDS_LIMIT"),
        (format!("{{ viewer {{ role {} }} }}", "@include(if: true) ".repeat(51)), "MAX_DIRECTIVES_LIMIT"),
        (format!("{{ viewer {{ {} }} }}", "role ".repeat(6_000)), "MAX_TOKENS_LIMIT"),
        (deep, "MAX_DEPTH_LIMIT"),
        ("{ workspaceConnectors(first: 100) { nodes { syncLogs(first: 100) { nodes { id } } diagnostics(first: 100) { nodes { id } } } } }".to_owned(), "COST_LIMIT_EXCEEDED"),
        ("fragment A on Viewer { ...B } fragment B on Viewer { ...A } { viewer { ...A } }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ workspaceConnectors(filter: {id: {eq: \"x\", eq: \"y\"}}) { totalCount } }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ __x: viewer { role } }".to_owned(), "GRAPHQL_VALIDATION_FAILED"),
        ("{ node(id: \"\\uD800\") { id } }".to_owned(), "GRAPHQL_PARSE_FAILED"),
    ];
    member.say("{ viewer { role } }").await;
    let statements = app.statements();
    for (document, code) in documents {
        let answer = member.say(&document).await;
        answer.refused(code);
        assert_eq!(answer.status, 200);
        assert!(answer.json.get("data").is_none());
    }
    // All that was read is who asks, which this server does for every request.
    let asked = app.statements() - statements;
    assert_eq!(asked, 14, "one look-up of the caller each, and nothing else");
    assert_eq!(member.say("{ viewer { role } }").await.str("/viewer/role"), "MEMBER");
}

#[tokio::test]
async fn bodies_that_are_no_request_are_refused() {
    let app = App::start().await;
    let member = app.member();
    let nested_variables = format!(
        "{{\"query\":\"{{ viewer {{ role }} }}\",\"variables\":{{\"a\":{}{}}}}}",
        "[".repeat(65),
        "]".repeat(65)
    );
    let bodies = [
        ("x".repeat(2_000_000), 413, "REQUEST_TOO_LARGE"),
        (
            json!({ "query": format!("{{ viewer {{ role }} }} #{}", "x".repeat(70_000)) }).to_string(),
            413,
            "REQUEST_TOO_LARGE",
        ),
        ("[".repeat(65), 400, "BATCHING_DISABLED"),
        ("{\"query\":".repeat(65), 400, "BAD_USER_INPUT"),
        ("{\"query\":\"\0\"}".to_owned(), 400, "BAD_USER_INPUT"),
        (nested_variables, 200, "MAX_NESTING_LIMIT"),
        (json!({ "query": 1 }).to_string(), 400, "BAD_USER_INPUT"),
        (json!({ "query": "{ viewer { role } }", "variables": [] }).to_string(), 400, "BAD_USER_INPUT"),
    ];
    for (body, status, code) in bodies {
        let answer = member.post(&body).await;
        answer.refused(code);
        assert_eq!(answer.status, status, "{code}");
    }
    let invalid = member.request(reqwest::Method::POST, "/graphql").header("content-type", "application/json");
    let answer = crate::kit::Answer::of(invalid.body(b"{\"query\":\"\xff\xfe\"}".to_vec())).await;
    answer.refused("BAD_USER_INPUT");
}

#[tokio::test]
async fn what_the_latest_edition_allows_is_understood() {
    let app = App::start().await;
    let document = "\"\"\"Who am I?\"\"\" query Who { viewer { ...Role } } \"The role.\" fragment Role on Viewer { __type: __typename role }";
    let answer = app.member().say(document).await;
    assert_eq!(answer.at("/viewer"), &json!({ "__type": "Viewer", "role": "MEMBER" }));
    let document = "{ documents(filter: {filename: {eq: \"\\u{1F600}\"}}) { totalCount } }";
    assert_eq!(app.member().say(document).await.at("/documents/totalCount"), &json!(0));
}

#[tokio::test]
async fn the_cost_of_an_operation_is_told_when_asked() {
    let app = App::start().await;
    let query = "query ($n: Int) { workspaceConnectors(first: $n) { nodes { syncLogs(first: 5) { nodes { id } } } } }";
    let body =
        |n: Value| json!({ "query": query, "variables": { "n": n }, "extensions": { "cost": true } }).to_string();
    let few = app.member().post(&body(json!(2))).await;
    let many = app.member().post(&body(json!(20))).await;
    let cost = |answer: &crate::kit::Answer| answer.json["extensions"]["cost"]["operation"].as_i64().unwrap();
    assert!(cost(&many) > 9 * cost(&few) / 2, "{} and {}", few.text, many.text);
    assert_eq!(many.json["extensions"]["cost"]["limit"], json!(10_000));
    assert!(app.member().say("{ viewer { role } }").await.json.get("extensions").is_none());
}

#[tokio::test]
async fn the_usual_introspection_query_passes() {
    let app = App::start().await;
    let query = include_str!("../../../crates/graphql-limits/src/query_document/introspection.graphql");
    let answer = app.member().say(query).await;
    assert!(answer.at("/__schema/types").as_array().unwrap().len() > 50);
}

#[tokio::test]
async fn filters_of_any_size_are_answered_at_once() {
    let app = App::start().await;
    let comparison = json!({ "durationMs": { "eq": 1, "gt": 1, "gte": 1, "lt": 1, "lte": 1 } });
    let filter =
        |outer: usize, inner: usize| json!({ "or": vec![json!({ "or": vec![comparison.clone(); inner] }); outer] });
    let ask = |query: String, filter: Value| {
        let member = app.member();
        async move { member.ask(&query, json!({ "f": filter })).await }
    };
    let one = "query ($f: WorkspaceConnectorSyncLogFilter!) { workspaceConnectorSyncLogs(first: 1, filter: $f) { totalCount } }";
    assert_eq!(ask(one.to_owned(), filter(2, 20)).await.int("/workspaceConnectorSyncLogs/totalCount"), 0);
    ask(one.to_owned(), filter(20, 100)).await.refused("COST_LIMIT_EXCEEDED");
    let single = json!({ "or": vec![json!({ "or": vec![json!({ "durationMs": { "eq": 1 } }); 60] }); 10] });
    ask(one.to_owned(), single).await.refused("BAD_USER_INPUT");
    let aliased = repeated(20, |index| format!("a{index}: workspaceConnectorSyncLogs(filter: $f) {{ totalCount }} "));
    let many = format!("query ($f: WorkspaceConnectorSyncLogFilter!) {{ {aliased} }}");
    ask(many, filter(100, 80)).await.refused("COST_LIMIT_EXCEEDED");
    let nested = "query ($f: DocumentWorkspaceConnectorFilter!) { documents(first: 100) { nodes { links(first: 1, filter: $f) { totalCount } } } }";
    let links = json!({ "or": vec![json!({ "direction": { "eq": "INPUT" } }); 10] });
    assert_eq!(ask(nested.to_owned(), links).await.at("/documents/nodes"), &json!([]));
    let links = json!({ "or": vec![json!({ "or": vec![json!({ "direction": { "eq": "INPUT" } }); 100] }); 50] });
    ask(nested.to_owned(), links).await.refused("COST_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn only_dates_are_dates() {
    let app = App::start().await;
    let query = "query ($day: Date!) { tasks(filter: {dueDate: {gt: $day}}) { totalCount } }";
    for day in ["-9999-01-1", "+99999-1-1", " 2026-1-01", "2026-1-  1", "2026-02-30", "2026-13-01", ""] {
        app.member().ask(query, json!({ "day": day })).await.refused("BAD_USER_INPUT");
    }
    for day in ["0001-01-01", "9999-12-31", "2024-02-29"] {
        assert_eq!(app.member().ask(query, json!({ "day": day })).await.int("/tasks/totalCount"), 0, "{day}");
    }
}

#[tokio::test]
async fn the_types_of_the_schema_are_not_told_many_times_at_once() {
    let app = App::start().await;
    let lists = (0..10).map(|list| format!("a{list}: types {{ name }} ")).collect::<Vec<_>>().concat();
    app.guest().say(&format!("{{ __schema {{ {lists} }} }}")).await.refused("MAX_FIELDS_LIMIT");
    let spread =
        "{ __schema { ...A b: types { name } } s: __schema { ...A } } fragment A on __Schema { types { name } }";
    app.guest().say(spread).await.refused("MAX_FIELDS_LIMIT");
}
