//! From what a client asked to an operation that may run, and its run. HTTP, sockets and event streams share it.
//!
//! Nothing recursive sees a document before the guard did, and nothing reaches the database before the operation's cost
//! is known. A document is validated once and then kept, guarded and parsed.

use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{ErrorExtensionValues, Pos, Request, Response, ServerError, Value, Variables};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use tracing::Instrument;

use super::App;
use super::documents::{Document, Source, validate};
use super::pace::Pace;
use super::rate::Standing;
use super::watch::{Watch, code};
use super::wire::Asked;
use crate::api::Openness;
use crate::auth::Caller;
use crate::db::scope::Scope;
use crate::document::{self, Kind, MOST_VARIABLE_NESTING, Violation, check_variables, chosen};
use crate::error::{Code, Error};
use crate::typing::plain;

/// An operation that passed everything there is to check before it runs.
pub(super) struct Operation {
    pub document: Arc<Document>,
    /// Which of the document's operations it is, where there are several.
    pub name: Option<String>,
    pub variables: Variables,
    /// What it costs, in rows that its pages could return.
    pub cost: u64,
    pub wants_cost: bool,
}

impl Operation {
    /// What it is.
    pub fn kind(&self) -> Kind {
        self.document.kind
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
pub(super) enum Caught {
    /// A request error of GraphQL: the document or its variables are wrong.
    Invalid(Box<Response>),
    /// The request is refused.
    Refused(Refusal),
}

/// A request that is refused before anything of it is executed, or that failed as a whole.
pub(super) struct Refusal {
    pub status: StatusCode,
    pub error: Error,
    /// What the client is told besides.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
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
    /// Checks what a client asked for, and makes an operation of it, if it is one of these kinds.
    pub(super) fn prepare(&self, asked: Asked, kinds: &[Kind]) -> Result<Operation, Caught> {
        let wants_cost = asked.wants_cost();
        let name = asked.operation_name.as_deref();
        let settings = &self.0.settings;
        let (document, source) = self.0.documents.find(&asked, &settings.limits, &self.0.types)?;
        self.0.metrics.document(matches!(source, Source::Cache));
        if !kinds.contains(&document.kind) {
            let error = Error::bad_input(format!("A {} may not be sent by GET.", document.kind.as_str()));
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error).with(header::ALLOW, "POST").into());
        }
        if document.introspects && self.0.api.openness() == Openness::Closed {
            let error = ServerError::new("This server does not answer questions about its schema.", None);
            return Err(Caught::invalid(error, Code::GraphqlValidationFailed.as_str()));
        }
        let given = serde_json::Value::Object(asked.variables.unwrap_or_default());
        check_variables(&given, MOST_VARIABLE_NESTING)?;
        // What is wrong with the document itself is told first.
        if let Source::Request(key) = source {
            self.validate(&document)?;
            self.0.documents.keep(key, &document);
        }
        let mut variables = Variables::from_json(given);
        self.check_variables(&document.parsed, name, &variables)?;
        let weight = document::cost::weight(&document.text, &variables);
        fill_in(&document.parsed, name, &mut variables);
        let most = match document.kind {
            Kind::Query | Kind::Mutation => settings.most_cost,
            // Each of its events costs as much again.
            Kind::Subscription => settings.most_cost.min(settings.most_subscription_cost),
        };
        let cost = self.0.catalogue.within(&document.parsed, name, &variables, weight, most)?;
        Ok(Operation { document, name: asked.operation_name, variables, cost, wants_cost })
    }

    /// Checks that the operation's variables have what they need, and what they can hold.
    fn check_variables(
        &self,
        document: &ExecutableDocument,
        name: Option<&str>,
        given: &Variables,
    ) -> Result<(), Caught> {
        if let Some(error) = missing_variable(document, name, given) {
            return Err(Caught::invalid(error, Code::BadUserInput.as_str()));
        }
        let mut operations = chosen(document, name);
        Ok(operations.try_for_each(|operation| self.0.types.check_variables(operation, given))?)
    }

    /// Has the library validate a document.
    fn validate(&self, document: &Document) -> Result<(), Caught> {
        // Nothing in it waits for anything.
        let answered = validate(&self.0.api, document.parsed.clone()).now_or_never();
        let mut response = answered.ok_or_else(|| Error::internal("validating a document waited for something"))?;
        finish(&mut response);
        if response.is_err() { Err(Caught::Invalid(Box::new(response))) } else { Ok(()) }
    }

    /// Runs a query or a mutation for its caller.
    pub(super) async fn run(&self, operation: Operation, caller: Caller) -> Result<Response, Refusal> {
        let mut watch = Watch::new(self, &operation);
        let run = async {
            let standing = self.charge(&operation, &caller)?;
            let mut response = self.execute(operation, caller, watch.tally()).await?;
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

    /// Takes what the operation costs from the caller's points, where there is a limit to them.
    fn charge(&self, operation: &Operation, caller: &Caller) -> Result<Option<Standing>, Refusal> {
        let Some(rates) = &self.0.rates else { return Ok(None) };
        Ok(Some(rates.take(caller.principal(), operation.cost)?))
    }

    /// Runs a subscription for its caller: one answer per event, until the stream ends or is dropped. It ends with the
    /// first event that cannot be paid for or takes too long: none is left out.
    pub(super) fn follow(&self, operation: Operation, caller: Caller) -> BoxStream<'static, Response> {
        let mut watch = Watch::new(self, &operation);
        if let Err(refusal) = self.charge(&operation, &caller) {
            watch.refused(&refusal);
            return stream::iter([Caught::from(refusal).into_response()]).boxed();
        }
        let pace = Pace::new(self, caller.principal(), operation.cost);
        let scope = Scope::new(self.0.db.tallied(watch.tally()), caller);
        let request = operation.into_request().data(scope).data(pace.of_events());
        let answers = pace.keep(self.0.api.quick().execute_stream(request)).map(move |answer| match answer {
            Ok(mut response) => {
                finish(&mut response);
                watch.answered(&response);
                response
            }
            Err(error) => {
                let refusal = Refusal::from(error);
                watch.refused(&refusal);
                Caught::from(refusal).into_response()
            }
        });
        answers.boxed()
    }
}

/// Whether an answer is one of an execution, rather than request errors only.
pub(super) trait Executed {
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

impl Caught {
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

impl From<Violation> for Caught {
    fn from(violation: Violation) -> Self {
        if violation.code == document::Code::RequestTooLarge {
            return Error::new(Code::RequestTooLarge, violation.message).into();
        }
        let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let position = Pos { line: at(violation.line), column: at(violation.column) };
        Self::invalid(ServerError::new(violation.message, Some(position)), violation.code.as_str())
    }
}

impl From<Refusal> for Caught {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Caught {
    fn from(error: Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Error> for Refusal {
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
pub(super) fn parse(text: &str) -> Result<ExecutableDocument, Caught> {
    parse_query(text).map_err(|error| Caught::invalid(error.into(), Code::GraphqlParseFailed.as_str()))
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
pub(super) fn reported(error: Error) -> ServerError {
    let mut error = async_graphql::Error::from(error).into_server_error(Pos::default());
    error.locations.clear();
    error
}

/// Gives errors of the library their codes, and our words.
pub(super) fn finish(response: &mut Response) {
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
