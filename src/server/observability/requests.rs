//! What is common to all requests, whatever they ask for: their id, their span, their metrics, and the headers of every
//! answer.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::TraceContextExt;
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::field::{Empty, display};
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use uuid::{Builder, Uuid};

use crate::server::App;
use crate::server::transport::body;
use crate::telemetry::{Otlp, TRACE};

/// The header with the id of a request. A client may choose it.
pub(in crate::server) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that a client may choose, in bytes.
const MAX_ID_LENGTH: usize = 128;

/// When a client may try again that was told that the server is busy, in seconds.
pub(in crate::server) const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// What every answer says unless it says otherwise: it is what its type says, of nobody's concern but the client's, and
/// no page.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];

/// The way of every request.
pub(in crate::server) async fn observe(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map(MatchedPath::as_str);
    let id = id(request.headers());
    let log = tracing::info_span!(
        "request",
        id = id.to_str().unwrap_or_default(),
        method,
        path = request.uri().path(),
        trace_id = Empty
    );
    let follows = app.0.settings.otlp.as_ref().is_none_or(Otlp::follows_traces);
    let trace = trace(&request, method, route, follows, &log);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let (request, unread) = body::lent(request);

    let answered = next.run(request).instrument(trace.clone());
    let mut response = answered.instrument(log.clone()).await;

    let (status, took) = (response.status(), began.elapsed());
    trace.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        trace.record("error.type", status.as_str());
        trace.record("otel.status_code", "ERROR");
    }
    app.0.metrics.request(method, route, status.as_u16(), took);
    tracing::debug!(parent: &log, status = status.as_u16(), duration_ms = took.as_secs_f64() * 1e3, "answered");

    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(value);
    }
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        headers.entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
    }
    body::finish(unread, &mut response).await;
    response
}

/// The span of a request that is exported. It belongs to the trace of the client, if it names one that is followed.
fn trace(request: &Request, method: &'static str, route: Option<&str>, follows: bool, log: &Span) -> Span {
    let span = tracing::trace_span!(
        target: TRACE,
        "request",
        otel.name = %Name { method, route },
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        url.path = request.uri().path(),
        url.scheme = "http",
        error.type = Empty,
    );
    if !span.is_disabled() {
        if follows {
            let parent = TraceContextPropagator::new().extract(&HeaderExtractor(request.headers()));
            // Without an exporter there is nothing that could have a parent.
            let _ = span.set_parent(parent);
        }
        let trace = span.context().span().span_context().trace_id();
        log.record("trace_id", display(trace));
    }
    span
}

/// A request by its method and route.
struct Name<'a> {
    method: &'static str,
    route: Option<&'a str>,
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.method)?;
        self.route.map_or(Ok(()), |route| write!(f, " {route}"))
    }
}

/// The id that the client chose, if it can be printed, or a new one.
fn id(headers: &HeaderMap) -> HeaderValue {
    let chosen = headers.get(REQUEST_ID).filter(|id| (1..=MAX_ID_LENGTH).contains(&id.len()) && id.to_str().is_ok());
    chosen.cloned().unwrap_or_else(|| {
        let id = Builder::from_random_bytes(rand::random()).into_uuid();
        let mut text = Uuid::encode_buffer();
        HeaderValue::from_str(id.hyphenated().encode_lower(&mut text)).unwrap_or(HeaderValue::from_static("-"))
    })
}

/// The method, if it is a usual one: clients can think of very many.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::CONNECT => "CONNECT",
        Method::TRACE => "TRACE",
        _ => "_OTHER",
    }
}
