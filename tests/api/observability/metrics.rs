//! `/metrics`: who may read it, and what it says.

use std::time::Duration;

use serde_json::json;
use well_ingestion::server::{DocumentSettings, MetricsAccess, RateSettings, Settings, Trusted, listen};

use crate::change::change;
use crate::faults::{BUSY, LOCKED, until};
use crate::kit::{App, Asker, Socket, token};

const ROLE: &str = "{ viewer { role } }";
const TOKEN: &str = "a token of the tests";

async fn open(settings: Settings) -> App {
    App::set(Settings { metrics: MetricsAccess::Open, ..settings }).await
}

/// What is told of a metric, in the form of Prometheus.
struct Metrics(String);

impl Metrics {
    async fn of(asker: &Asker) -> Self {
        let answer = asker.get("/metrics").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        Self(answer.text)
    }

    /// The sum of the values of a name whose labels hold all of these.
    fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let samples = self.0.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' '));
        let samples = samples.filter(|(found, _)| found.is_empty() || found.starts_with('{'));
        let samples = samples
            .filter(|(found, _)| labels.iter().all(|(label, value)| found.contains(&format!("{label}=\"{value}\""))));
        samples.map(|(_, value)| value.parse::<f64>().unwrap()).sum()
    }

    fn has(&self, name: &str) -> bool {
        self.0.lines().any(|line| line.starts_with(&format!("# TYPE {name} ")))
    }

    #[track_caller]
    fn expect(&self, name: &str, labels: &[(&str, &str)], value: f64) {
        assert!((self.sum(name, labels) - value).abs() < 1e-9, "{name} {labels:?} is not {value}:\n{}", self.0);
    }
}

