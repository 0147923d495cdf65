//! What may be said, when, and how the socket is closed otherwise.

use std::time::Duration;

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::MaybeTlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use well_ingestion::server::{Settings, SocketSettings};

use crate::kit::{App, Socket, token};
use crate::server::websocket::{COLLECTS, ROLE, app, watchful};

#[tokio::test]
async fn a_client_introduces_itself_in_one_of_three_places() {
    let app = App::start().await;
    let member = format!("Bearer {}", token("member@here", None));
    let two = format!("Bearer {}", token("two", None));
    for workspace in [&app.here, &app.elsewhere] {
        crate::kit::make::membership(&app, workspace, "two", "guest", json!({})).await;
    }
    for (payload, role) in [
        (json!({ "authorization": member }), "MEMBER"),
        (json!({ "Authorization": member, "something": { "else": 1 } }), "MEMBER"),
        (json!({ "headers": { "AUTHORIZATION": member } }), "MEMBER"),
        (json!({ "authorization": two, "X-Workspace-Id": app.here.id }), "GUEST"),
        (json!({ "authorization": two, "headers": { "x-workspace-id": app.elsewhere.id } }), "GUEST"),
        // As of a header, white space around a value is no part of it, and an empty one is none.
        (
            json!({ "authorization": format!("  {}\n", two.replace(' ', "  ")), "x-workspace-id": format!(" {} ", app.here.id) }),
            "GUEST",
        ),
        (json!({ "authorization": member, "x-workspace-id": "" }), "MEMBER"),
        (json!({ "authorization": member, "Authorization": " ", "headers": { "x-workspace-id": " " } }), "MEMBER"),
    ] {
        let mut socket = Socket::open(&app).await;
        socket.init(payload).await;
        socket.expect(json!({ "type": "connection_ack" })).await;
        socket.subscribe("1", ROLE, json!({})).await;
        assert_eq!(socket.answer("1").await["viewer"]["role"], role);
    }
    // In the handshake, which browsers cannot do; what the payload says goes first.
    let protocol = ("sec-websocket-protocol", crate::kit::socket::PROTOCOL);
    for (payload, role) in [
        (Value::Null, "GUEST"),
        (json!({}), "GUEST"),
        (json!({ "authorization": null }), "GUEST"),
        (json!({ "authorization": "", "x-workspace-id": " " }), "GUEST"),
        (json!({ "authorization": member }), "MEMBER"),
    ] {
        let headers = [protocol, ("authorization", two.as_str()), ("x-workspace-id", app.here.id.as_str())];
        let mut socket = Socket::with(&app.url, &headers).await.unwrap();
        socket.init(payload).await;
        socket.expect(json!({ "type": "connection_ack" })).await;
        socket.subscribe("1", ROLE, json!({})).await;
        assert_eq!(socket.answer("1").await["viewer"]["role"], role);
    }
}

#[tokio::test]
async fn whoever_is_not_known_is_not_let_in() {
    let app = App::start().await;
    let member = format!("Bearer {}", token("member@here", None));
    for payload in [
        Value::Null,
        json!({}),
        json!({ "authorization": "" }),
        json!({ "authorization": "Bearer nonsense" }),
        json!({ "authorization": token("member@here", None) }),
        json!({ "authorization": format!("Bearer {}", token("nobody", None)) }),
        json!({ "authorization": [member] }),
        json!({ "authorization": member, "Authorization": "Bearer nonsense" }),
        json!({ "authorization": member, "headers": { "authorization": token("member@here", None) } }),
        json!({ "authorization": member, "x-workspace-id": app.elsewhere.id }),
        json!({ "authorization": member, "x-workspace-id": 17 }),
    ] {
        let mut socket = Socket::open(&app).await;
        socket.init(payload.clone()).await;
        let (code, reason) = socket.closed().await;
        assert_eq!((code, reason.starts_with("Forbidden")), (4403, true), "{payload}: {reason}");
    }
}

#[tokio::test]
async fn a_client_introduces_itself_once() {
    let app = App::start().await;
    let mut socket = app.member().socket().await;
    socket.init(json!({ "authorization": app.member().authorization() })).await;
    assert_eq!(socket.closed().await, (4429, "Too many initialisation requests".to_owned()));
}

