//! What is told of an operation: one line of the log, its metrics and its span.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::{Response, ServerError, Value};
use graphql_limits::Kind;
use tracing::Span;
use tracing::field::Empty;

use crate::auth::{Caller, Principal};
use crate::db::Tally;
use crate::error::Code;
use crate::server::App;
use crate::server::graphql::operation::{Executed, HttpError, Operation, RequestError};
use crate::server::graphql::query_document::Document;
use crate::telemetry::{OpenSubscription, TRACE};

/// The longest name of an operation in the log, in bytes.
const MAX_NAME_LENGTH: usize = 64;

/// An operation that is watched until it ends. What is dropped before has been given up by its client.
pub(in crate::server) struct OperationSpan {
    app: App,
    document: Arc<Document>,
    principal: Principal,
    cost: u64,
    began: Instant,
    tally: Tally,
    span: Span,
    outcome: Outcome,
    _open: Option<OpenSubscription>,
}

/// How an operation ended.
enum Outcome {
    Ok,
    /// With errors, of which this is the first one's code.
    Error(String),
    /// It was not executed, for this code.
    Refused(String),
    /// Nobody waited for its end.
    Cancelled,
}

impl OperationSpan {
    pub fn new(app: &App, operation: &Operation, caller: &Caller) -> Self {
        let document = Arc::clone(&operation.document);
        let kind = document.kind.as_str();
        let span = tracing::trace_span!(
            target: TRACE,
            "operation",
            otel.name = kind,
            otel.kind = "server",
            otel.status_code = Empty,
            graphql.operation.type = kind,
            graphql.operation.name = document.operation_name,
            error.type = Empty,
        );
        // A subscription has no end of its own: whoever follows it ends it.
        let (outcome, open) = match document.kind {
            Kind::Subscription => (Outcome::Ok, Some(app.0.metrics.subscription())),
            Kind::Query | Kind::Mutation => (Outcome::Cancelled, None),
        };
        let (app, cost, tally) = (app.clone(), operation.points, Tally::default());
        let principal = caller.principal().clone();
        Self { app, document, principal, cost, began: Instant::now(), tally, span, outcome, _open: open }
    }

    /// Counts the statements of the operation.
    pub fn tally(&self) -> Tally {
        self.tally.clone()
    }

    /// The span that it runs in.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// It was answered.
    pub fn answered(&mut self, response: &Response) {
        self.outcome = match response.errors.first() {
            Some(error) if response.is_executed() => Outcome::Error(code(error).to_owned()),
            Some(error) => Outcome::Refused(code(error).to_owned()),
            None => Outcome::Ok,
        };
    }

    /// It was refused, or failed as a whole.
    pub fn refused(&mut self, refusal: &HttpError) {
        let code = refusal.error.code().as_str().to_owned();
        let before = refusal.status.is_client_error();
        self.outcome = if before { Outcome::Refused(code) } else { Outcome::Error(code) };
    }
}

impl Drop for OperationSpan {
    fn drop(&mut self) {
        let (document, took) = (&self.document, self.began.elapsed());
        let (name, kind) = (document.operation_name.as_deref(), document.kind);
        let metrics = &self.app.0.metrics;
        let (outcome, code) = match &self.outcome {
            Outcome::Ok => ("ok", None),
            Outcome::Error(code) => ("error", Some(code.as_str())),
            Outcome::Refused(code) => ("refused", Some(code.as_str())),
            Outcome::Cancelled => ("cancelled", None),
        };
        match (&self.outcome, code) {
            (Outcome::Refused(_), Some(code)) => metrics.refusal(code),
            _ => metrics.operation(kind, name.map(|name| (name, &self.principal)), outcome, code, took),
        }
        if let Some(code) = code {
            self.span.record("error.type", code);
            self.span.record("otel.status_code", "ERROR");
        }
        let told = LogRecord { name, kind: Some(kind), outcome, code, cost: Some(self.cost) };
        told.log(took, Some(self.tally.statements()));
    }
}

impl App {
    /// Notes what is refused before it is an operation, and passes it on.
    pub(in crate::server) fn refused(&self, began: Instant, caught: RequestError) -> RequestError {
        let code = match &caught {
            RequestError::Invalid(response) => response.errors.first().map(code).unwrap_or_default(),
            RequestError::Refused(refusal) => refusal.error.code().as_str(),
        };
        self.note_refusal(began, code);
        caught
    }

    /// Notes that something was refused before it was an operation.
    pub(in crate::server) fn note_refusal(&self, began: Instant, code: &str) {
        self.0.metrics.refusal(code);
        let told = LogRecord { name: None, kind: None, outcome: "refused", code: Some(code), cost: None };
        told.log(began.elapsed(), None);
    }
}

/// What the log says of an operation: nothing that anybody asked for or was answered.
struct LogRecord<'a> {
    name: Option<&'a str>,
    kind: Option<Kind>,
    outcome: &'static str,
    code: Option<&'a str>,
    cost: Option<u64>,
}

impl LogRecord<'_> {
    fn log(&self, took: Duration, statements: Option<u64>) {
        let name = self.name.map(|name| name.get(..MAX_NAME_LENGTH).unwrap_or(name));
        tracing::info!(
            target: "well_ingestion::operations",
            name,
            kind = self.kind.map(Kind::as_str),
            outcome = self.outcome,
            code = self.code,
            duration_ms = (took.as_secs_f64() * 1e6).round() / 1e3,
            cost = self.cost,
            statements,
            "operation",
        );
    }
}

/// The code of an error. Every one that is answered has one.
pub(in crate::server) fn code(error: &ServerError) -> &str {
    match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
        Some(Value::String(code)) => code,
        _ => Code::InternalServerError.as_str(),
    }
}
