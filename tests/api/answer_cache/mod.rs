//! Answers from memory: they cost no statement, and are never older than what was acknowledged.

mod bounds;
mod conditional;
mod random;
mod writers;

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::json;

use crate::kit::{Answer, App, Asker};

/// A list with a few of its columns.
const DOCUMENTS: &str = "{ documents(first: 50) { nodes { id filename documentType } totalCount } }";

/// A server that knows all callers already, so that asking costs nothing but the answer.
async fn warm() -> App {
    let app = App::remembering(Duration::from_secs(3_600)).await;
    for asker in [app.guest(), app.member(), app.admin(), app.owner(), app.service(), app.member_elsewhere()] {
        assert!(asker.say("{ __typename }").await.errors().is_empty());
    }
    app
}

/// What is answered, and how many statements that cost.
async fn costing(app: &App, asker: &Asker, query: &str) -> (Answer, u64) {
    let before = app.statements();
    let answer = asker.say(query).await;
    (answer, app.statements() - before)
}

/// Asks until the answer comes from memory, as it does once the server has begun to look for changes.
async fn kept(app: &App, asker: &Asker, query: &str) -> Answer {
    let from_memory = async {
        loop {
            let (answer, statements) = costing(app, asker, query).await;
            assert!(answer.errors().is_empty(), "{query}: {}", answer.text);
            if statements == 0 {
                return answer;
            }
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), from_memory).await;
    in_time.unwrap_or_else(|_| panic!("{query} is never answered from memory"))
}

/// What is answered to a query from the database.
async fn afresh(asker: &Asker, query: &str) -> Answer {
    let request = asker.request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
    Answer::of(request.header(CACHE_CONTROL, "no-cache").body(json!({ "query": query }).to_string())).await
}

/// Asserts that the next answer is not the one that was kept, and that it is right.
async fn expect_another(asker: &Asker, query: &str, before: &Answer, what: &str) {
    let (next, fresh) = (asker.say(query).await, afresh(asker, query).await);
    assert_eq!(next.text, fresh.text, "after {what}: {query}");
    assert_ne!(next.text, before.text, "after {what}: {query}");
}

#[tokio::test]
async fn what_is_asked_again_costs_no_statement_until_it_has_changed() {
    let app = warm().await;
    let before = kept(&app, &app.member(), DOCUMENTS).await;
    for _ in 0..5 {
        let (again, statements) = costing(&app, &app.member(), DOCUMENTS).await;
        assert_eq!((&again.text, statements), (&before.text, 0));
    }
    crate::kit::make::document(&app, &app.here, json!({ "filename": "new.pdf" })).await;
    expect_another(&app.member(), DOCUMENTS, &before, "a document was made").await;
    let after = kept(&app, &app.member(), DOCUMENTS).await;
    assert_eq!(after.int("/documents/totalCount"), before.int("/documents/totalCount") + 1);
}

#[tokio::test]
async fn what_another_workspace_changes_costs_nothing_here() {
    let app = warm().await;
    let before = kept(&app, &app.member(), DOCUMENTS).await;
    crate::kit::make::document(&app, &app.elsewhere, json!({})).await;
    crate::kit::make::task(&app, &app.elsewhere, json!({})).await;
    let (again, statements) = costing(&app, &app.member(), DOCUMENTS).await;
    assert_eq!((again.text, statements), (before.text, 0));
}