#[tokio::test]
async fn a_client_introduces_itself_in_time() {
    let app = app(SocketSettings { init_wait: Duration::from_millis(200), ..SocketSettings::default() }).await;
    let mut slow = Socket::open(&app).await;
    let mut quick = app.member().socket().await;
    slow.silent().await;
    assert_eq!(slow.closed().await, (4408, "Connection initialisation timeout".to_owned()));
    quick.silent().await;
}

#[tokio::test]
async fn operations_wait_for_the_acknowledgement() {
    let app = App::start().await;
    let mut socket = Socket::open(&app).await;
    socket.subscribe("1", ROLE, json!({})).await;
    assert_eq!(socket.closed().await, (4401, "Unauthorized".to_owned()));
}

#[tokio::test]
async fn pings_are_answered_at_any_time_and_pongs_taken() {
    let app = App::start().await;
    let mut socket = Socket::open(&app).await;
    for payload in [json!({ "at": 17, "of": ["a", null] }), json!({})] {
        socket.say(json!({ "type": "ping", "payload": payload })).await;
        socket.expect(json!({ "type": "pong", "payload": payload })).await;
    }
    socket.say(json!({ "type": "ping", "payload": null })).await;
    socket.expect(json!({ "type": "pong" })).await;
    socket.say(json!({ "type": "pong" })).await;
    socket.say(json!({ "type": "pong", "payload": { "at": 17 } })).await;
    // The end of an operation that nobody knows is none.
    socket.complete("unknown").await;
    socket.silent().await;
}

#[tokio::test]
async fn what_the_protocol_does_not_know_closes_the_socket() {
    let app = App::start().await;
    let query = json!({ "query": ROLE });
    for message in [
        String::new(),
        "{".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "[\"ping\"]".to_owned(),
        "{\"type\":\"ping\"} x".to_owned(),
        json!({}).to_string(),
        json!({ "type": "start", "id": "1", "payload": query }).to_string(),
        json!({ "type": "connection_ack" }).to_string(),
        json!({ "type": "next", "id": "1", "payload": {} }).to_string(),
        json!({ "type": "Ping" }).to_string(),
        json!({ "type": ["ping"] }).to_string(),
        json!({ "type": "ping", "payload": "x" }).to_string(),
        json!({ "type": "pong", "payload": [] }).to_string(),
        json!({ "type": "connection_init", "payload": "x" }).to_string(),
        json!({ "type": "complete" }).to_string(),
        json!({ "type": "complete", "id": "" }).to_string(),
        json!({ "type": "subscribe", "payload": query }).to_string(),
        json!({ "type": "subscribe", "id": "", "payload": query }).to_string(),
        json!({ "type": "subscribe", "id": 1, "payload": query }).to_string(),
        json!({ "type": "subscribe", "id": "i".repeat(129), "payload": query }).to_string(),
        json!({ "type": "subscribe", "id": "1" }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": null }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": ROLE }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": [ROLE, null, null, null, null] }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": {} }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": null } }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": 1 } }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": ROLE, "variables": [] } }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": ROLE, "operationName": 1 } }).to_string(),
        json!({ "type": "subscribe", "id": "1", "payload": { "query": ROLE, "extensions": "x" } }).to_string(),
        json!({ "type": "é".repeat(300) }).to_string(),
        format!("{{\"type\":\"ping\",\"payload\":{}1{}}}", "{\"a\":".repeat(65), "}".repeat(65)),
    ] {
        let mut socket = app.member().socket().await;
        socket.stream.send(Message::text(message.clone())).await.unwrap();
        let (code, reason) = socket.closed().await;
        assert_eq!((code, reason.starts_with("Invalid message: ")), (4400, true), "{message}: {reason}");
        assert!(reason.len() <= 123, "{reason}");
    }
    let mut socket = app.member().socket().await;
    socket.stream.send(Message::binary(json!({ "type": "ping" }).to_string())).await.unwrap();
    assert_eq!(socket.closed().await.0, 4400);
}

