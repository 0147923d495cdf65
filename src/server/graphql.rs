//! `GET` and `POST /graphql`: one operation per request.

use std::time::Instant;

use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;

use super::App;
use super::operation::{Caught, Refusal};
use super::wire::{Asked, Incoming, Media, respond};
use crate::auth::Caller;
use crate::document::Kind;
use crate::error::{Error, Result};

/// The header with the credential.
pub(super) const AUTHORIZATION: &str = "authorization";
/// The header that names the workspace.
pub(super) const WORKSPACE: &str = "x-workspace-id";

/// `GET /graphql?query=…`: queries only.
pub async fn get(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    Box::pin(answer(&app, App::got(headers, query))).await
}

/// `POST /graphql` with a JSON body.
pub async fn post(State(app): State<App>, request: Request) -> Response {
    // The layers around move it, and it is large.
    Box::pin(answer(&app, app.posted(request))).await
}

async fn answer(app: &App, incoming: Incoming<impl Future<Output = Result<Asked, Refusal>>>) -> Response {
    match Media::accepted(&incoming.headers) {
        Ok(media) => respond(media, execute(app, incoming).await),
        Err(refusal) => respond(Media::Json, Err(app.refused(Instant::now(), refusal.into()))),
    }
}

/// Executes one operation in the scope of its caller. What it asks for is read when it is known who asks.
async fn execute(
    app: &App,
    incoming: Incoming<impl Future<Output = Result<Asked, Refusal>>>,
) -> Result<async_graphql::Response, Caught> {
    let began = Instant::now();
    let ready = async {
        incoming.readable?;
        let caller = caller(app, &incoming.headers).await?;
        let kinds: &[Kind] = if incoming.by_get { &[Kind::Query] } else { Kind::ALL };
        let operation = app.prepare(incoming.asked.await?, kinds)?;
        Ok((operation, caller))
    };
    let (operation, caller) = ready.await.map_err(|caught| app.refused(began, caught))?;
    Ok(app.run(operation, caller).await?)
}

/// Who sends a request.
pub(super) async fn caller(app: &App, headers: &HeaderMap) -> Result<Caller> {
    let (authorization, workspace) = presented(headers)?;
    app.0.authenticator.authenticate(authorization, workspace).await
}

/// The credential that a client presents, and the workspace it names.
pub(super) fn presented(headers: &HeaderMap) -> Result<(Option<&str>, Option<&str>)> {
    let authorization = only(headers, AUTHORIZATION).map_err(|()| Error::unauthenticated())?;
    let workspace = only(headers, WORKSPACE)
        .map_err(|()| Error::bad_input("The header `X-Workspace-Id` must be there once, in UTF-8."))?;
    Ok((authorization, workspace))
}

/// The one value of a header, if it is there. What cannot be read must not pass for absent.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => std::str::from_utf8(value.as_bytes()).map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}
