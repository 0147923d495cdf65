//! The REST API over HTTP: a request becomes an operation, which runs as one at `/graphql` does.

mod media;

use std::time::{Duration, Instant};

use async_graphql::Response as Executed;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::answer_size::check_size;
use crate::api::Introspection;
use crate::auth::Caller;
use crate::error::{Code, Error};
use crate::rest::call::{self, Answer, Call, Failure};
use crate::rest::list;
use crate::rest::model::Model;
use crate::rest::problem::{self, Problem};
use crate::rest::write::{Conditions, STATE_ENDS, Write};
use crate::server::App;
use crate::server::graphql::operation::{HttpError, RequestError};
use crate::server::graphql::request::GraphqlRequest;
use crate::server::graphql::response::{self, MAX_ERRORS};
use crate::server::transport::conditional;
use crate::server::transport::http;

const IF_MATCH: HeaderName = header::IF_MATCH;
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// What is done to resources of a type.
#[derive(Clone, Copy)]
struct Route {
    /// The index of the type.
    ty: usize,
    action: Action,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    List,
    Retrieve,
    Create,
    CreateMany,
    Update,
    Delete,
    /// By the name of the sub-resource.
    Act(&'static str),
}

/// The routes of all resource types.
pub(super) fn routes(model: &Model) -> Router<App> {
    let mut router = Router::new();
    for (ty, of) in model.types().iter().enumerate() {
        let base = of.base();
        let to = |action| Route { ty, action };
        let (mut all, mut one) = (get(without_id(to(Action::List))), get(with_id(to(Action::Retrieve))));
        if let Some(writes) = &of.resource.writes {
            all = all.post(without_id(to(Action::Create)));
            one = one.merge(patch(with_id(to(Action::Update))).delete(with_id(to(Action::Delete))));
            if writes.create_many.is_some() {
                router = router.route(&format!("{base}/bulk"), post(without_id(to(Action::CreateMany))));
            }
            for action in writes.actions {
                let route = post(with_id(to(Action::Act(action.path))));
                router = router.route(&format!("{base}/{{id}}/{}", action.path), route);
            }
        }
        router = router.route(&base, all).route(&format!("{base}/{{id}}"), one);
    }
    router
}

/// A handler of requests, which are boxed: the layers around move their futures, and they are large.
type Handled = BoxFuture<'static, Response>;

fn without_id(route: Route) -> impl Fn(State<App>, Request) -> Handled + Clone + Send + Sync + 'static {
    move |State(app), request| serve(app, route, String::new(), request).boxed()
}

fn with_id(
    route: Route,
) -> impl Fn(State<App>, Result<Path<String>, PathRejection>, Request) -> Handled + Clone + Send + Sync + 'static {
    move |State(app), id, request| {
        // What is no text is the id of nothing.
        let id = id.map_or_else(|_| String::new(), |Path(id)| id);
        serve(app, route, id, request).boxed()
    }
}

/// Why a request is not answered.
struct Refusal {
    problems: Vec<Problem>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem], headers: Vec::new() }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        HttpError::from(error).into()
    }
}

impl From<HttpError> for Refusal {
    fn from(refusal: HttpError) -> Self {
        let problem = Problem::from(refusal.error);
        let status = problem.status.max(refusal.status.as_u16());
        Self { problems: vec![problem.status(status)], headers: refusal.headers }
    }
}

impl App {
    fn noted(&self, began: Instant, refusal: Refusal) -> Refusal {
        self.note_refusal(began, refusal.problems.first().map(|problem| problem.code.as_str()).unwrap_or_default());
        refusal
    }
}

async fn serve(app: App, route: Route, id: String, request: Request) -> Response {
    let began = Instant::now();
    let media = match media::negotiate(request.headers()) {
        Ok(media) => media,
        Err(problem) => {
            app.note_refusal(began, &problem.code);
            return refused(media::JSON_API, problem.into());
        }
    };
    match answer(&app, route, &id, request, media, began).await {
        Ok(response) => with_type(response, media),
        Err(refusal) => refused(media, refusal),
    }
}