#[tokio::test]
async fn what_websocket_does_not_know_closes_the_socket() {
    let app = App::start().await;
    let mut socket = app.member().socket().await;
    let text = Frame::message(&b"{\"type\":\"\xff\"}"[..], OpCode::Data(Data::Text), true);
    socket.stream.send(Message::Frame(text)).await.unwrap();
    assert_eq!(socket.closed().await.0, 1007);
    let mut socket = app.member().socket().await;
    let reserved = Frame::message(&b"{}"[..], OpCode::Data(Data::Reserved(3)), true);
    socket.stream.send(Message::Frame(reserved)).await.unwrap();
    assert_eq!(socket.closed().await.0, 1002);
    // A frame without the mask that clients must use.
    let mut socket = app.member().socket().await;
    let MaybeTlsStream::Plain(stream) = socket.stream.get_mut() else { panic!("there is no TLS") };
    stream.write_all(b"\x81\x02{}").await.unwrap();
    assert_eq!(socket.closed().await.0, 1002);
}

#[tokio::test]
async fn a_message_is_no_larger_than_a_request() {
    let app = App::set(Settings { max_body_bytes: 100_000, ..Settings::default() }).await;
    let padded = |bytes| json!({ "type": "ping", "payload": { "pad": "x".repeat(bytes) } });
    let mut socket = app.member().socket().await;
    socket.say(padded(99_900)).await;
    socket.expect(json!({ "type": "pong", "payload": { "pad": "x".repeat(99_900) } })).await;
    for bytes in [100_000, 20_000_000] {
        let socket = app.member().socket().await;
        // The server does not read it to its end, and yet the client hears why.
        let (mut out, mut back) = futures_util::StreamExt::split(socket.stream);
        let sending = tokio::spawn(async move { out.send(Message::text(padded(bytes).to_string())).await });
        let close = loop {
            match futures_util::StreamExt::next(&mut back).await.unwrap().unwrap() {
                Message::Close(frame) => break frame.unwrap(),
                Message::Ping(_) => {}
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(u16::from(close.code), 1009);
        sending.abort();
    }
    // In parts as well.
    let mut socket = app.member().socket().await;
    for part in 0..3 {
        let kind = if part == 0 { Data::Text } else { Data::Continue };
        let frame = Frame::message(vec![b' '; 40_000], OpCode::Data(kind), part == 2);
        socket.stream.send(Message::Frame(frame)).await.unwrap();
    }
    assert_eq!(socket.closed().await.0, 1009);
}

#[tokio::test]
async fn an_id_stands_for_one_operation_at_a_time() {
    let app = App::start().await;
    let id = format!("i{}", "ü".repeat(63));
    let mut socket = app.member().socket().await;
    socket.subscribe(&id, COLLECTS, json!({})).await;
    socket.complete(&id).await;
    for _ in 0..3 {
        socket.subscribe(&id, ROLE, json!({})).await;
        socket.answer(&id).await;
        socket.expect(json!({ "type": "complete", "id": id })).await;
    }
    socket.subscribe(&id, COLLECTS, json!({})).await;
    socket.subscribe(&id, ROLE, json!({})).await;
    let (code, reason) = socket.closed().await;
    assert_eq!((code, reason.len()), (4409, 122), "{reason}");
    assert!(format!("Subscriber for {id} already exists").starts_with(&reason), "{reason}");
    // The same id on another socket is another.
    let (mut one, mut two) = (app.member().socket().await, app.member().socket().await);
    one.subscribe("1", COLLECTS, json!({})).await;
    two.subscribe("1", ROLE, json!({})).await;
    two.answer("1").await;
    one.silent().await;
}

#[tokio::test]
async fn a_client_that_shows_no_life_is_gone() {
    let app = watchful().await;
    let mut alive = app.member().socket().await;
    let mut dead = app.member().socket().await;
    // It answers pings only while it is read.
    let closed = async {
        for _ in 0..20 {
            let _ = tokio::time::timeout(Duration::from_millis(50), alive.hear()).await;
        }
    };
    closed.await;
    alive.silent().await;
    assert_eq!(dead.closed().await.0, 1001);
}

#[tokio::test]
async fn a_client_may_close_with_any_code() {
    let app = App::start().await;
    let mut socket = app.member().socket().await;
    socket.subscribe("1", COLLECTS, json!({})).await;
    socket.stream.close(None).await.unwrap();
    assert!(futures_util::StreamExt::next(&mut socket.stream).await.is_none_or(|last| last.unwrap().is_close()));
}
