//! `/graphql` and `/graphql/stream`: one operation per request, whose answer comes whole or in parts.
//!
//! `/graphql` answers whole unless the client prefers a stream, or wants a subscription and names a stream among what it
//! accepts; `/graphql/stream` answers in streams only. Both go the same way until it is known which one it is.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::auth::Caller;
use crate::db::limiter::Permit;
use crate::error::{Code, Error, Result};
use crate::server::App;
use crate::server::graphql::operation::{HttpError, RequestError};
use crate::server::graphql::response;
use crate::server::transport::accept::{Accepted, Media, Transport};
use crate::server::transport::codec::{Incoming, respond};
use crate::server::transport::conditional;
use crate::server::transport::event_stream;
use crate::server::transport::reauthentication::{Admission, Credential};
use crate::server::transport::websocket;

/// The header with the credential.
pub(in crate::server) const AUTHORIZATION: &str = "authorization";
/// The header that names the workspace.
pub(in crate::server) const WORKSPACE: &str = "x-workspace-id";

/// `GET /graphql?query=…`: queries, and subscriptions as streams; and sockets for clients that have one address for all.
pub async fn get(State(app): State<App>, RawQuery(query): RawQuery, request: Request) -> Response {
    got(app, query, request, Accepted::at_graphql).await
}

/// `POST /graphql` with a JSON body.
pub async fn post(State(app): State<App>, request: Request) -> Response {
    // The layers around move it, and it is large.
    Box::pin(answer(&app, app.posted(request), Accepted::at_graphql)).await
}

/// `GET /graphql/stream?query=…`: queries and subscriptions; and sockets, as above.
pub async fn get_stream(State(app): State<App>, RawQuery(query): RawQuery, request: Request) -> Response {
    got(app, query, request, Accepted::at_stream).await
}

/// `POST /graphql/stream` with a JSON body.
pub async fn post_stream(State(app): State<App>, request: Request) -> Response {
    Box::pin(answer(&app, app.posted(request), Accepted::at_stream)).await
}

async fn got(app: App, query: Option<String>, mut request: Request, negotiate: Negotiate) -> Response {
    if websocket::is_handshake(request.headers()) {
        return websocket::open(State(app), request).await;
    }
    let headers = std::mem::take(request.headers_mut());
    Box::pin(answer(&app, App::got(headers, query), negotiate)).await
}

/// What an address serves of what a client accepts.
type Negotiate = fn(&HeaderMap) -> Result<Accepted, HttpError>;

async fn answer(app: &App, incoming: Incoming, negotiate: Negotiate) -> Response {
    let began = Instant::now();
    let accepted = match negotiate(&incoming.headers) {
        Ok(accepted) => accepted,
        Err(refusal) => return respond(Media::Json, Err(app.refused(began, refusal.into()))),
    };
    let answered = execute(app, incoming, accepted, began).await;
    answered.unwrap_or_else(|caught| respond(accepted.refusals(), Err(app.refused(began, caught))))
}

/// Executes one operation in the scope of its caller. What it asks for is read when it is known who asks.
async fn execute(app: &App, incoming: Incoming, accepted: Accepted, began: Instant) -> Result<Response, RequestError> {
    let Incoming { headers, by_get, readable, rest } = incoming;
    readable?;
    let caller = caller(app, &headers).await?;
    let looked_up = began.elapsed();
    let turn = app.request_turn(&caller)?;
    let asked = app.read(rest, &caller).await?;
    let prepared = app.prepare(asked, caller.workspace_pk(), |kind| accepted.transport(kind, by_get).map(drop));
    let mut operation = match (prepared, accepted.only_stream()) {
        (Ok(operation), _) => operation,
        (Err(invalid @ RequestError::Invalid(_)), Some(media)) => {
            return Ok(event_stream::failed(media, app.refused(began, invalid)));
        }
        (Err(caught), _) => return Err(caught),
    };
    match accepted.transport(operation.kind(), by_get)? {
        Transport::Whole(media) => {
            operation.from_memory = !conditional::passes_memory(&headers);
            let answer = app.run(operation, caller, looked_up).await;
            drop(turn);
            match answer {
                Ok(answer) if by_get && answer.errors.is_empty() => {
                    let tag = conditional::tag(media.as_str(), &response::pieces(&answer));
                    let answer = respond(media, Ok(answer));
                    Ok(match tag {
                        Some(tag) => conditional::revalidated(&headers, tag, answer),
                        None => answer,
                    })
                }
                answer => Ok(respond(media, answer.map_err(Into::into))),
            }
        }
        Transport::Stream(media) => {
            drop(turn);
            let admission = Admission::authenticated(app, Credential::presented(&headers)?, caller).await?;
            let events = app.events(operation, Arc::clone(&admission));
            Ok(event_stream::respond(app, media, events, admission))
        }
    }
}

impl App {
    /// One of the requests that a principal, and its workspace, may have under way: neither has all connections.
    pub(in crate::server) fn request_turn(&self, caller: &Caller) -> Result<(Permit, Permit<i32>)> {
        let requests = &self.0.requests;
        let of_principal = requests.try_acquire(caller.principal()).ok_or_else(|| {
            let message = format!("At most {} requests at once.", requests.each());
            Error::new(Code::MaxOperationsLimit, message)
        })?;
        Ok((of_principal, self.connection_of_workspace(caller)?))
    }

    /// One of the connections that a workspace may have whose requests, sockets or event streams are under way.
    ///
    /// # Errors
    /// `MAX_OPERATIONS_LIMIT` when there is none left.
    pub(in crate::server) fn connection_of_workspace(&self, caller: &Caller) -> Result<Permit<i32>> {
        let connections = &self.0.connections;
        connections.try_acquire(&caller.workspace_pk()).ok_or_else(|| {
            let message =
                format!("At most {} requests, sockets and event streams of a workspace at once.", connections.each());
            Error::new(Code::MaxOperationsLimit, message)
        })
    }
}

/// Who sends a request.
pub(in crate::server) async fn caller(app: &App, headers: &HeaderMap) -> Result<Caller> {
    let (authorization, workspace) = presented(headers)?;
    app.authenticate(authorization, workspace).await
}

/// The credential that a client presents, and the workspace it names.
pub(in crate::server) fn presented(headers: &HeaderMap) -> Result<(Option<&str>, Option<&str>)> {
    let authorization = only(headers, AUTHORIZATION).map_err(|()| Error::unauthenticated())?;
    let workspace = only(headers, WORKSPACE)
        .map_err(|()| Error::bad_input("The header `X-Workspace-Id` must have one value, in UTF-8."))?;
    Ok((authorization, workspace))
}

/// The one value of a header, if it is there; the same value twice is one, and an empty one is none. What cannot be read
/// must not pass for absent.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter().filter(|value| !value.as_bytes().trim_ascii().is_empty());
    let Some(value) = values.next() else { return Ok(None) };
    if values.any(|other| other != value) {
        return Err(());
    }
    std::str::from_utf8(value.as_bytes()).map(Some).map_err(|_| ())
}
