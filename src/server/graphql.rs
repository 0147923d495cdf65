//! `GET` and `POST /graphql`: one operation per request.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};

use super::App;
use super::operation::{Caught, Refusal};
use super::wire::{Asked, Media, from_body, from_url, respond};
use crate::auth::Caller;
use crate::document::Kind;
use crate::error::{Error, Result};

/// `GET /graphql?query=…`: queries only.
pub async fn get(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> axum::response::Response {
    let media = Media::accepted(&headers);
    let answer = match from_url(query.as_deref().unwrap_or_default()) {
        Ok(asked) => answer(&app, &headers, asked, true).await,
        Err(error) => Err(error.into()),
    };
    respond(media, answer)
}

/// `POST /graphql` with a JSON body.
pub async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> axum::response::Response {
    let media = Media::accepted(&headers);
    let answer = match from_body(&headers, body) {
        Ok(asked) => answer(&app, &headers, asked, false).await,
        Err(refusal) => Err(refusal.into()),
    };
    respond(media, answer)
}

/// Executes one operation in the scope of its caller.
async fn answer(app: &App, headers: &HeaderMap, asked: Asked, by_get: bool) -> Result<async_graphql::Response, Caught> {
    let caller = caller(app, headers).await?;
    let operation = app.prepare(asked)?;
    if by_get && operation.kind() != Kind::Query {
        let error = Error::bad_input("Only queries may be sent by GET.");
        return Err(Refusal { status: StatusCode::METHOD_NOT_ALLOWED, error, allow: Some("POST") }.into());
    }
    Ok(app.run(operation, caller).await?)
}

/// Who sends a request.
pub(super) async fn caller(app: &App, headers: &HeaderMap) -> Result<Caller> {
    let authorization = only(headers, "authorization").map_err(|()| Error::unauthenticated())?;
    let workspace = only(headers, "x-workspace-id")
        .map_err(|()| Error::bad_input("The header `X-Workspace-Id` must be there once, in UTF-8."))?;
    app.0.authenticator.authenticate(authorization, workspace).await
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
