//! HTTP: from a request to a scope, and from a GraphQL answer to a response.

mod admission;
mod answer;
mod body;
mod delivery;
mod documents;
mod execution;
mod graphql;
mod health;
mod lifecycle;
pub mod listen;
mod metrics;
mod observe;
mod operation;
mod origins;
mod pace;
mod playground;
mod rate;
mod seats;
mod socket;
mod stream;
mod watch;
mod wire;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::Response;
use axum::routing::get;
use tower::ServiceBuilder;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::decompression::RequestDecompressionLayer;

use body::Bodies;
use documents::Documents;
use lifecycle::Lifecycle;
use operation::Refusal;
use rate::Rates;
use seats::Seats;
use wire::Media;

pub use documents::{DocumentSettings, Trust, Trusted, TrustedError};
pub use metrics::MetricsAccess;
pub use origins::{NotAnOrigin, Origin, Origins};
pub use rate::RateSettings;
pub use socket::SocketSettings;

use crate::api::{self, Api};
use crate::auth::Authenticator;
use crate::db::Db;
use crate::db::turns::Turns;
use crate::document::Limits;
use crate::document::cost::Catalogue;
use crate::error::{Code, Error};
use crate::telemetry::{Metrics, Otlp};
use crate::typing::Types;

/// Answers below this size, in bytes, are not worth compressing.
const WORTH_COMPRESSING: u16 = 1_024;

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
    types: Types,
    documents: Documents,
    lifecycle: Lifecycle,
    seats: Arc<Seats>,
    bodies: Bodies,
    rates: Option<Rates>,
    /// Of events that are read at once.
    events: Arc<Turns>,
    metrics: Metrics,
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
    /// Tokens that the playground offers, by subject; only in demo mode.
    pub demo_tokens: Vec<(String, String)>,
}

impl App {
    /// The server over a database.
    ///
    /// # Errors
    /// When the schema's own text cannot be read or there can be no metrics, which would be a defect.
    pub fn new(
        db: Db,
        authenticator: Authenticator,
        api: Api,
        settings: Settings,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let sdl = api::sdl();
        let (catalogue, types) = (Catalogue::from_sdl(&sdl)?, Types::from_sdl(&sdl)?);
        let lifecycle = Lifecycle::default();
        let documents = Documents::new(settings.documents.clone());
        let seats = Arc::new(Seats::new(&settings.sockets));
        let rates = settings.rate.map(Rates::new);
        // More could only wait for connections.
        let events = Turns::new(db.share());
        let bodies = Bodies::new(settings.max_body_bytes);
        let trusted = settings.documents.trusted.operation_names(&settings.limits);
        let metrics = Metrics::new(trusted.into_iter(), settings.otlp.as_ref())?;
        db.measure(metrics.meter());
        seats.measure(metrics.meter());
        let inner = Inner {
            db,
            authenticator,
            api,
            settings,
            sdl,
            catalogue,
            types,
            documents,
            lifecycle,
            seats,
            bodies,
            rates,
            events,
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
            .route("/graphql", get(graphql::get).post(graphql::post))
            .route("/graphql/stream", get(stream::get).post(stream::post))
            .route_layer(RequestDecompressionLayer::new().pass_through_unaccepted(true));
        // Nobody else can make a client send its token with words of their own, so that the size of an answer tells
        // nothing of the secrets in it. Events must not wait for each other to be compressed.
        let compression = CompressionLayer::new()
            .quality(CompressionLevel::Precise(1))
            .compress_when(SizeAbove::new(WORTH_COMPRESSING).and(NotForContentType::SSE));
        let common = ServiceBuilder::new()
            .layer(middleware::from_fn_with_state(self.clone(), observe::request))
            .option_layer(self.0.settings.origins.cors())
            .layer(compression)
            .layer(CatchPanicLayer::custom(panicked));
        operations
            .route("/graphql/ws", get(socket::open))
            .merge(playground::routes())
            .route("/schema.graphql", get(playground::schema))
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
            most_cost: crate::document::cost::MOST_COST,
            most_subscription_cost: crate::document::cost::MOST_SUBSCRIPTION_COST,
            plans: true,
            documents: DocumentSettings::default(),
            origins: Origins::default(),
            rate: None,
            metrics: MetricsAccess::default(),
            otlp: None,
            sockets: SocketSettings::default(),
            query_timeout: Duration::from_secs(10),
            mutation_timeout: Duration::from_secs(15),
            demo_tokens: Vec::new(),
        }
    }
}

async fn nothing_here() -> Response {
    let error = Error::new(Code::NotFound, "There is nothing at this address.");
    wire::respond(Media::Json, Err(Refusal::new(StatusCode::NOT_FOUND, error).into()))
}

async fn not_that_method() -> Response {
    let error = Error::bad_input("This address does not take the method.");
    wire::respond(Media::Json, Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error).into()))
}

/// The answer of a handler that panicked: a defect of the server, but only of this request.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    wire::respond(Media::Json, Err(Error::internal("a handler panicked").into()))
}
