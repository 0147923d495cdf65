//! What the events of a subscription may take.

use std::time::Duration;

use serde_json::{Value, json};
use well_ingestion::server::{RateSettings, Settings};

use super::{Following, SYNC_LOGS, connected};
use crate::faults::{BUSY, LOCKED, until};
use crate::kit::database::connect;
use crate::kit::{App, Asker, Row, Socket, make};

/// A subscription whose events wait while the documents are locked.
const COUNTING: &str = "subscription { collectChanged { node { documents(first: 1) { totalCount } } } }";

/// Makes collects until something is told.
async fn change_until_told(app: &App, socket: &mut Socket) -> Value {
    let told = async {
        loop {
            make::collect(app, &app.here, &app.person, json!({})).await;
            if let Ok(told) = tokio::time::timeout(Duration::from_millis(200), socket.hear()).await {
                return told;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), told).await.expect("nothing is told")
}

#[tokio::test]
async fn an_event_that_cannot_be_paid_ends_the_subscription() {
    let rate = Some(RateSettings { per_minute: 1, burst: 5 });
    let app = App::set(Settings { rate, ..Settings::default() }).await;
    let mut socket = app.member().socket().await;
    socket.subscribe("1", "subscription { collectChanged { kind } }", json!({})).await;
    let mut told = Vec::new();
    let end = loop {
        let message = change_until_told(&app, &mut socket).await;
        if message["type"] == "error" {
            break message;
        }
        assert!(told.len() < 10, "it goes on: {message}");
        told.push(message["payload"]["data"]["collectChanged"]["kind"].clone());
    };
    assert_eq!(end["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{end}");
    assert_eq!(told, vec!["CREATED"; 4], "it costs a point to subscribe, and a point for each event");
    make::collect(&app, &app.here, &app.person, json!({})).await;
    socket.silent().await;
    // Others have their own points.
    let mut other = app.guest().socket().await;
    other.subscribe("1", "subscription { collectChanged { kind } }", json!({})).await;
    assert_eq!(change_until_told(&app, &mut other).await["type"], "next");
}

#[tokio::test]
async fn an_event_that_takes_too_long_ends_the_subscription() {
    let app = App::set(Settings { query_timeout: Duration::from_millis(500), ..Settings::default() }).await;
    let mut socket = app.member().socket().await;
    socket.subscribe("1", COUNTING, json!({})).await;
    assert_eq!(change_until_told(&app, &mut socket).await["type"], "next");
    let lock = connect(app.database()).await;
    lock.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
    make::collect(&app, &app.here, &app.person, json!({})).await;
    let end = loop {
        let message = socket.hear().await;
        if message["type"] != "next" {
            break message;
        }
    };
    assert_eq!(end["payload"][0]["extensions"]["code"], "REQUEST_TIMEOUT", "{end}");
    until(&app, BUSY, 0).await;
    lock.batch_execute("ROLLBACK").await.unwrap();
    socket.subscribe("1", COUNTING, json!({})).await;
    assert_eq!(change_until_told(&app, &mut socket).await["type"], "next");
}

#[tokio::test]
async fn a_subscription_costs_less_than_a_query_may() {
    let app = App::start().await;
    let pages = "documents(first: 100) { nodes { links(first: 5) { nodes { direction } } } }";
    let mut socket = app.member().socket().await;
    socket.subscribe("1", &format!("subscription {{ collectChanged {{ node {{ {pages} }} }} }}"), json!({})).await;
    assert_eq!(socket.failure("1").await, ["COST_LIMIT_EXCEEDED"]);
    socket.subscribe("2", &format!("{{ {pages} }}"), json!({})).await;
    socket.answer("2").await;
}

/// Somebody who follows the sync logs of a workspace connector, with what waits while the documents are locked.
async fn counting(app: &App, asker: &Asker, connector: &Row) -> Following {
    let selection = "read: node { status workspaceConnector { documents(first: 1) { totalCount } } }";
    Following::some(app, asker, SYNC_LOGS, connector, |_| json!({ "connectors": [connector.id] }), selection).await
}

#[tokio::test]
async fn only_so_many_events_of_a_principal_are_read_at_once() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut followings = Vec::new();
    for _ in 0..5 {
        followings.push(counting(&app, &app.guest(), &connector).await);
    }
    let ready = make::sync_log(&app, &connector, json!({})).await;
    for following in &mut followings {
        while following.next().await["id"] != ready.id {}
    }
    let lock = connect(app.database()).await;
    lock.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
    let log = make::sync_log(&app, &connector, json!({})).await;
    until(&app, LOCKED, 2).await;
    assert_eq!(app.member().say("{ people { totalCount } }").await.int("/people/totalCount"), 1);
    // Whoever has the turn has read the log before, whoever has not reads it now.
    app.execute(&format!(
        "UPDATE core_api.workspace_connector_sync_logs SET status = 'in_progress', started_at = now() WHERE pk = {}",
        log.pk
    ))
    .await;
    lock.batch_execute("ROLLBACK").await.unwrap();
    let mut first = Vec::new();
    for following in &mut followings {
        let event = following.next().await;
        assert_eq!((&event["kind"], &event["id"]), (&json!("CREATED"), &json!(log.id)));
        first.push(event["read"]["status"].as_str().unwrap().to_owned());
        assert_eq!(following.next().await["read"]["status"], "IN_PROGRESS");
    }
    first.sort();
    assert_eq!(first, ["IN_PROGRESS", "IN_PROGRESS", "IN_PROGRESS", "SCHEDULED", "SCHEDULED"]);
}
