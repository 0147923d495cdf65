//! Whether the process lives, and whether it can serve.

use axum::extract::State;
use axum::http::StatusCode;

use super::App;

/// The process answers. It never touches the database.
pub async fn live() -> &'static str {
    "live\n"
}

/// The database answers, can be written, and has every migration.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.0.db.is_ready().await {
        Ok(true) => (StatusCode::OK, "ready\n"),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the database cannot be written or is not migrated\n"),
        Err(error) => {
            tracing::warn!(code = error.code().as_str(), "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
