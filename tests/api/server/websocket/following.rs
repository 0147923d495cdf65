//! Subscriptions over a socket, for as long as the caller may follow.

use std::time::Duration;

use serde_json::{Value, json};
use well_ingestion::auth::DEFAULT_LEEWAY;

use crate::change::{count, operation};
use crate::faults::{BUSY, until};
use crate::kit::{Answer, App, Row, Socket, make, signed};
use crate::server::websocket::{COLLECTS, ROLE, change_until_told, collect, watchful};

/// A subscriber who was told of a change.
async fn follower(app: &App, mut socket: Socket) -> Socket {
    socket.subscribe("1", COLLECTS, json!({})).await;
    let told = change_until_told(app, &mut socket).await;
    assert_eq!(told["payload"]["data"]["collectChanged"]["kind"], "CREATED", "{told}");
    socket
}

/// Asserts that the socket is closed, and nothing told of this row. Changes that were made before may be told before.
async fn forbidden(mut socket: Socket, row: &Row) {
    loop {
        match socket.next().await {
            Ok(message) => {
                let change = &message["payload"]["data"]["collectChanged"];
                assert!(change["kind"] == "CREATED" && change["id"] != row.id, "{message}");
            }
            Err(close) => {
                let (code, reason) = close.expect("closed without a code");
                assert_eq!((code, reason.starts_with("Forbidden")), (4403, true), "{reason}");
                return;
            }
        }
    }
}

#[tokio::test]
async fn changes_are_told_until_the_client_has_enough() {
    let app = App::start().await;
    let mut socket = follower(&app, app.member().socket().await).await;
    let row = collect(&app).await;
    let told = |kind: &str, id: &str| json!({ "collectChanged": { "kind": kind, "id": id } });
    while socket.answer("1").await != told("CREATED", &row.id) {}
    app.execute("UPDATE core_api.collects SET updated_at = now()").await;
    while socket.answer("1").await != told("UPDATED", &row.id) {}
    socket.complete("1").await;
    socket.silent().await;
    collect(&app).await;
    // Whoever still follows hears of changes; the other does not.
    follower(&app, app.admin().socket().await).await;
    socket.silent().await;
}

#[tokio::test]
async fn a_subscription_has_one_root_field() {
    let app = App::start().await;
    let mut socket = app.member().socket().await;
    for document in [
        "subscription { collectChanged { id } documentChanged { id } }",
        "subscription { collectChanged { id } other: collectChanged { id } }",
        "subscription { collectChanged { id } ... { documentChanged { id } } }",
        "subscription { collectChanged { id } __typename }",
        "subscription { __typename }",
        "subscription { __schema { queryType { name } } }",
        "subscription { collectChanged @include(if: true) { id } }",
        "subscription { ...F } fragment F on Query { viewer { role } }",
        "subscription { collectChanged }",
        "subscription { unknown { id } }",
        "subscription { ...F } fragment F on Subscription { unknown { id } }",
    ] {
        socket.subscribe("1", document, json!({})).await;
        assert!(socket.failure("1").await.iter().all(|code| code == "GRAPHQL_VALIDATION_FAILED"), "{document}");
        socket.silent().await;
    }
}

#[tokio::test]
async fn the_root_field_may_stand_in_fragments() {
    let app = App::start().await;
    for document in [
        "subscription { ...F } fragment F on Subscription { collectChanged { id kind } }",
        "subscription { ... on Subscription { ... { collectChanged { id kind } } } }",
        "subscription { collectChanged { id } collectChanged { kind } }",
        "subscription { collectChanged { id } ...F } fragment F on Subscription { collectChanged { ...G } } \
         fragment G on CollectChange { kind }",
    ] {
        let mut socket = app.member().socket().await;
        socket.subscribe("1", document, json!({})).await;
        let told = change_until_told(&app, &mut socket).await;
        let change = &told["payload"]["data"]["collectChanged"];
        let fields: Vec<&String> = change.as_object().unwrap().keys().collect();
        assert_eq!((change["kind"].as_str(), fields.len()), (Some("CREATED"), 2), "{document}: {told}");
    }
}

#[tokio::test]
async fn a_subscription_that_cannot_begin_is_an_error() {
    let app = App::start().await;
    let mut guest = app.guest().socket().await;
    guest.subscribe("1", "subscription { connectorMappingChanged { id } }", json!({})).await;
    assert_eq!(guest.failure("1").await, ["FORBIDDEN"]);
    guest.subscribe("1", "subscription { collectChanged(after: \"nonsense\") { id } }", json!({})).await;
    assert_eq!(guest.failure("1").await, ["BAD_CURSOR"]);
    guest.subscribe("1", "subscription ($ids: [ID!]!) { collectChanged(ids: $ids) { id } }", json!({})).await;
    assert_eq!(guest.failure("1").await, ["BAD_USER_INPUT"]);
    guest.silent().await;
}

#[tokio::test]
async fn subscriptions_are_not_for_plain_http() {
    let app = App::start().await;
    let answer = app.member().say(COLLECTS).await;
    assert_eq!(answer.status, 406, "{}", answer.text);
    answer.refused("BAD_USER_INPUT");
    assert!(answer.text.contains("/graphql/ws") && answer.json.get("data").is_none(), "{}", answer.text);
}

#[tokio::test]
async fn whoever_loses_the_membership_hears_nothing_more() {
    for (change, idle) in [
        ("UPDATE core_api.memberships SET status = 'pending' WHERE subject = 'member@here'", false),
        ("UPDATE core_api.memberships SET status = 'pending' WHERE subject = 'member@here'", true),
        ("UPDATE core_api.memberships SET role = 'guest' WHERE subject = 'member@here'", false),
        ("UPDATE core_api.memberships SET role = 'guest' WHERE subject = 'member@here'", true),
    ] {
        let app = if idle { watchful().await } else { App::start().await };
        let socket = follower(&app, app.member().socket().await).await;
        app.execute(change).await;
        let row = if idle { Row::default() } else { collect(&app).await };
        forbidden(socket, &row).await;
    }
}

