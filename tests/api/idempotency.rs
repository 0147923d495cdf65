//! What a key that was used before means, and how long.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use well_ingestion::events::FeedSettings;

use crate::change::{at_once, change, count, done, refused, watch_removals};
use crate::kit::{App, make};

const TASK: &str = "task { id title }";

/// The connections of the server's pool.
async fn connections(app: &App) -> BTreeSet<i32> {
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
