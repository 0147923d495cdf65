//! How the names of headers are spelt in the answer to a handshake.

use std::convert::Infallible;
use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{Extensions, Request, Response};
use futures_util::FutureExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{join, sink};
use tokio::sync::mpsc;

/// A handshake with the names as RFC 6455 has them. Names of headers may be written in any case, but some clients, such
/// as `gql` for Python, look for these letters.
const HANDSHAKE: &[u8] =
    b"GET / HTTP/1.1\r\nSec-WebSocket-Accept: \r\nSec-WebSocket-Protocol: \r\nSec-WebSocket-Version: \r\n\r\n";

/// What hyper keeps of the spelling of a head that it has read, and writes the head of an answer with: there is no other
/// way to tell it.
static SPELLING: LazyLock<Extensions> = LazyLock::new(|| {
    let (seen, mut spelling) = mpsc::unbounded_channel();
    let service = service_fn(move |mut request: Request<hyper::body::Incoming>| {
        let mut extensions = std::mem::take(request.extensions_mut());
        extensions.remove::<OnUpgrade>();
        let _ = seen.send(extensions);
        async { Ok::<_, Infallible>(Response::new(Body::empty())) }
    });
    let handshake = TokioIo::new(join(HANDSHAKE, sink()));
    // All of it is there, so nothing is waited for.
    let _ = http1::Builder::new().preserve_header_case(true).serve_connection(handshake, service).now_or_never();
    spelling.try_recv().unwrap_or_default()
});

/// Has the names of an answer's headers written as RFC 6455 does.
pub(super) fn spell<B>(response: &mut Response<B>) {
    response.extensions_mut().extend(SPELLING.clone());
}