/// Answers one request. What is refused before it is an operation is noted here.
async fn answer(
    app: &App,
    route: Route,
    id: &str,
    request: Request,
    media: &'static str,
    began: Instant,
) -> Result<Response, Refusal> {
    let noted = |refusal: Refusal| app.noted(began, refusal);
    let (head, body) = request.into_parts();
    let headers = &head.headers;
    if route.has_body() {
        media::check_body(headers).map_err(|problem| noted(problem.into()))?;
        app.0.bodies.check_size(headers).map_err(|error| noted(error.into()))?;
    }
    let caller = http::caller(app, headers).await.map_err(|error| noted(error.into()))?;
    let looked_up = began.elapsed();
    let turn = app.request_turn(&caller).map_err(|error| noted(error.into()))?;
    let body = if route.has_body() {
        app.0.bodies.read(body, &caller).await.map_err(|error| noted(error.into()))?
    } else {
        Vec::new()
    };
    let executed = execute(app, route, id, &head, &body, Sender { caller, looked_up, media, began }).await;
    drop(turn);
    executed.map_err(|mut refusal| {
        problem::lead_into(&mut refusal.problems, &body);
        refusal
    })
}

/// Who asks, since when, and what is answered.
struct Sender {
    caller: Caller,
    looked_up: Duration,
    media: &'static str,
    began: Instant,
}

/// Executes one request.
async fn execute(
    app: &App,
    route: Route,
    id: &str,
    head: &Parts,
    body: &[u8],
    sender: Sender,
) -> Result<Response, Refusal> {
    let Sender { caller, looked_up, media, began } = sender;
    let noted = |refusal: Refusal| app.noted(began, refusal);
    let headers = &head.headers;
    let query = head.uri.query().unwrap_or_default();
    let model = &app.0.rest;
    let call = route.call(model, &caller, id, query, headers, body).map_err(|problem| noted(problem.into()))?;
    let asked = GraphqlRequest {
        query: Some(call.document.clone()),
        variables: Some(call.variables.clone()),
        bytes: query.len() + body.len(),
        own: true,
        ..GraphqlRequest::default()
    };
    let operation = app.prepare(asked, caller.workspace_pk(), |_| Ok(()));
    let mut operation = operation.map_err(|caught| noted(explain(caught, &call)))?;
    operation.from_memory = !conditional::passes_memory(headers);
    let address = head.uri.path_and_query().map_or(head.uri.path(), |address| address.as_str());
    let mut written = None;
    let rewritten = |executed: &Executed, data: &[u8]| {
        let mut outcome = rewrite(executed, data, &call, model, address)?;
        let body = outcome.as_mut().map(|answer| std::mem::take(&mut answer.body)).unwrap_or_default();
        written = Some(outcome);
        Ok(body)
    };
    let executed = app.run_and_rewrite(operation, caller, looked_up, |executed, kind, permit| {
        response::rewrite_data(executed, kind, permit, rewritten)
    });
    let executed = executed.await?;
    match written {
        Some(Ok(answer)) => {
            let is_kept = route.reads() && executed.errors.is_empty();
            let tag = if is_kept || answer.state.is_some() { tag(&answer, &executed, media) } else { None };
            let response = respond(answer, executed, tag.as_ref());
            Ok(match tag.filter(|_| is_kept) {
                Some(tag) => conditional::revalidated(headers, tag, response),
                None => response,
            })
        }
        Some(Err(problems)) => Err(Refusal { problems, headers: told(&executed) }),
        None => {
            let problems = problems(&executed).into_iter().map(|problem| call.explain(problem)).collect();
            Err(Refusal { problems, headers: told(&executed) })
        }
    }
}

impl Route {
    fn reads(self) -> bool {
        matches!(self.action, Action::List | Action::Retrieve)
    }

    fn has_body(self) -> bool {
        !self.reads() && self.action != Action::Delete
    }

