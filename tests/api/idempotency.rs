//! What a key that was used before means, and how long.

use std::collections::BTreeSet;

use serde_json::json;

use crate::change::{at_once, change, done, refused};
use crate::kit::App;

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
