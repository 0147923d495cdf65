//! Answers that come in parts: server-sent events, in the "distinct connections mode" of GraphQL over SSE, and the
//! multipart protocol for subscriptions of Apollo's clients.
//!
//! What is wrong with the operation itself is a part of the answer, since clients of streams cannot read the body of a
//! response that refuses them; what is wrong with the request is a response as `/graphql` gives it. An event stream that
//! ends without `complete` was cut off, and its client connects again; a multipart answer says why it was.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::ServerError;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use crate::server::App;
use crate::server::graphql::operation::{RequestError, reported};
use crate::server::graphql::response::pieces;
use crate::server::transport::accept::StreamMedia;
use crate::server::transport::delivery::{Event, forward};
use crate::server::transport::reauthentication::{Admission, DisconnectReason};

/// Events that wait to be written before the operation waits.
const WAITING: usize = 1;

/// A comment, as a keep-alive.
const COMMENT: &[u8] = b":\n\n";

/// `EventSource` would not tell of an event without data.
const COMPLETE: &[u8] = b"event: complete\ndata:\n\n";

/// Before the first part of a multipart answer. After each part comes the boundary at once: it tells the client that the
/// part is all there.
const FIRST_BOUNDARY: &[u8] = b"\r\n--graphql";

/// What makes of a multipart answer's last boundary the final one.
const FINAL: &[u8] = b"--\r\n";

/// The stream of an operation, which ends with it or with its caller's admission.
pub(in crate::server) fn respond(
    app: &App,
    media: StreamMedia,
    events: BoxStream<'static, Event>,
    admission: Arc<Admission>,
) -> Response {
    let (sender, receiver) = mpsc::channel(WAITING);
    let delivery = Delivery {
        media,
        receiver,
        disconnect_reason: admission.disconnect_reason(app.clone()).boxed(),
        keep_alive: app.0.settings.sockets.keep_alive,
        ended: false,
        _operation: forward(events, sender, |event| event),
    };
    // Some browsers wait for a first byte.
    let opening = stream::iter([media.opening()]);
    let written = opening.chain(stream::unfold(delivery, Delivery::next).map(stream::iter).flatten());
    response(media, Body::from_stream(written.map(Ok::<_, Infallible>)))
}

/// The stream of an operation that cannot be executed.
pub(in crate::server) fn failed(media: StreamMedia, caught: RequestError) -> Response {
    let parts = [vec![media.opening()], media.written(Event::from(caught))].concat();
    response(media, Body::from(parts.concat()))
}

fn response(media: StreamMedia, body: Body) -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, media.content_type()),
        (header::CACHE_CONTROL, "no-cache"),
        // Proxies that collect answers would keep parts back.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, body).into_response()
}

/// What is delivered of a running operation. All that it holds is given back with it.
struct Delivery {
    media: StreamMedia,
    receiver: mpsc::Receiver<Event>,
    disconnect_reason: BoxFuture<'static, DisconnectReason>,
    keep_alive: Duration,
    ended: bool,
    _operation: AbortOnDropHandle<()>,
}

impl Delivery {
    /// The next bytes, and what is delivered after them.
    async fn next(mut self) -> Option<(Vec<Bytes>, Self)> {
        if self.ended {
            return None;
        }
        let event = tokio::select! {
            biased;
            disconnect_reason = &mut self.disconnect_reason => Event::Cut(disconnect_reason),
            event = timeout(self.keep_alive, self.receiver.recv()) => match event {
                Ok(event) => event?,
                Err(_) => return Some((vec![self.media.keep_alive()], self)),
            },
        };
        self.ended = event.is_last();
        Some((self.media.written(event), self))
    }
}

impl StreamMedia {
    fn content_type(self) -> &'static str {
        match self {
            Self::EventStream => "text/event-stream; charset=utf-8",
            Self::Multipart => "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0",
        }
    }

    /// What the answer begins with.
    fn opening(self) -> Bytes {
        match self {
            Self::EventStream => self.keep_alive(),
            Self::Multipart => [FIRST_BOUNDARY, &self.keep_alive()].concat().into(),
        }
    }

    fn keep_alive(self) -> Bytes {
        match self {
            Self::EventStream => Bytes::from_static(COMMENT),
            Self::Multipart => part([Bytes::from_static(b"{}")]).concat().into(),
        }
    }

    /// What an event is written as. None of it is copied that is counted.
    fn written(self, event: Event) -> Vec<Bytes> {
        let mut written = match self {
            Self::EventStream => server_sent(event),
            Self::Multipart => parts(event),
        };
        written.retain(|piece| !piece.is_empty());
        written
    }
}

fn server_sent(event: Event) -> Vec<Bytes> {
    const NEXT: Bytes = Bytes::from_static(b"event: next\ndata: ");
    const END: Bytes = Bytes::from_static(b"\n\n");
    let complete = Bytes::from_static(COMPLETE);
    match event {
        Event::Next(response) => {
            let [before, data, after] = pieces(&response);
            vec![NEXT, before, data, after, END]
        }
        Event::Failed(errors) => vec![NEXT, refused(&errors), END, complete],
        Event::Complete => vec![complete],
        Event::Cut(_) => Vec::new(),
    }
}

/// The parts of an event. Errors that belong to no place in the document are those of the transport.
fn parts(event: Event) -> Vec<Bytes> {
    const END: Bytes = Bytes::from_static(FINAL);
    let payload = |json: [Bytes; 3]| {
        let [before, data, after] = json;
        part([Bytes::from_static(b"{\"payload\":"), before, data, after, Bytes::from_static(b"}")])
    };
    let transport = |errors: &[ServerError]| {
        part([[b"{\"payload\":null,\"errors\":".as_slice(), &list(errors), b"}"].concat().into()])
    };
    let last = |mut part: Vec<Bytes>| {
        part.push(END);
        part
    };
    match event {
        Event::Next(response) => payload(pieces(&response)),
        Event::Complete => vec![END],
        Event::Failed(errors) => {
            let placed = errors.iter().any(|error| !error.path.is_empty() || !error.locations.is_empty());
            let part =
                if placed { payload([refused(&errors), Bytes::new(), Bytes::new()]) } else { transport(&errors) };
            last(part)
        }
        Event::Cut(disconnect_reason) => last(transport(&[reported(disconnect_reason.into())])),
    }
}

/// A part with this JSON, and the boundary behind it.
fn part<const N: usize>(json: [Bytes; N]) -> Vec<Bytes> {
    let mut part = vec![Bytes::from_static(b"\r\ncontent-type: application/json\r\n\r\n")];
    part.extend(json);
    part.push(Bytes::from_static(b"\r\n--graphql"));
    part
}

/// An answer with nothing but errors.
fn refused(errors: &[ServerError]) -> Bytes {
    [b"{\"errors\":", list(errors).as_slice(), b"}"].concat().into()
}

fn list(errors: &[ServerError]) -> Vec<u8> {
    serde_json::to_vec(errors).unwrap_or_default()
}
