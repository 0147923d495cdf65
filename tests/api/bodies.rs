//! What bodies are.

use reqwest::Method;
use serde_json::json;

use crate::kit::{Answer, App};

const ROLE: &str = "{ viewer { role } }";

#[tokio::test]
async fn a_body_is_utf_8_and_nothing_else() {
    let app = App::start().await;
    for (charset, status) in [
        ("utf-8", 200),
        ("\"UTF-8\"", 200),
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
