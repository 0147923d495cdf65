//! Whether there is a socket at all.

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Error;
use well_ingestion::server::{Origins, Settings, SocketSettings};

use crate::kit::socket::PROTOCOL;
use crate::kit::{Answer, App, Socket};
use crate::server::websocket::{app, welcome};

/// The protocol among the headers of the handshake.
const SPEAKS: (&str, &str) = ("sec-websocket-protocol", PROTOCOL);

async fn refused(url: &str, headers: &[(&str, &str)]) -> (u16, String) {
    match Socket::with(url, headers).await {
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (response.status().as_u16(), String::from_utf8(body).unwrap())
        }
        Ok(_) => panic!("it was let in: {headers:?}"),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn the_protocol_is_agreed_on() {
    let app = App::start().await;
    for offered in [PROTOCOL, "other, graphql-transport-ws", "graphql-transport-ws , other"] {
        let mut socket = Socket::with(&app.url, &[("sec-websocket-protocol", offered)]).await.unwrap();
        assert_eq!(socket.handshake.headers()["sec-websocket-protocol"], PROTOCOL);
        socket.silent().await;
    }
}

#[tokio::test]
async fn without_the_protocol_the_socket_is_closed() {
    let app = App::start().await;
    let mut socket = Socket::with(&app.url, &[]).await.unwrap();
    assert_eq!(socket.closed().await, (4406, "Subprotocol not acceptable".to_owned()));
    // The client library itself takes a handshake that names none of the protocols it offered for broken.
    for offered in ["graphql-ws", "graphql-transport-ws2", "GRAPHQL-TRANSPORT-WS"] {
        assert!(Socket::with(&app.url, &[("sec-websocket-protocol", offered)]).await.is_err(), "{offered}");
    }
}

#[tokio::test]
async fn a_request_that_opens_no_socket_is_told_so() {
    let app = App::start().await;
    let answer = app.member().get("/graphql/ws").await;
    assert_eq!(answer.status, 426);
    assert_eq!(answer.headers["upgrade"], "websocket");
    assert_eq!(answer.headers["sec-websocket-version"], "13");
    let answer = Answer::of(app.member().request(Method::POST, "/graphql/ws")).await;
    assert_eq!(answer.status, 405);
}

#[tokio::test]
async fn sockets_are_opened_at_the_address_of_requests_and_of_streams_too() {
    let origins = Origins::new(vec!["https://app.example".parse().unwrap()]);
    let app = App::set(Settings { origins, ..Settings::default() }).await;
    for path in ["/graphql", "/graphql/stream"] {
        let mut socket = Socket::at(&app.url, path, &[SPEAKS, ("origin", "https://app.example")]).await.unwrap();
        assert_eq!(socket.handshake.headers()["sec-websocket-protocol"], PROTOCOL);
        socket.init(json!({ "authorization": app.member().authorization() })).await;
        socket.expect(json!({ "type": "connection_ack" })).await;
        socket.subscribe("1", super::ROLE, json!({})).await;
        assert_eq!(socket.answer("1").await["viewer"]["role"], "MEMBER");
        let mut socket = Socket::at(&app.url, path, &[]).await.unwrap();
        assert_eq!(socket.closed().await.0, 4406);
        assert!(Socket::at(&app.url, path, &[SPEAKS, ("origin", "https://evil.example")]).await.is_err(), "{path}");
        // Another upgrade, such as Java's clients offer with each request, is not taken.
        let request = app.member().request(Method::GET, &format!("{path}?query=%7Bviewer%7Brole%7D%7D"));
        let answer = Answer::of(request.header("connection", "Upgrade").header("upgrade", "h2c")).await;
        assert_eq!((answer.status, answer.text.contains("MEMBER")), (200, true), "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_not_open_sockets() {
    let origins = Origins::new(vec!["https://app.example".parse().unwrap()]);
    let app = App::set(Settings { origins, ..Settings::default() }).await;
    for origin in ["https://evil.example", "https://app.example.evil.example", "http://app.example", "null"] {
        let (status, body) = refused(&app.url, &[SPEAKS, ("origin", origin)]).await;
        assert_eq!(status, 403, "{origin}");
        assert!(body.contains("\"FORBIDDEN\""), "{body}");
    }
    let own = app.url.clone();
    for origin in ["https://app.example", own.as_str()] {
        Socket::with(&app.url, &[SPEAKS, ("origin", origin)]).await.unwrap().silent().await;
    }
}

#[tokio::test]
async fn there_are_only_so_many_sockets() {
    let app = app(SocketSettings { most: 2, ..SocketSettings::default() }).await;
    let (first, _second) = (app.member().socket().await, app.guest().socket().await);
    let mut third = Socket::open(&app).await;
    third.init(json!({ "authorization": app.admin().authorization() })).await;
    assert_eq!(third.closed().await, (1013, "Try again later".to_owned()));
    let stream = app.admin().request(Method::GET, "/graphql/stream?query=%7Bviewer%7Brole%7D%7D");
    let stream = Answer::of(stream).await;
    assert_eq!(stream.status, 503, "event streams are counted with them");
    stream.refused("SERVICE_UNAVAILABLE");
    drop(first);
    welcome(&app.admin(), &app).await.silent().await;
}

#[tokio::test]
async fn unauthenticated_sockets_take_no_places_of_others() {
    let app = app(SocketSettings { most: 2, unauthenticated: 2, ..SocketSettings::default() }).await;
    let mut member = app.member().socket().await;
    let (mut oldest, mut younger) = (Socket::open(&app).await, Socket::open(&app).await);
    // With one more there are too many.
    let _youngest = Socket::open(&app).await;
    assert_eq!(oldest.closed().await.0, 1013);
    younger.silent().await;
    member.silent().await;
    for (asker, status) in [(app.admin(), 200), (app.anyone(), 401)] {
        let stream = asker.request(Method::GET, "/graphql/stream?query=%7Bviewer%7Brole%7D%7D");
        assert_eq!(Answer::of(stream).await.status, status);
    }
    younger.init(json!({ "authorization": app.guest().authorization() })).await;
    assert!(younger.acknowledged().await);
    // Its place among the unauthenticated ones is free.
    Socket::open(&app).await.silent().await;
}

#[tokio::test]
async fn a_principal_has_only_so_many_sockets() {
    let app = app(SocketSettings { per_principal: 2, ..SocketSettings::default() }).await;
    let member = app.member();
    let (first, _second) = (member.socket().await, member.socket().await);
    let mut third = Socket::open(&app).await;
    third.init(json!({ "authorization": member.authorization() })).await;
    let (code, reason) = third.closed().await;
    assert_eq!((code, reason.contains("At most 2")), (4429, true), "{reason}");
    let stream = Answer::of(member.request(Method::GET, "/graphql/stream?query=%7Bviewer%7Brole%7D%7D")).await;
    assert_eq!(stream.status, 429, "event streams are counted with them");
    stream.refused("MAX_OPERATIONS_LIMIT");
    // Others are not concerned, nor is plain HTTP.
    app.admin().socket().await.silent().await;
    assert_eq!(member.say(crate::server::websocket::ROLE).await.str("/viewer/role"), "MEMBER");
    drop(first);
    welcome(&member, &app).await.silent().await;
}

#[tokio::test]
async fn the_names_of_the_handshake_are_spelt_as_the_protocol_spells_them() {
    let app = App::start().await;
    let address = app.url.strip_prefix("http://").unwrap();
    for name in ["Sec-WebSocket-Protocol", "sec-websocket-protocol"] {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "GET /graphql/ws HTTP/1.1\r\nhost: {address}\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n{name}: {PROTOCOL}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answer));
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 101 "), "{answer}");
        for line in [
            "Sec-WebSocket-Protocol: graphql-transport-ws",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            "Upgrade: websocket",
            "Connection: ",
        ] {
            assert!(answer.contains(&format!("\r\n{line}")), "{line} in {answer}");
        }
    }
}
