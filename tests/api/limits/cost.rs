//! What operations cost: it follows what PostgreSQL has to do for them.

use serde_json::{Value, json};

use crate::faults::{LOCKED, until};
use crate::kit::database::connect;
use crate::kit::{Answer, App, Asker, Socket, make, token};

/// A text that takes as long to look for as one may be.
fn long(seed: usize) -> String {
    format!("{seed:04}").repeat(250)
}

fn any_of(count: usize, each: impl Fn(usize) -> Value) -> Value {
    json!({ "or": (0..count).map(each).collect::<Vec<_>>() })
}

async fn ask(asker: &Asker, query: &str, variables: Value) -> Answer {
    let body = json!({ "query": query, "variables": variables, "extensions": { "cost": true } }).to_string();
    // Subscriptions are answered as streams.
    let request =
        asker.request(reqwest::Method::POST, "/graphql").header("accept", "application/json, text/event-stream;q=0.5");
    Answer::of(request.header("content-type", "application/json").body(body)).await
}

/// What an operation takes of its caller's points, and what is held against the limit.
async fn costs(asker: &Asker, query: &str, variables: Value) -> (u64, u64) {
    let answer = ask(asker, query, variables).await;
    let cost = |name| answer.json["extensions"]["cost"][name].as_u64().unwrap_or_else(|| panic!("{}", answer.text));
    (cost("operation"), cost("nominal"))
}

#[tokio::test]
async fn many_long_texts_are_refused_wherever_they_are_looked_for() {
    let app = App::start().await;
    let member = app.member();
    member.say("{ viewer { role } }").await;
    let statements = app.statements();
    let documents = |operator: &str| any_of(200, |seed| json!({ "filename": { operator: long(seed) } }));
    let diagnostics = any_of(200, |seed| json!({ "detail": { "contains": long(seed) } }));
    let page = "query ($f: DocumentFilter!) { documents(first: 1, filter: $f) { nodes { id } } }";
    let of_links = "query ($f: DocumentFilter!) { workspaceConnectors { nodes { documents(first: 1, filter: $f) { nodes { id } } } } }";
    let operations = [
        (page, documents("contains")),
        (page, documents("startsWith")),
        (page, json!({ "not": documents("contains") })),
        (page, json!({ "and": [documents("contains")] })),
        ("query ($f: DocumentFilter!) { documents(filter: $f) { totalCount } }", documents("contains")),
        (of_links, documents("contains")),
        (
            "query ($f: ConnectorSyncDiagnosticFilter!) { connectorSyncDiagnostics(filter: $f) { statistics { total } } }",
            diagnostics.clone(),
        ),
        (
            "subscription ($f: ConnectorSyncDiagnosticFilter!) { connectorSyncDiagnosticCreated { node { workspaceConnector \
             { diagnostics(first: 1, filter: $f) { nodes { id } } } } } }",
            diagnostics,
        ),
    ];
    let count = operations.len();
    for (query, filter) in operations {
        ask(&member, query, json!({ "f": filter })).await.refused("COST_LIMIT_EXCEEDED");
    }
    let default = "query ($t: String! = \"TEXT\") { documents(first: 1, filter: { or: [RULES] }) { nodes { id } } }";
    let default = default.replace("TEXT", &long(1)).replace("RULES", &"{ filename: { contains: $t } } ".repeat(200));
    ask(&member, &default, json!({})).await.refused("COST_LIMIT_EXCEEDED");
    let asked = app.statements() - statements;
    assert_eq!(asked, u64::try_from(count).unwrap() + 1, "one look-up of the caller each, and nothing else");
}

