//! The log of the program, and what it sends to an OpenTelemetry collector.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::routing::post;
use data_encoding::HEXLOWER;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::kit::database::Database;
use crate::kit::{Answer, App, token};
use crate::program::{Program, ended, until};

const WHO: &str = "query Who { viewer { role } }";

/// A collector that keeps what it is sent, with the path and the headers.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>);

impl Collector {
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let keep = |State(Self(kept)): State<Self>, uri: Uri, headers: HeaderMap, body: Bytes| async move {
            kept.lock().unwrap().push((uri.path().to_owned(), headers, body));
        };
        let router = Router::new().fallback(post(keep)).with_state(collector.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (collector, url)
    }

    fn sent(&self, path: &str) -> Vec<(HeaderMap, Bytes)> {
        let kept = self.0.lock().unwrap();
        kept.iter().filter(|(to, ..)| to == path).map(|(_, headers, body)| (headers.clone(), body.clone())).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let sent = self.sent("/v1/traces").into_iter();
        let requests = sent.map(|(_, body)| ExportTraceServiceRequest::decode(body).unwrap());
        let resources = requests.flat_map(|request| request.resource_spans);
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

/// An attribute as text.
fn attribute(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    match found.value.as_ref().and_then(|AnyValue { value }| value.as_ref())? {
        Any::StringValue(text) => Some(text.clone()),
        Any::IntValue(number) => Some(number.to_string()),
        Any::BoolValue(truth) => Some(truth.to_string()),
        other => panic!("{key}: {other:?}"),
    }
}

/// The lines of the log that tell of operations.
fn operations(log: &str) -> Vec<Value> {
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap_or_else(|_| panic!("{line}")));
    lines.filter(|line| line["target"] == "well_ingestion::operations").collect()
}

#[tokio::test]
async fn each_operation_is_one_line_of_the_log_without_a_word_of_what_was_asked() {
    let database = Database::migrated().await;
    let mut program = Program::over(&database.url, &[("WELL_LOG_JSON", "true")]).await;
    program.ready().await;
    let owner = program.owner();
    let request = owner.request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
    let body = json!({ "query": WHO, "variables": { "unused": "hidden in variables" } });
    let answer = Answer::of(request.header("x-request-id", "mine").body(body.to_string())).await;
    assert_eq!(answer.str("/viewer/role"), "OWNER");
    let secret = "query Secret($name: String) { documents(filter: { filename: { eq: $name } }) { totalCount } }";
    owner.ask(secret, json!({ "name": "hidden in variables" })).await;
    owner
        .say("query { people(filter: { fullName: { eq: \"hidden in text\" } }) { totalCount } } # hidden in text")
        .await;
    owner.say("{ apiKeys { nodes { nothing } } }").await.refused("GRAPHQL_VALIDATION_FAILED");
    owner.authorized("Bearer hidden.in.token").say(WHO).await.refused("UNAUTHENTICATED");
    owner.get("/graphql?query=%7Bviewer%7Brole%7D%7D&operationName=&variables=%7B%7D").await;
    program.signal("TERM").await;
    program.ended().await;
    let log = program.log();
    let told = operations(&log);
    assert_eq!(told.len(), 6, "{log}");
    let first = &told[0];
    let expected = json!({ "name": "Who", "kind": "query", "outcome": "ok", "cost": 1, "message": "operation" });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&first[field], value, "{field} of {first}");
    }
    assert!(first["duration_ms"].as_f64().unwrap() > 0.0, "{first}");
    assert!(first["statements"].is_u64() && first["timestamp"].is_string(), "{first}");
    let span = &first["span"];
    assert_eq!([&span["id"], &span["method"], &span["path"]], ["mine", "POST", "/graphql"], "{first}");
    assert_eq!(told[1]["name"], "Secret", "{}", told[1]);
    assert!(told[1]["statements"].as_u64().unwrap() >= 1, "{}", told[1]);
    assert!(told[2].get("name").is_none(), "{}", told[2]);
    for (line, code) in [(&told[3], "GRAPHQL_VALIDATION_FAILED"), (&told[4], "UNAUTHENTICATED")] {
        assert_eq!((&line["outcome"], &line["code"]), (&json!("refused"), &json!(code)), "{line}");
    }
    assert_eq!((&told[5]["outcome"], &told[5]["span"]["path"]), (&json!("ok"), &json!("/graphql")), "{}", told[5]);
    for hidden in ["hidden", &token("owner@main", None)[..20], "totalCount", "fullName", "eyJ"] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
}

#[tokio::test]
async fn the_log_of_operations_can_be_switched_off() {
    let database = Database::migrated().await;
    let settings = [("WELL_LOG_JSON", "true"), ("WELL_LOG", "info,well_ingestion::operations=off")];
    let mut program = Program::over(&database.url, &settings).await;
    program.ready().await;
    program.owner().say(WHO).await;
    program.signal("TERM").await;
    program.ended().await;
    assert!(program.log().contains("stopping"), "{}", program.log());
    assert_eq!(operations(&program.log()).len(), 0, "{}", program.log());
}

