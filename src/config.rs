//! Every setting once: flag, environment name, default, and one sentence.

mod database;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;

pub use self::database::DatabaseArgs;
use crate::auth::DEFAULT_LEEWAY;
use crate::server::{DEFAULT_ANSWER_CACHE_BYTES, Issuer, Origin, RequestHeader, Trust};

/// How credentials are verified.
#[derive(Args, Clone, Debug)]
pub struct AuthArgs {
    /// The secret of HS256 tokens, at least 32 bytes. With the private database one is generated and kept.
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, value_parser = text, global = true)]
    pub jwt_secret: Option<String>,
    /// A file with the public key (PEM) of RS256, ES256 or EdDSA tokens.
    #[arg(long, env = "JWT_PUBLIC_KEY_FILE", global = true)]
    pub jwt_public_key_file: Option<PathBuf>,
    /// A file with the JSON Web Key Set of the tokens' issuer.
    #[arg(long, env = "JWT_JWKS_FILE", global = true)]
    pub jwt_jwks_file: Option<PathBuf>,
    /// The address of the JSON Web Key Set of the tokens' issuer.
    #[arg(long, env = "JWT_JWKS_URL", value_parser = text, global = true)]
    pub jwt_jwks_url: Option<String>,
    /// How often the key set is read again, in seconds.
    #[arg(long, env = "JWT_JWKS_REFRESH_SECONDS", default_value = "300", value_parser = seconds, global = true)]
    pub jwt_jwks_refresh_seconds: Duration,
    /// The issuer that tokens must name.
    #[arg(long, env = "JWT_ISSUER", value_parser = text, global = true)]
    pub jwt_issuer: Option<String>,
    /// The audience that tokens must name.
    #[arg(long, env = "JWT_AUDIENCE", value_parser = text, global = true)]
    pub jwt_audience: Option<String>,
    /// The clock skew that is allowed for the times of tokens, in seconds.
    #[arg(long, env = "JWT_LEEWAY_SECONDS", default_value_t = DEFAULT_LEEWAY.as_secs(), value_parser = clap::value_parser!(u64).range(..=3600), global = true)]
    pub jwt_leeway_seconds: u64,
    /// How long a membership or API key that was found is cached, in milliseconds.
    #[arg(long, env = "WELL_AUTH_CACHE_TTL_MS", default_value = "2000", value_parser = milliseconds, global = true)]
    pub auth_cache_ttl_ms: Duration,
    /// The secret that link ids and cursors are sealed with. Without it one is derived from the JWT secret;
    /// when it changes, ids of links and cursors change.
    #[arg(long, env = "WELL_SEAL_SECRET", hide_env_values = true, value_parser = text, global = true)]
    pub seal_secret: Option<String>,
}

