//! Bodies of requests: read only when the caller was let in, and only so many large ones at once.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::{FutureExt, StreamExt};
use hyper::body::{Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::auth::Caller;
use crate::error::{Code, Error};
use crate::server::graphql::operation::HttpError;
use crate::server::limits::bodies::{BodyPermit, BodyPermits};

const JSON: &str = "application/json";
/// How a body may be compressed. The window of `zstd` would be the client's to choose, up to 128 MB for 20 bytes.
const ENCODINGS: &str = "gzip, br";
/// What of a body may be kept for every connection, in bytes.
const SMALL: usize = 16_384;
/// How long the rest of a small body is waited for that nobody wants.
const DRAIN_TIMEOUT: Duration = Duration::from_millis(200);

/// Reads the bodies of a server's requests.
pub(in crate::server) struct Bodies {
    /// How large one may be, in bytes, decompressed.
    largest: usize,
    large: Arc<BodyPermits>,
}

impl Bodies {
    /// Bodies of up to so many bytes.
    pub fn new(largest: usize) -> Self {
        Self { largest, large: BodyPermits::new() }
    }

    /// Whether a body that is announced like this would be read at all.
    ///
    /// # Errors
    /// 415 for another type or encoding, 413 for one that is too large.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), HttpError> {
        let content_type = text(headers, &header::CONTENT_TYPE).map(str::trim).unwrap_or_default();
        if !is_json(content_type) {
            let message = if content_type.is_empty() {
                "The header `Content-Type` is missing: it must be `application/json`."
            } else {
                "The header `Content-Type` must be `application/json`, and its `charset`, if there is one, `utf-8`."
            };
            return Err(HttpError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, Error::bad_input(message)));
        }
        self.check_size(headers)
    }

    /// The same for a body whose type is known to be one that is taken.
    ///
    /// # Errors
    /// 415 for another encoding, 413 for one that is too large.
    pub fn check_size(&self, headers: &HeaderMap) -> Result<(), HttpError> {
        // What can be decompressed is not said to be compressed any more.
        if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            let error =
                Error::bad_input(format!("The header `Content-Encoding` must be one of {ENCODINGS}, or left out."));
            let refusal = HttpError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error);
            return Err(refusal.with(header::ACCEPT_ENCODING, ENCODINGS));
        }
        match text(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok()) {
            Some(length) if length > self.largest as u64 => Err(too_large()),
            _ => Ok(()),
        }
    }

    /// Reads a body of the caller to its end.
    ///
    /// # Errors
    /// 413 for one that is too large, 503 when too many large ones are being read or this one is the slowest of them, 400
    /// for one that cannot be read.
    pub async fn read(&self, body: Body, caller: &Caller) -> Result<Vec<u8>, HttpError> {
        let mut chunks = body.into_data_stream();
        let (mut bytes, mut permit) = (Vec::new(), None);
        loop {
            let chunk = tokio::select! {
                chunk = chunks.next() => chunk,
                () = evicted(&mut permit) => return Err(too_slow()),
            };
            let Some(chunk) = chunk else { break };
            let chunk = chunk.map_err(|_| Error::bad_input("The body could not be read."))?;
            let length = bytes.len() + chunk.len();
            if length > self.largest {
                return Err(too_large());
            }
            if length > SMALL && permit.is_none() {
                permit = Some(self.large.permit(caller).await?);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Whether this is the type of JSON, which is always UTF-8.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let charset = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            ["utf-8", "utf8"].iter().any(|name| value.eq_ignore_ascii_case(name))
        }
        _ => true,
    };
    parts.next().is_some_and(|name| name.eq_ignore_ascii_case(JSON)) && parts.all(charset)
}

/// What comes back of a request's body, if not all of it was read; nothing when it cannot be read any more.
pub(in crate::server) type UnreadBody = oneshot::Receiver<Option<Body>>;

/// The request with a body that comes back, if it has one.
pub(in crate::server) fn lent(request: Request) -> (Request, Option<UnreadBody>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let (left, unread) = oneshot::channel();
    (request.map(|body| Body::new(BorrowedBody { body, left: Some(left) })), Some(unread))
}

/// Reads what a handler has not read of a body, if that is little. Else the answer says that the connection ends with it:
/// the client's next request would find it broken.
pub(in crate::server) async fn finish(unread: Option<UnreadBody>, response: &mut Response) {
    let readable = match unread.and_then(FutureExt::now_or_never) {
        Some(Ok(Some(body))) => timeout(DRAIN_TIMEOUT, is_small(body)).await.unwrap_or(false),
        Some(Ok(None)) => false,
        // There was none, or it was read to its end.
        Some(Err(_)) | None => true,
    };
    if !readable {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
}

/// Whether there was little of it. Then all was read.
async fn is_small(body: Body) -> bool {
    if body.size_hint().lower() > SMALL as u64 {
        return false;
    }
    let (mut chunks, mut bytes) = (body.into_data_stream(), 0);
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) if bytes + chunk.len() <= SMALL => bytes += chunk.len(),
            Ok(_) | Err(_) => return false,
        }
    }
    true
}

/// A body that comes back when it is dropped before its end.
struct BorrowedBody {
    body: Body,
    left: Option<oneshot::Sender<Option<Body>>>,
}

impl BorrowedBody {
    fn send_back(&mut self, body: Option<Body>) {
        if let Some(left) = self.left.take() {
            let _ = left.send(body);
        }
    }
}

impl HttpBody for BorrowedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        match &frame {
            Poll::Ready(None) => self.left = None,
            Poll::Ready(Some(Err(_))) => self.send_back(None),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for BorrowedBody {
    fn drop(&mut self) {
        if !self.body.is_end_stream() {
            let body = std::mem::take(&mut self.body);
            self.send_back(Some(body));
        }
    }
}

/// Waits until a body has to make room for another.
async fn evicted(permit: &mut Option<BodyPermit>) {
    match permit {
        Some(permit) => permit.evicted().await,
        None => std::future::pending().await,
    }
}

fn too_slow() -> HttpError {
    let message = "The body came too slowly while others waited for their turn. Try again.";
    Error::new(Code::ServiceUnavailable, message).into()
}

fn too_large() -> HttpError {
    Error::new(Code::RequestTooLarge, "The body is larger than allowed.").into()
}