#[tokio::test]
async fn traces_and_metrics_are_sent_to_a_collector() {
    let (collector, url) = Collector::start().await;
    let database = Database::migrated().await;
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=mine"),
        ("OTEL_SERVICE_NAME", "well-test"),
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=tests"),
        ("WELL_LOG_JSON", "true"),
    ];
    let mut program = Program::over(&database.url, &settings).await;
    program.ready().await;
    let owner = program.owner();
    let (trace, parent) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let request = owner.request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
    let query = "query Count { documents(filter: { filename: { eq: \"hidden\" } }) { totalCount } }";
    let request = request.header("traceparent", format!("00-{trace}-{parent}-01"));
    let answer = Answer::of(request.body(json!({ "query": query }).to_string())).await;
    assert_eq!(answer.int("/documents/totalCount"), 0);
    let fail = "mutation Fail { createWorkspaceConnectorSyncLog(input: { workspaceConnectorId: \"0197a3f0-0000-4000-8000-000000000000\" })
        { userErrors { message } } }";
    owner.say(fail).await.refused("FORBIDDEN");
    owner.say("{ nothing }").await.refused("GRAPHQL_VALIDATION_FAILED");
    program.signal("TERM").await;
    assert_eq!(program.ended().await.code(), Some(0), "{}", program.log());

    // What was not sent yet is sent at the end.
    let spans = collector.spans();
    let of_trace: Vec<&Span> = spans.iter().filter(|span| hex(&span.trace_id) == trace).collect();
    let find = |name: &str| of_trace.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("{of_trace:#?}"));
    let http = find("POST /graphql");
    assert_eq!((hex(&http.parent_span_id), http.kind()), (parent.to_owned(), SpanKind::Server));
    for (key, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/graphql"),
        ("url.path", "/graphql"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(attribute(&http.attributes, key).as_deref(), Some(value), "{http:#?}");
    }
    let operation = find("query");
    assert_eq!((&operation.parent_span_id, operation.kind()), (&http.span_id, SpanKind::Server));
    for (key, value) in [("graphql.operation.type", "query"), ("graphql.operation.name", "Count")] {
        assert_eq!(attribute(&operation.attributes, key).as_deref(), Some(value), "{operation:#?}");
    }
    let statement = find("postgresql");
    assert_eq!((&statement.parent_span_id, statement.kind()), (&operation.span_id, SpanKind::Client));
    assert_eq!(attribute(&statement.attributes, "db.system.name").as_deref(), Some("postgresql"));

    let failed = spans.iter().find(|span| span.name == "mutation").unwrap_or_else(|| panic!("{spans:#?}"));
    assert_eq!(attribute(&failed.attributes, "error.type").as_deref(), Some("FORBIDDEN"));
    assert_eq!(failed.status.as_ref().unwrap().code(), StatusCode::Error);
    assert_ne!(hex(&failed.trace_id), trace);

    for (headers, body) in [collector.sent("/v1/traces"), collector.sent("/v1/metrics")].concat() {
        assert_eq!(headers[CONTENT_TYPE], "application/x-protobuf");
        assert_eq!(headers["x-collector-key"], "mine");
        for hidden in ["hidden", "totalCount", "eyJ", "SELECT"] {
            assert!(!body.windows(hidden.len()).any(|found| found == hidden.as_bytes()), "{hidden}");
        }
    }
    let metrics = collector.sent("/v1/metrics");
    let metrics = ExportMetricsServiceRequest::decode(metrics.last().expect("metrics").1.clone()).unwrap();
    let resource = &metrics.resource_metrics[0];
    let described = &resource.resource.as_ref().unwrap().attributes;
    assert_eq!(attribute(described, "service.name").as_deref(), Some("well-test"));
    assert_eq!(attribute(described, "deployment.environment.name").as_deref(), Some("tests"));
    let names: Vec<&str> =
        resource.scope_metrics.iter().flat_map(|scope| &scope.metrics).map(|metric| metric.name.as_str()).collect();
    for name in [
        "http.server.request.duration",
        "graphql.server.operation.duration",
        "graphql.server.refusals",
        "db.client.operation.duration",
        "db.client.connection.count",
        "process.uptime",
    ] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    // The log tells the trace that it belongs to.
    let told = operations(&program.log());
    let line = told.iter().find(|line| line["name"] == "Count").unwrap_or_else(|| panic!("{}", program.log()));
    assert_eq!(line["span"]["trace_id"], trace, "{line}");
}

fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

