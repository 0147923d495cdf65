//! From what a client asked to an operation that may run, and its run. HTTP, sockets and event streams share it.
//!
//! Nothing recursive sees a document before the guard did, and nothing reaches the database before the operation's cost
//! is known. A document is validated once and then kept, guarded and parsed.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{ErrorExtensionValues, Pos, Request, Response, ServerError, Value, Variables};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use graphql_limits::typing::plain;
use graphql_limits::{self as document, Kind, Violation, check_variables, chosen};
use tracing::Instrument;

use crate::api::Introspection;
use crate::auth::Caller;
use crate::db::{Db, Tally};
use crate::error::{Code, Error};
use crate::json::Text;
use crate::server::App;
use crate::server::graphql::event_limiter::EventLimiter;
use crate::server::graphql::query_document::{Document, Source, validate};
use crate::server::graphql::request::GraphqlRequest;
use crate::server::limits::answers::AnswerPermit;
use crate::server::limits::rate::{Price, Standing};
use crate::server::observability::operation_span::{OperationSpan, code};

/// An operation of so many points is expensive: of those, few run at once in a workspace.
const EXPENSIVE: u64 = 1_000;

/// An operation that passed everything there is to check before it runs.
pub(in crate::server) struct Operation {
    pub document: Arc<Document>,
    /// Which of the document's operations it is, where there are several.
    pub name: Option<String>,
    pub variables: Variables,
    /// How many bytes it was asked for with.
    pub bytes: usize,
    /// What it costs as if every list were made from as many rows: what is held against the limit.
    pub nominal_cost: u64,
    /// The points that it takes from its caller.
    pub points: u64,
    pub wants_cost: bool,
    /// Whether it may be answered from memory.
    pub from_memory: bool,
}

impl Operation {
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.document.kind
    }

    /// What its caller must have and what is taken.
    pub fn price(&self) -> Price {
        Price { needed: self.nominal_cost, taken: self.points }
    }

    /// The database as it may use it.
    pub fn database(&self, db: &Db, tally: Tally) -> Db {
        let db = db.tallied(tally);
        if self.points >= EXPENSIVE { db.expensive() } else { db }
    }

    /// All of it for the library.
    pub fn into_request(self) -> Request {
        let parsed = self.document.parsed.clone();
        self.request(parsed)
    }

    /// For the library, with this in the place of its document. The text is not needed any more.
    pub fn request(self, parsed: ExecutableDocument) -> Request {
        let mut request = Request::new("").variables(self.variables);
        request.set_parsed_query(parsed);
        match self.name {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }
}

/// What is answered instead of running an operation.
pub(in crate::server) enum RequestError {
    /// A request error of GraphQL: the document or its variables are wrong.
    Invalid(Box<Response>),
    /// The request is refused.
    Refused(HttpError),
}

/// A request that is refused before anything of it is executed, or that failed as a whole.
pub(in crate::server) struct HttpError {
    pub status: StatusCode,
    pub error: Error,
    /// What the client is told besides.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl HttpError {
    /// A refusal of this status.
    pub const fn new(status: StatusCode, error: Error) -> Self {
        Self { status, error, headers: Vec::new() }
    }

    /// The same with a header more.
    pub fn with(mut self, name: HeaderName, value: &'static str) -> Self {
        self.headers.push((name, HeaderValue::from_static(value)));
        self
    }
}

impl App {
    /// Checks what a client of a workspace asked for, and makes an operation of it, if its kind is allowed.
    pub(in crate::server) fn prepare(
        &self,
        asked: GraphqlRequest,
        workspace_pk: i32,
        allow: impl FnOnce(Kind) -> Result<(), HttpError>,
    ) -> Result<Operation, RequestError> {
        let (wants_cost, bytes) = (asked.wants_cost, asked.bytes);
        let name = asked.operation_name.as_deref();
        let settings = &self.0.settings;
        let (document, source) = self.0.documents.find(&asked, workspace_pk, &settings.limits, &self.0.types)?;
        self.0.metrics.document(matches!(source, Source::Cache));
        allow(document.kind)?;
        if document.introspects && self.0.api.introspection() == Introspection::Disabled {
            let error = ServerError::new("Introspection is disabled on this server.", None);
            return Err(RequestError::invalid(error, Code::GraphqlValidationFailed.as_str()));
        }
        let given = Text::known(asked.variables.as_deref().unwrap_or("{}"));
        check_variables(given)?;
        // What is wrong with the document itself is told first.
        if let Source::Request(key) = source {
            self.validate(&document)?;
            self.0.documents.keep(key, &document);
        }
        let mut variables = Variables::default();
        if let Some(operation) = chosen(&document.parsed, name).next() {
            variables = self.0.types.read_variables(operation, given)?;
        }
        self.check_variables(&document.parsed, name, &variables)?;
        fill_in(&document.parsed, name, &mut variables);
        let most = match document.kind {
            Kind::Query | Kind::Mutation => settings.most_cost,
            // Each of its events costs as much again.
            Kind::Subscription => settings.most_cost.min(settings.most_subscription_cost),
        };
        let nominal_cost = self.0.catalogue.within(&document.parsed, name, &variables, most)?;
        Ok(Operation {
            document,
            name: asked.operation_name,
            variables,
            bytes,
            nominal_cost,
            points: nominal_cost,
            wants_cost,
            from_memory: true,
        })
    }

