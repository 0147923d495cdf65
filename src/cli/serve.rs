//! `serve`: the database, the demo data, and the server until it is told to stop.

use std::time::Duration;

use chrono::TimeDelta;
use graphql_limits::Limits;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::data::{Data, jwt_secret, write_private};
use super::prepare::{Filling, prepare, prepare_patiently};
use super::signals::Signals;
use super::telemetry::{metrics_access, serve_metrics};
use super::token::make;
use super::{Failure, api_key};
use crate::api::{self, Introspection};
use crate::auth::{ApiKeySecret, Authenticator, Directory, JwtSettings, Role, Verifier};
use crate::config::{
    AuthArgs, DashboardArgs, DatabaseArgs, DocumentArgs, LimitArgs, ServerArgs, SocketArgs, TelemetryArgs,
};
use crate::db::{Db, DbSettings};
use crate::entity::connector_sync_diagnostic::Retention;
use crate::entity::workspace_connector::HealthThresholds;
use crate::events::{Feed, FeedSettings};
use crate::server::{
    AnswerSettings, App, DashboardSettings, DocumentSettings, Oidc, Origins, RateSettings, Settings, SocketSettings,
    Trust, Trusted, TrustedError, listen,
};
use crate::telemetry::Otlp;
use crate::zones;

/// The workspace of the demo that the pipeline's key is for.
const DEMO_WORKSPACE: &str = "acme";

/// Whom the demo has tokens for.
const DEMO_SUBJECTS: [&str; 6] =
    ["owner@acme", "admin@acme", "member@acme", "guest@acme", "member@globex", "member@initech"];

