//! Every setting once: flag, environment name, default, and one sentence.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::BoolishValueParser;

use crate::server::{Origin, Trust};

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArgs {
    /// The PostgreSQL database, as a URL. Without it a private server is started in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, global = true)]
    pub database_url: Option<String>,
    /// A file (PEM) with the authority that the database's certificate is checked with. It makes TLS a must, as
    /// `sslmode=verify-full` in the URL does with the authorities of the system.
    #[arg(long, env = "WELL_DATABASE_CA_FILE", requires = "database_url", global = true)]
    pub database_ca_file: Option<PathBuf>,
    /// The folder of the private PostgreSQL server, its data and the generated secrets.
    #[arg(long, env = "WELL_DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,
    /// Connections to the database at the most.
    #[arg(long, env = "WELL_DB_CONNECTIONS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000), global = true)]
    pub db_connections: u16,
    /// Connections to the database that one person or API key has at once, at least 2; the next operation waits. Half of
    /// those that are not shared unless it is set.
    #[arg(long, env = "WELL_DB_CONNECTIONS_PER_SUBJECT", value_parser = clap::value_parser!(u16).range(2..=1000), global = true)]
    pub db_connections_per_subject: Option<u16>,
    /// How long a request waits for a connection, in milliseconds.
    #[arg(long, env = "WELL_DB_WAIT_MS", default_value = "2000", value_parser = milliseconds, global = true)]
    pub db_wait_ms: Duration,
}