    /// Checks that the operation's variables have what they need, and what they can hold.
    fn check_variables(
        &self,
        document: &ExecutableDocument,
        name: Option<&str>,
        given: &Variables,
    ) -> Result<(), RequestError> {
        if let Some(error) = missing_variable(document, name, given) {
            return Err(RequestError::invalid(error, Code::BadUserInput.as_str()));
        }
        let mut operations = chosen(document, name);
        Ok(operations.try_for_each(|operation| self.0.types.check_variables(operation, given))?)
    }

    /// Has the library validate a document.
    fn validate(&self, document: &Document) -> Result<(), RequestError> {
        // Nothing in it waits for anything.
        let errors = validate(&self.0.api, document.parsed.clone()).now_or_never();
        let errors = errors.ok_or_else(|| Error::internal("validating a document waited for something"))?;
        if errors.is_empty() {
            return Ok(());
        }
        let mut response = Response::from_errors(errors);
        finish(&mut response);
        Err(RequestError::Invalid(Box::new(response)))
    }

    /// Runs a query or a mutation for its caller. To look that one up took so much of the time it has.
    pub(in crate::server) async fn run(
        &self,
        operation: Operation,
        caller: Caller,
        looked_up: Duration,
    ) -> Result<Response, HttpError> {
        self.run_and_rewrite(operation, caller, looked_up, |_, _, _| Ok(())).await
    }

    /// The same, with something that writes the answer anew.
    pub(in crate::server) async fn run_and_rewrite(
        &self,
        mut operation: Operation,
        caller: Caller,
        looked_up: Duration,
        rewrite: impl FnOnce(&mut Response, Kind, &AnswerPermit) -> Result<(), Error>,
    ) -> Result<Response, HttpError> {
        operation.points = self.points(&operation, &caller);
        let mut watch = OperationSpan::new(self, &operation, &caller);
        let run = async {
            let standing = self.charge(&operation, &caller)?;
            let permit = Arc::new(self.permit(&operation, &caller).await?);
            let kind = operation.kind();
            let mut response = self.recall_or_execute(operation, caller, looked_up, watch.tally(), &permit).await?;
            rewrite(&mut response, kind, &permit)?;
            response.http_headers.extend(standing.into_iter().flat_map(Standing::headers));
            Ok(response)
        };
        let result = run.instrument(watch.span()).await;
        match &result {
            Ok(response) => watch.answered(response),
            Err(refusal) => watch.refused(refusal),
        }
        result
    }

    /// Room for the operation and its answer.
    async fn permit(&self, operation: &Operation, caller: &Caller) -> Result<AnswerPermit, Error> {
        let document = Arc::as_ptr(&operation.document).addr();
        self.0.answers.permit(caller, document, operation.bytes).await
    }

    /// Takes what the operation costs from the caller's points, where there is a limit to them.
    fn charge(&self, operation: &Operation, caller: &Caller) -> Result<Option<Standing>, HttpError> {
        let Some(rates) = &self.0.rates else { return Ok(None) };
        Ok(Some(rates.take(caller.principal(), operation.price())?))
    }

    /// Runs a subscription for its caller: one answer per event, until the stream ends or is dropped. It ends with the
    /// first event that cannot be paid for, takes too long or finds no room: none is left out.
    pub(in crate::server) fn follow(&self, operation: Operation, caller: Caller) -> BoxStream<'static, Response> {
        let app = self.clone();
        stream::once(async move { app.begin_to_follow(operation, caller).await }).flatten().boxed()
    }

    async fn begin_to_follow(&self, mut operation: Operation, caller: Caller) -> BoxStream<'static, Response> {
        operation.points = self.points(&operation, &caller);
        let mut watch = OperationSpan::new(self, &operation, &caller);
        let ready = async {
            self.charge(&operation, &caller)?;
            Ok(self.permit(&operation, &caller).await?)
        };
        let permit = match ready.await {
            Ok(permit) => Arc::new(permit),
            Err(refusal) => {
                watch.refused(&refusal);
                return stream::iter([RequestError::from(refusal).into_response()]).boxed();
            }
        };
        let limiter = EventLimiter::new(self, &caller, operation.price(), Arc::clone(&permit));
        let scope = self.scope(operation.database(&self.0.db, watch.tally()), caller, permit);
        let request = operation.into_request().data(scope).data(self.0.feed.clone()).data(limiter.of_events());
        let answers = limiter.keep(self.0.api.prevalidated().execute_stream(request)).map(move |answer| match answer {
            Ok(mut response) => {
                finish(&mut response);
                watch.answered(&response);
                response
            }
            Err(error) => {
                let refusal = HttpError::from(error);
                watch.refused(&refusal);
                RequestError::from(refusal).into_response()
            }
        });
        answers.boxed()
    }
}

