//! HTTP: from a request to a scope, and from a GraphQL answer to a response.

mod documents;
mod graphql;
mod health;
pub mod listen;
mod operation;
mod playground;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderValue, header};
use axum::routing::get;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TrackedFuture;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;

use documents::Documents;

pub use documents::{DocumentSettings, Trust, Trusted, TrustedError};

use crate::api::{self, Api};
use crate::auth::Authenticator;
use crate::db::Db;
use crate::document::Limits;
use crate::document::cost::Catalogue;

/// What the handlers share.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    authenticator: Authenticator,
    api: Api,
    settings: Settings,
    sdl: String,
    catalogue: Catalogue,
    documents: Documents,
    retiring: AtomicBool,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

/// What the handlers need to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How large a body may be, in bytes.
    pub max_body_bytes: usize,
    /// What a document may be.
    pub limits: Limits,
    /// What an operation may cost, in rows that its pages could return.
    pub most_cost: u64,
    /// What the server does with documents.
    pub documents: DocumentSettings,
    /// How long a query may take.
    pub query_timeout: Duration,
    /// How long a mutation may take.
    pub mutation_timeout: Duration,
    /// Tokens that the playground offers, by subject; only in demo mode.
    pub demo_tokens: Vec<(String, String)>,
}

impl App {
    /// The server over a database.
    ///
    /// # Errors
    /// When the schema's own text cannot be read, which would be a defect of the schema.
    pub fn new(
        db: Db,
        authenticator: Authenticator,
        api: Api,
        settings: Settings,
    ) -> Result<Self, async_graphql::parser::Error> {
        let sdl = api::sdl();
        let catalogue = Catalogue::from_sdl(&sdl)?;
        let (stopping, tasks) = (CancellationToken::new(), TaskTracker::new());
        let documents = Documents::new(settings.documents.clone());
        Ok(Self(Arc::new(Inner { db, authenticator, api, settings, sdl, catalogue, documents, stopping, tasks })))
    }

    /// Is not ready any more, and goes on as before.
    pub fn retire(&self) {
        self.0.retiring.store(true, Ordering::Relaxed);
    }

    /// Whether it is not ready because its end is near.
    #[must_use]
    pub fn is_retiring(&self) -> bool {
        self.0.retiring.load(Ordering::Relaxed) || self.0.stopping.is_cancelled()
    }

    /// Begins the end: sockets close. Requests that are running go on.
    pub fn stop(&self) {
        self.0.stopping.cancel();
    }

    /// Waits until the end begins; at once when it has begun.
    pub fn stopping(&self) -> WaitForCancellationFutureOwned {
        self.0.stopping.clone().cancelled_owned()
    }

    /// What goes on after its request was answered, as a socket does, and is waited for at the end. It watches
    /// [`App::stopping`] to come to an end itself.
    pub fn track<F: Future>(&self, task: F) -> TrackedFuture<F> {
        self.0.tasks.track_future(task)
    }

    /// Waits until all that is tracked has ended.
    pub async fn finished(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/graphql", get(graphql::get).post(graphql::post))
            .merge(playground::routes())
            .route("/schema.graphql", get(playground::schema))
            .route("/health/live", get(health::live))
            .route("/health/ready", get(health::ready))
            .layer(DefaultBodyLimit::max(self.0.settings.max_body_bytes))
            .layer(SetResponseHeaderLayer::if_not_present(
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ))
            .layer(PropagateRequestIdLayer::x_request_id())
            .layer(TraceLayer::new_for_http().make_span_with(span))
            .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
            .with_state(self.clone())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_body_bytes: 1_048_576,
            limits: Limits::default(),
            most_cost: crate::document::cost::MOST_COST,
            documents: DocumentSettings::default(),
            query_timeout: Duration::from_secs(10),
            mutation_timeout: Duration::from_secs(15),
            demo_tokens: Vec::new(),
        }
    }
}

/// What every line of the log about a request says: its id, which the client is told too.
fn span(request: &Request) -> tracing::Span {
    let id = request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
}
