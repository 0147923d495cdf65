//! `GET` and `POST /graphql/stream`: one operation as server-sent events, in the "distinct connections mode" of GraphQL
//! over SSE.
//!
//! What is wrong with the operation itself is an event, since clients cannot read the body of a response that refuses
//! them; what is wrong with the request is a response as `/graphql` gives it. A stream that ends without `complete` was
//! cut off, and clients connect again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::App;
use super::admission::{Admission, Credential};
use super::answer::json;
use super::delivery::{Event, forward};
use super::operation::{Caught, Refusal};
use super::wire::{Accept, Asked, Incoming, Media, respond};
use crate::document::Kind;
use crate::error::Error;

/// Events that wait to be written before the operation waits.
const WAITING: usize = 1;

const EVENTS: &str = "text/event-stream";

/// A comment, as a sign of life.
const COMMENT: &[u8] = b":\n\n";

/// `EventSource` would not tell of an event without data.
const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";

const HEADERS: [(HeaderName, &str); 3] = [
    (header::CONTENT_TYPE, "text/event-stream; charset=utf-8"),
    (header::CACHE_CONTROL, "no-cache"),
    // Proxies that collect answers would keep events back.
    (HeaderName::from_static("x-accel-buffering"), "no"),
];

/// `GET /graphql/stream?query=…`: queries and subscriptions.
pub async fn get(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    answer(&app, App::got(headers, query)).await
}

/// `POST /graphql/stream` with a JSON body.
pub async fn post(State(app): State<App>, request: Request) -> Response {
    answer(&app, app.posted(request)).await
}

async fn answer(app: &App, incoming: Incoming<impl Future<Output = Result<Asked, Refusal>>>) -> Response {
    let began = Instant::now();
    let media = Media::accepted(&incoming.headers).unwrap_or(Media::Json);
    match open(app, incoming, began).await {
        Ok(events) => (HEADERS, Body::from_stream(events)).into_response(),
        Err(caught) => respond(media, Err(app.refused(began, caught))),
    }
}

/// Starts the operation.
async fn open(
    app: &App,
    incoming: Incoming<impl Future<Output = Result<Asked, Refusal>>>,
    began: Instant,
) -> Result<BoxStream<'static, Result<Bytes, Infallible>>, Caught> {
    if Accept::of(&incoming.headers).quality(EVENTS) <= 0.0 {
        let error = Error::bad_input("The answer is of the type text/event-stream.");
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, error).into());
    }
    incoming.readable?;
    let admission = Admission::new(app, Credential::presented(&incoming.headers)?).await?;
    let kinds: &[Kind] = if incoming.by_get { &[Kind::Query, Kind::Subscription] } else { Kind::ALL };
    let events = match app.prepare(incoming.asked.await?, kinds) {
        Ok(operation) => app.events(operation, Arc::clone(&admission)),
        Err(invalid @ Caught::Invalid(_)) => stream::iter([Event::from(app.refused(began, invalid))]).boxed(),
        Err(refused @ Caught::Refused(_)) => return Err(refused),
    };
    let keep_alive = app.0.settings.sockets.keep_alive;
    let (sender, receiver) = mpsc::channel(WAITING);
    // What the stream holds is given back with it.
    let held = forward(events, sender, |event| event);
    let written = stream::unfold((receiver, held), move |(mut receiver, held)| async move {
        let bytes = match timeout(keep_alive, receiver.recv()).await {
            Ok(event) => written(event?),
            Err(_) => Bytes::from_static(COMMENT),
        };
        Some((bytes, (receiver, held)))
    });
    // Some browsers wait for a first byte.
    let written = stream::iter([Bytes::from_static(COMMENT)]).chain(written);
    Ok(written.take_until(admission.lapse(app.clone())).map(Ok).boxed())
}

fn written(event: Event) -> Bytes {
    let next = |answer: &[u8]| [b"event: next\ndata: ", answer, b"\n\n"].concat();
    match event {
        Event::Next(response) => next(&json(&response)).into(),
        Event::Failed(errors) => {
            let errors = serde_json::to_vec(&errors).unwrap_or_default();
            [next(&[b"{\"errors\":", errors.as_slice(), b"}"].concat()).as_slice(), COMPLETE].concat().into()
        }
        Event::Complete => Bytes::from_static(COMPLETE),
        Event::Cut(_) => Bytes::new(),
    }
}