#[tokio::test]
async fn texts_cost_the_same_however_they_are_given_and_as_often_as_they_are_used() {
    let app = App::start().await;
    let member = app.member();
    let (text, filter) = (long(7), json!({ "filename": { "contains": long(7) } }));
    let page = "documents(first: 1, filter: $f) { nodes { id } }";
    let variable = format!("query ($f: DocumentFilter!) {{ {page} }}");
    let (once, _) = costs(&member, &variable, json!({ "f": filter })).await;
    let literal =
        format!("documents(first: 1, filter: {{ filename: {{ contains: \"{text}\" }} }}) {{ nodes {{ id }} }}");
    assert_eq!(costs(&member, &format!("{{ {literal} }}"), json!({})).await.0, once);
    let inside = "query ($t: String) { documents(first: 1, filter: { filename: { contains: $t } }) { nodes { id } } }";
    assert_eq!(costs(&member, inside, json!({ "t": text })).await.0, once);
    let default = format!("query ($f: DocumentFilter = {{ filename: {{ contains: \"{text}\" }} }}) {{ {page} }}");
    assert_eq!(costs(&member, &default, json!({})).await.0, once);
    let five = ["a", "b", "c", "d", "e"].map(|alias| format!("{alias}: {page}")).join(" ");
    let of_five = costs(&member, &format!("query ($f: DocumentFilter!) {{ {five} }}"), json!({ "f": filter })).await.0;
    // Parts of points are added up before they are left out.
    assert!((5 * once..5 * once + 5).contains(&of_five), "{of_five} and {once}");
    let short = costs(&member, &variable, json!({ "f": { "filename": { "contains": "a" } } })).await.0;
    assert!(once > 2 * short, "{once} and {short}");
    let equal = costs(&member, &variable, json!({ "f": { "filename": { "in": vec![text; 200] } } })).await.0;
    assert!(equal < short, "{equal}: they are compared, not looked into");
}

#[tokio::test]
async fn rows_that_a_workspace_has_are_paid_for_and_do_not_change_what_is_accepted() {
    let app = App::start().await;
    make::document(&app, &app.here, json!({})).await;
    let (member, outsider) = (app.member(), app.member_elsewhere());
    let total = "{ documents { totalCount } }";
    let before = costs(&member, total, json!({})).await;
    assert_eq!(before.0, before.1, "nobody counted yet");
    app.execute(
        "INSERT INTO core_api.documents (filename, workspace_pk) SELECT 'f' || n, workspace_pk
         FROM core_api.documents, generate_series(1, 9999) AS n",
    )
    .await;
    app.count_rows().await;
    let (points, nominal) = costs(&member, total, json!({})).await;
    assert_eq!(nominal, before.1);
    assert!(points > 5 * nominal, "{points} for ten times the rows");
    assert!(costs(&outsider, total, json!({})).await.0 < nominal, "rows of another workspace are not paid for");
    let hidden = ask(&app.guest(), "{ connectorSyncDiagnostics { totalCount } }", json!({})).await;
    hidden.refused("FORBIDDEN");
    let told = &hidden.json["extensions"]["cost"];
    assert_eq!(told["operation"], told["nominal"], "whoever may not read rows is not told how many there are");
    let page = costs(&member, "{ documents(first: 10) { nodes { id } } }", json!({})).await;
    assert_eq!(page.0, page.1, "an index leads to the rows of a page");
}

#[tokio::test]
async fn expensive_operations_of_a_workspace_leave_its_connections_to_the_others() {
    // The server of the tests lends three connections, of which a workspace has one for what is expensive.
    let app = App::start().await;
    let expensive = "{ documents(first: 100) { nodes { links(first: 20) { nodes { direction } } } } }";
    let lock = connect(app.database()).await;
    lock.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
    let askers = [app.member(), app.admin(), app.member(), app.admin(), app.member()];
    let waiting: Vec<_> = askers
        .into_iter()
        .map(|asker| tokio::spawn(async move { asker.say(expensive).await.at("/documents/nodes").clone() }))
        .collect();
    until(&app, LOCKED, 1).await;
    for asker in [app.member(), app.admin(), app.guest(), app.member_elsewhere()] {
        assert!(asker.say("{ tasks { totalCount } }").await.errors().is_empty());
    }
    until(&app, LOCKED, 1).await;
    lock.batch_execute("ROLLBACK").await.unwrap();
    for answer in waiting {
        assert_eq!(answer.await.unwrap(), json!([]));
    }
}

