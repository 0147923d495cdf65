//! The mutations of sync logs: their life, and what goes with it.

mod computed;
mod races;

use serde_json::{Value, json};

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::kit::{Answer, App, Asker, Row, make};

const ALL: &str = "log: workspaceConnectorSyncLog { id status triggerType cloudTaskId startedAt completedAt durationMs error metadata updatedAt }";
const STEP: &str =
    "changed log: workspaceConnectorSyncLog { id status startedAt completedAt durationMs error metadata updatedAt }";
const START: &str = "startWorkspaceConnectorSyncLog";
const SUCCEED: &str = "markWorkspaceConnectorSyncLogSuccess";
const FAIL: &str = "markWorkspaceConnectorSyncLogError";
const CREATE: &str = "createWorkspaceConnectorSyncLog";
const UPDATE: &str = "updateWorkspaceConnectorSyncLog";
const DELETE: &str = "deleteWorkspaceConnectorSyncLog";

async fn connection(app: &App) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, &app.here, &connector, json!({})).await
}

/// The id of a new log that has come this far.
async fn log(pipeline: &Asker, connection: &Row, status: &str) -> String {
    let input = json!({ "workspaceConnectorId": connection.id, "status": status });
    done(pipeline, CREATE, ALL, input).await.str("/done/log/id").to_owned()
}

#[tokio::test]
async fn a_run_goes_from_scheduled_over_in_progress_to_success() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let task = json!({ "workspaceConnectorId": connection.id, "triggerType": "CLOUD_TASK", "cloudTaskId": "tasks/1", "metadata": {"kept": 1, "records_synced": 0} });
    let scheduled = done(&pipeline, CREATE, ALL, task).await;
    let id = scheduled.str("/done/log/id");
    assert_eq!(scheduled.str("/done/log/status"), "SCHEDULED");
    assert_eq!(scheduled.str("/done/log/cloudTaskId"), "tasks/1");
    assert!(scheduled.at("/done/log/startedAt").is_null());

    let early = change(&pipeline, SUCCEED, STEP, json!({ "id": id })).await;
    refused(&early, "INVALID_STATE", "");
    assert!(early.at("/done/log").is_null());

    let started = done(&pipeline, START, STEP, json!({ "id": id })).await;
    assert_eq!(started.at("/done/changed"), &json!(true));
    assert_eq!(started.str("/done/log/status"), "IN_PROGRESS");
    assert!(started.at("/done/log/completedAt").is_null());
    refused(&change(&pipeline, START, STEP, json!({ "id": id })).await, "CONFLICT", "id");

    let ended = done(&pipeline, SUCCEED, STEP, json!({ "id": id, "metadata": {"records_synced": 7} })).await;
    assert_eq!(ended.str("/done/log/status"), "SUCCESS");
    assert_eq!(ended.at("/done/log/metadata"), &json!({"kept": 1, "records_synced": 7}));
    let (from, to) = (time(&ended, "startedAt"), time(&ended, "completedAt"));
    assert_eq!(ended.int("/done/log/durationMs"), (to - from).num_milliseconds());
    let synced = pipeline
        .ask(
            "query ($id: ID!) { workspaceConnector(id: $id) { lastSuccessfulSyncAt } }",
            json!({ "id": connection.id }),
        )
        .await;
    assert_eq!(synced.str("/workspaceConnector/lastSuccessfulSyncAt"), ended.str("/done/log/completedAt"));

    let again = done(&pipeline, SUCCEED, STEP, json!({ "id": id })).await;
    assert_eq!(again.at("/done/changed"), &json!(false));
    assert_eq!(again.at("/done/log"), ended.at("/done/log"));
    refused(&change(&pipeline, FAIL, STEP, json!({ "id": id, "error": "late" })).await, "CONFLICT", "id");
    refused(&change(&pipeline, START, STEP, json!({ "id": id })).await, "INVALID_STATE", "");
}

fn time(answer: &Answer, field: &str) -> chrono::DateTime<chrono::Utc> {
    answer.str(&format!("/done/log/{field}")).parse().unwrap()
}

