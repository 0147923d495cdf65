//! Heads of requests that are too large, or no heads at all.

use crate::kit::App;
use crate::limits::pools::{ROLE, Wire};

/// What the server answers to a head, and that it closes the connection then.
async fn answer(app: &App, head: &str) -> (u16, String) {
    let mut wire = Wire::to(&app.url).await;
    wire.write(head).await;
    let status = wire.status().await;
    (status, wire.rest().await)
}

#[tokio::test]
async fn a_head_that_is_too_large_or_malformed_is_told_so() {
    let app = App::start().await;
    let line = "GET /health/live HTTP/1.1\r\nhost: a\r\n";
    for (head, expected, code) in [
        (format!("{line}x: {}\r\n\r\n", "x".repeat(100_000)), 431, "request_too_large"),
        (format!("{line}{}\r\n", "x: y\r\n".repeat(100)), 431, "request_too_large"),
        (format!("GET /graphql?query={} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(66_000)), 414, "request_too_large"),
        ("GET /\u{1} HTTP/1.1\r\n\r\n".to_owned(), 400, "bad_user_input"),
        ("NONSENSE\r\n\r\n".to_owned(), 400, "bad_user_input"),
    ] {
        let (status, rest) = answer(&app, &head).await;
        assert_eq!(status, expected, "{rest}");
        for name in
            ["Content-Type: ", "Content-Length: ", "Connection: ", "Cache-Control: ", "X-Content-Type-Options: "]
        {
            assert!(rest.contains(&format!("\r\n{name}")), "{name} in {rest}");
        }
        let rest = rest.to_ascii_lowercase();
        assert!(rest.contains("content-type: application/json"), "{rest}");
        assert!(rest.contains(&format!("\"code\":\"{code}\"")), "{rest}");
        assert!(rest.contains("connection: close") && !rest.contains("\"data\""), "{rest}");
        let (head, body) = rest.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{rest}");
    }
}

#[tokio::test]
async fn a_connection_that_was_used_is_told_the_same() {
    let app = App::start().await;
    let mut wire = Wire::to(&app.url).await;
    wire.ask(&app.member(), ROLE).await;
    assert_eq!(wire.status().await, 200);
    wire.write("NONSENSE\r\n\r\n").await;
    let rest = wire.rest().await;
    assert!(rest.contains("HTTP/1.1 400 Bad Request") && rest.contains("malformed"), "{rest}");
}

#[tokio::test]
async fn large_tokens_and_addresses_are_taken() {
    let app = App::start().await;
    let document = format!("query {{ viewer {{ role }} }} #{}", "x".repeat(60_000));
    let path = format!("/graphql?query={}", document.replace(' ', "%20").replace('{', "%7B").replace('}', "%7D"));
    let path = path.replace('#', "%23");
    let headers = "x: ".to_owned() + &"y".repeat(16_000);
    let member = app.member();
    let mut wire = Wire::to(&app.url).await;
    wire.write(&format!(
        "GET {path} HTTP/1.1\r\nhost: a\r\n{headers}\r\nauthorization: {}\r\n\r\n",
        member.authorization()
    ))
    .await;
    assert_eq!(wire.status().await, 200);
}
