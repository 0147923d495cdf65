//! What a key that was used before means, and how long.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use well_ingestion::events::FeedSettings;

use crate::change::{at_once, change, count, done, operation, refused, watch_removals};
use crate::kit::{App, make};

const TASK: &str = "task { id title }";

/// The connections of the server's pool.
pub async fn connections(app: &App) -> BTreeSet<i32> {
    app.execute("SELECT pg_stat_clear_snapshot()").await;
    let pids = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'well-ingestion'";
    app.sql().query(pids, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn refusing_a_key_costs_no_connection() {
    let app = App::start().await;
    let member = app.member();
    let input = |title: &str| json!({ "title": title, "idempotencyKey": "k" });
    at_once((0..6).map(|_| done(&member, "createTask", TASK, input("a")))).await;
    let before = connections(&app).await;
    for _ in 0..10 {
        refused(&change(&member, "createTask", TASK, input("b")).await, "BAD_USER_INPUT", "idempotencyKey");
    }
    assert_eq!(connections(&app).await, before);
}

#[tokio::test]
async fn what_is_left_out_is_another_input_than_null() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connector = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let service = app.service();
    let regenerate = async |id: &str, key: &str, hint: Option<serde_json::Value>| {
        let mut input = json!({ "id": id, "expression": "1", "idempotencyKey": key });
        if let Some(hint) = hint {
            input["userInstructions"] = hint;
        }
        change(&service, "regenerateConnectorMapping", "connectorMapping { id userInstructions }", input).await
    };
    let given = [None, Some(json!(null)), Some(json!("hint"))];
    for (index, first) in given.iter().enumerate() {
        let values = json!({ "user_instructions": "old", "tool_name": format!("tool {index}") });
        let old = make::mapping(&app, &connector, values).await.id;
        let key = index.to_string();
        let made = regenerate(&old, &key, first.clone()).await;
        assert_eq!(made.at("/done/userErrors"), &json!([]));
        for (other, again) in given.iter().enumerate() {
            let answer = regenerate(&old, &key, again.clone()).await;
            if other == index {
                assert_eq!(answer.text, made.text);
            } else {
                refused(&answer, "BAD_USER_INPUT", "idempotencyKey");
            }
        }
    }
}

#[tokio::test]
async fn keys_are_forgotten_bit_by_bit_when_nobody_can_repeat_them() {
    let app = App::feeding(FeedSettings { keep: Duration::from_secs(1), ..FeedSettings::default() }).await;
    watch_removals(&app, "idempotency_keys").await;
    let used = |hours: u32, keys: u32| {
        format!(
            "INSERT INTO core_api.idempotency_keys (principal, key, operation, request_hash, created_at, workspace_pk)
             SELECT 'subject:somebody', '{hours} ' || number, 'createTask', '', now() - interval '{hours} hours', {}
             FROM generate_series(1, {keys}) AS number",
            app.here.pk
        )
    };
    done(&app.member(), "createTask", TASK, json!({ "title": "a", "idempotencyKey": "k" })).await;
    for (hours, keys) in [(24, 10), (26, 15_000), (1_000, 10)] {
        app.execute(&used(hours, keys)).await;
    }
    let kept = "SELECT count(*) FROM core_api.idempotency_keys";
    let forgotten = async { while count(&app, kept).await > 11 {} };
    tokio::time::timeout(Duration::from_secs(20), forgotten).await.expect("old keys are kept");
    assert_eq!(count(&app, "SELECT max(rows) FROM public.removals").await, 10_000);
    let young = format!("{kept} WHERE created_at > now() - interval '25 hours'");
    assert_eq!(count(&app, &young).await, 11);
}

const LOG: &str = "workspaceConnectorSyncLog { id }";
const CREATE_LOG: &str = "createWorkspaceConnectorSyncLog";

#[tokio::test]
async fn the_same_values_are_the_same_input_however_they_are_written() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await.id;
    let service = app.service();
    let send = async |input: &str| {
        let query = serde_json::Value::from(operation(CREATE_LOG, LOG));
        service.post(&format!(r#"{{"query": {query}, "variables": {{"input": {input}}}}}"#)).await
    };
    let input = |metadata: &str| {
        format!(
            r#"{{"workspaceConnectorId": "{connected}", "idempotencyKey": "k", "status": "SCHEDULED", "metadata": {metadata}}}"#
        )
    };
    let first = send(&input(r#"{"a": 1, "b": {"c": 1.10, "d": "\u00e9"}}"#)).await;
    let id = first.str("/done/workspaceConnectorSyncLog/id");
    let reordered = format!(
        r#"{{"metadata": {{"b": {{"d": "é", "c": 11e-1}}, "a": 1.0}}, "status": "SCHEDULED", "idempotencyKey": "k", "workspaceConnectorId": "{connected}"}}"#
    );
    assert_eq!(send(&reordered).await.str("/done/workspaceConnectorSyncLog/id"), id);
    // As a literal, whose enum value has no quotes.
    let literal = format!(
        "mutation ($absent: SyncTriggerType) {{ done: {CREATE_LOG}(input: {{ idempotencyKey: \"k\", status: SCHEDULED, triggerType: $absent,
            metadata: {{ b: {{ d: \"é\", c: 1.1 }}, a: 1 }}, workspaceConnectorId: \"{connected}\" }}) {{ {LOG} userErrors {{ code }} }} }}"
    );
    assert_eq!(service.say(&literal).await.str("/done/workspaceConnectorSyncLog/id"), id);
    for metadata in
        [r#"{"a": 1, "b": {"c": 1.11, "d": "é"}}"#, r#"{"a": "1", "b": {"c": 1.1, "d": "é"}}"#, "null", "{}"]
    {
        refused(&send(&input(metadata)).await, "BAD_USER_INPUT", "idempotencyKey");
    }
    let null =
        input(r#"{"a": 1, "b": {"c": 1.10, "d": "é"}}"#).replace("\"status\"", "\"triggerType\": null, \"status\"");
    refused(&send(&null).await, "BAD_USER_INPUT", "idempotencyKey");
}

#[tokio::test]
async fn what_is_read_as_the_same_value_is_the_same_input() {
    let app = App::start().await;
    let member = app.member();
    let person = make::person(&app, &app.here, json!({})).await.id;
    let input = |done_at: &str, person: &str| {
        json!({
            "title": "a", "status": "DONE", "doneAt": done_at, "assignedToId": person, "dueDate": "2026-11-20",
            "idempotencyKey": "k",
        })
    };
    let first = input("2026-11-20T08:00:00Z", &person);
    let made = done(&member, "createTask", TASK, first.clone()).await;
    for (done_at, person) in [
        ("2026-11-20T09:00:00+01:00", &person),
        ("2026-11-20t08:00:00.000000z", &person),
        ("2026-11-20T08:00:00.0000009Z", &person),
        ("2026-11-20T08:00:00Z", &person.to_uppercase()),
    ] {
        let again = done(&member, "createTask", TASK, input(done_at, person)).await;
        assert_eq!(again.text, made.text, "{done_at} {person}");
    }
    for (field, value) in
        [("doneAt", json!("2026-11-20T08:00:00.000001Z")), ("assignedToId", json!(null)), ("description", json!(null))]
    {
        let mut other = first.clone();
        other[field] = value;
        refused(&change(&member, "createTask", TASK, other).await, "BAD_USER_INPUT", "idempotencyKey");
    }
    // What is left out has its default, which may be written out; size is a number, as a string, too.
    let made = done(&member, "createTask", TASK, json!({ "title": "a", "idempotencyKey": "d" })).await;
    let open = json!({ "title": "a", "status": "OPEN", "idempotencyKey": "d" });
    assert_eq!(done(&member, "createTask", TASK, open).await.text, made.text);
    let sized = |size: serde_json::Value| json!({ "filename": "f", "size": size, "idempotencyKey": "s" });
    let made = done(&member, "createDocument", "document { id }", sized(json!(12))).await;
    let again = done(&member, "createDocument", "document { id }", sized(json!("012"))).await;
    assert_eq!(again.text, made.text);
}

#[tokio::test]
async fn a_key_of_another_release_is_taken_for_a_repeat() {
    let app = App::start().await;
    let member = app.member();
    let input = |title: &str| json!({ "title": title, "idempotencyKey": "k" });
    let made = done(&member, "createTask", TASK, input("a")).await;
    for version in [1, 2, 4] {
        app.execute(&format!(
            "UPDATE core_api.idempotency_keys SET hash_version = {version}, request_hash = '\\x00' WHERE key = 'k'"
        ))
        .await;
        let again = done(&member, "createTask", TASK, input("a")).await;
        assert_eq!(again.str("/done/task/id"), made.str("/done/task/id"));
        let other = json!({ "fullName": "Somebody", "idempotencyKey": "k" });
        refused(&change(&member, "createPeople", "people { id }", other).await, "BAD_USER_INPUT", "idempotencyKey");
    }
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.tasks").await, 1);
    // What does not name the version writes the first.
    let first = "INSERT INTO core_api.idempotency_keys (principal, key, operation, request_hash, workspace_pk)
        SELECT 'subject:x', 'old', 'createTask', '', pk FROM core_api.workspaces LIMIT 1";
    app.execute(first).await;
    assert_eq!(count(&app, "SELECT hash_version::bigint FROM core_api.idempotency_keys WHERE key = 'old'").await, 1);
}