/// Whether an answer is one of an execution, rather than request errors only.
pub(in crate::server) trait Executed {
    /// Whether anything of it was executed.
    fn is_executed(&self) -> bool;
}

impl Executed for Response {
    fn is_executed(&self) -> bool {
        // An answer that is too large was one.
        let executed = |error: &ServerError| !error.path.is_empty() || code(error) == Code::ResponseTooLarge.as_str();
        self.data != Value::Null || self.errors.iter().any(executed)
    }
}

impl RequestError {
    /// A request error.
    pub fn invalid(mut error: ServerError, code: &str) -> Self {
        set_code(&mut error, code);
        Self::Invalid(Box::new(Response::from_errors(vec![error])))
    }

    /// What GraphQL has to say of it.
    pub fn into_response(self) -> Response {
        match self {
            Self::Invalid(response) => *response,
            Self::Refused(refusal) => Response::from_errors(vec![reported(refusal.error)]),
        }
    }
}

impl From<Violation> for RequestError {
    fn from(violation: Violation) -> Self {
        if violation.code == document::Code::RequestTooLarge {
            return Error::new(Code::RequestTooLarge, violation.message).into();
        }
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let position = Pos { line: at(violation.line), column: at(violation.column) };
        Self::invalid(ServerError::new(violation.message, Some(position)), violation.code.as_str())
    }
}

impl From<HttpError> for RequestError {
    fn from(refusal: HttpError) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for RequestError {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Error> for HttpError {
    fn from(error: Error) -> Self {
        let status = match error.code() {
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::Forbidden => StatusCode::FORBIDDEN,
            Code::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::RequestTimeout => StatusCode::GATEWAY_TIMEOUT,
            Code::MaxOperationsLimit | Code::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Code::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, error)
    }
}

/// The guarded text, parsed.
pub(in crate::server) fn parse(text: &str) -> Result<ExecutableDocument, RequestError> {
    parse_query(text).map_err(|error| RequestError::invalid(error.into(), Code::GraphqlParseFailed.as_str()))
}

/// The library would only miss a required variable where it is used, when other fields have been resolved.
fn missing_variable(document: &ExecutableDocument, name: Option<&str>, given: &Variables) -> Option<ServerError> {
    let mut variables = chosen(document, name).flat_map(|operation| &operation.variable_definitions);
    let missing = variables.find(|variable| {
        let variable = &variable.node;
        let value = given.get(&variable.name.node);
        let absent = value.is_none() && variable.default_value.is_none();
        !variable.var_type.node.nullable && (absent || value == Some(&Value::Null))
    })?;
    let message = format!("The variable `${}` is required.", missing.node.name.node);
    Some(ServerError::new(message, Some(missing.pos)))
}

/// Gives variables their defaults. The library would leave them out where it decides what is skipped.
fn fill_in(document: &ExecutableDocument, name: Option<&str>, variables: &mut Variables) {
    for definition in chosen(document, name).flat_map(|operation| &operation.variable_definitions) {
        if let Some(default) = &definition.node.default_value {
            let variable = variables.entry(definition.node.name.node.clone());
            variable.or_insert_with(|| default.node.clone());
        }
    }
}

/// An error of a whole request, as clients read it.
pub(in crate::server) fn reported(error: Error) -> ServerError {
    let mut error = async_graphql::Error::from(error).into_server_error(Pos::default());
    error.locations.clear();
    error
}

/// Gives errors of the library their codes, and our words.
pub(in crate::server) fn finish(response: &mut Response) {
    for error in &mut response.errors {
        let code = if error.path.is_empty() { Code::GraphqlValidationFailed } else { Code::BadUserInput };
        set_code(error, code.as_str());
        error.message = plain(&error.message).to_owned();
    }
}

/// Errors of the library itself carry no code.
fn set_code(error: &mut ServerError, code: &str) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
}
