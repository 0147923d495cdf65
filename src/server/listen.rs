//! The connections of clients: how many there are, and how long each may keep the server waiting.

mod body;
mod head;
mod stream;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use body::TimedBody;
use stream::Stream;

use crate::server::limits::connections::{Activity, Connections};

/// How long a connection that has to make room may go on to write what is left of an answer.
const EVICTION_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the server rests when it cannot accept a connection, for want of file descriptors as a rule.
const RETRY_DELAY: Duration = Duration::from_millis(100);

/// What a client may take of the server.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Connections at the most, sockets among them. For one more, one that is idle or late is closed; where there is none,
    /// it waits.
    pub connections: usize,
    /// How long a new connection may be without a request. Who connects has something to ask, or holds a place that
    /// others need.
    pub first: Duration,
    /// How long a connection may be without a further request, or with a part of its head only.
    pub idle: Duration,
    /// How long a client may take to send a body, and to take any part of an answer.
    pub transfer: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            connections: 800,
            first: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            transfer: Duration::from_secs(30),
        }
    }
}

/// Serves until it is told to stop, and then until the requests that are running have their answers.
pub async fn serve(listener: TcpListener, router: Router, settings: Settings, stop: impl Future<Output = ()>) {
    let open = Connections::new(settings.connections);
    let (connections, closing) = (TaskTracker::new(), CancellationToken::new());
    let mut http = http1::Builder::new();
    // Some clients do not know that the case of a header's name says nothing.
    http.timer(TokioTimer::new()).header_read_timeout(settings.idle).title_case_headers(true);
    http.max_buf_size(head::MAX_HEAD_BYTES).max_header_size(head::MAX_HEAD_BYTES);
    let accept = async {
        loop {
            let accepted = accepted(&listener, &open).await;
            let activity = Activity::new();
            let stream = Stream::new(accepted, settings.transfer, Arc::clone(&activity), open.permit().await);
            let (router, answering) = (router.clone(), Arc::clone(&activity));
            let service = service_fn(move |request: Request<Incoming>| {
                let request = request.map(|body| TimedBody::new(body, settings.transfer, Arc::clone(&answering)));
                Arc::clone(&answering).answer(router.clone().call(request))
            });
            let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
            let closing = closing.clone();
            let evictable = open.evictable_while(&activity);
            connections.spawn(async move {
                let _evictable = evictable;
                let mut connection = pin!(connection);
                let silent = async {
                    tokio::time::sleep(settings.first).await;
                    if activity.has_asked() {
                        std::future::pending::<()>().await;
                    }
                };
                let ended = tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = silent => return tracing::debug!("a connection was silent"),
                    () = activity.evicted() => {
                        tracing::debug!("a connection makes room for another");
                        connection.as_mut().graceful_shutdown();
                        // What came in the meantime is answered.
                        let is_spare = activity.is_idle() || activity.is_late();
                        let left = if is_spare { Duration::ZERO } else { EVICTION_TIMEOUT };
                        timeout(left, connection).await.unwrap_or(Ok(()))
                    }
                    () = closing.cancelled() => {
                        connection.as_mut().graceful_shutdown();
                        connection.await
                    }
                };
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended early");
                }
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = stop => {}
    }
    drop(listener);
    closing.cancel();
    connections.close();
    connections.wait().await;
}

async fn accepted(listener: &TcpListener, open: &Connections) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // An answer is written at once, so nothing is gained by waiting for more of it.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                open.evict();
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}
