//! The connections of clients: how many there are, and how long each may keep the server waiting.

mod body;
mod stream;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service;

use body::TimedBody;
use stream::Stream;

/// How long the server rests when it cannot accept a connection, for want of file descriptors as a rule.
const REST: Duration = Duration::from_millis(100);

/// What a client may take of the server.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Connections at the most, sockets among them. Others wait to be accepted.
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
    let places = Arc::new(Semaphore::new(settings.connections));
    let (connections, closing) = (TaskTracker::new(), CancellationToken::new());
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(settings.idle);
    let accept = async {
        // The semaphore is never closed.
        while let Ok(place) = Arc::clone(&places).acquire_owned().await {
            let stream = Stream::new(accepted(&listener).await, settings.transfer, place);
            let router = router.clone();
            let asked = Arc::new(AtomicBool::new(false));
            let first = Arc::clone(&asked);
            let service = service_fn(move |request: Request<Incoming>| {
                first.store(true, Ordering::Relaxed);
                router.clone().call(request.map(|body| TimedBody::new(body, settings.transfer)))
            });
            let connection = http.serve_connection(TokioIo::new(stream), service).with_upgrades();
            let closing = closing.clone();
            connections.spawn(async move {
                let mut connection = pin!(connection);
                let silent = async {
                    tokio::time::sleep(settings.first).await;
                    if asked.load(Ordering::Relaxed) {
                        std::future::pending::<()>().await;
                    }
                };
                let ended = tokio::select! {
                    ended = connection.as_mut() => ended,
                    () = silent => return tracing::debug!("a connection was silent"),
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

async fn accepted(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                // An answer is written at once, so nothing is gained by waiting for more of it.
                let _ = stream.set_nodelay(true);
                return stream;
            }
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(REST).await;
            }
        }
    }
}