#[tokio::test]
async fn whoever_loses_the_api_key_hears_nothing_more() {
    let app = watchful().await;
    let socket = follower(&app, app.service().socket().await).await;
    app.execute("UPDATE core_api.api_keys SET deleted_at = now()").await;
    forbidden(socket, &Row::default()).await;
}

/// A token that has expired already, but is accepted for the leeway: for a little longer. With the moment of its end.
fn ending_soon() -> (String, i64) {
    let end = (chrono::Utc::now() + chrono::TimeDelta::milliseconds(2_500)).timestamp_millis();
    let leeway = i64::try_from(DEFAULT_LEEWAY.as_millis()).unwrap();
    #[allow(clippy::cast_precision_loss, reason = "a date")]
    let expiry = (end - leeway) as f64 / 1_000.0;
    (signed(&json!({ "sub": "member@here", "exp": expiry })), end)
}

#[tokio::test]
async fn an_event_stream_ends_with_its_token() {
    let app = App::start().await;
    let (token, end) = ending_soon();
    let member = app.bearer(&token);
    let open = || {
        let request = member.request(reqwest::Method::POST, "/graphql/stream").header("accept", "text/event-stream");
        let body = json!({ "query": COLLECTS }).to_string();
        Answer::of(request.header("content-type", "application/json").body(body))
    };
    assert_eq!(open().await.status, 200);
    let early = end - chrono::Utc::now().timestamp_millis();
    assert!(early <= 0, "ended {early} ms too early");
    assert_eq!(open().await.status, 401);
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let app = App::start().await;
    let (token, end) = ending_soon();
    let mut socket = app.bearer(&token).socket().await;
    socket.subscribe("1", COLLECTS, json!({})).await;
    assert_eq!(socket.closed().await, (4403, "Forbidden: the credential has expired.".to_owned()));
    let early = end - chrono::Utc::now().timestamp_millis();
    assert!(early <= 0, "closed {early} ms too early");
    // Who comes back with it is not let in: there is no circle.
    let mut again = Socket::open(&app).await;
    again.init(json!({ "authorization": format!("Bearer {token}") })).await;
    assert_eq!(again.closed().await.0, 4403);
}

#[tokio::test]
async fn when_the_server_stops_what_runs_is_finished_and_sockets_are_told_to_come_again() {
    let app = App::start().await;
    let restart = (1012, "Service restart".to_owned());
    let mut idle = app.guest().socket().await;
    let mut silent = Socket::open(&app).await;
    let mut following = follower(&app, app.admin().socket().await).await;
    let mut busy = app.member().socket().await;
    busy.subscribe("s", COLLECTS, json!({})).await;
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    busy.subscribe("m", &operation("createDocument", ""), json!({ "input": { "filename": "a.pdf" } })).await;
    until(&app, BUSY, 1).await;
    app.server().stop();
    for socket in [&mut idle, &mut silent, &mut following] {
        let close = loop {
            match socket.next().await {
                Ok(message) => assert_eq!(message["type"], "next", "nothing is said to be complete: {message}"),
                Err(close) => break close,
            }
        };
        assert_eq!(close.as_ref(), Some(&restart));
    }
    app.execute("ROLLBACK").await;
    busy.answer("m").await;
    busy.expect(json!({ "type": "complete", "id": "m" })).await;
    assert_eq!(busy.closed().await, restart);
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.documents").await, 1);
    tokio::time::timeout(Duration::from_secs(10), app.server().finished()).await.expect("all sockets have ended");
}

#[tokio::test]
async fn a_database_that_is_away_does_not_let_unknown_callers_follow() {
    let app = App::start().await;
    let mut socket = follower(&app, app.member().socket().await).await;
    let row = collect(&app).await;
    while socket.answer("1").await != json!({ "collectChanged": { "kind": "CREATED", "id": row.id } }) {}
    // Who asks cannot be looked up while the memberships are locked.
    app.execute("BEGIN; LOCK TABLE core_api.memberships").await;
    let statement = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    socket.subscribe("2", ROLE, json!({})).await;
    until(&app, &format!("SELECT count(*) {statement}"), 1).await;
    app.execute(&format!("SELECT pg_terminate_backend(pid) {statement}")).await;
    assert_eq!(socket.closed().await, (1013, "Try again later".to_owned()));
    app.execute("ROLLBACK").await;
}

#[tokio::test]
async fn followers_hear_of_their_own_workspace_only() {
    let app = App::start().await;
    let mut here = follower(&app, app.member().socket().await).await;
    let mut elsewhere = app.member_elsewhere().socket().await;
    elsewhere.subscribe("1", COLLECTS, json!({})).await;
    let person = make::person(&app, &app.elsewhere, json!({})).await;
    let mut ids: Vec<Value> = Vec::new();
    let told = loop {
        let row = make::collect(&app, &app.elsewhere, &person, json!({})).await;
        ids.push(json!(row.id));
        if let Ok(told) = tokio::time::timeout(Duration::from_millis(200), elsewhere.answer("1")).await {
            break told;
        }
    };
    assert!(ids.contains(&told["collectChanged"]["id"]), "{told}");
    let row = collect(&app).await;
    loop {
        let change = here.answer("1").await["collectChanged"].take();
        assert!(!ids.contains(&change["id"]), "{change}");
        if change["id"] == row.id {
            break;
        }
    }
}
