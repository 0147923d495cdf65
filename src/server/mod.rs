//! HTTP: from a request to a scope, and from a GraphQL answer to a response.

mod dashboard;
mod graphql;
mod lifecycle;
mod limits;
pub mod listen;
mod observability;
mod pages;
mod playground;
mod rest;
mod transport;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use graphql_limits::Limits;
use graphql_limits::cost::Catalogue;
use graphql_limits::typing::Types;
use tower::ServiceBuilder;
use tower::util::MapRequestLayer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::decompression::RequestDecompressionLayer;

use graphql::answer_cache::{AnswerCache, Keepable};
use graphql::operation::HttpError;
use graphql::query_document::QueryDocuments;
use lifecycle::Lifecycle;
use limits::answers::AnswerBudget;
use limits::rate::Rates;
use limits::sockets::SocketLimits;
use observability::{health, metrics, requests};
use transport::accept::Media;
use transport::body::Bodies;
use transport::{codec, compression, http, websocket};

pub use dashboard::{DashboardSettings, Issuer, NotAnIssuer, Oidc};
pub use graphql::answer_cache::DEFAULT_ANSWER_CACHE_BYTES;
pub use graphql::query_document::{DocumentSettings, Trust, Trusted, TrustedError};
pub use limits::answers::AnswerSettings;
pub use limits::rate::RateSettings;
pub use observability::metrics::MetricsAccess;
pub use transport::origins::{NotAnOrigin, Origin, Origins, RequestHeader};
pub use transport::websocket::SocketSettings;

use crate::api::{self, Api};
use crate::auth::Authenticator;
use crate::db::Db;
use crate::db::limiter::PrincipalLimiter;
use crate::error::{Code, Error};
use crate::events::Feed;
use crate::rest::model::Model;
use crate::rest::openapi;
use crate::rest::problem::Problem;
use crate::telemetry::{Metrics, Otlp};

/// What the handlers share.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    feed: Feed,
    authenticator: Authenticator<Db>,
    api: Api,
    settings: Settings,
    sdl: Bytes,
    catalogue: Catalogue,
    types: Types,
    rest: Model,
    openapi: Bytes,
    documents: QueryDocuments,
    lifecycle: Lifecycle,
    sockets: Arc<SocketLimits>,
    bodies: Bodies,
    answers: Arc<AnswerBudget>,
    answer_cache: Arc<AnswerCache>,
    rates: Option<Rates>,
    /// Of events that are read at once.
    events: Arc<PrincipalLimiter>,
    events_of_workspaces: Arc<PrincipalLimiter<i32>>,
    /// Of requests over HTTP that are under way at once.
    requests: Arc<PrincipalLimiter>,
    /// Of requests, sockets and event streams at once: whatever takes a connection that may not be closed for others.
    connections: Arc<PrincipalLimiter<i32>>,
    metrics: Metrics,
}

/// What the handlers need to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How large a body may be, in bytes.
    pub max_body_bytes: usize,
    /// What a document may be.
    pub limits: Limits,
    /// What an operation may cost, as if every list were made from as many rows.
    pub most_cost: u64,
    /// What an event of a subscription may cost, if that is less.
    pub most_subscription_cost: u64,
    /// Whether plain selections are answered the short way, by plans.
    pub plans: bool,
    /// What the server does with documents.
    pub documents: DocumentSettings,
    /// The origins whose pages may talk to the server.
    pub origins: Origins,
    /// What each principal may spend; without it, as much as it likes.
    pub rate: Option<RateSettings>,
    /// How much memory may be under way.
    pub answers: AnswerSettings,
    /// What the answers may take that are kept in memory, in bytes; 0 keeps none.
    pub answer_cache_bytes: u64,
    /// Requests of one principal over HTTP that are under way at once.
    pub requests_per_principal: usize,
    /// Requests, sockets and event streams of one workspace at once.
    pub connections_per_workspace: usize,
    /// Who may read the metrics.
    pub metrics: MetricsAccess,
    /// Where metrics are sent.
    pub otlp: Option<Otlp>,
    /// What clients may take that stay connected.
    pub sockets: SocketSettings,
    /// How long a query may take.
    pub query_timeout: Duration,
    /// How long a mutation may take.
    pub mutation_timeout: Duration,
    /// What the dashboard needs to know, where there is one.
    pub dashboard: Option<DashboardSettings>,
    /// Tokens that the dashboard and GraphiQL offer, by subject; only in demo mode.
    pub demo_tokens: Vec<(String, String)>,
    /// Whether it is ready while the database cannot be written.
    pub allow_read_only: bool,
}

