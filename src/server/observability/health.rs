//! Whether the process lives, and whether it can serve.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::db::readiness::Readiness;
use crate::server::App;

/// The process answers. It never touches the database.
pub async fn live() -> Response {
    Json(json!({ "status": "live" })).into_response()
}

/// The database answers, can be written, or need not be, and has every migration, tokens can be verified, and the end has
/// not begun.
pub async fn ready(State(app): State<App>) -> Response {
    let reason = if app.is_retiring() {
        "The server is stopping."
    } else {
        match app.0.db.readiness().await {
            Readiness::Ready if app.0.authenticator.is_ready() => {
                return Json(json!({ "status": "ready" })).into_response();
            }
            Readiness::ReadOnly if app.0.settings.allow_read_only && app.0.authenticator.is_ready() => {
                return Json(json!({ "status": "read-only" })).into_response();
            }
            Readiness::Ready => "The key set of tokens has not been read yet.",
            Readiness::Starting => "The server is starting.",
            Readiness::Silent => "The database does not answer.",
            Readiness::ReadOnly => "The database cannot be written.",
            Readiness::Unmigrated => "The database is not migrated.",
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "reason": reason }))).into_response()
}
