//! Runs that others change at the same time.

use serde_json::{Value, json};

use crate::change::{at_once, change, count, done, refused};
use crate::faults::{LOCKED, until};
use crate::kit::{Answer, App, Asker};
use crate::workspace_connector_sync_log::write::{CREATE, FAIL, START, STEP, SUCCEED, connection, log, time};

/// What is answered to a change that another program, which is making this one, keeps waiting.
async fn behind(app: &App, other: &str, pipeline: &Asker, field: &'static str, input: Value) -> Answer {
    app.execute(&format!("BEGIN; {other}")).await;
    let pipeline = pipeline.clone();
    let waiting = tokio::spawn(async move { change(&pipeline, field, STEP, input).await });
    until(app, LOCKED, 1).await;
    app.execute("COMMIT").await;
    waiting.await.unwrap()
}

#[tokio::test]
async fn of_those_that_end_a_run_alike_at_once_one_did_and_all_are_told_the_same() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    for (field, input) in [(SUCCEED, json!({ "metadata": {"a": 1} })), (FAIL, json!({ "error": "broke" }))] {
        let mut input = input;
        input["id"] = json!(log(&pipeline, &connection, "IN_PROGRESS").await);
        let answers = at_once((0..100).map(|_| done(&pipeline, field, STEP, input.clone()))).await;
        assert_eq!(answers.iter().filter(|answer| answer.at("/done/changed") == &json!(true)).count(), 1);
        assert!(answers.iter().all(|answer| answer.at("/done/log") == answers[0].at("/done/log")));
    }
}

#[tokio::test]
async fn of_those_that_have_seen_the_same_run_one_ends_it() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "SCHEDULED").await;
    let seen = done(&pipeline, START, STEP, json!({ "id": id })).await;
    let seen = seen.str("/done/log/updatedAt");
    let answers = at_once((0..20).map(|index| {
        let input = json!({ "id": id, "metadata": { "by": index }, "expectedUpdatedAt": seen });
        change(&pipeline, SUCCEED, STEP, input)
    }))
    .await;
    let lost: Vec<&Answer> = answers.iter().filter(|answer| answer.at("/done/changed") == &json!(false)).collect();
    assert_eq!(lost.len(), 19);
    for answer in lost {
        refused(answer, "CONFLICT", "expectedUpdatedAt");
    }
}

#[tokio::test]
async fn what_is_computed_is_of_the_run_as_it_is_when_it_is_ended() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    for (field, mut input) in [(SUCCEED, json!({})), (FAIL, json!({ "error": "broke" }))] {
        input["id"] = json!(log(&pipeline, &connection, "IN_PROGRESS").await);
        input["metadata"] = json!({ "last": 1 });
        let other = "UPDATE core_api.workspace_connector_sync_logs
            SET metadata = '{\"meanwhile\": 2}', started_at = now() - interval '10 minutes' WHERE completed_at IS NULL";
        let ended = behind(&app, other, &pipeline, field, input).await;
        assert_eq!(ended.at("/done/changed"), &json!(true), "{}", ended.text);
        assert_eq!(ended.at("/done/log/metadata"), &json!({ "meanwhile": 2, "last": 1 }));
        let took = time(&ended, "completedAt") - time(&ended, "startedAt");
        assert_eq!(ended.int("/done/log/durationMs"), took.num_milliseconds());
        assert!(took.num_minutes() >= 10);
    }
}

#[tokio::test]
async fn a_run_that_is_ended_or_deleted_meanwhile_is_told_of_as_such() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let ended = "UPDATE core_api.workspace_connector_sync_logs SET status = 'success', completed_at = now()";
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    let repeated = behind(&app, ended, &pipeline, SUCCEED, json!({ "id": id })).await;
    assert_eq!((repeated.at("/done/userErrors"), repeated.at("/done/changed")), (&json!([]), &json!(false)));
    assert_eq!(repeated.str("/done/log/status"), "SUCCESS");
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    let other = behind(&app, ended, &pipeline, FAIL, json!({ "id": id, "error": "broke" })).await;
    refused(&other, "CONFLICT", "id");
    assert_eq!(other.str("/done/log/status"), "SUCCESS");
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    let deleted = "UPDATE core_api.workspace_connector_sync_logs SET deleted_at = now()";
    refused(&behind(&app, deleted, &pipeline, SUCCEED, json!({ "id": id })).await, "NOT_FOUND", "id");
    let synced = "SELECT count(*) FROM core_api.workspace_connectors WHERE last_successful_sync_at IS NOT NULL";
    assert_eq!(count(&app, synced).await, 0, "only who ends a run moves it");
}

