//! HTTP: from a request to a scope, and from a GraphQL answer to a response.

mod graphql;
mod health;
mod playground;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;

use crate::api::{self, Api};
use crate::auth::Authenticator;
use crate::db::Db;

/// What the handlers share.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    authenticator: Authenticator,
    api: Api,
    settings: Settings,
    sdl: String,
}

/// What the handlers need to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How large a body may be, in bytes.
    pub max_body_bytes: usize,
    /// How large a document may be, in bytes.
    pub max_document_bytes: usize,
    /// Tokens that the playground offers, by subject; only in demo mode.
    pub demo_tokens: Vec<(String, String)>,
}

impl App {
    /// The server over a database.
    #[must_use]
    pub fn new(db: Db, authenticator: Authenticator, api: Api, settings: Settings) -> Self {
        Self(Arc::new(Inner { db, authenticator, api, settings, sdl: api::sdl() }))
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/graphql", get(graphql::get).post(graphql::post))
            .route("/graphiql", get(playground::page))
            .route("/schema.graphql", get(playground::schema))
            .route("/health/live", get(health::live))
            .route("/health/ready", get(health::ready))
            .layer(DefaultBodyLimit::max(self.0.settings.max_body_bytes))
            .with_state(self.clone())
    }
}
