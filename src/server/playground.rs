//! GraphiQL and the reference of REST, built from `web/` by the build script and embedded, and the schema as a file.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::api::Introspection;
use crate::server::App;
use crate::server::pages::{Page, json_script, people};
use crate::server::rest;

/// GraphiQL's page.
static GRAPHIQL: Page = include!(concat!(env!("OUT_DIR"), "/web_index.rs"));

/// The reference's page, whose files are among GraphiQL's.
static REFERENCE: Page = include!(concat!(env!("OUT_DIR"), "/web_reference.rs"));

/// Nothing but what this server sends may run, load or be asked. The editor lays its lines out with `style` attributes.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The routes of both.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/graphiql", get(graphiql))
        .route("/graphiql/", get(graphiql))
        .route("/v1/docs", get(reference))
        .route("/graphiql/assets/{name}", get(asset))
        .route_layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, POLICY))
}

/// GraphiQL.
async fn graphiql(State(app): State<App>) -> impl IntoResponse {
    GRAPHIQL.with_head(&roles(&app))
}

/// The reference of REST. Where the API does not tell what it has, there is none.
async fn reference(State(app): State<App>) -> Response {
    if app.0.api.introspection() == Introspection::Disabled {
        return rest::nowhere();
    }
    REFERENCE.with_head(&roles(&app)).into_response()
}

/// In demo mode, a token per role.
fn roles(app: &App) -> String {
    let tokens = &app.0.settings.demo_tokens;
    if tokens.is_empty() { String::new() } else { json_script("roles", &people(tokens)) }
}

async fn asset(Path(name): Path<String>) -> Response {
    GRAPHIQL.asset(&name)
}

/// `schema.graphql`.
pub async fn schema(State(app): State<App>) -> Response {
    if app.0.api.introspection() == Introspection::Disabled {
        return StatusCode::NOT_FOUND.into_response();
    }
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], app.0.sdl.clone()).into_response()
}
