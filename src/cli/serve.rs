//! `serve`: the database, the demo data, and the server until it is told to stop.

use std::io;

use chrono::TimeDelta;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::data::{Data, jwt_secret, write_private};
use super::prepare::{Filling, prepare, prepare_patiently};
use super::telemetry::{metrics_access, serve_metrics};
use super::token::make;
use super::{Failure, api_key};
use crate::api::{self, Openness};
use crate::auth::{ApiKeySecret, Authenticator, JwtSettings, Verifier};
use crate::config::{AuthArgs, DatabaseArgs, DocumentArgs, LimitArgs, ServerArgs, SocketArgs, TelemetryArgs};
use crate::db::{Db, DbSettings};
use crate::document::Limits;
use crate::entity::api_key::ApiKeyRole;
use crate::entity::connector_sync_diagnostic::Retention;
use crate::entity::workspace_connector::HealthThresholds;
use crate::events::FeedSettings;
use crate::server::{App, DocumentSettings, Origins, RateSettings, Settings, SocketSettings, Trust, Trusted, listen};
use crate::telemetry::Otlp;

/// The workspace of the demo that the pipeline's key is for.
const DEMO_WORKSPACE: &str = "acme";

/// Whom the demo has tokens for.
const DEMO_SUBJECTS: [&str; 6] =
    ["owner@acme", "admin@acme", "member@acme", "guest@acme", "member@globex", "member@initech"];

/// How long the demo's tokens hold.
const DEMO_TOKEN_SECONDS: u64 = 7 * 86_400;

pub(super) async fn run(
    database: DatabaseArgs,
    auth: AuthArgs,
    server: ServerArgs,
    telemetry: TelemetryArgs,
    otlp: Option<Otlp>,
) -> Result<(), Failure> {
    // Heard from the start, so that stopping while the database starts is as clean as later.
    let mut signals = Signals::heard()?;

    let secret = jwt_secret(&auth, &database)?;
    let verifier = verifier(&auth, secret.clone()).await?;
    let seal_secret = auth
        .seal_secret
        .clone()
        .or_else(|| secret.clone())
        .ok_or_else(|| Failure::Settings("WELL_SEAL_SECRET is needed when JWT_SECRET is not set".to_owned()))?;

    let listener = TcpListener::bind(server.listen)
        .await
        .map_err(|error| Failure::Run(format!("cannot listen on {}: {error}", server.listen).into()))?;
    let data = tokio::select! {
        data = Data::start(&database) => data?,
        () = signals.next() => return Ok(()),
    };
    let filling = match (server.no_demo, data.is_embedded()) {
        (true, _) => Filling::OneWorkspace,
        (false, true) => Filling::Demo,
        (false, false) => Filling::Nothing,
    };

    let db = Db::open(DbSettings {
        url: data.url().to_owned(),
        connections: usize::from(database.db_connections),
        per_principal: database.db_connections_per_subject.map(usize::from),
        wait: database.db_wait_ms,
        statement_timeout: server.query_timeout_ms.max(server.mutation_timeout_ms),
        seal_secret: seal_secret.into_bytes(),
        feed: FeedSettings { keep: server.changes_keep_seconds, ..FeedSettings::default() },
    })?;
    if data.is_embedded() {
        tokio::select! {
            prepared = prepare(data.url(), filling) => prepared?,
            () = signals.next() => return Ok(()),
        }
    } else {
        db.hold();
    }
    // A folder that was begun without the demo stays without it.
    let demo = data.is_embedded() && !server.no_demo && db.has_workspace(DEMO_WORKSPACE).await.unwrap_or(false);
    let token = |subject: &str| -> Result<(String, String), Failure> {
        let secret = secret.as_deref().unwrap_or_default();
        Ok((subject.to_owned(), make(secret, &auth, subject, None, DEMO_TOKEN_SECONDS)?))
    };
    let subjects: &[&str] = if demo { &DEMO_SUBJECTS } else { &[] };
    let mut demo_tokens = subjects.iter().map(|subject| token(subject)).collect::<Result<Vec<_>, _>>()?;
    if demo {
        demo_tokens.push(("service@acme".to_owned(), service_key(&db, &database).await?));
    }

    let api = api::build(&behaviour(&server));
    let settings = Settings {
        max_body_bytes: server.max_body_bytes,
        limits: limits(&server.limits),
        most_cost: server.limits.max_cost,
        most_subscription_cost: server.limits.max_subscription_cost,
        plans: !server.no_plans,
        documents: documents(&server.documents)?,
        origins: Origins::new(server.allowed_origins.clone()),
        rate: rate(&server)?,
        metrics: metrics_access(&telemetry, demo),
        otlp,
        sockets: sockets(&server.sockets),
        query_timeout: server.query_timeout_ms,
        mutation_timeout: server.mutation_timeout_ms,
        demo_tokens: demo_tokens.clone(),
    };
    let trusted = settings.documents.trusted.check(&api, &settings.limits).await;
    trusted.map_err(|error| Failure::Settings(error.to_string()))?;
    let authenticator = Authenticator::new(db.clone(), verifier, auth.auth_remember_ms);
    let app = App::new(db.clone(), authenticator, api, settings)?;
    let prepared = async {
        if !data.is_embedded() {
            prepare_patiently(data.url(), filling).await?;
            db.release();
        }
        let stopping = app.stopping();
        tokio::spawn(async move {
            tokio::select! {
                () = db.run_feed() => {}
                () = stopping => {}
            }
        });
        Ok(())
    };
    serve_metrics(&telemetry, &app).await?;
    let address = listener.local_addr()?;
    if demo {
        announce_demo(&format!("http://{address}"), &demo_tokens);
    } else {
        println!("Listening on http://{address} (GraphiQL: http://{address}/graphiql)");
    }
    let ended = Box::pin(serve(listener, &app, prepared, &mut signals, &server)).await;
    // As sending the last metrics does.
    tokio::task::spawn_blocking(move || app.metrics().end()).await?;
    // Stopping our own PostgreSQL blocks until it is gone.
    tokio::task::spawn_blocking(move || drop(data)).await?;
    ended
}