/// How the server listens.
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// The address to listen on.
    #[arg(long, env = "WELL_LISTEN", default_value = "127.0.0.1:8080", global = true)]
    pub listen: SocketAddr,
    /// Do not fill a new private database with demo data: one workspace and one owner only.
    #[arg(long, env = "WELL_NO_DEMO", value_parser = yes_or_no(), global = true)]
    pub no_demo: bool,
    /// How long a query may take, in milliseconds.
    #[arg(long, env = "WELL_QUERY_TIMEOUT_MS", default_value = "10000", value_parser = milliseconds, global = true)]
    pub query_timeout_ms: Duration,
    /// How long a mutation may take, in milliseconds.
    #[arg(long, env = "WELL_MUTATION_TIMEOUT_MS", default_value = "15000", value_parser = milliseconds, global = true)]
    pub mutation_timeout_ms: Duration,
    /// How large a request's body may be, in bytes.
    #[arg(long, env = "WELL_MAX_BODY_BYTES", default_value_t = 1_048_576, global = true)]
    pub max_body_bytes: usize,
    /// What a GraphQL document may be.
    #[command(flatten)]
    pub limits: LimitArgs,
    /// Leave every selection to the general executor, which is slower and gives the same answers.
    #[arg(long, env = "WELL_NO_PLANS", value_parser = yes_or_no(), global = true)]
    pub no_plans: bool,
    /// Which GraphQL documents are taken, and how.
    #[command(flatten)]
    pub documents: DocumentArgs,
    /// The origins whose web pages may talk to the server, as `https://app.example` or `capacitor://localhost`, separated
    /// by commas. Its own pages always may.
    #[arg(long, env = "WELL_ALLOWED_ORIGINS", value_delimiter = ',', global = true)]
    pub allowed_origins: Vec<Origin>,
    /// The headers that pages of these origins may send besides the usual ones, separated by commas.
    #[arg(long, env = "WELL_ALLOWED_HEADERS", value_delimiter = ',', requires = "allowed_origins", global = true)]
    pub allowed_headers: Vec<RequestHeader>,
    /// The dashboard.
    #[command(flatten)]
    pub dashboard: DashboardArgs,
    /// What clients may take that stay connected.
    #[command(flatten)]
    pub sockets: SocketArgs,
    /// Points of cost that each principal may spend in a minute. An operation takes what it costs with the rows of its
    /// workspace, at least one point, whatever becomes of it, and a subscription the same again for each event. Without it
    /// there is no limit.
    #[arg(long, env = "WELL_RATE_POINTS_PER_MINUTE", value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub rate_points_per_minute: Option<u32>,
    /// Points that may be spent at once after a rest; as many as in a minute unless it is set. Never less than what one
    /// operation may cost.
    #[arg(long, env = "WELL_RATE_BURST", requires = "rate_points_per_minute", value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub rate_burst: Option<u32>,
    /// Memory of operations and answers that are under way, of all principals together, in bytes. Beyond it the next
    /// operation waits, and is refused after 5 seconds. One workspace has two thirds of it at the most.
    #[arg(long, env = "WELL_MAX_IN_FLIGHT_BYTES", default_value_t = 201_326_592, value_parser = in_flight_bytes, global = true)]
    pub max_in_flight_bytes: usize,
    /// The same of one person or API key.
    #[arg(long, env = "WELL_MAX_IN_FLIGHT_BYTES_PER_SUBJECT", default_value_t = 67_108_864, value_parser = in_flight_bytes, global = true)]
    pub max_in_flight_bytes_per_subject: usize,
    /// What the answers of queries may take that are kept in memory, and served while it is proved that nothing they were
    /// made of has changed, in bytes; 0 keeps none.
    #[arg(long, env = "WELL_ANSWER_CACHE_BYTES", default_value_t = DEFAULT_ANSWER_CACHE_BYTES, global = true)]
    pub answer_cache_bytes: u64,
    /// Connections of clients at the most, sockets among them. Each takes an open file. For one more, the one that has
    /// been idle for the longest is closed.
    #[arg(long, env = "WELL_MAX_CONNECTIONS", default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub max_connections: u32,
    /// Requests of one person or API key over HTTP at once. Half of the connections unless it is set. Requests, sockets and
    /// event streams of one workspace have three quarters of the connections at the most.
    #[arg(long, env = "WELL_MAX_REQUESTS_PER_SUBJECT", value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub max_requests_per_subject: Option<u32>,
    /// How long a new connection may be without a request, in seconds.
    #[arg(long, env = "WELL_FIRST_REQUEST_SECONDS", default_value = "10", value_parser = seconds, global = true)]
    pub first_request_seconds: Duration,
    /// How long a connection may be without a further request, in seconds; longer than a proxy before the server keeps
    /// one.
    #[arg(long, env = "WELL_IDLE_SECONDS", default_value = "75", value_parser = seconds, global = true)]
    pub idle_seconds: Duration,
    /// How long a client may take to send a request's body, and to take any part of an answer, in seconds.
    #[arg(long, env = "WELL_TRANSFER_SECONDS", default_value = "30", value_parser = seconds, global = true)]
    pub transfer_seconds: Duration,
    /// How long the server goes on as before when it is told to stop, only not ready any more, in seconds: until
    /// whoever sends it requests has noticed.
    #[arg(long, env = "WELL_DRAIN_DELAY_SECONDS", default_value = "0", value_parser = seconds, global = true)]
    pub drain_delay_seconds: Duration,
    /// How long requests that are running may then go on, in seconds.
    #[arg(long, env = "WELL_DRAIN_SECONDS", default_value = "10", value_parser = seconds, global = true)]
    pub drain_seconds: Duration,
    /// A connector without a success for so long is stale, in seconds.
    #[arg(long, env = "WELL_HEALTH_STALE_SECONDS", default_value = "93600", value_parser = seconds, global = true)]
    pub health_stale_seconds: Duration,
    /// A sync run that is in progress for so long hangs, in seconds.
    #[arg(long, env = "WELL_HEALTH_HUNG_SECONDS", default_value = "10800", value_parser = seconds, global = true)]
    pub health_hung_seconds: Duration,
    /// A sync run that is scheduled for so long was never dispatched, in seconds.
    #[arg(long, env = "WELL_HEALTH_UNDISPATCHED_SECONDS", default_value = "3600", value_parser = seconds, global = true)]
    pub health_undispatched_seconds: Duration,
    /// How long changes are kept for subscribers that come back, in seconds.
    #[arg(long, env = "WELL_CHANGES_KEEP_SECONDS", default_value = "3600", value_parser = seconds, global = true)]
    pub changes_keep_seconds: Duration,
    /// How long sync diagnostics are kept at least, in days.
    #[arg(long, env = "WELL_DIAGNOSTICS_RETENTION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..), global = true)]
    pub diagnostics_retention_days: u16,
    /// Which part of the calls that record sync diagnostics also remove the old ones, from 0 for none to 1 for all.
    #[arg(long, env = "WELL_DIAGNOSTICS_RETENTION_CHANCE", default_value = "0.05", value_parser = chance, global = true)]
    pub diagnostics_retention_chance: f64,
}

