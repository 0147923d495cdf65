//! GraphiQL, built from `web/` by the build script and embedded, and the schema as a file.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;

use super::App;
use crate::api::Openness;

// `PAGE`, and `ASSETS`: the files it loads, by name, compressed with gzip.
include!(concat!(env!("OUT_DIR"), "/web.rs"));

/// Nothing but what this server sends may run, load or be asked. The editor lays its lines out with `style` attributes.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// GraphiQL's routes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(Redirect::temporary("/graphiql")))
        .route("/graphiql", get(page))
        .route("/graphiql/", get(page))
        .route("/graphiql/assets/{name}", get(asset))
        .route_layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, POLICY))
}

/// GraphiQL. In demo mode it is told a token per role.
async fn page(State(app): State<App>) -> impl IntoResponse {
    let roles: Vec<_> = app
        .0
        .settings
        .demo_tokens
        .iter()
        .map(|(subject, token)| serde_json::json!({ "subject": subject, "token": token }))
        .collect();
    let page = if roles.is_empty() {
        PAGE.to_owned()
    } else {
        // `<` cannot end the script element when it is written as an escape.
        let roles = serde_json::Value::from(roles).to_string().replace('<', "\\u003c");
        PAGE.replacen("</head>", &format!(r#"<script id="roles" type="application/json">{roles}</script></head>"#), 1)
    };
    ([(header::CACHE_CONTROL, "no-store")], Html(page))
}

/// A file of the page. Its name changes with its content. It is sent compressed to everybody, since every browser
/// takes gzip.
async fn asset(Path(name): Path<String>) -> Response {
    let Some((_, content)) = ASSETS.iter().find(|(known, _)| *known == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, media_type(&name)),
        (header::CONTENT_ENCODING, "gzip"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, *content).into_response()
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        _ => "application/octet-stream",
    }
}

/// `schema.graphql`.
pub async fn schema(State(app): State<App>) -> Response {
    if app.0.api.openness() == Openness::Closed {
        return StatusCode::NOT_FOUND.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], app.0.sdl.clone()).into_response()
}
