//! The dashboard, built from `dashboard/` by the build script and embedded, with the documents that it asks.

mod oidc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde_json::json;
use tower_http::set_header::SetResponseHeaderLayer;
use uuid::Uuid;

pub use oidc::{Issuer, NotAnIssuer, Oidc};

use crate::server::App;
use crate::server::pages::{Page, json_script, people};

/// The dashboard's page.
static DASHBOARD: Page = include!(concat!(env!("OUT_DIR"), "/dashboard_index.rs"));

/// The manifest of the documents that it asks, as its build wrote it: empty when it was not built.
pub(super) const DOCUMENTS: &str = include_str!(concat!(env!("OUT_DIR"), "/dashboard/documents.json"));

/// The addresses of its views. `dashboard/src/app/router.tsx` knows the same ones.
const VIEWS: [&str; 14] = [
    "/",
    "/connectors",
    "/connectors/{id}",
    "/runs",
    "/runs/{id}",
    "/diagnostics",
    "/documents",
    "/provenance",
    "/mappings",
    "/mappings/{id}",
    "/collects",
    "/tasks",
    "/members",
    "/signed-in",
];

/// What the dashboard needs to know.
#[derive(Clone, Debug, Default)]
pub struct DashboardSettings {
    /// The OpenID Connect provider that people sign in with; without one, they paste a token.
    pub oidc: Option<Oidc>,
}

/// The dashboard's routes; without it, the address alone leads to GraphiQL.
pub(super) fn routes(settings: Option<&DashboardSettings>) -> Router<App> {
    if settings.is_none() {
        return Router::new().route("/", get(Redirect::temporary("/graphiql")));
    }
    let assets = Router::new()
        .route("/dashboard/assets/{name}", get(asset))
        // A worker has the policy that its own file comes with.
        .route_layer(SetResponseHeaderLayer::overriding(header::CONTENT_SECURITY_POLICY, WORKER_POLICY));
    VIEWS.iter().fold(assets, |routes, view| routes.route(view, get(page)))
}

/// What a worker may do: run what this server sends, and ask nobody.
const WORKER_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; script-src 'self'");

/// Nothing but what this server sends may run or load, and only it and the provider may be asked. Style elements that
/// the components make carry the page's nonce.
fn policy(nonce: &str, oidc: Option<&Oidc>) -> String {
    let provider = oidc.map(Oidc::origins).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; connect-src 'self'{provider}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// Every view is the same page, which looks at its address. In demo mode it is told a token per person.
async fn page(State(app): State<App>) -> Response {
    let settings = &app.0.settings;
    let oidc = settings.dashboard.as_ref().and_then(|dashboard| dashboard.oidc.as_ref());
    let nonce = Uuid::new_v4().simple().to_string();
    let config = json!({ "people": people(&settings.demo_tokens), "oidc": oidc.map(Oidc::to_json) });
    let head =
        format!(r#"<meta property="csp-nonce" nonce="{nonce}" content="{nonce}" />{}"#, json_script("config", &config));
    let mut response = DASHBOARD.with_head(&head).into_response();
    if let Ok(policy) = HeaderValue::from_str(&policy(&nonce, oidc)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

async fn asset(Path(name): Path<String>) -> Response {
    DASHBOARD.asset(&name)
}