/// How credentials are verified.
#[derive(Args, Clone, Debug)]
pub struct AuthArgs {
    /// The secret of HS256 tokens, at least 32 bytes. With the private database one is generated and kept.
    #[arg(long, env = "JWT_SECRET", hide_env_values = true, global = true)]
    pub jwt_secret: Option<String>,
    /// A file with the public key (PEM) of RS256, ES256 or EdDSA tokens.
    #[arg(long, env = "JWT_PUBLIC_KEY_FILE", global = true)]
    pub jwt_public_key_file: Option<PathBuf>,
    /// A file with the JSON Web Key Set of the tokens' issuer.
    #[arg(long, env = "JWT_JWKS_FILE", global = true)]
    pub jwt_jwks_file: Option<PathBuf>,
    /// The address of the JSON Web Key Set of the tokens' issuer.
    #[arg(long, env = "JWT_JWKS_URL", global = true)]
    pub jwt_jwks_url: Option<String>,
    /// How often the key set is read again, in seconds.
    #[arg(long, env = "JWT_JWKS_REFRESH_SECONDS", default_value = "300", value_parser = seconds, global = true)]
    pub jwt_jwks_refresh_seconds: Duration,
    /// The issuer that tokens must name.
    #[arg(long, env = "JWT_ISSUER", global = true)]
    pub jwt_issuer: Option<String>,
    /// The audience that tokens must name.
    #[arg(long, env = "JWT_AUDIENCE", global = true)]
    pub jwt_audience: Option<String>,
    /// How far clocks may differ, in seconds.
    #[arg(long, env = "JWT_LEEWAY_SECONDS", default_value = "5", value_parser = seconds, global = true)]
    pub jwt_leeway_seconds: Duration,
    /// How long a membership or API key that was found is believed, in milliseconds.
    #[arg(long, env = "WELL_AUTH_REMEMBER_MS", default_value = "2000", value_parser = milliseconds, global = true)]
    pub auth_remember_ms: Duration,
    /// The secret that link ids and cursors are sealed with. Without it one is derived from the JWT secret;
    /// when it changes, ids of links and cursors change.
    #[arg(long, env = "WELL_SEAL_SECRET", hide_env_values = true, global = true)]
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
    /// The origins whose web pages may talk to the server, as `https://app.example`, separated by commas. Its own pages
    /// always may.
    #[arg(long, env = "WELL_ALLOWED_ORIGINS", value_delimiter = ',', global = true)]
    pub allowed_origins: Vec<Origin>,
    /// What clients may take that stay connected.
    #[command(flatten)]
    pub sockets: SocketArgs,
    /// Points of cost that each principal may spend in a minute. An operation takes what it costs, at least one point,
    /// whatever becomes of it, and a subscription the same again for each event. Without it there is no limit.
    #[arg(long, env = "WELL_RATE_POINTS_PER_MINUTE", value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub rate_points_per_minute: Option<u32>,
    /// Points that may be spent at once after a rest; as many as in a minute unless it is set. Never less than what one
    /// operation may cost.
    #[arg(long, env = "WELL_RATE_BURST", requires = "rate_points_per_minute", value_parser = clap::value_parser!(u32).range(1..), global = true)]
    pub rate_burst: Option<u32>,
    /// Connections of clients at the most, sockets among them. Each takes an open file.
    #[arg(long, env = "WELL_MAX_CONNECTIONS", default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..=1_000_000), global = true)]
    pub max_connections: u32,
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
    /// What an operation may cost, in rows that its pages could return, multiplied down the nesting.
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

/// What clients may take that stay connected, by socket or by event stream.
#[derive(Args, Clone, Debug)]
pub struct SocketArgs {
    /// Sockets and event streams at the most, of those connections that there may be at all.
    #[arg(long, env = "WELL_MAX_SOCKETS", default_value_t = 500, global = true)]
    pub max_sockets: usize,
    /// Sockets and event streams of one person or API key at the most.
    #[arg(long, env = "WELL_MAX_SOCKETS_PER_SUBJECT", default_value_t = 50, global = true)]
    pub max_sockets_per_subject: usize,
    /// Sockets at the most whose clients have not been let in yet. They are counted by themselves; with one more, the one
    /// that has waited for the longest is closed.
    #[arg(long, env = "WELL_MAX_SOCKET_STRANGERS", default_value_t = 250, global = true)]
    pub max_socket_strangers: usize,
    /// Operations at once on one socket, at the most.
    #[arg(long, env = "WELL_MAX_SOCKET_OPERATIONS", default_value_t = 100, global = true)]
    pub max_socket_operations: usize,
    /// How long a socket may wait before it says who opened it, in seconds.
    #[arg(long, env = "WELL_SOCKET_INIT_SECONDS", default_value = "10", value_parser = seconds, global = true)]
    pub socket_init_seconds: Duration,
    /// How often clients of sockets and event streams are sent a sign of life and looked up again, in seconds. A
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
    /// The base URL of an OpenTelemetry collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`; traces and
    /// metrics are sent to it. The other standard names, such as `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`,
    /// `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_METRIC_EXPORT_INTERVAL`, hold too.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", global = true)]
    pub otlp_endpoint: Option<String>,
    /// What the server is called there.
    #[arg(long, env = "OTEL_SERVICE_NAME", default_value = "well-ingestion", global = true)]
    pub service_name: String,
}

/// How the log is written.
#[derive(Args, Clone, Debug)]
pub struct LogArgs {
    /// What is logged, such as `info` or `well_ingestion=debug`.
    #[arg(long, env = "WELL_LOG", default_value = "info", global = true)]
    pub log: String,
    /// One JSON object per line.
    #[arg(long, env = "WELL_LOG_JSON", value_parser = yes_or_no(), global = true)]
    pub log_json: bool,
}

/// How the environment says whether something is so.
fn yes_or_no() -> BoolishValueParser {
    BoolishValueParser::new()
}

/// What guards something must not be guessed.
fn secret(text: &str) -> Result<String, String> {
    if text.len() < 16 { Err("at least 16 characters are wanted".to_owned()) } else { Ok(text.to_owned()) }
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

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_secs).map_err(|_| "a whole number of seconds is wanted".to_owned())
}

fn some_seconds(text: &str) -> Result<Duration, String> {
    seconds(text).and_then(|some| if some.is_zero() { Err("1 is the least".to_owned()) } else { Ok(some) })
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    text.parse().map(Duration::from_millis).map_err(|_| "a whole number of milliseconds is wanted".to_owned())
}
