//! Bodies that are not read, and whether their connection goes on.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::kit::{Answer, App};

const ROLE: &str = "{ viewer { role } }";

/// A connection that says exactly what it is told to.
struct Wire(TcpStream);

impl Wire {
    async fn to(app: &App) -> Self {
        Self(TcpStream::connect(app.url.strip_prefix("http://").unwrap()).await.unwrap())
    }

    async fn write(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// The head and the body of the next answer.
    async fn answer(&mut self) -> (String, String) {
        let mut text = String::new();
        let answered = async {
            loop {
                if let Some((head, body)) = text.split_once("\r\n\r\n") {
                    let head = head.to_ascii_lowercase();
                    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
                    if body.len() >= length.parse().unwrap() {
                        return (head, body.to_owned());
                    }
                }
                let mut bytes = [0; 4096];
                let length = self.0.read(&mut bytes).await.unwrap();
                assert!(length > 0, "the connection ended: {text}");
                text.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
            }
        };
        tokio::time::timeout(Duration::from_secs(20), answered).await.expect("no answer")
    }

    /// Asserts that the server has closed the connection.
    async fn closed(mut self) {
        let ended = tokio::time::timeout(Duration::from_secs(20), self.0.read(&mut [0])).await;
        assert!(matches!(ended.expect("it is still open"), Ok(0) | Err(_)));
    }
}

fn head(headers: &str, length: usize) -> String {
    format!("POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n{headers}\r\n\r\n")
}

#[tokio::test]
async fn a_refusal_that_leaves_a_body_unread_says_that_the_connection_ends() {
    let app = App::start().await;
    let json = "content-type: application/json";
    let known = format!("{json}\r\nauthorization: {}", app.member().authorization());
    for (headers, length, status) in [
        (json, 1_000_000, "401"),
        // Small, but it does not come.
        (json, 100, "401"),
        (&known, 2_000_000, "413"),
        ("content-type: text/plain", 1_000_000, "415"),
    ] {
        let mut wire = Wire::to(&app).await;
        wire.write(&head(headers, length)).await;
        let (answer, _) = wire.answer().await;
        assert!(answer.starts_with(&format!("http/1.1 {status}")), "{answer}");
        assert!(answer.contains("\r\nconnection: close"), "{answer}");
        wire.closed().await;
    }
}

#[tokio::test]
async fn the_connection_goes_on_where_little_was_left_unread() {
    let app = App::start().await;
    let body = json!({ "query": ROLE }).to_string();
    let mut wire = Wire::to(&app).await;
    for padding in [0, 10_000] {
        let body = format!("{body}{}", " ".repeat(padding));
        wire.write(&head("content-type: application/json", body.len())).await;
        wire.write(&body).await;
        let (answer, _) = wire.answer().await;
        assert!(answer.starts_with("http/1.1 401") && !answer.contains("connection: close"), "{answer}");
    }
    let member = format!("content-type: application/json\r\nauthorization: {}", app.member().authorization());
    wire.write(&head(&member, body.len())).await;
    wire.write(&body).await;
    let (answer, text) = wire.answer().await;
    assert!(answer.starts_with("http/1.1 200") && !answer.contains("connection: close"), "{answer}");
    assert!(text.contains("MEMBER"), "{text}");
}

#[tokio::test]
async fn a_body_is_utf_8_and_nothing_else() {
    let app = App::start().await;
    for (charset, status) in [
        ("utf-8", 200),
        ("\"UTF-8\"", 200),
        ("utf8", 200),
        ("UTF8", 200),
        ("\"Utf8\"", 200),
        ("Utf-8 ; other=parameter", 200),
        ("latin1", 415),
        ("\"iso-8859-1\"", 415),
        ("utf-16", 415),
        ("utf-8; charset=latin1", 415),
        ("", 415),
    ] {
        for name in ["charset", "CHARSET"] {
            let request = app.member().request(Method::POST, "/graphql");
            let request = request.header("content-type", format!("application/json; {name}={charset}"));
            let answer = Answer::of(request.body(json!({ "query": ROLE }).to_string())).await;
            assert_eq!(answer.status, status, "{charset}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn who_sends_another_type_or_none_is_told_what_to_send() {
    let app = App::start().await;
    let body = json!({ "query": ROLE }).to_string();
    for path in ["/graphql", "/graphql/stream"] {
        for content_type in [None, Some(""), Some("text/plain;charset=UTF-8"), Some("application/graphql+json")] {
            let request = app.member().request(Method::POST, path).body(body.clone());
            let answer = Answer::of(match content_type {
                Some(content_type) => request.header("content-type", content_type),
                None => request,
            })
            .await;
            assert_eq!(answer.status, 415, "{}", answer.text);
            answer.refused("BAD_USER_INPUT");
            assert!(
                answer.text.contains("`Content-Type`") && answer.text.contains("`application/json`"),
                "{}",
                answer.text
            );
        }
    }
    for content_type in
        ["APPLICATION/JSON", "application/json;charset=utf-8", " application/json ; Charset = \"utf-8\" "]
    {
        let request = app.member().request(Method::POST, "/graphql").header("content-type", content_type);
        assert_eq!(Answer::of(request.body(body.clone())).await.str("/viewer/role"), "MEMBER", "{content_type}");
    }
}

#[tokio::test]
async fn names_of_headers_are_written_in_title_case() {
    let app = App::start().await;
    let mut stream = TcpStream::connect(app.url.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    for name in ["Content-Type: ", "Content-Length: ", "X-Request-Id: ", "Date: "] {
        assert!(answer.contains(&format!("\r\n{name}")), "{name} in {answer}");
    }
}
