//! Connections that nothing comes over.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use well_ingestion::server::listen::{self, Settings};

use crate::kit::{App, make};
use crate::limits::pools::{PATIENCE, ROLE, SOON, Wire, head};

/// Another address of the same server, with so many connections and much patience.
pub(super) async fn with_connections(app: &App, connections: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let settings = Settings { connections, first: PATIENCE * 6, idle: PATIENCE * 6, ..Settings::default() };
    tokio::spawn(listen::serve(listener, app.server().router(), settings, std::future::pending()));
    url
}

/// A connection over which something unimportant was asked.
async fn idle(url: &str) -> Wire {
    let mut wire = Wire::to(url).await;
    wire.write("GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(wire.status().await, 200);
    wire
}

/// Whether the server has closed the connection, after what it still had to say.
async fn is_closed(wire: &mut Wire) -> bool {
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_millis(1), wire.0.read_to_end(&mut rest)).await.is_ok()
}

#[tokio::test]
async fn silent_and_idle_connections_make_room_for_newcomers() {
    let app = App::start().await;
    let url = with_connections(&app, 5).await;
    let mut others = Vec::new();
    for number in 0..25 {
        others.push(if number % 2 == 0 { Wire::to(&url).await } else { idle(&url).await });
    }
    // A part of a head is not a request.
    others.push(Wire::to(&url).await);
    others.last_mut().unwrap().write("GET /health/live HTTP/1.1\r\nho").await;
    for _ in 0..10 {
        let began = Instant::now();
        let member = app.member().at(&url);
        assert_eq!(member.say(ROLE).await.str("/viewer/role"), "MEMBER");
        assert!(began.elapsed() < PATIENCE);
    }
}

#[tokio::test]
async fn connections_of_those_who_are_known_are_kept_longest_and_never_closed_at_work() {
    let app = App::start().await;
    let url = with_connections(&app, 4).await;
    let mut socket = app.member().at(&url).socket().await;
    let stream =
        app.guest().at(&url).request(Method::GET, "/graphql/stream?query=subscription%7BcollectChanged%7Bkind%7D%7D");
    let mut stream = stream.send().await.unwrap();
    assert_eq!(&stream.chunk().await.unwrap().unwrap()[..], b":\n\n");
    let mut known = Wire::to(&url).await;
    known.ask(&app.admin(), ROLE).await;
    assert_eq!(known.status().await, 200);
    // There is one place for all that come without a credential.
    let mut idle_ones = Vec::new();
    for _ in 0..10 {
        idle_ones.push(idle(&url).await);
    }
    for wire in idle_ones.iter_mut().rev().skip(1) {
        assert!(is_closed(wire).await);
    }
    known.ask(&app.admin(), ROLE).await;
    socket.subscribe("1", ROLE, json!({})).await;
    assert_eq!(socket.answer("1").await["viewer"]["role"], "MEMBER");
    socket.expect(json!({ "type": "complete", "id": "1" })).await;
    make::collect(&app, &app.here, &app.person, json!({})).await;
    let mut told = String::new();
    while !told.contains("CREATED") {
        let chunk = tokio::time::timeout(PATIENCE, stream.chunk()).await.expect("nothing is told").unwrap();
        told.push_str(std::str::from_utf8(&chunk.expect("the stream ended")).unwrap());
    }
}

#[tokio::test]
async fn one_principal_has_only_so_many_requests_at_once() {
    let settings = well_ingestion::server::Settings { requests_per_principal: 2, ..Default::default() };
    let app = App::set(settings).await;
    let mut unread = Vec::new();
    for _ in 0..2 {
        let mut wire = Wire::to(&app.url).await;
        wire.write(&format!("{}\r\n\r\n ", head(&app.member(), 100))).await;
        unread.push(wire);
    }
    let refused = async {
        loop {
            let answer = app.member().say(ROLE).await;
            if answer.status != 200 {
                break answer;
            }
        }
    };
    let refused = tokio::time::timeout(PATIENCE, refused).await.expect("nobody is refused");
    refused.refused("MAX_OPERATIONS_LIMIT");
    assert_eq!(refused.status, 429);
    assert_eq!(app.guest().say(ROLE).await.str("/viewer/role"), "GUEST");
    drop(unread);
    let served = async { while app.member().say(ROLE).await.status != 200 {} };
    tokio::time::timeout(PATIENCE, served).await.expect("the places are not given back");
}

/// A connection over which a small body does not come.
async fn silent(url: &str, asker: &crate::kit::Asker) -> Wire {
    let mut wire = Wire::to(url).await;
    wire.write(&format!("{}\r\n\r\n ", head(asker, 1_000))).await;
    wire
}

#[tokio::test]
async fn requests_whose_bodies_do_not_come_make_room_for_newcomers() {
    let app = App::start().await;
    let url = with_connections(&app, 4).await;
    let mut silent_ones = Vec::new();
    for asker in [app.member(), app.guest(), app.member(), app.guest()] {
        silent_ones.push(silent(&url, &asker).await);
    }
    let began = Instant::now();
    for _ in 0..4 {
        assert_eq!(app.member_elsewhere().at(&url).say(ROLE).await.str("/viewer/role"), "MEMBER");
    }
    assert!(began.elapsed() < SOON);
}

#[tokio::test]
async fn one_workspace_has_only_so_many_requests_and_sockets_at_once() {
    let settings = well_ingestion::server::Settings { connections_per_workspace: 2, ..Default::default() };
    let app = App::set(settings).await;
    let mut socket = app.guest().socket().await;
    let waiting = silent(&app.url, &app.member()).await;
    let refused = async {
        loop {
            let answer = app.admin().say(ROLE).await;
            if answer.status != 200 {
                break answer;
            }
        }
    };
    let refused = tokio::time::timeout(PATIENCE, refused).await.expect("nobody is refused");
    refused.refused("MAX_OPERATIONS_LIMIT");
    assert_eq!(refused.status, 429);
    let mut second = crate::kit::Socket::open(&app).await;
    second.init(json!({ "authorization": app.owner().authorization() })).await;
    assert_eq!(second.closed().await.0, 4429);
    let mut elsewhere = app.member_elsewhere().socket().await;
    assert_eq!(app.admin_elsewhere().say(ROLE).await.str("/viewer/role"), "ADMIN");
    for socket in [&mut socket, &mut elsewhere] {
        socket.silent().await;
    }
    drop(waiting);
    let served = async { while app.admin().say(ROLE).await.status != 200 {} };
    tokio::time::timeout(PATIENCE, served).await.expect("the places are not given back");
}
