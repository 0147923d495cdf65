//! What a transition computes of the run itself, and when it is refused.

use serde_json::{Value, json};

use crate::change::{change, count, done, refused};
use crate::kit::{Answer, App, Asker, make};
use crate::workspace_connector_sync_log::write::{
    ALL, CREATE, DELETE, FAIL, START, STEP, SUCCEED, connection, log, time,
};

/// Changes all sync logs as another program would.
async fn set(app: &App, values: &str) {
    app.execute(&format!("UPDATE core_api.workspace_connector_sync_logs SET {values}")).await;
}

/// Ends the run, well or badly.
async fn end(pipeline: &Asker, field: &str, id: &str, mut input: Value) -> Answer {
    input["id"] = json!(id);
    if field == FAIL {
        input["error"] = json!("broke");
    }
    change(pipeline, field, STEP, input).await
}

/// The same, which must be done.
async fn ended(pipeline: &Asker, field: &str, id: &str, input: Value) -> Answer {
    let answer = end(pipeline, field, id, input).await;
    assert_eq!((answer.at("/done/userErrors"), answer.at("/done/changed")), (&json!([]), &json!(true)));
    answer
}

#[tokio::test]
async fn new_notes_go_over_those_that_are_there() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let nested = json!({"a": 1, "n": {"x": 1, "y": [1, 2]}});
    for (there, given, expected) in [
        (Some(nested.clone()), json!({"metadata": {"b": 2}}), json!({"a": 1, "b": 2, "n": {"x": 1, "y": [1, 2]}})),
        (Some(nested.clone()), json!({"metadata": {"n": {"z": 3}}}), json!({"a": 1, "n": {"z": 3}})),
        (Some(nested.clone()), json!({"metadata": {"a": null}}), json!({"a": null, "n": {"x": 1, "y": [1, 2]}})),
        (Some(nested.clone()), json!({"metadata": {}}), nested.clone()),
        (Some(nested.clone()), json!({"metadata": null}), nested.clone()),
        (Some(nested.clone()), json!({}), nested),
        (None, json!({"metadata": {"a": {"b": []}}}), json!({"a": {"b": []}})),
        (None, json!({"metadata": {}}), json!({})),
        (None, json!({}), Value::Null),
        (Some(json!([{"a": 1}])), json!({"metadata": {"b": 2}}), json!({"b": 2})),
        (Some(json!([{"a": 1}])), json!({}), json!([{"a": 1}])),
        (Some(json!("text")), json!({"metadata": {"b": 2}}), json!({"b": 2})),
        (Some(json!(7)), json!({"metadata": {}}), json!({})),
        (Some(Value::Null), json!({"metadata": {"b": 2}}), json!({"b": 2})),
        (Some(Value::Null), json!({}), Value::Null),
    ] {
        for field in [SUCCEED, FAIL] {
            let stored = there.as_ref().map_or("NULL".to_owned(), |there| format!("'{there}'"));
            let id = log(&pipeline, &connection, "IN_PROGRESS").await;
            set(&app, &format!("metadata = {stored}")).await;
            let answer = ended(&pipeline, field, &id, given.clone()).await;
            assert_eq!(answer.at("/done/log/metadata"), &expected, "{field}: {stored} and {given}");
            let again = end(&pipeline, field, &id, given.clone()).await;
            assert_eq!(again.at("/done/userErrors"), &json!([]), "{field}: {stored} and {given}");
            assert_eq!(again.at("/done/changed"), &json!(false));
            assert_eq!(again.at("/done/log"), answer.at("/done/log"));
            done(&pipeline, DELETE, "", json!({ "id": id })).await;
        }
    }
    // Another program may have noted what no number of ours holds.
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    set(&app, r#"metadata = '{"large": 123456789012345678901234567890}'"#).await;
    ended(&pipeline, SUCCEED, &id, json!({"metadata": {"b": 2}})).await;
    let kept = "SELECT count(*) FROM core_api.workspace_connector_sync_logs
        WHERE metadata = '{\"b\": 2, \"large\": 123456789012345678901234567890}'";
    assert_eq!(count(&app, kept).await, 1);
}

#[tokio::test]
async fn a_duration_is_whole_milliseconds_that_the_column_can_hold() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    for field in [SUCCEED, FAIL] {
        for (started_at, expected) in [
            ("now() - interval '30 days'", Some(i64::from(i32::MAX))),
            ("now() - interval '3 centuries'", Some(i64::from(i32::MAX))),
            ("now() + interval '1 hour'", Some(0)),
            ("now() - interval '24 days 20 hours 0.0019 seconds'", None),
            ("now() - interval '1.2345678 seconds'", None),
        ] {
            let id = log(&pipeline, &connection, "IN_PROGRESS").await;
            set(&app, &format!("started_at = {started_at}")).await;
            let answer = ended(&pipeline, field, &id, json!({})).await;
            let took = (time(&answer, "completedAt") - time(&answer, "startedAt")).num_milliseconds();
            assert_eq!(answer.int("/done/log/durationMs"), expected.unwrap_or(took), "{started_at}");
            done(&pipeline, DELETE, "", json!({ "id": id })).await;
        }
        let id = log(&pipeline, &connection, "IN_PROGRESS").await;
        set(&app, "started_at = NULL").await;
        let answer = ended(&pipeline, field, &id, json!({})).await;
        assert!(answer.at("/done/log/durationMs").is_null() && answer.at("/done/log/completedAt").is_string());
        done(&pipeline, DELETE, "", json!({ "id": id })).await;
    }
}