fn behaviour(args: &ServerArgs) -> api::Settings {
    api::Settings {
        health: HealthThresholds {
            stale: args.health_stale_seconds,
            hung: args.health_hung_seconds,
            never_dispatched: args.health_undispatched_seconds,
        },
        retention: Retention {
            chance: args.diagnostics_retention_chance,
            age: TimeDelta::days(args.diagnostics_retention_days.into()),
            ..Retention::default()
        },
        openness: if args.documents.no_introspection { Openness::Closed } else { Openness::Open },
    }
}

fn documents(args: &DocumentArgs) -> Result<DocumentSettings, Failure> {
    if args.trust != Trust::Off && args.trusted_documents.is_none() {
        return Err(Failure::Settings("with WELL_TRUST, WELL_TRUSTED_DOCUMENTS is needed".to_owned()));
    }
    let trusted = args.trusted_documents.as_deref().map(Trusted::load).transpose();
    Ok(DocumentSettings {
        cache_bytes: args.document_cache_bytes,
        persisted: !args.no_persisted_queries,
        trust: args.trust,
        trusted: trusted.map_err(|error| Failure::Settings(error.to_string()))?.unwrap_or_default(),
    })
}

fn rate(args: &ServerArgs) -> Result<Option<RateSettings>, Failure> {
    let Some(per_minute) = args.rate_points_per_minute else { return Ok(None) };
    let burst = args.rate_burst.unwrap_or(per_minute);
    if u64::from(burst) < args.limits.max_cost {
        let message = format!("WELL_RATE_BURST, {burst}, is less than one operation may cost, WELL_MAX_COST");
        return Err(Failure::Settings(message));
    }
    Ok(Some(RateSettings { per_minute, burst }))
}

fn sockets(args: &SocketArgs) -> SocketSettings {
    SocketSettings {
        most: args.max_sockets,
        per_principal: args.max_sockets_per_subject,
        strangers: args.max_socket_strangers,
        operations: args.max_socket_operations,
        init_wait: args.socket_init_seconds,
        keep_alive: args.keep_alive_seconds,
        send_wait: args.socket_send_seconds,
    }
}

fn limits(args: &LimitArgs) -> Limits {
    Limits {
        document_bytes: args.max_document_bytes,
        tokens: args.max_tokens,
        nesting: args.max_nesting,
        fields: args.max_fields,
        depth: args.max_depth,
        aliases: args.max_aliases,
        root_fields: args.max_root_fields,
        directives: args.max_directives,
        ..Limits::default()
    }
}

