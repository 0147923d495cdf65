//! How many SQL statements a query costs, which never depends on how many rows there are.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::{App, Asker, Row, make};
use crate::server::event_stream::{Parts, Way};

/// A server that knows the member already, so that asking costs nothing but the answer.
async fn warm() -> (App, Asker) {
    let app = App::without_answers(Duration::from_secs(3600)).await;
    let asker = app.member();
    assert!(asker.say("{ __typename }").await.errors().is_empty());
    (app, asker)
}

/// The statements that answering costs. There must be something to find at `/found`.
async fn cost(app: &App, asker: &Asker, query: &str, variables: Value) -> u64 {
    let before = app.statements();
    let answer = asker.ask(query, variables).await;
    let cost = app.statements() - before;
    assert!(!answer.at("/found").is_null(), "{}", answer.text);
    cost
}

/// A workspace connector with three of everything that hangs on one, of a connector of its own.
async fn connected(app: &App) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    let connected = make::workspace_connector(app, &app.here, &connector, json!({})).await;
    for _ in 0..3 {
        make::sync_log(app, &connected, json!({})).await;
        make::diagnostic(app, &connected, json!({})).await;
        let document = make::document(app, &app.here, json!({})).await;
        make::link(app, &document, &connected, json!({})).await;
    }
    connected
}

#[tokio::test]
async fn a_page_of_connectors_with_all_that_hangs_on_them_costs_the_same_for_1_and_for_20() {
    let query = "{ found: workspaceConnectors(first: 50) { nodes {
        id connector { name } syncInProgress latestSyncLog { status }
        syncLogs(first: 5) { nodes { id } }
        diagnostics(first: 5) { nodes { id } }
        documents(first: 5) { nodes { filename source { id connector { name } } } }
    } } }";
    let (app, asker) = warm().await;
    connected(&app).await;
    let of_one = cost(&app, &asker, query, json!({})).await;
    for _ in 1..20 {
        connected(&app).await;
    }
    let of_twenty = cost(&app, &asker, query, json!({})).await;
    assert_eq!(of_twenty, of_one);
    // The page, the connectors, the newest logs, three lists, where the documents came from: first links and their
    // connections, whose connectors are known by then.
    assert_eq!(of_one, 8);
}

#[tokio::test]
async fn relations_to_one_row_come_with_the_page_of_fifty_rows() {
    let (app, asker) = warm().await;
    for _ in 0..10 {
        let connected = connected(&app).await;
        for _ in 0..2 {
            make::sync_log(&app, &connected, json!({})).await;
        }
    }
    let page = "{ found: workspaceConnectorSyncLogs(first: 50) { nodes { id } } }";
    assert_eq!(cost(&app, &asker, page, json!({})).await, 1);
    let one = "{ found: workspaceConnectorSyncLogs(first: 50) { nodes { workspaceConnector { id } } } }";
    assert_eq!(cost(&app, &asker, one, json!({})).await, 1);
    let two =
        "{ found: workspaceConnectorSyncLogs(first: 50) { nodes { workspaceConnector { connector { name } } } } }";
    assert_eq!(cost(&app, &asker, two, json!({})).await, 1);
    // What only the library answers is a statement for each relation.
    let computed = "{ found: workspaceConnectorSyncLogs(first: 50) { nodes { isTerminal
        workspaceConnector { connector { name } } } } }";
    assert_eq!(cost(&app, &asker, computed, json!({})).await, 3);
}

#[tokio::test]
async fn an_answer_costs_the_same_in_parts_as_whole() {
    let (app, asker) = warm().await;
    connected(&app).await;
    let query = "{ found: workspaceConnectors { nodes { connector { name } syncLogs(first: 5) { nodes { id } } } } }";
    let whole = cost(&app, &asker, query, json!({})).await;
    for way in Way::ALL {
        let before = app.statements();
        let answer = way.asking(&asker, query, json!({})).send().await.unwrap().text().await.unwrap();
        assert!(answer.contains("\"found\":{"), "{answer}");
        assert_eq!(app.statements() - before, whole, "{way:?}");
        // To let somebody in who follows costs nothing but knowing who it is.
        let before = app.statements();
        let parts = Parts::of(way.asking(&asker, "subscription { collectChanged { id } }", json!({}))).await;
        assert_eq!(app.statements() - before, 0, "{way:?}");
        drop(parts);
    }
}

#[tokio::test]
async fn the_same_relation_of_two_lists_of_one_level_is_one_statement() {
    let (app, asker) = warm().await;
    connected(&app).await;
    let query = "{
        found: workspaceConnectorSyncLogs { nodes { workspaceConnector { id } } }
        connectorSyncDiagnostics { nodes { workspaceConnector { id } } }
    }";
    assert!(cost(&app, &asker, query, json!({})).await <= 4);
}

#[tokio::test]
async fn nodes_of_several_kinds_cost_one_statement_to_place_and_one_for_each_kind() {
    let (app, asker) = warm().await;
    let mut ids = Vec::new();
    for _ in 0..10 {
        let of = connected(&app).await;
        ids.push(make::sync_log(&app, &of, json!({})).await.id);
        ids.push(make::document(&app, &app.here, json!({})).await.id);
        ids.push(of.id);
    }
    let query = "query ($ids: [ID!]!) { found: nodes(ids: $ids) { id } }";
    assert_eq!(cost(&app, &asker, query, json!({ "ids": ids })).await, 4);
}