/// What a GraphQL document may be.
#[derive(Args, Clone, Debug)]
pub struct LimitArgs {
    /// How large a GraphQL document may be, in bytes.
    #[arg(long, env = "WELL_MAX_DOCUMENT_BYTES", default_value_t = 65_536, global = true)]
    pub max_document_bytes: usize,
    /// Tokens of a document at the most.
    #[arg(long, env = "WELL_MAX_TOKENS", default_value_t = 5_000, global = true)]
    pub max_tokens: usize,
    /// Brackets of any kind within each other at the most.
    #[arg(long, env = "WELL_MAX_NESTING", default_value_t = 64, value_parser = at_most_128, global = true)]
    pub max_nesting: usize,
    /// Fields of an operation at the most, with its fragments expanded.
    #[arg(long, env = "WELL_MAX_FIELDS", default_value_t = 500, global = true)]
    pub max_fields: usize,
    /// Fields within each other at the most.
    #[arg(long, env = "WELL_MAX_DEPTH", default_value_t = 12, global = true)]
    pub max_depth: usize,
    /// Aliases of an operation at the most.
    #[arg(long, env = "WELL_MAX_ALIASES", default_value_t = 30, global = true)]
    pub max_aliases: usize,
    /// Root fields of an operation at the most.
    #[arg(long, env = "WELL_MAX_ROOT_FIELDS", default_value_t = 20, global = true)]
    pub max_root_fields: usize,
    /// Directives of an operation at the most.
    #[arg(long, env = "WELL_MAX_DIRECTIVES", default_value_t = 50, global = true)]
    pub max_directives: usize,
    /// What an operation may cost: the rows that its pages could return, multiplied down the nesting, and what its filters,
    /// orders and totals take with 1,000 rows in each list.
    #[arg(long, env = "WELL_MAX_COST", default_value_t = 10_000, global = true)]
    pub max_cost: u64,
    /// What an event of a subscription may cost, in the same way.
    #[arg(long, env = "WELL_MAX_SUBSCRIPTION_COST", default_value_t = 500, global = true)]
    pub max_subscription_cost: u64,
}

/// Which GraphQL documents are taken, and how.
#[derive(Args, Clone, Debug)]
pub struct DocumentArgs {
    /// What the cache of parsed documents may take, in bytes.
    #[arg(long, env = "WELL_DOCUMENT_CACHE_BYTES", default_value_t = 33_554_432, global = true)]
    pub document_cache_bytes: u64,
    /// Do not take the hash of a document in the place of its text (automatic persisted queries).
    #[arg(long, env = "WELL_NO_PERSISTED_QUERIES", value_parser = yes_or_no(), global = true)]
    pub no_persisted_queries: bool,
    /// Trusted documents: a manifest (JSON), or a folder of manifests and `.graphql` files.
    #[arg(long, env = "WELL_TRUSTED_DOCUMENTS", global = true)]
    pub trusted_documents: Option<PathBuf>,
    /// Whether documents that are not trusted are answered (`off`), answered and logged (`log`), or refused (`require`).
    #[arg(long, env = "WELL_TRUST", value_enum, default_value_t = Trust::Off, global = true)]
    pub trust: Trust,
    /// Do not answer questions about the schema, nor suggest names of fields that do exist.
    #[arg(long, env = "WELL_NO_INTROSPECTION", value_parser = yes_or_no(), global = true)]
    pub no_introspection: bool,
}