#[tokio::test]
async fn variables_and_operations_tell_answers_apart() {
    let app = warm().await;
    for name in ["a.pdf", "b.pdf"] {
        crate::kit::make::document(&app, &app.here, json!({ "filename": name })).await;
    }
    kept(&app, &app.member(), DOCUMENTS).await;
    let query = "query ($name: String!) { documents(filter: { filename: { eq: $name } }) { nodes { filename } } }";
    for _ in 0..3 {
        for name in ["a.pdf", "b.pdf", "none"] {
            let answer = app.member().ask(query, json!({ "name": name })).await;
            let expected: Vec<_> = ["a.pdf", "b.pdf"].into_iter().filter(|found| *found == name).collect();
            assert_eq!(answer.each("/documents/nodes", "filename"), expected);
        }
        for (operation, expected) in [("A", "workspace"), ("B", "tasks")] {
            let body = json!({ "query": "query A { workspace { name } } query B { tasks { totalCount } }",
                "operationName": operation });
            let answer = app.member().post(&body.to_string()).await;
            assert!(answer.at("").get(expected).is_some(), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn roles_and_workspaces_never_share_an_answer() {
    let app = warm().await;
    let connector = crate::kit::make::connector(&app, None, json!({})).await;
    for workspace in [&app.here, &app.elsewhere] {
        let connected = crate::kit::make::workspace_connector(&app, workspace, &connector, json!({})).await;
        let values = json!({ "expression": format!("{}.x", workspace.id), "tool_args": { "a": 1 } });
        crate::kit::make::mapping(&app, &connected, values).await;
        crate::kit::make::document(&app, workspace, json!({ "filename": workspace.id })).await;
    }
    kept(&app, &app.member(), DOCUMENTS).await;
    let queries = [
        DOCUMENTS,
        "{ connectorMappings { nodes { id } } }",
        "{ connectorMappings { nodes { expression } } }",
        "{ connectorMappings { nodes { expression toolArgs } } }",
        "{ apiKeys { nodes { name keyHint } } }",
        "{ connectors { nodes { name workspaceConnectors { nodes { id } } } } }",
        "{ memberships { nodes { role } totalCount } }",
        "{ viewer { role person { fullName } } }",
        "{ workspace { id name } }",
    ];
    let elsewhere = [app.member_elsewhere(), app.admin_elsewhere(), app.service_elsewhere()];
    let askers: Vec<_> =
        app.by_role().into_iter().map(|(_, asker)| asker).rev().chain(elsewhere).chain([app.anyone()]).collect();
    for query in queries {
        let mut expected = Vec::new();
        for asker in &askers {
            expected.push(told(&afresh(asker, query).await));
        }
        for _ in 0..2 {
            for (asker, expected) in askers.iter().zip(&expected) {
                assert_eq!(told(&asker.say(query).await), *expected, "{query}");
            }
        }
    }
}

/// An answer without what is never the same twice.
fn told(answer: &Answer) -> (u16, serde_json::Value) {
    let mut json = answer.json.clone();
    for error in json["errors"].as_array_mut().into_iter().flatten() {
        error["extensions"]["errorId"].take();
    }
    (answer.status, json)
}

#[tokio::test]
async fn what_depends_on_more_than_rows_is_not_kept() {
    let app = warm().await;
    let connector = crate::kit::make::connector(&app, None, json!({})).await;
    crate::kit::make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let document = crate::kit::make::document(&app, &app.here, json!({})).await;
    kept(&app, &app.member(), DOCUMENTS).await;
    for query in [
        "{ viewer { workspace { name } } }".to_owned(),
        "{ memberships { totalCount } __typename }".to_owned(),
        format!("{{ node(id: \"{}\") {{ id }} }}", document.id),
        "{ workspaceConnectors { nodes { id health { status } } } }".to_owned(),
        "{ collects { statistics { series(bucket: DAY) { total } } } }".to_owned(),
        // An error says when it happened, in the log.
        "{ documents { nodes { id } } apiKeys { totalCount } }".to_owned(),
    ] {
        let asker = if query.contains("memberships") { &app.admin() } else { &app.member() };
        for _ in 0..3 {
            let (answer, statements) = costing(&app, asker, &query).await;
            assert!(statements > 0 && answer.json.get("data").is_some(), "{query}: {}", answer.text);
        }
    }
    kept(
        &app,
        &app.member(),
        "{ collects { statistics { series(bucket: DAY, from: \"2026-01-01T00:00:00Z\", to: \"2026-01-09T00:00:00Z\") {
            total } } } }",
    )
    .await;
}