#[tokio::test]
async fn a_total_costs_one_statement_and_only_when_it_is_asked_for() {
    let (app, asker) = warm().await;
    for _ in 0..3 {
        connected(&app).await;
    }
    let without = "{ found: documents { nodes { id } pageInfo { hasNextPage endCursor } edges { cursor } } }";
    let with = "{ found: documents { nodes { id } totalCount } }";
    assert_eq!(cost(&app, &asker, without, json!({})).await, 1);
    assert_eq!(cost(&app, &asker, with, json!({})).await, 2);
    let nested = "{ found: workspaceConnectors { nodes { syncLogs { totalCount nodes { id } } } } }";
    assert_eq!(cost(&app, &asker, nested, json!({})).await, 3);
    // Without the rows, nothing but the totals is read.
    let totals = "{ found: workspaceConnectors { nodes { syncLogs { totalCount } } } documents { totalCount } }";
    assert_eq!(cost(&app, &asker, totals, json!({})).await, 3);
    let statistics = "{ found: workspaceConnectorSyncLogs { statistics { total } } }";
    assert_eq!(cost(&app, &asker, statistics, json!({})).await, 1);
}

#[tokio::test]
async fn lists_of_a_selection_cost_a_statement_each_whatever_the_parents() {
    let (app, asker) = warm().await;
    for _ in 0..5 {
        connected(&app).await;
    }
    let query = "{ found: workspaceConnectors { nodes {
        a: syncLogs(first: 1) { nodes { id } }
        b: syncLogs(first: 2) { nodes { id } }
        c: syncLogs(first: 1, filter: { status: { eq: ERROR } }) { nodes { id } }
    } } }";
    assert_eq!(cost(&app, &asker, query, json!({})).await, 4);
}

#[tokio::test]
async fn what_is_refused_costs_nothing() {
    let (app, asker) = warm().await;
    for query in [
        "{ documents(first: 101) { nodes { id } } }",
        "{ documents(after: \"x\") { nodes { id } } }",
        "{ documents(filter: { filename: { eq: null } }) { nodes { id } } }",
        "{ document(id: \"17\") { id } }",
        "{ apiKeys { nodes { id } } }",
        "{ nonsense }",
        "{",
    ] {
        let before = app.statements();
        assert!(!asker.say(query).await.errors().is_empty(), "{query}");
        assert_eq!(app.statements(), before, "{query}");
    }
}

#[tokio::test]
async fn each_step_of_a_run_is_one_statement_and_one_more_tells_why_it_is_not_made() {
    const CREATE: &str = "mutation ($input: CreateWorkspaceConnectorSyncLogInput!) {
        found: createWorkspaceConnectorSyncLog(input: $input) { log: workspaceConnectorSyncLog { id } } }";
    let step = |field: &str| {
        let ty = format!("{}{}Input", field[..1].to_uppercase(), &field[1..]);
        format!("mutation ($input: {ty}!) {{ found: {field}(input: $input) {{ changed }} }}")
    };
    let start = step("startWorkspaceConnectorSyncLog");
    let succeed = step("markWorkspaceConnectorSyncLogSuccess");
    let fail = step("markWorkspaceConnectorSyncLogError");
    let (app, _) = warm().await;
    let (connector, pipeline) = (connected(&app).await, app.service());
    pipeline.say("{ __typename }").await;
    let cost = async |query: &str, input: Value| cost(&app, &pipeline, query, json!({ "input": input })).await;
    let run = json!({ "workspaceConnectorId": connector.id, "metadata": { "a": 1 } });
    assert_eq!(cost(CREATE, run.clone()).await, 1);
    assert_eq!(cost(CREATE, json!({ "workspaceConnectorId": uuid::Uuid::new_v4() })).await, 1);
    let task = json!({ "workspaceConnectorId": connector.id, "triggerType": "CLOUD_TASK", "cloudTaskId": "a" });
    assert_eq!(cost(CREATE, task.clone()).await, 1);
    assert_eq!(cost(CREATE, task).await, 3, "the task was scheduled before");
    for end in [&succeed, &fail] {
        let made = pipeline.ask(CREATE, json!({ "input": run })).await;
        let id = made.str("/found/log/id");
        assert_eq!(cost(&start, json!({ "id": id })).await, 1);
        let mut input = json!({ "id": id, "metadata": { "b": 2 } });
        if end == &fail {
            input["error"] = json!("broke");
        }
        assert_eq!(cost(end, input.clone()).await, 1);
        assert_eq!(cost(end, input).await, 2, "it was ended like this before");
    }
}

#[tokio::test]
async fn health_of_many_connectors_is_one_statement() {
    let (app, asker) = warm().await;
    for _ in 0..5 {
        connected(&app).await;
    }
    let query = "{ found: workspaceConnectors { nodes { health { status } } } }";
    assert_eq!(cost(&app, &asker, query, json!({})).await, 2);
}