#[tokio::test]
async fn a_run_that_was_never_picked_up_fails_without_a_start_or_duration() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "SCHEDULED").await;
    let failed = done(&pipeline, FAIL, STEP, json!({ "id": id, "error": "nobody came" })).await;
    assert_eq!(failed.str("/done/log/error"), "nobody came");
    assert!(failed.at("/done/log/startedAt").is_null() && failed.at("/done/log/durationMs").is_null());
    assert!(failed.at("/done/log/completedAt").is_string());
    let again = done(&pipeline, FAIL, STEP, json!({ "id": id, "error": "nobody came" })).await;
    assert_eq!(again.at("/done/changed"), &json!(false));
    refused(&change(&pipeline, FAIL, STEP, json!({ "id": id, "error": "another" })).await, "CONFLICT", "id");

    let running = log(&pipeline, &connection, "IN_PROGRESS").await;
    let failed = done(&pipeline, FAIL, STEP, json!({ "id": running, "error": "broke" })).await;
    assert!(failed.int("/done/log/durationMs") >= 0);
    assert_eq!(
        count(&app, "SELECT count(*) FROM core_api.workspace_connectors WHERE last_successful_sync_at IS NOT NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn of_two_hundred_that_end_a_run_at_once_exactly_one_does() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    let answers = at_once((0..200).map(|index| {
        let (pipeline, id) = (pipeline.clone(), id.clone());
        async move {
            match index % 2 {
                0 => change(&pipeline, SUCCEED, STEP, json!({ "id": id })).await,
                _ => change(&pipeline, FAIL, STEP, json!({ "id": id, "error": "broke" })).await,
            }
        }
    }))
    .await;
    let winners: Vec<&Answer> = answers.iter().filter(|answer| answer.at("/done/changed") == &json!(true)).collect();
    assert_eq!(winners.len(), 1);
    let status = winners[0].str("/done/log/status");
    for answer in &answers {
        assert_eq!(answer.str("/done/log/status"), status, "everybody sees the winner's");
    }
    let refusals = answers.iter().filter(|answer| answer.at("/done/userErrors") != &json!([]));
    assert!(refusals.clone().all(|answer| answer.str("/done/userErrors/0/code") == "CONFLICT"));
    assert_eq!(refusals.count(), 100, "those that would have ended it the other way");
}

#[tokio::test]
async fn of_those_that_start_a_run_at_once_one_does_and_the_others_conflict() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "SCHEDULED").await;
    let input = json!({ "id": id });
    let answers = at_once((0..20).map(|_| change(&pipeline, START, STEP, input.clone()))).await;
    assert_eq!(answers.iter().filter(|answer| answer.at("/done/userErrors") == &json!([])).count(), 1);
    let lost = answers.iter().filter(|answer| answer.at("/done/userErrors") != &json!([]));
    lost.for_each(|answer| refused(answer, "CONFLICT", "id"));
}

#[tokio::test]
async fn the_same_task_of_a_connector_is_one_log_also_when_scheduled_at_once() {
    let app = App::start().await;
    let (pipeline, first, second) = (app.service(), connection(&app).await, connection(&app).await);
    let task =
        |of: &Row| json!({ "workspaceConnectorId": of.id, "triggerType": "CLOUD_TASK", "cloudTaskId": "tasks/1" });
    let answers = at_once((0..10).map(|_| done(&pipeline, CREATE, ALL, task(&first)))).await;
    let ids: std::collections::HashSet<&str> = answers.iter().map(|answer| answer.str("/done/log/id")).collect();
    assert_eq!(ids.len(), 1);
    let other = done(&pipeline, CREATE, ALL, task(&second)).await;
    assert!(!ids.contains(other.str("/done/log/id")));
    // A deleted log is none.
    done(&pipeline, DELETE, "", json!({ "id": other.str("/done/log/id") })).await;
    let anew = done(&pipeline, CREATE, ALL, task(&second)).await;
    assert_ne!(anew.str("/done/log/id"), other.str("/done/log/id"));
}

#[tokio::test]
async fn the_last_success_never_moves_back() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    app.execute("UPDATE core_api.workspace_connectors SET last_successful_sync_at = '2999-01-01'").await;
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    done(&pipeline, SUCCEED, STEP, json!({ "id": id })).await;
    let later = "SELECT count(*) FROM core_api.workspace_connectors WHERE last_successful_sync_at = '2999-01-01'";
    assert_eq!(count(&app, later).await, 1);
}

#[tokio::test]
async fn only_the_pipeline_writes_sync_logs() {
    let app = App::start().await;
    let connection = connection(&app).await;
    let id = log(&app.service(), &connection, "SCHEDULED").await;
    let calls = [
        (CREATE, json!({ "workspaceConnectorId": connection.id })),
        (START, json!({ "id": id })),
        (SUCCEED, json!({ "id": id })),
        (FAIL, json!({ "id": id, "error": "x" })),
        (UPDATE, json!({ "id": id, "metadata": {} })),
        (DELETE, json!({ "id": id })),
    ];
    for asker in [app.guest(), app.member(), app.admin(), app.owner()] {
        for (field, input) in &calls {
            change(&asker, field, "", input.clone()).await.refused("FORBIDDEN");
        }
    }
    let random = "00000000-0000-4000-8000-000000000000";
    for (field, mut input) in calls {
        let key = if field == CREATE { "workspaceConnectorId" } else { "id" };
        let foreign = change(&app.service_elsewhere(), field, "", input.clone()).await;
        refused(&foreign, "NOT_FOUND", key);
        input[key] = json!(random);
        assert_eq!(change(&app.service(), field, "", input).await.text, foreign.text, "{field}");
    }
}