#[tokio::test]
async fn subscriptions_pay_for_the_filters_of_each_event() {
    let app = App::start().await;
    let mut socket = Socket::open(&app).await;
    socket.init(json!({ "authorization": format!("Bearer {}", token("member@here", None)) })).await;
    assert!(socket.acknowledged().await);
    let query = "subscription ($f: DocumentFilter!) { collectChanged { node { documents(first: 1, filter: $f) { nodes { id } } } } }";
    let filter = any_of(10, |seed| json!({ "filename": { "contains": long(seed) } }));
    socket.subscribe("1", query, json!({ "f": filter })).await;
    assert_eq!(socket.failure("1").await, ["COST_LIMIT_EXCEEDED"]);
}

#[tokio::test]
async fn long_values_are_paid_for_where_they_are_looked_into_or_read() {
    let app = App::start().await;
    let tool = make::connector(&app, None, json!({})).await;
    let of = make::workspace_connector(&app, &app.here, &tool, json!({})).await;
    let many = |text: &str, metadata: &str| {
        format!(
            "DELETE FROM core_api.workspace_connector_sync_logs;
             INSERT INTO core_api.workspace_connector_sync_logs
                 (status, completed_at, error, metadata, workspace_connector_pk, workspace_pk)
             SELECT 'error', now(), {text}, {metadata}, {}, {} FROM generate_series(1, 100)",
            of.pk, of.workspace_pk
        )
    };
    let member = app.member();
    let list = |arguments: &str, fields: &str| {
        format!("{{ workspaceConnectorSyncLogs({arguments}) {{ nodes {{ {fields} }} }} }}")
    };
    let operations = [
        list("first: 1, filter: { error: { contains: \"needle\" } }", "id"),
        list("first: 100", "metadata"),
        list("first: 100", "recordsSynced"),
        list("first: 100", "error"),
    ];
    app.execute(&many("'short'", "'{\"records_synced\": 1}'")).await;
    app.count_rows().await;
    let mut short = Vec::new();
    for operation in &operations {
        short.push(costs(&member, operation, json!({})).await);
    }
    // It takes little room where it is stored.
    app.execute(&many("repeat('long ', 4000)", "jsonb_build_object('of', repeat('x', 20000))")).await;
    app.count_rows().await;
    for (operation, (before, nominal)) in operations.iter().zip(short) {
        let (points, now_nominal) = costs(&member, operation, json!({})).await;
        assert!(points > before + before / 2, "{operation}: {points}, and {before} for short ones");
        assert_eq!(nominal, now_nominal, "what is accepted does not depend on it");
    }
    let guest = list("first: 100", "id");
    let page = costs(&member, &guest, json!({})).await;
    assert_eq!(page.0, page.1, "values that are not asked for are not paid for");
}

#[tokio::test]
async fn texts_that_are_written_are_paid_for() {
    let app = App::start().await;
    let create = "mutation ($t: String!) { createTask(input: { title: \"a\", description: $t }) { task { id } } }";
    let admin = app.admin();
    let (short, _) = costs(&admin, create, json!({ "t": "a" })).await;
    let (long, _) = costs(&admin, create, json!({ "t": "a".repeat(20_000) })).await;
    assert_eq!(long, short + 19);
}

#[tokio::test]
async fn links_lead_to_what_is_on_their_other_side() {
    let app = App::start().await;
    let tool = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &tool, json!({})).await;
    let document = make::document(&app, &app.here, json!({})).await;
    for _ in 0..2 {
        make::link(&app, &document, &connected, json!({ "direction": "output" })).await;
    }
    let member = app.member();
    for (query, rows) in [
        ("{ workspaceConnectors { nodes { documents { nodes { id } totalCount } } } }", "workspaceConnectors"),
        ("{ documents { nodes { routedTo { nodes { id } totalCount } } } }", "documents"),
    ] {
        let answer = member.say(query).await;
        let below = answer.at(&format!("/{rows}/nodes/0"));
        let below = below.as_object().unwrap().values().next().unwrap();
        assert_eq!((below["nodes"].as_array().unwrap().len(), &below["totalCount"]), (1, &json!(1)), "{}", answer.text);
    }
    // Where PostgreSQL is left to choose, it may read all documents of all workspaces for each parent.
    let led = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND query LIKE '%\"pk\" = ANY (ARRAY(SELECT%'";
    assert_ne!(app.sql().query_one(led, &[]).await.unwrap().get::<_, i64>(0), 0);
}