/// Serves until it is told to stop, and then until what is running is done, the time is up, or it is told again. A
/// database that cannot be prepared ends it, too.
async fn serve(
    listener: TcpListener,
    app: &App,
    prepared: impl Future<Output = Result<(), Failure>>,
    signals: &mut Signals,
    args: &ServerArgs,
) -> Result<(), Failure> {
    let settings = listen::Settings {
        connections: usize::try_from(args.max_connections)?,
        idle: args.idle_seconds,
        first: args.first_request_seconds,
        transfer: args.transfer_seconds,
    };
    let close = CancellationToken::new();
    let mut serving = tokio::spawn(listen::serve(listener, app.router(), settings, close.clone().cancelled_owned()));
    let working = async {
        prepared.await?;
        Ok((&mut serving).await?)
    };
    tokio::select! {
        ended = working => return ended,
        () = signals.next() => {}
    }
    tracing::info!("stopping");
    let drained = async {
        app.retire();
        tokio::time::sleep(args.drain_delay_seconds).await;
        app.stop();
        close.cancel();
        let _ = serving.await;
        app.finished().await;
    };
    tokio::select! {
        drained = tokio::time::timeout(args.drain_delay_seconds + args.drain_seconds, drained) => {
            if drained.is_err() {
                tracing::warn!("what was still running when the time was up is cut off");
            }
            Ok(())
        }
        () = signals.next() => Err(Failure::Run("told to stop twice: what was still running is cut off".into())),
    }
}

/// The signals that tell the program to stop.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on, none ends the program by itself.
    fn heard() -> io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn verifier(auth: &AuthArgs, secret: Option<String>) -> Result<Verifier, Failure> {
    let public_key_pem = match &auth.jwt_public_key_file {
        Some(file) => Some(
            std::fs::read_to_string(file)
                .map_err(|error| Failure::Settings(format!("--jwt-public-key-file {}: {error}", file.display())))?,
        ),
        None => None,
    };
    if secret.is_none() && public_key_pem.is_none() && auth.jwt_jwks_file.is_none() && auth.jwt_jwks_url.is_none() {
        let message =
            "with DATABASE_URL, one of JWT_SECRET, JWT_PUBLIC_KEY_FILE, JWT_JWKS_FILE or JWT_JWKS_URL is needed";
        return Err(Failure::Settings(message.to_owned()));
    }
    let settings = JwtSettings {
        secret,
        public_key_pem,
        jwks_file: auth.jwt_jwks_file.clone(),
        jwks_url: auth.jwt_jwks_url.clone(),
        jwks_refresh: auth.jwt_jwks_refresh_seconds,
        issuer: auth.jwt_issuer.clone(),
        audience: auth.jwt_audience.clone(),
        leeway: auth.jwt_leeway_seconds,
    };
    Verifier::new(settings).await.map_err(|error| Failure::Settings(error.to_string()))
}

/// The API key of the demo's pipeline, made at the first start and kept, as the other secrets are.
async fn service_key(db: &Db, database: &DatabaseArgs) -> Result<String, Failure> {
    let kept = database.data_dir.join("demo-service-key");
    let known = std::fs::read_to_string(&kept).ok().and_then(|key| ApiKeySecret::parse(key.trim()));
    if let Some(key) = known
        && db.api_key_with(&key.hash()).await.is_ok_and(|live| live.is_some())
    {
        return Ok(key.reveal().to_owned());
    }
    let key = api_key::create(db, DEMO_WORKSPACE, "demo pipeline", ApiKeyRole::Service, None).await?;
    write_private(&kept, key.reveal())?;
    Ok(key.reveal().to_owned())
}

fn announce_demo(base: &str, tokens: &[(String, String)]) {
    println!("Well ingestion API on demo data\n");
    println!("  GraphiQL  {base}/graphiql");
    println!("  API       {base}/graphql");
    println!("  Schema    {base}/schema.graphql\n");
    println!("Tokens, valid for a week (more with `well-ingestion token --subject ...`):\n");
    for (subject, token) in tokens {
        println!("  {subject:<15} {token}");
    }
    if let Some((_, token)) = tokens.iter().find(|(subject, _)| subject == "member@acme") {
        println!("\nThe 20 newest sync runs of acme, with the names of their connectors:\n");
        println!("  curl -s {base}/graphql -H 'content-type: application/json' \\");
        println!("    -H 'authorization: Bearer {token}' \\");
        println!(
            "    -d '{{\"query\":\"{{ workspaceConnectorSyncLogs(first: 20) {{ nodes {{ status startedAt \
             workspaceConnector {{ connector {{ name }} }} }} }} }}\"}}'\n"
        );
    }
}