#[tokio::test]
async fn a_collector_that_is_away_holds_nothing_up() {
    let database = Database::migrated().await;
    let settings = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_METRIC_EXPORT_INTERVAL", "100")];
    let mut program = Program::over(&database.url, &settings).await;
    program.ready().await;
    until("it complains", async || program.log().contains("opentelemetry")).await;
    assert_eq!(program.owner().say(WHO).await.str("/viewer/role"), "OWNER");
    program.signal("TERM").await;
    assert_eq!(program.ended().await.code(), Some(0), "{}", program.log());
}

#[tokio::test]
async fn each_signal_may_have_an_endpoint_of_its_own_or_none() {
    let database = Database::migrated().await;
    let (collector, url) = Collector::start().await;
    let traces = format!("{url}/elsewhere/traces");
    let mut program = Program::over(
        &database.url,
        &[
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", traces.as_str()),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=mine"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", " "),
            // Only metrics would go by it.
            ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "grpc"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
            ("OTEL_METRICS_EXPORTER", "none"),
        ],
    )
    .await;
    program.ready().await;
    program.owner().say(WHO).await;
    program.signal("TERM").await;
    assert_eq!(program.ended().await.code(), Some(0), "{}", program.log());
    let sent = collector.sent("/elsewhere/traces");
    let (headers, _) = sent.first().expect("traces are sent");
    assert_eq!(
        (&headers["x-collector-key"], &headers["content-encoding"]),
        (&"mine".parse().unwrap(), &"gzip".parse().unwrap())
    );
    assert_eq!((collector.sent("/v1/traces").len(), collector.sent("/v1/metrics").len()), (0, 0));
}

#[tokio::test]
async fn nothing_is_exported_when_the_sdk_is_disabled() {
    let database = Database::migrated().await;
    let (collector, url) = Collector::start().await;
    let disabled = [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_SDK_DISABLED", "true")];
    let exporters = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];
    let none = [&disabled[..1], &exporters].concat();
    for settings in [&disabled[..], &none] {
        let mut program = Program::over(&database.url, settings).await;
        program.ready().await;
        program.owner().say(WHO).await;
        program.signal("TERM").await;
        assert_eq!(program.ended().await.code(), Some(0), "{}", program.log());
        assert!(collector.0.lock().unwrap().is_empty(), "{settings:?}");
    }
}

#[tokio::test]
async fn metrics_can_have_an_address_of_their_own() {
    let database = Database::migrated().await;
    let program = Program::over(&database.url, &[("WELL_METRICS_LISTEN", "127.0.0.1:0")]).await;
    program.ready().await;
    let log = program.log();
    let (_, rest) = log.split_once("address=").unwrap_or_else(|| panic!("{log}"));
    let own = program.owner().at(&format!("http://{}", rest.split_whitespace().next().unwrap()));
    let answer = own.get("/metrics").await;
    assert!(answer.text.contains("process_uptime_seconds"), "{}", answer.text);
    assert_eq!(program.get("/metrics").await.status, 404);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused_at_the_start() {
    for (settings, word) in [
        ([("WELL_ALLOWED_ORIGINS", "*"), ("", "")], "origin"),
        ([("WELL_ALLOWED_ORIGINS", "https://a.example,https://b.example/path"), ("", "")], "origin"),
        ([("WELL_METRICS_TOKEN", "short"), ("", "")], "16 characters"),
        ([("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"), ("", "")], "OpenTelemetry"),
        ([("WELL_LOG", "no=such=level"), ("", "")], "log"),
        ([("WELL_RATE_POINTS_PER_MINUTE", "600"), ("", "")], "WELL_RATE_BURST"),
        ([("WELL_RATE_POINTS_PER_MINUTE", "600"), ("WELL_RATE_BURST", "9999")], "WELL_RATE_BURST"),
        ([("WELL_RATE_POINTS_PER_MINUTE", "0"), ("", "")], "rate-points-per-minute"),
    ] {
        let settings: Vec<_> = settings.into_iter().filter(|(name, _)| !name.is_empty()).collect();
        let database = [("DATABASE_URL", "postgresql://127.0.0.1:9/nothing")];
        let (code, said) = ended(&["--listen", "127.0.0.1:0"], &[&database[..], &settings].concat()).await;
        assert_eq!(code, Some(2), "{settings:?}: {said}");
        assert!(said.contains(word), "{settings:?}: {said}");
    }
}

#[tokio::test]
async fn an_id_that_a_client_chooses_is_kept_within_bounds() {
    let app = App::start().await;
    for (chosen, kept) in [("mine", true), (&"x".repeat(128), true), (&"x".repeat(129), false), ("", false)] {
        let request = app.anyone().request(Method::GET, "/health/live").header("x-request-id", chosen);
        let id = Answer::of(request).await.headers["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(id == chosen, kept, "{id}");
        assert!(!id.is_empty() && id.len() <= 128);
    }
}