#[tokio::test]
async fn malformed_input_is_named() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let create = json!({ "workspaceConnectorId": connection.id, "triggerType": "CLOUD_TASK" });
    refuses(&pipeline, CREATE, &create, "cloudTaskId", &[json!(""), json!("x".repeat(256)), json!("a\0b")]).await;
    refuses(&pipeline, CREATE, &create, "status", &[json!("SUCCESS"), json!("ERROR")]).await;
    refuses(&pipeline, CREATE, &create, "metadata", &[json!({"text": "a\0b"}), json!("x".repeat(70_000))]).await;
    let manual = json!({ "workspaceConnectorId": connection.id, "triggerType": "MANUAL" });
    refuses(&pipeline, CREATE, &manual, "cloudTaskId", &[json!("tasks/1")]).await;
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    refuses(&pipeline, FAIL, &json!({ "id": id }), "error", &[json!(" "), json!("x".repeat(10_001))]).await;
    refuses(&pipeline, SUCCEED, &json!({ "id": id }), "metadata", &[json!([1]), json!("text")]).await;
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.workspace_connector_sync_logs").await, 1);
}

#[tokio::test]
async fn what_is_left_out_stays_and_what_is_null_is_cleared() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let noted = json!({"noted": true});
    let input = json!({ "workspaceConnectorId": connection.id, "metadata": noted });
    let id = done(&pipeline, CREATE, ALL, input).await.str("/done/log/id").to_owned();
    let metadata = |answer: &Answer| answer.at("/done/log/metadata").clone();
    // As a literal.
    let literal = |field: &str| {
        format!("mutation {{ done: {UPDATE}(input: {{id: \"{id}\"{field}}}) {{ {ALL} userErrors {{ code }} }} }}")
    };
    assert_eq!(metadata(&pipeline.say(&literal("")).await), noted);
    assert_eq!(metadata(&pipeline.say(&literal(", metadata: null")).await), Value::Null);
    assert_eq!(metadata(&pipeline.say(&literal(", metadata: {noted: true}")).await), noted);
    // As a variable inside the input.
    let inner = format!(
        "mutation ($id: ID!, $m: JSON) {{ done: {UPDATE}(input: {{id: $id, metadata: $m}}) {{ {ALL} userErrors {{ code }} }} }}"
    );
    assert_eq!(metadata(&pipeline.ask(&inner, json!({ "id": id })).await), noted);
    assert_eq!(metadata(&pipeline.ask(&inner, json!({ "id": id, "m": null })).await), Value::Null);
    assert_eq!(metadata(&pipeline.ask(&inner, json!({ "id": id, "m": noted })).await), noted);
    // As a variable of the whole input.
    assert_eq!(metadata(&done(&pipeline, UPDATE, ALL, json!({ "id": id })).await), noted);
    assert_eq!(metadata(&done(&pipeline, UPDATE, ALL, json!({ "id": id, "metadata": null })).await), Value::Null);
}

#[tokio::test]
async fn a_change_of_what_has_moved_on_conflicts_and_shows_it() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "SCHEDULED").await;
    let stale = "2020-01-01T00:00:00Z";
    for (field, extra) in
        [(START, json!({})), (FAIL, json!({"error": "x"})), (UPDATE, json!({"metadata": {}})), (DELETE, json!({}))]
    {
        let mut input = json!({ "id": id, "expectedUpdatedAt": stale });
        input.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let answer = change(&pipeline, field, "log: workspaceConnectorSyncLog { id updatedAt }", input.clone()).await;
        refused(&answer, "CONFLICT", "expectedUpdatedAt");
        assert_eq!(answer.str("/done/log/id"), id);
    }
    let current = pipeline
        .ask("query ($id: ID!) { workspaceConnectorSyncLog(id: $id) { updatedAt } }", json!({ "id": id }))
        .await;
    let seen = current.str("/workspaceConnectorSyncLog/updatedAt");
    done(&pipeline, START, STEP, json!({ "id": id, "expectedUpdatedAt": seen })).await;
}

#[tokio::test]
async fn a_key_makes_a_log_once() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let input = json!({ "workspaceConnectorId": connection.id, "idempotencyKey": "once" });
    let answers = at_once((0..10).map(|_| done(&pipeline, CREATE, ALL, input.clone()))).await;
    for answer in &answers {
        assert_eq!(answer.at("/done"), answers[0].at("/done"));
    }
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.workspace_connector_sync_logs").await, 1);
    let other = json!({ "workspaceConnectorId": connection.id, "idempotencyKey": "once", "status": "IN_PROGRESS" });
    refused(&change(&pipeline, CREATE, ALL, other).await, "BAD_USER_INPUT", "idempotencyKey");
    // A day later it is forgotten.
    app.execute("UPDATE core_api.idempotency_keys SET created_at = now() - interval '25 hours'").await;
    assert_ne!(done(&pipeline, CREATE, ALL, input).await.str("/done/log/id"), answers[0].str("/done/log/id"));
}

#[tokio::test]
async fn a_final_status_stays_whoever_writes() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    done(&pipeline, SUCCEED, STEP, json!({ "id": id })).await;
    let change = "UPDATE core_api.workspace_connector_sync_logs SET status = 'in_progress'";
    let refused = app.sql().batch_execute(change).await.unwrap_err();
    let rule = refused.as_db_error().and_then(|error| error.constraint());
    assert_eq!(rule, Some("workspace_connector_sync_logs_final_status_immutable"));
    // A row of another program that lacks its end can still be put away.
    app.execute("UPDATE core_api.workspace_connector_sync_logs SET completed_at = NULL").await;
    done(&pipeline, DELETE, "", json!({ "id": id })).await;
}
