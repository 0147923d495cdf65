//! `GET` and `POST /graphql/stream`: one operation as server-sent events, in the "distinct connections mode" of GraphQL
//! over SSE.
//!
//! What is wrong with the operation itself is an event, since clients cannot read the body of a response that refuses
//! them; what is wrong with the request is a response as `/graphql` gives it. A stream that ends without `complete` was
//! cut off, and clients connect again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use async_graphql::Response as Answer;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event as Sse, KeepAlive};
use axum::response::{IntoResponse, Response, sse};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::App;
use super::admission::{Admission, Credential};
use super::answer::json;
use super::delivery::{Event, forward};
use super::graphql::presented;
use super::operation::{Caught, Refusal};
use super::wire::{Asked, Media, from_body, from_url, respond};
use crate::document::Kind;
use crate::error::Error;

/// Events that wait to be written before the operation waits.
const WAITING: usize = 1;

/// Proxies that collect answers would keep events back.
const UNBUFFERED: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));

/// `GET /graphql/stream?query=…`: queries and subscriptions.
pub async fn get(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let asked = from_url(query.as_deref().unwrap_or_default()).map_err(Caught::from);
    answer(&app, &headers, asked, true).await
}

/// `POST /graphql/stream` with a JSON body.
pub async fn post(State(app): State<App>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Response {
    let asked = from_body(&headers, body).map_err(Caught::from);
    answer(&app, &headers, asked, false).await
}

async fn answer(app: &App, headers: &HeaderMap, asked: Result<Asked, Caught>, by_get: bool) -> Response {
    let began = Instant::now();
    match open(app, headers, asked, by_get, began).await {
        Ok(events) => {
            let keep_alive = KeepAlive::new().interval(app.0.settings.sockets.keep_alive);
            ([UNBUFFERED], sse::Sse::new(events).keep_alive(keep_alive)).into_response()
        }
        Err(caught) => respond(Media::accepted(headers), Err(app.refused(began, caught))),
    }
}

/// Starts the operation.
async fn open(
    app: &App,
    headers: &HeaderMap,
    asked: Result<Asked, Caught>,
    by_get: bool,
    began: Instant,
) -> Result<impl Stream<Item = Result<Sse, Infallible>> + use<>, Caught> {
    if !accepts_events(headers) {
        let error = Error::bad_input("The answer is of the type text/event-stream.");
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, error).into());
    }
    let asked = asked?;
    let place = app.0.seats.enter().ok_or_else(|| Error::unavailable("all places are taken"))?;
    let (authorization, workspace) = presented(headers)?;
    let (authorization, workspace) = (authorization.map(str::to_owned), workspace.map(str::to_owned));
    let admission = Admission::new(app, Credential { authorization, workspace }).await?;
    let events = match app.prepare(asked) {
        Ok(operation) if by_get && operation.kind() == Kind::Mutation => {
            let error = Error::bad_input("Mutations may not be sent by GET.");
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error).with(header::ALLOW, "POST").into());
        }
        Ok(operation) => app.events(operation, Arc::clone(&admission)),
        Err(invalid @ Caught::Invalid(_)) => stream::iter([Event::from(app.refused(began, invalid))]).boxed(),
        Err(refused @ Caught::Refused(_)) => return Err(refused),
    };
    let (sender, receiver) = mpsc::channel(WAITING);
    // What the stream holds is given back with it.
    let held = (forward(events, sender, |event| event), place);
    let received = stream::unfold((receiver, held), |(mut receiver, held)| async {
        receiver.recv().await.map(|event| (event, (receiver, held)))
    });
    let events = received.take_until(admission.lapse(app.clone())).flat_map(|event| stream::iter(written(event)));
    // Some browsers wait for a first byte.
    Ok(stream::iter([Sse::default().comment("")]).chain(events).map(Ok))
}

fn written(event: Event) -> Vec<Sse> {
    let next =
        |response: &Answer| Sse::default().event("next").data(String::from_utf8(json(response)).unwrap_or_default());
    // Without data, `EventSource` would not tell of it.
    let complete = || Sse::default().event("complete").data("");
    match event {
        Event::Next(response) => vec![next(&response)],
        Event::Failed(errors) => vec![next(&Answer::from_errors(errors)), complete()],
        Event::Complete => vec![complete()],
        Event::Cut(_) => Vec::new(),
    }
}

fn accepts_events(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    values.peek().is_none()
        || values
            .flat_map(|value| value.split(','))
            .filter_map(|part| part.split(';').next())
            .any(|name| matches!(name.trim(), "text/event-stream" | "text/*" | "*/*"))
}