#[tokio::test]
async fn a_success_waits_for_whoever_changes_its_workspace_connector() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    let renamed = "UPDATE core_api.workspace_connectors SET account_label = 'renamed'";
    let ended = behind(&app, renamed, &pipeline, SUCCEED, json!({ "id": id })).await;
    assert_eq!(ended.at("/done/changed"), &json!(true), "{}", ended.text);
    let both = "SELECT count(*) FROM core_api.workspace_connectors, core_api.workspace_connector_sync_logs
        WHERE account_label = 'renamed' AND last_successful_sync_at = completed_at";
    assert_eq!(count(&app, both).await, 1);
    // A later success that is noted meanwhile stays.
    let id = log(&pipeline, &connection, "IN_PROGRESS").await;
    let later = "UPDATE core_api.workspace_connectors SET last_successful_sync_at = '2999-01-01'";
    let ended = behind(&app, later, &pipeline, SUCCEED, json!({ "id": id })).await;
    assert_eq!(ended.at("/done/changed"), &json!(true), "{}", ended.text);
    let kept = "SELECT count(*) FROM core_api.workspace_connectors WHERE last_successful_sync_at = '2999-01-01'";
    assert_eq!(count(&app, kept).await, 1);
}

#[tokio::test]
async fn the_last_success_is_the_latest_of_many_runs_that_end_at_once() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(log(&pipeline, &connection, "IN_PROGRESS").await);
    }
    at_once(ids.iter().map(|id| done(&pipeline, SUCCEED, STEP, json!({ "id": id })))).await;
    let latest = "SELECT count(*) FROM core_api.workspace_connectors WHERE last_successful_sync_at =
        (SELECT max(completed_at) FROM core_api.workspace_connector_sync_logs WHERE status = 'success')";
    assert_eq!(count(&app, latest).await, 1);
}

/// Has the database do something at each update of sync logs that a client makes.
async fn at_each_update(app: &App, when: &str, body: &str) {
    app.execute(&format!(
        "CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;
         CREATE TRIGGER meddle {when} EXECUTE FUNCTION meddle()"
    ))
    .await;
}

#[tokio::test]
async fn what_has_become_possible_since_it_failed_is_tried_again() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "SCHEDULED").await;
    // The run starts between the update, which does not find it running, and the look for the reason.
    let started = "IF pg_trigger_depth() = 1 THEN
        UPDATE core_api.workspace_connector_sync_logs SET status = 'in_progress', started_at = now()
        WHERE status = 'scheduled'; END IF;";
    let after = "AFTER UPDATE ON core_api.workspace_connector_sync_logs FOR EACH STATEMENT";
    at_each_update(&app, after, started).await;
    let ended = done(&pipeline, SUCCEED, STEP, json!({ "id": id })).await;
    assert_eq!(ended.at("/done/changed"), &json!(true));
    assert_eq!(ended.str("/done/log/status"), "SUCCESS");
}

#[tokio::test]
async fn what_never_comes_to_pass_is_given_up() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let id = log(&pipeline, &connection, "SCHEDULED").await;
    at_each_update(&app, "BEFORE UPDATE ON core_api.workspace_connector_sync_logs FOR EACH ROW", "").await;
    for (field, extra) in [(START, json!({})), (FAIL, json!({ "error": "broke" }))] {
        let mut input = extra;
        input["id"] = json!(id);
        let answer = change(&pipeline, field, STEP, input).await;
        refused(&answer, "CONFLICT", "id");
        assert!(answer.at("/done/log").is_null());
    }
}

#[tokio::test]
async fn a_task_that_is_being_scheduled_is_waited_for() {
    let app = App::start().await;
    let (pipeline, connection) = (app.service(), connection(&app).await);
    let scheduled = format!(
        "INSERT INTO core_api.workspace_connector_sync_logs
             (trigger_type, cloud_task_id, workspace_connector_pk, workspace_pk)
         VALUES ('cloud_task', 'tasks/1', {}, {})",
        connection.pk, connection.workspace_pk
    );
    let task = json!({ "workspaceConnectorId": connection.id, "triggerType": "CLOUD_TASK", "cloudTaskId": "tasks/1" });
    app.execute(&format!("BEGIN; {scheduled}")).await;
    let (asker, input) = (pipeline.clone(), task.clone());
    let selection = "log: workspaceConnectorSyncLog { id }";
    let waiting = tokio::spawn(async move { done(&asker, CREATE, selection, input).await });
    until(&app, LOCKED, 1).await;
    app.execute("COMMIT").await;
    let first = waiting.await.unwrap();
    let again = done(&pipeline, CREATE, selection, task.clone()).await;
    assert_eq!(first.at("/done/log"), again.at("/done/log"));
    let mut keyed = task;
    keyed["idempotencyKey"] = json!("once");
    let keyed = done(&pipeline, CREATE, selection, keyed).await;
    assert_eq!(first.at("/done/log"), keyed.at("/done/log"));
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.workspace_connector_sync_logs").await, 1);
}