/// The dashboard at `/`, and how people sign in to it.
#[derive(Args, Clone, Debug)]
pub struct DashboardArgs {
    /// Serve no dashboard: `/` leads to GraphiQL.
    #[arg(long, env = "WELL_NO_DASHBOARD", value_parser = yes_or_no(), global = true)]
    pub no_dashboard: bool,
    /// The OpenID Connect provider that people sign in to the dashboard with, as `https://id.example`. The server must
    /// be able to verify its tokens: see `--jwt-jwks-url`.
    #[arg(long, env = "WELL_OIDC_ISSUER", requires = "oidc_client_id", global = true)]
    pub oidc_issuer: Option<Issuer>,
    /// The dashboard's client id at the provider: a public client, sent back to `/signed-in`.
    #[arg(long, env = "WELL_OIDC_CLIENT_ID", value_parser = text, requires = "oidc_issuer", global = true)]
    pub oidc_client_id: Option<String>,
    /// The scope that the dashboard asks the provider for; with `offline_access` a token is renewed before it expires.
    #[arg(long, env = "WELL_OIDC_SCOPE", default_value = "openid profile email", value_parser = text, global = true)]
    pub oidc_scope: String,
    /// Further origins that the provider answers the dashboard at, as `https://token.example`, separated by commas.
    #[arg(long, env = "WELL_OIDC_ORIGINS", value_delimiter = ',', global = true)]
    pub oidc_origins: Vec<Origin>,
}

/// What clients may take that stay connected, by socket or by event stream.
#[derive(Args, Clone, Debug)]
pub struct SocketArgs {
    /// Sockets and event streams at the most, and never more than three quarters of the connections.
    #[arg(long, env = "WELL_MAX_SOCKETS", default_value_t = 500, global = true)]
    pub max_sockets: usize,
    /// Sockets and event streams of one person or API key at the most.
    #[arg(long, env = "WELL_MAX_SOCKETS_PER_SUBJECT", default_value_t = 50, global = true)]
    pub max_sockets_per_subject: usize,
    /// Unauthenticated sockets at the most, and never more than half of the connections. They are counted by themselves;
    /// with one more, the one that has waited for the longest is closed.
    #[arg(long, env = "WELL_MAX_UNAUTHENTICATED_SOCKETS", default_value_t = 250, global = true)]
    pub max_unauthenticated_sockets: usize,
    /// Operations at once on one socket, at the most.
    #[arg(long, env = "WELL_MAX_SOCKET_OPERATIONS", default_value_t = 100, global = true)]
    pub max_socket_operations: usize,
    /// How long a socket may wait before it says who opened it, in seconds.
    #[arg(long, env = "WELL_SOCKET_INIT_SECONDS", default_value = "10", value_parser = seconds, global = true)]
    pub socket_init_seconds: Duration,
    /// How often clients of sockets and event streams are sent a keep-alive and authenticated again, in seconds. A
    /// socket of which nothing was heard for twice as long is closed.
    #[arg(long, env = "WELL_KEEP_ALIVE_SECONDS", default_value = "12", value_parser = some_seconds, global = true)]
    pub keep_alive_seconds: Duration,
    /// How long the client of a socket may take to take a message, in seconds.
    #[arg(long, env = "WELL_SOCKET_SEND_SECONDS", default_value = "10", value_parser = seconds, global = true)]
    pub socket_send_seconds: Duration,
}

/// What operators see from outside.
#[derive(Args, Clone, Debug)]
pub struct TelemetryArgs {
    /// An address of its own for `/metrics`. Whoever reaches it reads the numbers of all workspaces, unless there is a
    /// token, too.
    #[arg(long, env = "WELL_METRICS_LISTEN", global = true)]
    pub metrics_listen: Option<SocketAddr>,
    /// The bearer token that opens `/metrics`. Without it, `/metrics` is closed where the API is served, unless with
    /// demo data.
    #[arg(long, env = "WELL_METRICS_TOKEN", hide_env_values = true, value_parser = secret, global = true)]
    pub metrics_token: Option<String>,
    /// What is exported to an OpenTelemetry collector, and how.
    #[command(flatten)]
    pub otel: OtelArgs,
}

