//! Whether the process lives, and whether it can serve.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::App;
use crate::db::readiness::Readiness;

/// The process answers. It never touches the database.
pub async fn live() -> Response {
    Json(json!({ "status": "live" })).into_response()
}

/// The database answers, can be written and has every migration, and the end has not begun.
pub async fn ready(State(app): State<App>) -> Response {
    let reason = if app.is_retiring() {
        "The server is stopping."
    } else {
        match app.0.db.readiness().await {
            Readiness::Ready => return Json(json!({ "status": "ready" })).into_response(),
            Readiness::Starting => "The server is starting.",
            Readiness::Silent => "The database does not answer.",
            Readiness::ReadOnly => "The database cannot be written.",
            Readiness::Unmigrated => "The database is not migrated.",
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready", "reason": reason }))).into_response()
}
