//! A clock that is set back, or another program's that goes ahead, makes nothing end before it began.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::change::{change, done, refused};
use crate::kit::{Answer, App, make};

fn time(answer: &Answer, pointer: &str) -> DateTime<Utc> {
    answer.str(pointer).parse().unwrap()
}

fn in_an_hour() -> String {
    (Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339()
}

#[tokio::test]
async fn a_run_ends_no_earlier_than_it_began() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let select = "workspaceConnectorSyncLog { createdAt startedAt completedAt durationMs }";
    let later = in_an_hour();
    let at = |field: &str| format!("/done/workspaceConnectorSyncLog/{field}");
    for (mutation, more) in [
        ("markWorkspaceConnectorSyncLogSuccess", json!({})),
        ("markWorkspaceConnectorSyncLogError", json!({ "error": "e" })),
    ] {
        let values = json!({ "status": "in_progress", "created_at": later, "started_at": later });
        let log = make::sync_log(&app, &connected, values).await;
        let mut input = json!({ "id": log.id });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let ended = done(&app.service(), mutation, select, input).await;
        assert_eq!(time(&ended, &at("completedAt")), time(&ended, &at("startedAt")));
        assert_eq!(ended.int(&at("durationMs")), 0);
    }
    // Another program's clock went ahead when the log was made, and not any more when it was started.
    let values = json!({ "status": "in_progress", "created_at": later, "started_at": Utc::now().to_rfc3339() });
    let log = make::sync_log(&app, &connected, values).await;
    let ended = done(&app.service(), "markWorkspaceConnectorSyncLogSuccess", select, json!({ "id": log.id })).await;
    let took = time(&ended, &at("completedAt")) - time(&ended, &at("startedAt"));
    assert_eq!(time(&ended, &at("completedAt")), time(&ended, &at("createdAt")));
    assert_eq!(ended.int(&at("durationMs")), took.num_milliseconds());
    let scheduled =
        async || make::sync_log(&app, &connected, json!({ "status": "scheduled", "created_at": later })).await;
    let started =
        done(&app.service(), "startWorkspaceConnectorSyncLog", select, json!({ "id": scheduled().await.id })).await;
    assert_eq!(time(&started, &at("startedAt")), time(&started, &at("createdAt")));
    let input = json!({ "id": scheduled().await.id, "error": "never picked up" });
    let failed = done(&app.service(), "markWorkspaceConnectorSyncLogError", select, input).await;
    assert_eq!(time(&failed, &at("completedAt")), time(&failed, &at("createdAt")));
    assert!(failed.at(&at("startedAt")).is_null() && failed.at(&at("durationMs")).is_null());
}

#[tokio::test]
async fn a_collect_ends_no_earlier_than_it_began() {
    let app = App::start().await;
    let select = "collect { startedAt endedAt }";
    for status in ["FINALIZED", "ERROR"] {
        let values = json!({ "status": "in_progress", "started_at": in_an_hour() });
        let collect = make::collect(&app, &app.here, &app.person, values).await;
        let ended = done(&app.member(), "updateCollect", select, json!({ "id": collect.id, "status": status })).await;
        assert_eq!(time(&ended, "/done/collect/endedAt"), time(&ended, "/done/collect/startedAt"));
    }
}

#[tokio::test]
async fn a_task_is_done_no_earlier_than_it_was_there() {
    let app = App::start().await;
    let task = make::task(&app, &app.here, json!({ "created_at": in_an_hour() })).await;
    let input = json!({ "id": task.id, "status": "DONE" });
    let ended = done(&app.member(), "updateTask", "task { createdAt doneAt }", input).await;
    assert_eq!(time(&ended, "/done/task/doneAt"), time(&ended, "/done/task/createdAt"));
}

#[tokio::test]
async fn every_change_is_told_from_the_one_before_it() {
    let app = App::start().await;
    let member = app.member();
    let task = make::task(&app, &app.here, json!({ "updated_at": in_an_hour() })).await;
    let read = member.say(&format!("{{ task(id: \"{}\") {{ updatedAt }} }}", task.id)).await;
    let mut seen = vec![read.str("/task/updatedAt").to_owned()];
    for title in ["a", "b", "c", "d"] {
        let input = json!({ "id": task.id, "title": title, "expectedUpdatedAt": seen.last() });
        let changed = done(&member, "updateTask", "task { updatedAt }", input).await;
        seen.push(changed.str("/done/task/updatedAt").to_owned());
    }
    assert!(seen.is_sorted_by(|one, next| one < next), "{seen:?}");
    for old in &seen[..4] {
        let input = json!({ "id": task.id, "title": "e", "expectedUpdatedAt": old });
        refused(&change(&member, "updateTask", "task { id }", input).await, "CONFLICT", "expectedUpdatedAt");
    }
}
