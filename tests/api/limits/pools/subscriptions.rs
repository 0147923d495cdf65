//! What following costs the database, and who pays for it.

use serde_json::{Value, json};
use well_ingestion::server::{RateSettings, Settings};

use crate::kit::{App, Row, Socket, make};
use crate::limits::pools::PATIENCE;
use crate::subscription::connected;

/// Documents of workspace connectors: to whom one belongs has to be looked up.
const OF_CONNECTORS: &str = "subscription ($connectors: [ID!]) {
    documentChanged(workspaceConnectorIds: $connectors) { id node { filename } } }";

/// What subscribing to that costs, and each of its events.
const COST: u32 = 2;

/// Lets somebody follow the documents of a connector so many times over one socket, and waits until all of it is read
/// that is read before the first change: each time the caller and the connector.
async fn follow(app: &App, socket: &mut Socket, connector: &Row, times: u64) {
    let before = app.statements();
    for id in 0..times {
        socket.subscribe(&id.to_string(), OF_CONNECTORS, json!({ "connectors": [connector.id] })).await;
    }
    let begun = async {
        while app.statements() < before + 2 * times {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.expect("not all of them begin");
}

async fn rename(app: &App, document: &Row, name: &str) {
    app.execute(&format!("UPDATE core_api.documents SET filename = '{name}' WHERE pk = {}", document.pk)).await;
}

/// Hears until all of so many subscriptions were told of a document, and of whatever was changed before it.
async fn heard(socket: &mut Socket, document: &Row, times: usize) {
    let mut count = 0;
    while count < times {
        let message = socket.hear().await;
        count += usize::from(message["payload"]["data"]["documentChanged"]["id"] == document.id);
    }
}

#[tokio::test]
async fn who_has_no_points_left_causes_no_statements() {
    let rate = Some(RateSettings { per_minute: 1, burst: 20 * COST });
    let app = App::set(Settings { rate, ..Settings::default() }).await;
    let connector = connected(&app, &app.here).await;
    let mut socket = app.guest().socket().await;
    follow(&app, &mut socket, &connector, 20).await;
    let before = app.statements();
    let mut ended = 0;
    let ends = async {
        while ended < 20 {
            make::document(&app, &app.here, json!({})).await;
            while let Ok(message) = tokio::time::timeout(std::time::Duration::from_millis(50), socket.hear()).await {
                assert_eq!(message["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{message}");
                ended += 1;
            }
        }
    };
    tokio::time::timeout(PATIENCE, ends).await.expect("not all of them end");
    assert_eq!(app.statements(), before);
}

#[tokio::test]
async fn what_must_be_looked_up_of_a_change_is_looked_up_once_for_each_who_follows() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let unlinked = make::document(&app, &app.here, json!({})).await;
    let mut linked = Vec::new();
    for _ in 0..3 {
        let document = make::document(&app, &app.here, json!({})).await;
        make::link(&app, &document, &connector, json!({})).await;
        linked.push(document);
    }
    let mut socket = app.guest().socket().await;
    follow(&app, &mut socket, &connector, 10).await;
    // Until all of them are told: who begins late misses what was before.
    let mut told = std::collections::HashSet::<String>::new();
    for round in 0.. {
        assert!(round < 200, "some are told of nothing");
        rename(&app, &linked[0], "first").await;
        while let Ok(message) = tokio::time::timeout(std::time::Duration::from_millis(50), socket.hear()).await {
            told.insert(message["id"].to_string());
        }
        if told.len() == 10 {
            break;
        }
    }
    rename(&app, &linked[1], "second").await;
    heard(&mut socket, &linked[1], 10).await;
    let before = app.statements();
    for _ in 0..5 {
        rename(&app, &unlinked, "unlinked").await;
    }
    rename(&app, &linked[2], "last").await;
    heard(&mut socket, &linked[2], 10).await;
    // Six changes are looked up; the row and the caller of what is told for each who is told.
    assert_eq!(app.statements() - before, 6 + 10 + 10);
}

#[tokio::test]
async fn what_was_missed_is_paid_for_before_it_is_read() {
    let app = App::start().await;
    let follow = "subscription ($after: String) { collectChanged(after: $after) { kind cursor } }";
    let mut socket = app.member().socket().await;
    socket.subscribe("1", follow, json!({})).await;
    let cursor: Value = loop {
        make::collect(&app, &app.here, &app.person, json!({})).await;
        if let Ok(message) = tokio::time::timeout(std::time::Duration::from_millis(100), socket.hear()).await {
            break message["payload"]["data"]["collectChanged"]["cursor"].clone();
        }
    };
    make::collect(&app, &app.here, &app.person, json!({})).await;
    for (burst, expected) in [(1, None), (2, None), (3, Some("CREATED"))] {
        let rate = Some(RateSettings { per_minute: 1, burst });
        let guest = app.beside(&app.guest(), Settings { rate, ..Settings::default() }).await;
        let mut socket = guest.socket().await;
        socket.subscribe("1", follow, json!({ "after": cursor })).await;
        match expected {
            None => assert_eq!(socket.failure("1").await, ["RATE_LIMITED"]),
            Some(kind) => assert_eq!(socket.answer("1").await["collectChanged"]["kind"], kind),
        }
    }
}
