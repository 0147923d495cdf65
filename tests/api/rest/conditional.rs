//! What a client has already is not sent again, and answers come from memory unless a client wants none from there.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;

use super::{connected, send};
use crate::kit::{Answer, App, Asker, make};

const LOGS: &str = "/v1/workspace-connector-sync-logs";

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

async fn known(asker: &Asker, path: &str, tag: &str) -> Answer {
    Answer::of(asker.request(Method::GET, path).header("if-none-match", tag)).await
}

/// What answers depend on and who may keep them.
fn kept(headers: &HeaderMap) -> (Vec<String>, &str) {
    let all = headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(",");
    let mut all: Vec<_> = all.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
    all.sort();
    all.dedup();
    (all, headers["cache-control"].to_str().unwrap())
}

#[tokio::test]
async fn what_a_client_has_already_is_not_sent_again() {
    let app = App::start().await;
    let of = connected(&app).await;
    let log = make::sync_log(&app, &of, json!({ "status": "in_progress", "started_at": "2025-03-01T00:00:00Z" })).await;
    let row = format!("{LOGS}/{}", log.id);
    for path in
        [LOGS.to_owned(), row.clone(), format!("{row}?include=workspace_connector"), "/v1/workspaces".to_owned()]
    {
        let first = app.member().get(&path).await;
        let (vary, control) = kept(&first.headers);
        for name in ["accept", "authorization", "x-workspace-id"] {
            assert!(vary.iter().any(|it| it == name), "{path}: {vary:?}");
        }
        assert_eq!(control, "private, no-cache", "{path}");
        let own = tag(&first);
        for tags in [own.clone(), format!("W/{own}"), format!("\"other\", {own}"), "*".to_owned()] {
            let again = known(&app.member(), &path, &tags).await;
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
            assert_eq!((tag(&again), kept(&again.headers)), (tag(&first), kept(&first.headers)), "{path}");
            assert!(!again.headers.contains_key("content-type"), "{path}");
        }
        assert_eq!(known(&app.member(), &path, "\"other\"").await.status, 200, "{path}");
    }
    let plain = app.member().get(&row).await;
    // The row is the same, and the answer another.
    assert_eq!(known(&app.member(), &format!("{row}?include=workspace_connector"), &tag(&plain)).await.status, 200);
    let json = app.member().request(Method::GET, &row).header("accept", "application/json");
    assert_eq!(Answer::of(json.header("if-none-match", tag(&plain))).await.status, 200);
    // A mistake is no answer to keep.
    let refused = known(&app.member(), &format!("{LOGS}?sort=nothing"), "*").await;
    assert_eq!((refused.status, refused.headers.get("etag")), (400, None));
}

#[tokio::test]
async fn a_change_is_told_to_whoever_has_what_was_before() {
    let app = App::start().await;
    let of = connected(&app).await;
    let log = make::sync_log(&app, &of, json!({ "status": "in_progress", "started_at": "2025-03-01T00:00:00Z" })).await;
    let row = format!("{LOGS}/{}", log.id);
    let (list, one) = (app.member().get(LOGS).await, app.member().get(&row).await);
    let body = json!({ "data": { "type": "workspace_connector_sync_log", "id": log.id, "attributes": { "status": "success" } } });
    let request = app.service().request(Method::PATCH, &row).header("content-type", "application/vnd.api+json");
    let changed = Answer::of(request.header("if-match", tag(&one)).body(body.to_string())).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    for (path, before) in [(LOGS, &list), (&*row, &one)] {
        let now = known(&app.member(), path, &tag(before)).await;
        assert_eq!(now.status, 200, "{path}");
        assert!(now.text.contains("\"success\"") && tag(&now) != tag(before), "{path}: {}", now.text);
    }
}

#[tokio::test]
async fn answers_come_from_memory_unless_a_client_wants_none_from_there() {
    let app = App::remembering(Duration::from_secs(3_600)).await;
    let of = connected(&app).await;
    make::sync_log(&app, &of, json!({})).await;
    let path = format!("{LOGS}?include=workspace_connector&fields[workspace_connector]=status");
    let read = async |directive: &str| {
        let before = app.statements();
        let answer = Answer::of(app.member().request(Method::GET, &path).header("cache-control", directive)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        (answer.text, app.statements() - before)
    };
    let first = app.member().get(&path).await.text;
    let kept = async { while read("max-age=0").await.1 > 0 {} };
    tokio::time::timeout(Duration::from_secs(20), kept).await.expect("it is never answered from memory");
    for (directive, statements) in [("max-age=0", 0), ("no-cache", 1), ("no-store", 1), ("max-age=0", 0)] {
        assert_eq!(read(directive).await, (first.clone(), statements), "{directive}");
    }
    let made = send(&app.service(), Method::POST, LOGS, &of_run(&of.id)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(app.member().get(&path).await.json["data"].as_array().unwrap().len(), 2);
}

fn of_run(connector: &str) -> serde_json::Value {
    let related = json!({ "workspace_connector": { "data": { "type": "workspace_connector", "id": connector } } });
    json!({ "data": { "type": "workspace_connector_sync_log", "relationships": related,
        "attributes": { "status": "scheduled", "trigger_type": "manual" } } })
}

#[tokio::test]
async fn whoever_is_not_of_the_workspace_is_told_nothing_by_a_tag() {
    let app = App::start().await;
    let of = connected(&app).await;
    let log = make::sync_log(&app, &of, json!({})).await;
    let (path, other) = (format!("{LOGS}/{}", log.id), app.member_elsewhere());
    let own = app.member().get(&path).await;
    assert_eq!(known(&other, &path, &tag(&own)).await.status, 404);
    assert_eq!(known(&other, &path, "*").await.status, 404);
    assert_eq!(known(&other, LOGS, &tag(&app.member().get(LOGS).await)).await.status, 200);
}
