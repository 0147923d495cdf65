//! The feed's connection, the lock by which writers know of it, and followers that are too slow.

use std::time::Duration;

use futures_util::future::poll_fn;
use serde_json::json;
use tokio_postgres::{AsyncMessage, NoTls};
use well_ingestion::events::FeedSettings;

use super::following::SYNC_LOGS;
use super::{Following, connected};
use crate::change::count;
use crate::kit::{App, make};

/// The backend that the feed is read with.
const READER: &str = "FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = 'well-ingestion changes'";

/// Those who wait to be told of changes.
const LOCKED: &str = "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database
    WHERE datname = current_database() AND locktype = 'advisory' AND granted";

/// Waits until the SQL gives this number.
async fn until(app: &App, sql: &str, number: i64) {
    let settled = async { while count(app, sql).await != number {} };
    tokio::time::timeout(Duration::from_secs(10), settled).await.unwrap_or_else(|_| panic!("never {number}: {sql}"));
}

#[tokio::test]
async fn nothing_is_lost_when_the_connection_of_the_feed_is_cut() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let mut written = Vec::new();
    for _ in 0..3 {
        app.execute(&format!("SELECT pg_terminate_backend(pid) {READER}")).await;
        for _ in 0..5 {
            written.push(make::sync_log(&app, &connector, json!({})).await.id);
        }
        until(&app, LOCKED, 1).await;
    }
    let told = following.told(&app).await;
    assert_eq!(told.iter().map(|event| event["id"].as_str().unwrap()).collect::<Vec<_>>(), written);
}

#[tokio::test]
async fn writers_notify_only_while_somebody_waits_for_it() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let (listener, mut driver) = tokio_postgres::connect(app.database(), NoTls).await.unwrap();
    let (tell, mut heard) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| driver.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                let _ = tell.send(());
            }
        }
    });
    listener.batch_execute("LISTEN well_changes").await.unwrap();
    make::sync_log(&app, &connector, json!({})).await;
    listener.batch_execute("SELECT").await.unwrap();
    assert!(heard.try_recv().is_err(), "nobody follows");

    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    until(&app, LOCKED, 1).await;
    make::sync_log(&app, &connector, json!({})).await;
    following.next().await;
    tokio::time::timeout(Duration::from_secs(10), heard.recv()).await.unwrap().unwrap();

    drop(following);
    until(&app, LOCKED, 0).await;
}

#[tokio::test]
async fn a_change_is_told_at_once() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    // Ten times the feed's own look would take ten seconds.
    let told = async {
        for _ in 0..10 {
            until(&app, LOCKED, 1).await;
            make::sync_log(&app, &connector, json!({})).await;
            following.next().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), told).await.expect("events are told when they happen");
}

#[tokio::test]
async fn a_follower_that_is_too_slow_is_told_so_and_can_come_back() {
    let app = App::feeding(FeedSettings { lag: 2, ..FeedSettings::default() }).await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let first = make::sync_log(&app, &connector, json!({})).await;
    let event = following.next().await;
    assert_eq!(event["id"], first.id);
    app.execute(&format!(
        "INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk)
         SELECT {}, {} FROM generate_series(1, 5000)",
        connector.pk, connector.workspace_pk
    ))
    .await;
    let (mut told, mut cursor) = (0, event["cursor"].clone());
    let codes = loop {
        let message = following.socket.hear().await;
        if message["type"] == "error" {
            break message["payload"][0]["extensions"]["code"].clone();
        }
        told += 1;
        cursor = message["payload"]["data"]["event"]["cursor"].clone();
    };
    assert_eq!(codes, "SUBSCRIPTION_LAGGED");
    assert!(told < 5000, "{told} were told");
    let mut socket = app.guest().socket().await;
    socket.subscribe("2", &SYNC_LOGS.document(""), json!({ "after": cursor })).await;
    while told < 5000 {
        socket.answer("2").await;
        told += 1;
    }
    let last = make::sync_log(&app, &connector, json!({})).await;
    assert_eq!(socket.answer("2").await["event"]["id"], last.id);
}

#[tokio::test]
async fn whoever_would_miss_what_was_forgotten_is_let_go_and_cannot_pretend_otherwise() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    make::sync_log(&app, &connector, json!({})).await;
    let cursor = following.next().await["cursor"].take();
    app.execute(
        "UPDATE core_api.change_feed SET forgotten = pg_current_xact_id();
         INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk)
         SELECT workspace_connector_pk, workspace_pk FROM core_api.workspace_connector_sync_logs LIMIT 1",
    )
    .await;
    assert_eq!(following.socket.failure("1").await, ["SUBSCRIPTION_LAGGED"]);
    let mut socket = app.guest().socket().await;
    socket.subscribe("1", &SYNC_LOGS.document(""), json!({ "after": cursor })).await;
    assert_eq!(socket.failure("1").await, ["BAD_CURSOR"]);
    let mut anew = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let next = make::sync_log(&app, &connector, json!({})).await;
    assert_eq!(anew.next().await["id"], next.id);
}
