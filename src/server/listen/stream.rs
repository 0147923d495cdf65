//! A connection's bytes.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use crate::server::limits::connections::{Activity, ConnectionPermit};
use crate::server::listen::head;

/// How long a client whose head was refused may go on sending. Going away with something unread would take the answer
/// from it.
const LINGER: Duration = Duration::from_secs(1);

/// A connection that fails when the client takes nothing of what is written to it for too long. It keeps its place
/// among the connections as long as it is open, also as a socket.
pub(super) struct Stream {
    inner: TcpStream,
    patience: Duration,
    /// Runs while the client takes nothing.
    stalled: Option<Pin<Box<Sleep>>>,
    activity: Arc<Activity>,
    /// Something of what there was to write is still to be written.
    is_partly_written: bool,
    /// What is written in the place of hyper's own answer, as far as it is not written yet.
    refusal: Option<Vec<u8>>,
    /// Runs out when a client whose head was refused has had its time.
    linger: Option<Pin<Box<Sleep>>>,
    _permit: ConnectionPermit,
}

impl Stream {
    pub(super) fn new(inner: TcpStream, patience: Duration, activity: Arc<Activity>, permit: ConnectionPermit) -> Self {
        Self {
            inner,
            patience,
            stalled: None,
            activity,
            is_partly_written: false,
            refusal: None,
            linger: None,
            _permit: permit,
        }
    }

    /// What became of an attempt to write, given the time that attempts have taken.
    fn in_time<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if self.stalled.take().is_some() {
                self.activity.goes_on();
            }
            return written;
        }
        let (patience, activity) = (self.patience, &self.activity);
        let stalled = self.stalled.get_or_insert_with(|| {
            activity.waits_since(Instant::now());
            Box::pin(tokio::time::sleep(patience))
        });
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Writes what says more than hyper's own answer to a head that it cannot take, if that is what is to be written.
    fn write_refusal(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Option<Poll<io::Result<()>>> {
        if self.refusal.is_none() {
            // Without a request that is under way, hyper speaks for itself.
            if !self.activity.is_idle() || self.is_partly_written {
                return None;
            }
            self.refusal = Some(head::refusal(bytes)?);
            self.linger = Some(Box::pin(tokio::time::sleep(LINGER)));
        }
        loop {
            let refusal = self.refusal.as_mut()?;
            if refusal.is_empty() {
                self.refusal = None;
                return Some(Poll::Ready(Ok(())));
            }
            let written = Pin::new(&mut self.inner).poll_write(cx, refusal);
            match self.in_time(written, cx) {
                Poll::Ready(Ok(written)) => drop(self.refusal.as_mut()?.drain(..written)),
                Poll::Ready(Err(error)) => return Some(Poll::Ready(Err(error))),
                Poll::Pending => return Some(Poll::Pending),
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, into)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = bytes.iter().map(|bytes| bytes.len()).sum();
        if let Some(written) = bytes.first().and_then(|first| self.write_refusal(cx, first)) {
            return written.map_ok(|()| length);
        }
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bytes);
        let written = self.in_time(written, cx);
        if let Poll::Ready(Ok(written)) = written {
            self.is_partly_written = written < length;
        }
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.activity.flushed();
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_shutdown(cx))?;
        loop {
            let Some(linger) = &mut self.linger else { return Poll::Ready(Ok(())) };
            if linger.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Ok(()));
            }
            let mut unread = [0; 8_192];
            let mut into = ReadBuf::new(&mut unread);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut into))?;
            if into.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}
