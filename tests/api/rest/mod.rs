//! The REST API.

mod conditional;
mod conformance;
mod equal;
mod lists;
mod openapi;
mod refusals;
mod rows;
mod writes;

use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::{Answer, App, Asker, Row, make};

/// The media type of JSON:API.
pub const JSON_API: &str = "application/vnd.api+json";

/// Sends a body.
pub async fn send(asker: &Asker, method: Method, path: &str, body: &Value) -> Answer {
    let request = asker.request(method, path).header("content-type", JSON_API).header("accept", JSON_API);
    Answer::of(request.body(body.to_string())).await
}

/// The ids of a list's resources.
#[track_caller]
pub fn ids(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let rows = answer.json["data"].as_array().unwrap_or_else(|| panic!("there is no list: {}", answer.text));
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// Asserts that all it says is one error of this status and code, and what that is about.
#[track_caller]
pub fn refused(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], JSON_API, "{}", answer.text);
    let error = &answer.json["errors"][0];
    assert_eq!((&error["status"], &error["code"]), (&json!(status.to_string()), &json!(code)), "{}", answer.text);
    for text in ["title", "detail"] {
        assert!(error[text].as_str().is_some_and(|text| !text.is_empty()), "{}", answer.text);
    }
    assert!(
        answer.json.get("data").is_none() && answer.json["errors"].as_array().unwrap().len() == 1,
        "{}",
        answer.text
    );
    error["source"].clone()
}

/// A connector with a workspace connector of it.
pub async fn connected(app: &App) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, &app.here, &connector, json!({})).await
}