#[tokio::test]
async fn reasons_are_told_in_their_order() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let stale = json!({ "expectedUpdatedAt": "2020-01-01T00:00:00Z" });
    let id = log(&pipeline, &connection, "SCHEDULED").await;
    // That it has changed comes before what it is.
    let answer = end(&pipeline, SUCCEED, &id, stale.clone()).await;
    refused(&answer, "CONFLICT", "expectedUpdatedAt");
    assert_eq!(answer.str("/done/log/status"), "SCHEDULED");
    let started = done(&pipeline, START, STEP, json!({ "id": id })).await;
    let answer = end(&pipeline, SUCCEED, &id, stale.clone()).await;
    refused(&answer, "CONFLICT", "expectedUpdatedAt");
    assert_eq!(answer.at("/done/log"), started.at("/done/log"));
    let current = json!({ "expectedUpdatedAt": started.str("/done/log/updatedAt"), "metadata": {"a": 1} });
    let answer = ended(&pipeline, SUCCEED, &id, current.clone()).await;
    // That the same call made it comes before everything.
    for repeated in [current, stale.clone(), json!({ "metadata": {"a": 1} }), json!({})] {
        let again = end(&pipeline, SUCCEED, &id, repeated).await;
        assert_eq!((again.at("/done/userErrors"), again.at("/done/changed")), (&json!([]), &json!(false)));
        assert_eq!(again.at("/done/log"), answer.at("/done/log"));
    }
    refused(&end(&pipeline, SUCCEED, &id, json!({ "metadata": {"a": 2} })).await, "CONFLICT", "id");
    refused(&end(&pipeline, FAIL, &id, stale).await, "CONFLICT", "expectedUpdatedAt");
}

#[tokio::test]
async fn what_was_deleted_is_neither_begun_nor_ended() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    let task = json!({ "workspaceConnectorId": connection.id, "triggerType": "CLOUD_TASK", "cloudTaskId": "a" });
    done(&pipeline, CREATE, ALL, task.clone()).await;
    app.execute("UPDATE core_api.workspace_connectors SET deleted_at = now()").await;
    let keyed = json!({ "workspaceConnectorId": connection.id, "idempotencyKey": "a" });
    for input in [json!({ "workspaceConnectorId": connection.id }), task, keyed.clone()] {
        refused(&change(&pipeline, CREATE, ALL, input).await, "NOT_FOUND", "workspaceConnectorId");
    }
    // The run itself is still there; of the connector nothing changes.
    ended(&pipeline, SUCCEED, &id, json!({})).await;
    let synced = "SELECT count(*) FROM core_api.workspace_connectors WHERE last_successful_sync_at IS NOT NULL";
    assert_eq!(count(&app, synced).await, 0);
    // What was refused did not use up the key.
    app.execute("UPDATE core_api.workspace_connectors SET deleted_at = NULL").await;
    done(&pipeline, CREATE, ALL, keyed).await;
    for (status, field) in [("SCHEDULED", START), ("IN_PROGRESS", SUCCEED), ("SCHEDULED", FAIL)] {
        let id = log(&pipeline, &connection, status).await;
        done(&pipeline, DELETE, "", json!({ "id": id })).await;
        let input = if field == FAIL { json!({ "id": id, "error": "x" }) } else { json!({ "id": id }) };
        let answer = change(&pipeline, field, STEP, input).await;
        refused(&answer, "NOT_FOUND", "id");
        assert!(answer.at("/done/log").is_null());
    }
}

#[tokio::test]
async fn the_last_success_of_another_workspace_stays_whatever_a_log_points_at() {
    let app = App::start().await;
    let (pipeline, own) = (app.service(), connection(&app).await);
    let connector = make::connector(&app, None, json!({})).await;
    let foreign = make::workspace_connector(&app, &app.elsewhere, &connector, json!({})).await;
    let id = log(&pipeline, &own, "IN_PROGRESS").await;
    app.unguarded().await;
    set(&app, &format!("workspace_connector_pk = {}", foreign.pk)).await;
    ended(&pipeline, SUCCEED, &id, json!({})).await;
    let synced = "SELECT count(*) FROM core_api.workspace_connectors WHERE last_successful_sync_at IS NOT NULL";
    assert_eq!(count(&app, synced).await, 0);
}
