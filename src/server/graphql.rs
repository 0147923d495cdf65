//! `GET` and `POST /graphql`: one operation per request.

use std::time::Instant;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};

use super::App;
use super::operation::{Caught, Refusal};
use super::wire::{Asked, Media, from_body, from_url, respond};
use crate::auth::Caller;
use crate::document::Kind;
use crate::error::{Error, Result};

/// The header with the credential.
pub(super) const AUTHORIZATION: &str = "authorization";
/// The header that names the workspace.
pub(super) const WORKSPACE: &str = "x-workspace-id";

/// `GET /graphql?query=…`: queries only.
pub async fn get(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> axum::response::Response {
    let media = Media::accepted(&headers);
    let asked = from_url(query.as_deref().unwrap_or_default()).map_err(Caught::from);
    respond(media, answer(&app, &headers, asked, true).await)
}

/// `POST /graphql` with a JSON body.
pub async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> axum::response::Response {
    let media = Media::accepted(&headers);
    let asked = from_body(&headers, body).map_err(Caught::from);
    respond(media, answer(&app, &headers, asked, false).await)
}

/// Executes one operation in the scope of its caller.
async fn answer(
    app: &App,
    headers: &HeaderMap,
    asked: Result<Asked, Caught>,
    by_get: bool,
) -> Result<async_graphql::Response, Caught> {
    let began = Instant::now();
    let ready = async {
        let asked = asked?;
        let caller = caller(app, headers).await?;
        let operation = app.prepare(asked)?;
        if by_get && operation.kind() != Kind::Query {
            let error = Error::bad_input("Only queries may be sent by GET.");
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error).with(header::ALLOW, "POST").into());
        }
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
