//! What one client may take, and that others do not notice.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use well_ingestion::server::{Settings, SocketSettings};

use crate::faults::{BUSY, LOCKED, until};
use crate::kit::{App, Socket};
use crate::server::websocket::{COLLECTS, DOCUMENTS, ROLE, app, welcome};

#[tokio::test]
async fn ten_thousand_subscriptions_on_one_socket_are_refused_beyond_the_first_hundred() {
    let app = App::start().await;
    let mut socket = app.member().socket().await;
    let refused = async {
        for round in 0..100 {
            for number in 0..100 {
                let payload = json!({ "query": COLLECTS });
                let message = json!({ "type": "subscribe", "id": format!("{round}-{number}"), "payload": payload });
                socket.stream.feed(Message::text(message.to_string())).await.unwrap();
            }
            socket.stream.flush().await.unwrap();
            for number in 0..if round == 0 { 0 } else { 100 } {
                assert_eq!(socket.failure(&format!("{round}-{number}")).await, ["MAX_OPERATIONS_LIMIT"]);
            }
        }
        socket.silent().await;
    };
    refused.await;
    // Others are served, and so is the first hundred.
    assert_eq!(app.guest().say(ROLE).await.str("/viewer/role"), "GUEST");
    socket.complete("0-7").await;
    socket.subscribe("again", ROLE, json!({})).await;
    assert_eq!(socket.answer("again").await["viewer"]["role"], "MEMBER");
}

#[tokio::test]
async fn little_is_read_of_a_client_that_was_not_let_in() {
    let app = App::start().await;
    let mut stranger = Socket::open(&app).await;
    let _ = stranger.stream.feed(Message::text("x".repeat(40_000))).await;
    let _ = stranger.stream.flush().await;
    let (code, _) = stranger.closed().await;
    assert_eq!(code, 1009);
    // One that was let in may say as much as in a request.
    let mut member = app.member().socket().await;
    let payload = json!({ "query": ROLE, "extensions": { "pad": "x".repeat(100_000) } });
    member.say(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    assert_eq!(member.answer("1").await["viewer"]["role"], "MEMBER");
}

#[tokio::test]
async fn what_runs_on_a_socket_is_bounded_in_bytes() {
    let app = App::set(Settings { max_body_bytes: 20_000, ..Settings::default() }).await;
    let mut socket = app.member().socket().await;
    let payload = json!({ "query": COLLECTS, "extensions": { "pad": "x".repeat(18_000) } });
    for id in ["1", "2", "3", "4", "5"] {
        socket.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }
    assert_eq!(socket.failure("5").await, ["MAX_OPERATIONS_LIMIT"]);
    socket.complete("1").await;
    socket.say(json!({ "type": "subscribe", "id": "5", "payload": payload })).await;
    socket.silent().await;
}

#[tokio::test]
async fn one_socket_does_not_have_all_of_the_database() {
    // The server of the tests has four connections, of which one is for look-ups and two are for one principal.
    let app = App::start().await;
    let mut greedy = app.member().socket().await;
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    for number in 0..100 {
        greedy.subscribe(&number.to_string(), DOCUMENTS, json!({})).await;
    }
    until(&app, LOCKED, 2).await;
    for number in 0..100 {
        greedy.complete(&number.to_string()).await;
    }
    until(&app, BUSY, 0).await;
    app.execute("ROLLBACK").await;
    greedy.silent().await;
    assert_eq!(app.guest().say(DOCUMENTS).await.int("/documents/totalCount"), 0);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off() {
    let sockets =
        SocketSettings { per_principal: 1, send_wait: Duration::from_millis(300), ..SocketSettings::default() };
    let app = app(sockets).await;
    let member = app.member();
    let mut deaf = member.socket().await;
    // More than the buffers between the two can take.
    let sending = tokio::spawn(async move {
        let ping = json!({ "type": "ping", "payload": { "pad": "x".repeat(1_000_000) } }).to_string();
        while deaf.stream.send(Message::text(ping.clone())).await.is_ok() {}
        deaf
    });
    // Its seat is free again.
    let mut other = welcome(&member, &app).await;
    other.subscribe("1", ROLE, json!({})).await;
    other.answer("1").await;
    sending.abort();
}
