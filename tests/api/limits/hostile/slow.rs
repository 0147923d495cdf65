//! Clients that take their time: none keeps its connection longer than it may, and all get one in the end.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use well_ingestion::server::listen::{self, Settings};

use crate::kit::{App, token};
use crate::limits::hostile::statuses;

const FIRST: Duration = Duration::from_millis(400);
const IDLE: Duration = Duration::from_millis(1_200);
const TRANSFER: Duration = Duration::from_millis(800);
/// What must happen within a time happens soon after it, on a busy machine.
const LATE: Duration = Duration::from_secs(5);

/// Another address of the same server, with less patience and this many connections.
async fn impatient(app: &App, connections: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let settings = Settings { connections, first: FIRST, idle: IDLE, transfer: TRANSFER };
    tokio::spawn(listen::serve(listener, app.server().router(), settings, std::future::pending()));
    address
}

/// Sends the first piece at once, and others after it as slowly as can be, until the server has had enough. Gives what
/// it answered and when it closed the connection.
async fn dribble(address: &str, first: &str, then: &str) -> (Vec<u8>, Duration) {
    let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
    let began = Instant::now();
    write.write_all(first.as_bytes()).await.unwrap();
    let piece = then.to_owned();
    let sending = tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(50));
        loop {
            beat.tick().await;
            if write.write_all(piece.as_bytes()).await.is_err() {
                break;
            }
        }
    });
    let mut answer = Vec::new();
    let closed = tokio::time::timeout(TRANSFER + LATE, read.read_to_end(&mut answer)).await;
    sending.abort();
    assert!(closed.is_ok(), "still open after {:?}: {first}", began.elapsed());
    (answer, began.elapsed())
}

#[tokio::test]
async fn who_sends_too_slowly_is_cut_off() {
    let app = App::start().await;
    let address = impatient(&app, 100).await;
    let authorization = format!("authorization: Bearer {}\r\n", token("member@here", None));
    // A connection without a word, and heads without an end.
    for (first, then) in [("", ""), ("GET / HTTP/1.1\r\nhost: a\r\n", "x: y\r\n"), ("POST /gra", "p")] {
        let (answer, took) = dribble(&address, first, then).await;
        assert!(answer.is_empty(), "{}", String::from_utf8_lossy(&answer));
        assert!((FIRST..IDLE).contains(&took), "{took:?}");
    }
    let (answer, took) = dribble(&address, "GET /health/live HTTP/1.1\r\nhost: a\r\n\r\n", "").await;
    assert_eq!(statuses(&answer), [200]);
    assert!(took >= IDLE, "another request is awaited for longer: {took:?}");
    // Bodies without an end, of any length and for anybody.
    for (path, length, authorization) in [
        ("/graphql", "content-length: 100000\r\n", authorization.as_str()),
        ("/graphql", "content-length: 100000\r\n", ""),
        ("/graphql/stream", "content-length: 100000\r\n", &authorization),
        ("/graphql", "transfer-encoding: chunked\r\n", &authorization),
    ] {
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n{authorization}{length}\r\n");
        let piece = if length.starts_with("transfer") { "1\r\n \r\n" } else { " " };
        let (answer, took) = dribble(&address, &head, piece).await;
        let statuses = statuses(&answer);
        assert!(matches!(statuses[..], [400..500]), "{head}{}", String::from_utf8_lossy(&answer));
        assert!(took < TRANSFER + LATE, "{took:?}");
    }
}

#[tokio::test]
async fn who_does_not_read_its_answers_is_cut_off() {
    let app = App::start().await;
    let address = impatient(&app, 100).await;
    let mut stream = TcpStream::connect(&address).await.unwrap();
    // More answers than the buffers of both ends can hold, and nobody to read them.
    let request = "GET /schema.graphql HTTP/1.1\r\nhost: a\r\n\r\n".repeat(200);
    let began = Instant::now();
    while stream.write_all(request.as_bytes()).await.is_ok() {
        assert!(began.elapsed() < TRANSFER + LATE, "it is still listened to");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_would_be_refused_is_not_waited_for() {
    let app = App::start().await;
    let address = app.url.strip_prefix("http://").unwrap().to_owned();
    let authorization = format!("authorization: Bearer {}\r\n", token("member@here", None));
    for (headers, status) in [
        (format!("content-type: application/json\r\ncontent-length: 5000000000\r\n{authorization}"), 413),
        (
            format!(
                "content-type: application/json\r\ncontent-length: 2000000\r\nexpect: 100-continue\r\n{authorization}"
            ),
            413,
        ),
        ("content-type: application/json\r\ncontent-length: 1000\r\n".to_owned(), 401),
        (format!("content-type: text/plain\r\ncontent-length: 1000\r\n{authorization}"), 415),
    ] {
        for path in ["/graphql", "/graphql/stream"] {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            let head = format!("POST {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            let read = tokio::time::timeout(LATE, stream.read_to_end(&mut answer)).await;
            assert!(read.is_ok(), "the body is waited for: {head}");
            assert_eq!(statuses(&answer), [status], "{head}{}", String::from_utf8_lossy(&answer));
        }
    }
}