    /// What is executed for a request.
    fn call(
        self,
        model: &Model,
        caller: &Caller,
        id: &str,
        query: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Call, Problem> {
        let caller = call::Caller { role: caller.role(), query };
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let conditions = Conditions { if_match: text(IF_MATCH), idempotency_key: text(IDEMPOTENCY_KEY) };
        let write = Write { model, ty: self.ty, caller, conditions };
        match self.action {
            Action::List => list::list(model, self.ty, &caller),
            Action::Retrieve => list::retrieve(model, self.ty, id, &caller),
            Action::Create => write.create(body),
            Action::CreateMany => write.create_many(body),
            Action::Update => write.update(id, body),
            Action::Delete => write.delete(id),
            Action::Act(path) => write.act(id, path, body),
        }
    }
}

/// The answer of an execution as a document of JSON:API, or why there is none.
fn rewrite(
    executed: &Executed,
    data: &[u8],
    call: &Call,
    model: &Model,
    address: &str,
) -> Result<Result<Answer, Vec<Problem>>, Error> {
    match call.answer(model, std::str::from_utf8(data).ok(), problems(executed), address) {
        Ok(answer) => {
            check_size(answer.body.len())?;
            Ok(Ok(answer))
        }
        Err(Failure::Problems(problems)) => Ok(Err(problems)),
        Err(Failure::Unexpected) => Err(Error::internal("an answer is not what was selected")),
    }
}

fn problems(executed: &Executed) -> Vec<Problem> {
    executed.errors.iter().take(MAX_ERRORS).map(Problem::from).collect()
}

/// What is told besides of an execution.
fn told(executed: &Executed) -> Vec<(HeaderName, HeaderValue)> {
    executed.http_headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What is wrong with an operation, in the words of the request.
fn explain(caught: RequestError, call: &Call) -> Refusal {
    match caught {
        RequestError::Invalid(response) => {
            let problems = problems(&response).into_iter().map(|problem| call.explain(problem)).collect();
            Refusal { problems, headers: Vec::new() }
        }
        RequestError::Refused(refusal) => refusal.into(),
    }
}

fn respond(answer: Answer, executed: Executed, tag: Option<&HeaderValue>) -> Response {
    let headers = told(&executed);
    let location = answer.location.and_then(|location| HeaderValue::try_from(location).ok());
    let body = match executed.data {
        async_graphql::Value::Binary(body) if answer.status != 204 => body,
        _ => Bytes::new(),
    };
    let mut response = (status(answer.status), Body::from(body)).into_response();
    response.headers_mut().extend(headers);
    for (name, value) in [(header::ETAG, tag.cloned()), (header::LOCATION, location)] {
        if let Some(value) = value {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The tag of an answer. That of one row begins with the row's state, which a write takes.
fn tag(answer: &Answer, executed: &Executed, media: &str) -> Option<HeaderValue> {
    let body = if let async_graphql::Value::Binary(body) = &executed.data { body.clone() } else { Bytes::new() };
    let tag = conditional::tag(media, &[body])?;
    let Some(state) = &answer.state else { return Some(tag) };
    HeaderValue::try_from(format!("\"{state}{STATE_ENDS}{}", tag.to_str().ok()?.strip_prefix('"')?)).ok()
}

fn refused(media: &'static str, refusal: Refusal) -> Response {
    let status = status(problem::common_status(&refusal.problems));
    let mut response = (status, problem::document(&refusal.problems)).into_response();
    response.headers_mut().extend(refusal.headers);
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    with_type(response, media)
}

/// The same as an answer of this type, which depends on what is accepted.
fn with_type(mut response: Response, media: &'static str) -> Response {
    let headers = response.headers_mut();
    if !headers.contains_key(header::VARY) {
        headers.append(header::VARY, HeaderValue::from_static("accept"));
    }
    if !matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    }
    response
}

fn status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// `openapi.json`.
pub(super) async fn openapi(State(app): State<App>) -> Response {
    if app.0.api.introspection() == Introspection::Disabled {
        return nowhere();
    }
    ([(header::CONTENT_TYPE, "application/json")], app.0.openapi.clone()).into_response()
}

/// The answer where nothing is served.
pub(super) fn nowhere() -> Response {
    nothing(Problem::new(Code::NotFound, "Nothing is served at this address."))
}

/// The answer to a request that no route or method is for.
pub(super) fn nothing(problem: Problem) -> Response {
    refused(media::JSON_API, problem.into())
}
