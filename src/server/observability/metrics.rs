//! `GET /metrics`: what Prometheus reads.
//!
//! The numbers are those of all workspaces together, so not everybody may read them. A peer from this machine is no
//! proof of anything: a proxy that ends TLS is one, too, and sends whatever it is sent.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::server::App;
use crate::server::transport::accept::Media;
use crate::server::transport::codec::respond;

/// Who may read the metrics where the API is served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MetricsAccess {
    /// Nobody.
    #[default]
    Closed,
    /// Everybody.
    Open,
    /// Whoever shows the token with this SHA-256.
    Token([u8; 32]),
}

impl MetricsAccess {
    /// For whoever shows this token.
    #[must_use]
    pub fn token(token: &str) -> Self {
        Self::Token(Sha256::digest(token).into())
    }

    fn allows(self, headers: &HeaderMap) -> bool {
        match self {
            Self::Closed => false,
            Self::Open => true,
            Self::Token(wanted) => headers
                .get(header::AUTHORIZATION)
                .and_then(|value| value.to_str().ok()?.split_once(' '))
                .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                // Hashes can be compared in any time: nobody can come closer to one step by step.
                .is_some_and(|(_, token)| <[u8; 32]>::from(Sha256::digest(token.trim())) == wanted),
        }
    }
}

impl App {
    /// The metrics alone, for an address of their own.
    pub fn metrics_router(&self) -> Router {
        Router::new().route("/metrics", get(own)).with_state(self.clone())
    }
}

/// On the address of the API.
pub async fn shared(State(app): State<App>, headers: HeaderMap) -> Response {
    let access = app.0.settings.metrics;
    if access == MetricsAccess::Closed {
        let hint = "Metrics are served on an address of their own (WELL_METRICS_LISTEN), or here to whoever shows a token \
             (WELL_METRICS_TOKEN).\n";
        return (StatusCode::NOT_FOUND, hint).into_response();
    }
    answer(&app, access, &headers)
}

/// On an address of their own: a token that is set is wanted there, too.
async fn own(State(app): State<App>, headers: HeaderMap) -> Response {
    let access = match app.0.settings.metrics {
        MetricsAccess::Closed => MetricsAccess::Open,
        access => access,
    };
    answer(&app, access, &headers)
}

fn answer(app: &App, access: MetricsAccess, headers: &HeaderMap) -> Response {
    if !access.allows(headers) {
        return respond(Media::Json, Err(Error::unauthenticated().into()));
    }
    match app.0.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => respond(Media::Json, Err(Error::internal(error).into())),
    }
}