/// Bytes below which a secret is not one.
const SHORT_SECRET: usize = 16;

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
    let seal_secret = seal_secret(&auth, secret.as_ref())?;

    let listener = TcpListener::bind(server.listen)
        .await
        .map_err(|error| Failure::Run(format!("cannot listen on {}: {error}", server.listen).into()))?;
    let (release, source) = zones::release();
    tracing::info!(release, source, "the time zone database is read");
    let data = tokio::select! {
        data = Data::start(&database) => data?,
        () = signals.next() => return Ok(()),
    };
    let kept = data.keep_running();
    let filling = match (server.no_demo, data.is_embedded()) {
        (true, _) => Filling::OneWorkspace,
        (false, true) => Filling::Demo,
        (false, false) => Filling::Nothing,
    };

    let db = Db::open(db_settings(&data, &database, &server, seal_secret))?;
    let feed = Feed::new(FeedSettings { keep: server.changes_keep_seconds, ..FeedSettings::default() }, &db);
    if data.is_embedded() {
        tokio::select! {
            prepared = prepare(&data, filling) => prepared?,
            () = signals.next() => return Ok(()),
        }
    } else {
        db.set_available(false);
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
        documents: documents(&server.documents, !server.dashboard.no_dashboard)?,
        origins: Origins::new(server.allowed_origins.clone()).with_headers(server.allowed_headers.clone()),
        rate: rate(&server)?,
        answers: answers(&server),
        answer_cache_bytes: server.answer_cache_bytes,
        metrics: metrics_access(&telemetry, demo),
        otlp,
        requests_per_principal: requests_per_principal(&server)?,
        connections_per_workspace: connections_per_workspace(usize::try_from(server.max_connections)?),
        sockets: sockets(&server.sockets, usize::try_from(server.max_connections)?),
        query_timeout: server.query_timeout_ms,
        mutation_timeout: server.mutation_timeout_ms,
        dashboard: dashboard(&server.dashboard),
        demo_tokens: demo_tokens.clone(),
        allow_read_only: database.allow_read_only,
    };
    let trusted = settings.documents.trusted.check(&api, &settings.limits).await;
    trusted.map_err(|error| Failure::Settings(error.to_string()))?;
    let authenticator = Authenticator::new(db.clone(), verifier, auth.auth_cache_ttl_ms);
    let app = App::new(db.clone(), feed.clone(), authenticator, api, settings)?;
    let prepared = async {
        if !data.is_embedded() {
            prepare_patiently(&data, filling).await?;
            db.set_available(true);
        }
        let stopping = app.stopping();
        tokio::spawn(async move {
            tokio::select! {
                () = feed.run() => {}
                () = db.run_row_counts() => {}
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
        println!("Listening on http://{address} (dashboard: http://{address}/, GraphiQL: http://{address}/graphiql)");
    }
    let ended = Box::pin(serve(listener, &app, (prepared, kept), &mut signals, &server)).await;
    // As sending the last metrics does.
    tokio::task::spawn_blocking(move || app.metrics().end()).await?;
    // Stopping our own PostgreSQL blocks until it is gone.
    tokio::task::spawn_blocking(move || drop(data)).await?;
    ended
}

fn db_settings(data: &Data, database: &DatabaseArgs, server: &ServerArgs, seal_secret: String) -> DbSettings {
    DbSettings {
        url: data.url().to_owned(),
        direct_url: data.other_url().map(str::to_owned),
        pooler: data.pooler(),
        connections: usize::from(database.db_connections),
        per_principal: database.db_connections_per_subject.map(usize::from),
        wait: database.db_wait_ms,
        statement_timeout: server.query_timeout_ms.max(server.mutation_timeout_ms),
        seal_secret: seal_secret.into_bytes(),
    }
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
        introspection: if args.documents.no_introspection { Introspection::Disabled } else { Introspection::Enabled },
    }
}

fn documents(args: &DocumentArgs, dashboard: bool) -> Result<DocumentSettings, Failure> {
    let settings = |error: TrustedError| Failure::Settings(error.to_string());
    let given = args.trusted_documents.as_deref().map(Trusted::load).transpose().map_err(settings)?.unwrap_or_default();
    let trusted = if dashboard { given.with_dashboard().map_err(settings)? } else { given };
    if args.trust != Trust::Off && trusted.is_empty() {
        let message = "with WELL_TRUST, WELL_TRUSTED_DOCUMENTS or the dashboard is needed";
        return Err(Failure::Settings(message.to_owned()));
    }
    Ok(DocumentSettings {
        cache_bytes: args.document_cache_bytes,
        persisted: !args.no_persisted_queries,
        trust: args.trust,
        trusted,
    })
}

fn dashboard(args: &DashboardArgs) -> Option<DashboardSettings> {
    let oidc = args.oidc_issuer.clone().zip(args.oidc_client_id.clone()).map(|(issuer, client_id)| Oidc {
        issuer,
        client_id,
        scope: args.oidc_scope.clone(),
        origins: args.oidc_origins.clone(),
    });
    (!args.no_dashboard).then_some(DashboardSettings { oidc })
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

fn answers(args: &ServerArgs) -> AnswerSettings {
    AnswerSettings { total: args.max_in_flight_bytes, per_principal: args.max_in_flight_bytes_per_subject }
}

/// No principal has all connections.
fn requests_per_principal(args: &ServerArgs) -> Result<usize, Failure> {
    let most = args.max_requests_per_subject.unwrap_or(args.max_connections.div_ceil(2));
    Ok(usize::try_from(most)?)
}

/// No workspace has all connections, whatever it uses them for.
const fn connections_per_workspace(connections: usize) -> usize {
    connections - connections / 4
}

/// Something of the connections is left for requests.
fn sockets(args: &SocketArgs, connections: usize) -> SocketSettings {
    SocketSettings {
        most: args.max_sockets.min((connections * 3 / 4).max(1)),
        per_principal: args.max_sockets_per_subject,
        unauthenticated: args.max_unauthenticated_sockets.min(connections.div_ceil(2)),
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
/// database that cannot be prepared, or kept running, ends it, too.
async fn serve(
    listener: TcpListener,
    app: &App,
    (prepared, kept): (impl Future<Output = Result<(), Failure>>, impl Future<Output = Failure>),
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
        failure = kept => return Err(failure),
        () = signals.next() => {}
    }
    tracing::info!("stopping");
    let drained = async {
        app.start_draining();
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

/// What ids and cursors are sealed with.
fn seal_secret(auth: &AuthArgs, jwt_secret: Option<&String>) -> Result<String, Failure> {
    let Some(secret) = auth.seal_secret.as_ref().or(jwt_secret) else {
        return Err(Failure::Settings("WELL_SEAL_SECRET is needed when JWT_SECRET is not set".to_owned()));
    };
    if secret.len() < SHORT_SECRET {
        tracing::warn!("WELL_SEAL_SECRET is shorter than {SHORT_SECRET} bytes: ids and cursors could be guessed");
    }
    Ok(secret.clone())
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
        leeway: Duration::from_secs(auth.jwt_leeway_seconds),
    };
    let verifier = Verifier::new(settings).await.map_err(|error| Failure::Settings(error.to_string()))?;
    tracing::info!("tokens are accepted with {}", verifier.describe());
    Ok(verifier)
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
    let key = api_key::create(db, DEMO_WORKSPACE, "demo pipeline", Role::Service, None).await?;
    write_private(&kept, key.reveal())?;
    Ok(key.reveal().to_owned())
}

fn announce_demo(base: &str, tokens: &[(String, String)]) {
    println!("Well ingestion API on demo data\n");
    println!("  Dashboard {base}/");
    println!("  GraphiQL  {base}/graphiql");
    println!("  REST      {base}/v1/docs");
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