/// Export to an OpenTelemetry collector, by the standard names. Without an endpoint nothing is exported.
#[derive(Args, Clone, Debug)]
pub struct OtelArgs {
    /// The base URL of an OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; traces and
    /// metrics are sent to it.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_parser = text, global = true)]
    pub otlp_endpoint: Option<String>,
    /// The URL that traces are sent to, as it is, instead of one below the base URL.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", value_parser = text, global = true)]
    pub otlp_traces_endpoint: Option<String>,
    /// The URL that metrics are sent to, as it is, instead of one below the base URL.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", value_parser = text, global = true)]
    pub otlp_metrics_endpoint: Option<String>,
    /// Export nothing, whatever else is set.
    #[arg(long, env = "OTEL_SDK_DISABLED", value_parser = yes_or_no(), global = true)]
    pub otel_sdk_disabled: bool,
    /// How traces are exported: `otlp` or `none`. With `otlp` and no endpoint, the collector is on this machine.
    #[arg(long, env = "OTEL_TRACES_EXPORTER", value_parser = text, global = true)]
    pub otel_traces_exporter: Option<String>,
    /// How metrics are exported: `otlp` or `none`, in the same way. `prometheus` is as `none`: `/metrics` is served
    /// anyway.
    #[arg(long, env = "OTEL_METRICS_EXPORTER", value_parser = text, global = true)]
    pub otel_metrics_exporter: Option<String>,
    /// What the server is called there; `well-ingestion` unless this or `OTEL_RESOURCE_ATTRIBUTES` says otherwise.
    #[arg(long, env = "OTEL_SERVICE_NAME", value_parser = text, global = true)]
    pub service_name: Option<String>,
}

/// How the log is written.
#[derive(Args, Clone, Debug)]
pub struct LogArgs {
    /// What is logged, such as `info` or `well_ingestion=debug`.
    #[arg(long, env = "WELL_LOG", default_value = "info", value_parser = text, global = true)]
    pub log: String,
    /// One JSON object per line.
    #[arg(long, env = "WELL_LOG_JSON", value_parser = yes_or_no(), global = true)]
    pub log_json: bool,
}

/// How the environment says whether something is so.
fn yes_or_no() -> BoolishValueParser {
    BoolishValueParser::new()
}

/// A text without white space around it, which nobody means. A line end behind it, as files of secrets have one, is left
/// out.
fn text(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.trim() != text {
        return Err("it must not begin or end with white space".to_owned());
    }
    Ok(text.to_owned())
}

/// What guards something must not be guessed.
fn secret(value: &str) -> Result<String, String> {
    let value = text(value)?;
    if value.len() < 16 { Err("at least 16 characters are wanted".to_owned()) } else { Ok(value) }
}

fn chance(text: &str) -> Result<f64, String> {
    let chance = text.parse().ok().filter(|chance| (0.0..=1.0).contains(chance));
    chance.ok_or_else(|| "a number from 0 to 1 is wanted".to_owned())
}

/// The parser behind the guard recurses, so its depth has an end.
fn at_most_128(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|_| "a whole number is wanted".to_owned())?;
    if number > 128 { Err("128 is the most".to_owned()) } else { Ok(number) }
}

/// One operation reads up to 32 MiB of rows, and answers up to 16 MiB.
fn in_flight_bytes(text: &str) -> Result<usize, String> {
    let bytes: usize = text.parse().map_err(|_| "a whole number of bytes is wanted".to_owned())?;
    if bytes < 50_331_648 { Err("50331648 is the least".to_owned()) } else { Ok(bytes) }
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_secs).map_err(|_| "a whole number of seconds is wanted".to_owned())
}

fn some_seconds(text: &str) -> Result<Duration, String> {
    seconds(text).and_then(|some| if some.is_zero() { Err("1 is the least".to_owned()) } else { Ok(some) })
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_millis).map_err(|_| "a whole number of milliseconds is wanted".to_owned())
}
