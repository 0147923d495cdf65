//! The page to explore the API with, and the schema as a file.

use axum::extract::State;
use axum::http::header;
use axum::response::{Html, IntoResponse};

use super::App;

const PAGE: &str = include_str!("playground.html");

/// GraphiQL. In demo mode it offers a token per role.
pub async fn page(State(app): State<App>) -> Html<String> {
    let tokens: Vec<_> = app
        .0
        .settings
        .demo_tokens
        .iter()
        .map(|(subject, token)| serde_json::json!({ "subject": subject, "token": token }))
        .collect();
    // `<` cannot end the script element when it is written as an escape.
    let tokens = serde_json::Value::from(tokens).to_string().replace('<', "\\u003c");
    Html(PAGE.replace("/*DEMO_TOKENS*/[]", &tokens))
}

/// `schema.graphql`.
pub async fn schema(State(app): State<App>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], app.0.sdl.clone())
}
