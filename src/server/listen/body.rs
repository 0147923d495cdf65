//! A request's body.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::BoxError;
use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::Sleep;

use crate::server::limits::connections::Activity;

/// A body that fails when not all of it has come in time, and tells its connection while it keeps the server waiting.
pub(super) struct TimedBody {
    inner: Incoming,
    patience: Duration,
    /// Runs from the moment that the server first waits for it.
    late: Option<(Instant, Pin<Box<Sleep>>)>,
    activity: Arc<Activity>,
}

impl TimedBody {
    pub(super) fn new(inner: Incoming, patience: Duration, activity: Arc<Activity>) -> Self {
        Self { inner, patience, late: None, activity }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.inner).poll_frame(cx) {
            self.activity.goes_on();
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let (patience, activity) = (self.patience, Arc::clone(&self.activity));
        let (since, late) = self.late.get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(patience))));
        // However many parts it comes in, it is the whole that is waited for.
        activity.waits_since(*since);
        late.as_mut().poll(cx).map(|()| Some(Err(io::Error::from(io::ErrorKind::TimedOut).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for TimedBody {
    fn drop(&mut self) {
        self.activity.goes_on();
    }
}
