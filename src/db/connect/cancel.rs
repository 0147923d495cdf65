//! Cancelling a statement as libpq does: the connection that asks for it stays open until the server closes it.
//!
//! By then PostgreSQL has sent the signal. A pooler first needs a connection to pass the request on; PgBouncer 1.18 ends
//! itself when the client of such a request has gone meanwhile.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::CancelToken;
use tokio_postgres::config::Host;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::endpoint::{Address, Endpoint};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Asks the server at the endpoint to end what the token stands for, and waits until it has done so.
pub(super) async fn cancel(token: &CancelToken, endpoint: &Endpoint, tls: MakeRustlsConnect) -> Result<(), Failure> {
    match &endpoint.address {
        Address::Tcp(address) => {
            let name = match &endpoint.name {
                Some(Host::Tcp(name)) => name.clone(),
                _ => address.ip().to_string(),
            };
            ask(token, TcpStream::connect(address).await?, tls, &name).await
        }
        Address::Unix(folder, port) => {
            let socket = folder.join(format!(".s.PGSQL.{port}"));
            ask(token, UnixStream::connect(socket).await?, tls, "").await
        }
    }
}

async fn ask<S>(token: &CancelToken, stream: S, mut tls: MakeRustlsConnect, name: &str) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut stream = Open::new(stream);
    let tls = MakeTlsConnect::<Open<S>>::make_tls_connect(&mut tls, name)?;
    token.cancel_query_raw(stream.clone(), KeptOpen(tls)).await?;
    let mut said = [0; 64];
    while stream.read(&mut said).await? > 0 {}
    Ok(())
}

/// A stream that stays open when it is shut down.
struct Open<S>(Arc<Mutex<S>>);

impl<S> Open<S> {
    fn new(stream: S) -> Self {
        Self(Arc::new(Mutex::new(stream)))
    }

    fn stream(&self) -> MutexGuard<'_, S> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Clone for Open<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Open<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Open<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream()).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.stream()).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl<S: TlsStream + Unpin> TlsStream for Open<S> {
    fn channel_binding(&self) -> ChannelBinding {
        self.stream().channel_binding()
    }
}

/// Encryption whose end is not announced.
struct KeptOpen<T>(T);

impl<S, T> TlsConnect<S> for KeptOpen<T>
where
    T: TlsConnect<S>,
    T::Stream: Send + 'static,
    T::Future: Send + 'static,
{
    type Stream = Open<T::Stream>;
    type Error = T::Error;
    type Future = BoxFuture<'static, Result<Self::Stream, Self::Error>>;

    fn connect(self, stream: S) -> Self::Future {
        self.0.connect(stream).map(|connected| connected.map(Open::new)).boxed()
    }
}