#[tokio::test]
async fn metrics_are_closed_by_default() {
    let app = App::start().await;
    for asker in [app.anyone(), app.owner(), app.service()] {
        let answer = asker.get("/metrics").await;
        assert_eq!(answer.status, 404);
        assert!(!answer.text.contains("http_server"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_token_opens_them_and_nothing_else_does() {
    let app = App::set(Settings { metrics: MetricsAccess::token(TOKEN), ..Settings::default() }).await;
    let open = app.bearer(TOKEN).get("/metrics").await;
    assert_eq!(open.status, 200, "{}", open.text);
    assert!(open.headers["content-type"].to_str().unwrap().starts_with("text/plain"));
    assert_eq!(app.anyone().authorized(&format!("bearer {TOKEN}")).get("/metrics").await.status, 200);
    for asker in [
        app.anyone(),
        app.owner(),
        app.bearer("another"),
        app.bearer(""),
        app.bearer(&TOKEN[1..]),
        app.anyone().authorized(TOKEN),
        app.anyone().authorized(&format!("Basic {TOKEN}")),
    ] {
        let answer = asker.get("/metrics").await;
        assert_eq!((answer.status, answer.headers["www-authenticate"].to_str().unwrap()), (401, "Bearer"));
        answer.refused("UNAUTHENTICATED");
    }
    app.bearer(TOKEN).say(ROLE).await.refused("UNAUTHENTICATED");
}

#[tokio::test]
async fn an_address_of_their_own_is_open_unless_there_is_a_token() {
    for (metrics, without_token) in [(MetricsAccess::default(), 200), (MetricsAccess::token(TOKEN), 401)] {
        let app = App::set(Settings { metrics, ..Settings::default() }).await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = app.anyone().at(&format!("http://{}", listener.local_addr().unwrap()));
        let (router, settings) = (app.server().metrics_router(), listen::Settings::default());
        tokio::spawn(listen::serve(listener, router, settings, std::future::pending()));
        assert_eq!(own.get("/metrics").await.status, without_token);
        assert_eq!(own.authorized(&format!("Bearer {TOKEN}")).get("/metrics").await.status, 200);
        assert_eq!(own.get("/graphql?query=%7Bviewer%7Brole%7D%7D").await.status, 404);
    }
}

#[tokio::test]
async fn operations_are_counted_by_kind_name_and_outcome() {
    let app = open(Settings::default()).await;
    let member = app.member();
    for _ in 0..3 {
        member.say("query Role { viewer { role } }").await;
    }
    member.say(ROLE).await;
    change(&member, "createDocument", "", json!({ "filename": "a.pdf" })).await;
    member.say("query Keys { apiKeys { totalCount } }").await.refused("FORBIDDEN");
    let metrics = Metrics::of(&app.anyone()).await;
    let count = "graphql_server_operation_duration_seconds_count";
    let (query, mutation) = (("graphql_operation_type", "query"), ("graphql_operation_type", "mutation"));
    let name = |name| ("graphql_operation_name", name);
    metrics.expect(count, &[query, name("Role"), ("outcome", "ok")], 3.0);
    metrics.expect(count, &[query, ("outcome", "ok")], 4.0);
    metrics.expect(count, &[mutation, ("outcome", "ok")], 1.0);
    metrics.expect(count, &[query, name("Keys"), ("outcome", "error"), ("error_type", "FORBIDDEN")], 1.0);
    metrics.expect(count, &[], 6.0);
    let seconds = metrics.sum("graphql_server_operation_duration_seconds_sum", &[]);
    assert!(seconds > 0.0 && seconds < 60.0, "{seconds}");
    metrics.expect("graphql_server_document_cache_lookups_total", &[("result", "hit")], 2.0);
    metrics.expect("graphql_server_document_cache_lookups_total", &[("result", "miss")], 4.0);
}

#[tokio::test]
async fn refusals_are_counted_by_code() {
    let limits = graphql_limits::Limits { depth: 3, ..Default::default() };
    let rate = Some(RateSettings { per_minute: 1, burst: 5 });
    let app = open(Settings { limits, rate, most_cost: 5, ..Settings::default() }).await;
    let member = app.member();
    for query in [
        "{",
        "{ nothing }",
        "{ documents(first: 9) { nodes { id } } }",
        "{ documents { nodes { workspace { name } } } }",
    ] {
        assert!(!member.say(query).await.errors().is_empty(), "{query}");
    }
    app.anyone().say(ROLE).await.refused("UNAUTHENTICATED");
    member.post("[]").await.refused("BATCHING_DISABLED");
    while member.say(ROLE).await.status != 429 {}
    let metrics = Metrics::of(&app.anyone()).await;
    for (code, count) in [
        ("GRAPHQL_PARSE_FAILED", 1.0),
        ("GRAPHQL_VALIDATION_FAILED", 1.0),
        ("COST_LIMIT_EXCEEDED", 1.0),
        ("MAX_DEPTH_LIMIT", 1.0),
        ("UNAUTHENTICATED", 1.0),
        ("BATCHING_DISABLED", 1.0),
        ("RATE_LIMITED", 1.0),
    ] {
        metrics.expect("graphql_server_refusals_total", &[("error_type", code)], count);
    }
    metrics.expect("graphql_server_refusals_total", &[], 7.0);
    let executed = metrics.sum("graphql_server_operation_duration_seconds_count", &[]);
    metrics.expect("graphql_server_operation_duration_seconds_count", &[("outcome", "ok")], executed);
}

#[tokio::test]
async fn clients_cannot_fill_the_metrics_with_names() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("trusted.graphql"), "query Trusted { viewer { role } }").unwrap();
    let trusted = Trusted::load(folder.path()).unwrap();
    let documents = DocumentSettings { trusted, ..DocumentSettings::default() };
    let app = open(Settings { documents, ..Settings::default() }).await;
    let member = app.member();
    // What does not run takes no place.
    for number in 0..120 {
        assert!(!member.say(&format!("query Wrong{number} {{ nothing }}")).await.errors().is_empty());
    }
    let longest = "L".repeat(65);
    assert!(member.say(&format!("query {longest} {{ viewer {{ role }} }}")).await.errors().is_empty());
    for number in 0..120 {
        let answer = member.say(&format!("query Name{number} {{ viewer {{ role }} }}")).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
    }
    member.say("query Trusted { viewer { role } }").await;
    let metrics = Metrics::of(&app.anyone()).await;
    let count = "graphql_server_operation_duration_seconds_count";
    let name = |name| ("graphql_operation_name", name);
    for known in ["Name0", "Name74", "Trusted"] {
        metrics.expect(count, &[name(known)], 1.0);
    }
    // One principal leaves something to others.
    metrics.expect(count, &[name("other")], 46.0);
    metrics.expect(count, &[], 122.0);
    for hidden in ["Wrong", "Name75", "LLLL"] {
        assert!(!metrics.0.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn requests_are_measured_by_route_and_never_by_path() {
    let app = open(Settings::default()).await;
    app.member().say(ROLE).await;
    app.anyone().get("/health/live").await;
    app.anyone().get("/no/such/path?token=hidden").await;
    let strange = reqwest::Method::from_bytes(b"STRANGE").unwrap();
    app.anyone().request(strange, "/graphql").send().await.unwrap();
    let metrics = Metrics::of(&app.anyone()).await;
    let count = "http_server_request_duration_seconds_count";
    let (method, route, status) =
        (|it| ("http_request_method", it), |it| ("http_route", it), |it| ("http_response_status_code", it));
    metrics.expect(count, &[method("POST"), route("/graphql"), status("200")], 1.0);
    metrics.expect(count, &[method("GET"), route("/health/live"), status("200")], 1.0);
    metrics.expect(count, &[method("_OTHER"), route("/graphql"), status("405")], 1.0);
    metrics.expect(count, &[method("GET"), status("404")], 1.0);
    for hidden in ["no/such", "hidden", "STRANGE"] {
        assert!(!metrics.0.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn the_database_and_the_pool_are_measured() {
    let app = open(Settings::default()).await;
    app.member().say("{ documents { totalCount } }").await;
    let metrics = Metrics::of(&app.anyone()).await;
    let durations = "db_client_operation_duration_seconds_count";
    assert!(metrics.sum(durations, &[("db_system_name", "postgresql")]) >= 1.0, "{}", metrics.0);
    #[expect(clippy::cast_precision_loss, reason = "there are few")]
    metrics.expect("db_client_statements_total", &[], app.statements() as f64);
    assert!(metrics.sum("db_client_connection_wait_time_seconds_count", &[]) >= 1.0);
    let (pool, lanes) = (("db_client_connection_pool_name", "main"), ("db_client_connection_pool_name", "pipelined"));
    metrics.expect("db_client_connection_max", &[pool], 3.0);
    metrics.expect("db_client_connection_max", &[lanes], 1.0);
    metrics.expect("db_client_connection_pending_requests", &[], 0.0);
    metrics.expect("db_client_connection_count", &[("db_client_connection_state", "used")], 0.0);
    let idle = metrics.sum("db_client_connection_count", &[("db_client_connection_state", "idle")]);
    assert!((1.0..=4.0).contains(&idle), "{idle}");
    let id = uuid::Uuid::new_v4();
    app.member().say(&format!("{{ document(id: \"{id}\") {{ id }} }}")).await;
    let metrics = Metrics::of(&app.anyone()).await;
    metrics.expect("db_client_connection_count", &[lanes, ("db_client_connection_state", "idle")], 1.0);

    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let stuck = tokio::spawn({
        let member = app.member();
        async move { member.say("{ documents { totalCount } }").await.status }
    });
    until(&app, LOCKED, 1).await;
    let used = Metrics::of(&app.anyone()).await;
    used.expect("db_client_connection_count", &[("db_client_connection_state", "used")], 1.0);
    app.execute("ROLLBACK").await;
    assert_eq!(stuck.await.unwrap(), 200);
}

#[tokio::test]
async fn what_a_client_gives_up_is_told_as_such() {
    let app = open(Settings::default()).await;
    let member = app.member();
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let waiting = tokio::spawn(async move { member.say("query Given { documents { totalCount } }").await.status });
    until(&app, LOCKED, 1).await;
    waiting.abort();
    until(&app, BUSY, 0).await;
    app.execute("ROLLBACK").await;
    let metrics = Metrics::of(&app.anyone()).await;
    let labels = [("graphql_operation_name", "Given"), ("outcome", "cancelled")];
    metrics.expect("graphql_server_operation_duration_seconds_count", &labels, 1.0);
}

#[tokio::test]
async fn sockets_and_subscriptions_are_counted_while_they_are_open() {
    let app = open(Settings::default()).await;
    let (connections, subscriptions) = ("graphql_server_connections", "graphql_server_subscriptions");
    let mut socket = Socket::open(&app).await;
    socket.init(json!({ "authorization": format!("Bearer {}", token("member@here", None)) })).await;
    assert!(socket.acknowledged().await);
    Metrics::of(&app.anyone()).await.expect(connections, &[], 1.0);
    for id in ["1", "2"] {
        socket.subscribe(id, "subscription Follow { collectChanged { kind } }", json!({})).await;
    }
    settled(&app, subscriptions, 2.0).await;
    socket.complete("1").await;
    settled(&app, subscriptions, 1.0).await;
    drop(socket);
    settled(&app, subscriptions, 0.0).await;
    settled(&app, connections, 0.0).await;
    let labels = [("graphql_operation_name", "Follow"), ("graphql_operation_type", "subscription"), ("outcome", "ok")];
    let metrics = Metrics::of(&app.anyone()).await;
    metrics.expect("graphql_server_operation_duration_seconds_count", &labels, 2.0);
}

/// Waits until a metric has this value.
async fn settled(app: &App, name: &str, value: f64) {
    let settled = async { while (Metrics::of(&app.anyone()).await.sum(name, &[]) - value).abs() > 1e-9 {} };
    let late = || panic!("{name} is never {value}");
    tokio::time::timeout(Duration::from_secs(20), settled).await.unwrap_or_else(|_| late());
}

#[tokio::test]
async fn the_process_is_measured() {
    let app = open(Settings::default()).await;
    let metrics = Metrics::of(&app.anyone()).await;
    assert!(metrics.sum("process_uptime_seconds", &[]) > 0.0);
    if cfg!(target_os = "linux") {
        assert!(metrics.sum("process_memory_usage_bytes", &[]) > 1e6);
        assert!(metrics.has("process_cpu_time_seconds_total"));
        assert!(metrics.sum("process_unix_file_descriptor_count", &[]) > 2.0);
    }
}