impl App {
    /// The server over a database.
    ///
    /// # Errors
    /// When the schema's own text cannot be read or there can be no metrics, which would be a defect.
    pub fn new(
        db: Db,
        feed: Feed,
        authenticator: Authenticator<Db>,
        api: Api,
        settings: Settings,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let sdl = api::sdl();
        let (catalogue, types) = (Catalogue::from_sdl(&sdl, api::COST_HINTS)?, Types::from_sdl(&sdl, api::SCALARS)?);
        let rest = Model::new(&sdl, &api::RESOURCES)?;
        let openapi = openapi::document(&rest)?.into();
        let lifecycle = Lifecycle::default();
        let documents = QueryDocuments::new(settings.documents.clone(), Keepable::from_sdl(&sdl)?);
        let sockets = Arc::new(SocketLimits::new(&settings.sockets));
        let rates = settings.rate.map(Rates::new);
        // More could only wait for connections.
        let events = PrincipalLimiter::new(db.share());
        let events_of_workspaces = PrincipalLimiter::new(db.workspace_share());
        let requests = PrincipalLimiter::new(settings.requests_per_principal);
        let connections = PrincipalLimiter::new(settings.connections_per_workspace);
        let bodies = Bodies::new(settings.max_body_bytes);
        let answers = Arc::new(AnswerBudget::new(settings.answers));
        let trusted = settings.documents.trusted.operation_names(&settings.limits);
        let metrics = Metrics::new(trusted.into_iter(), settings.otlp.as_ref())?;
        db.measure(metrics.meter());
        sockets.measure(metrics.meter());
        answers.measure(metrics.meter());
        let generations = feed.generations().clone();
        let answer_cache = AnswerCache::new(settings.answer_cache_bytes, generations, metrics.meter());
        let inner = Inner {
            db,
            feed,
            authenticator,
            api,
            settings,
            sdl: sdl.into(),
            catalogue,
            types,
            rest,
            openapi,
            documents,
            lifecycle,
            sockets,
            bodies,
            answers,
            answer_cache,
            rates,
            events,
            events_of_workspaces,
            requests,
            connections,
            metrics,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// What is measured of it.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        // The limit of a body's size is that of what comes out here.
        let operations = Router::new()
            .route("/graphql", get(http::get).post(http::post))
            .route("/graphql/stream", get(http::get_stream).post(http::post_stream))
            .merge(rest::routes(&self.0.rest))
            .route_layer(RequestDecompressionLayer::new().pass_through_unaccepted(true))
            .route_layer(MapRequestLayer::new(compression::normalize_content_encoding));
        let common = ServiceBuilder::new()
            .layer(middleware::from_fn_with_state(self.clone(), requests::observe))
            .option_layer(self.0.settings.origins.cors())
            .layer(middleware::from_fn(compression::negotiate))
            .layer(compression::compression())
            .layer(CatchPanicLayer::custom(panicked));
        operations
            .route("/graphql/ws", get(websocket::open))
            .merge(dashboard::routes(self.0.settings.dashboard.as_ref()))
            .merge(playground::routes())
            .route("/schema.graphql", get(playground::schema))
            .route("/v1/openapi.json", get(rest::openapi))
            .route("/health/live", get(health::live))
            .route("/health/ready", get(health::ready))
            .route("/metrics", get(metrics::shared))
            .fallback(nothing_here)
            .method_not_allowed_fallback(not_that_method)
            .layer(common)
            .with_state(self.clone())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_body_bytes: 1_048_576,
            limits: Limits::default(),
            most_cost: graphql_limits::cost::MAX_COST,
            most_subscription_cost: graphql_limits::cost::MAX_SUBSCRIPTION_COST,
            plans: true,
            documents: DocumentSettings::default(),
            origins: Origins::default(),
            rate: None,
            answers: AnswerSettings::default(),
            answer_cache_bytes: DEFAULT_ANSWER_CACHE_BYTES,
            requests_per_principal: 400,
            connections_per_workspace: 600,
            metrics: MetricsAccess::default(),
            otlp: None,
            sockets: SocketSettings::default(),
            query_timeout: Duration::from_secs(10),
            mutation_timeout: Duration::from_secs(15),
            dashboard: Some(DashboardSettings::default()),
            demo_tokens: Vec::new(),
            allow_read_only: false,
        }
    }
}

/// Whether an address is one of the REST API.
fn is_rest(uri: &Uri) -> bool {
    uri.path() == "/v1" || uri.path().starts_with("/v1/")
}

async fn nothing_here(uri: Uri) -> Response {
    if is_rest(&uri) {
        return rest::nowhere();
    }
    let error = Error::new(Code::NotFound, "Nothing is served at this address.");
    codec::respond(Media::Json, Err(HttpError::new(StatusCode::NOT_FOUND, error).into()))
}

async fn not_that_method(uri: Uri) -> Response {
    if is_rest(&uri) {
        let problem = Problem::new(Code::BadUserInput, "The method is not allowed at this address.");
        return rest::nothing(problem.status(405));
    }
    let error = Error::bad_input(match uri.path() {
        "/graphql" | "/graphql/stream" => {
            "This address takes `GET` and `POST`. A stream answers one operation: the single connection mode of GraphQL \
             over SSE is not served."
        }
        _ => "The method is not allowed at this address.",
    });
    codec::respond(Media::Json, Err(HttpError::new(StatusCode::METHOD_NOT_ALLOWED, error).into()))
}

/// The answer of a handler that panicked: a defect of the server, but only of this request.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    codec::respond(Media::Json, Err(Error::internal("a handler panicked").into()))
}
