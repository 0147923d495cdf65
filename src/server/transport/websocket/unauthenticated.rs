//! A client before it is let in: what may be read of it, and its place.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::auth::MAX_TOKEN;
use crate::server::limits::sockets::Place;

/// Bytes that are read of a client before it is let in: enough for the longest credential, and what stands around it.
const BEFORE_ADMISSION: usize = MAX_TOKEN + 8_192;

/// The bytes of a socket. Reading fails when a client that was not let in has sent too many.
pub(super) struct Measured {
    inner: TokioIo<Upgraded>,
    allowance: Allowance,
}

/// What a client has until it is let in.
pub(super) struct Unauthenticated {
    /// What may be read of it.
    pub allowance: Allowance,
    /// Its place among others.
    pub place: Place,
}

/// How many bytes may still be read.
#[derive(Clone)]
pub(super) struct Allowance(Arc<AtomicUsize>);

impl Unauthenticated {
    /// The client was let in: there is no limit any more, and its place is free for others.
    pub fn authenticated(self) {
        let Self { allowance, place } = self;
        allowance.0.store(usize::MAX, Ordering::Relaxed);
        drop(place);
    }
}

impl Allowance {
    fn take(&self, bytes: usize) {
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
            (left != usize::MAX).then_some(left.saturating_sub(bytes))
        });
    }
}

impl Measured {
    /// The bytes of a socket of which nothing was read yet.
    pub fn new(upgraded: Upgraded) -> Self {
        let allowance = Allowance(Arc::new(AtomicUsize::new(BEFORE_ADMISSION)));
        Self { inner: TokioIo::new(upgraded), allowance }
    }

    /// What is allowed of it.
    pub fn allowance(&self) -> Allowance {
        self.allowance.clone()
    }
}

impl AsyncRead for Measured {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.allowance.0.load(Ordering::Relaxed) == 0 {
            return Poll::Ready(Err(io::ErrorKind::FileTooLarge.into()));
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, into))?;
        self.allowance.take(into.filled().len().saturating_sub(before));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Measured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
