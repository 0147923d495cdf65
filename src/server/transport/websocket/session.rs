//! The life of one socket.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use serde_json::value::RawValue;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Bytes, Error as Broken, Message, Utf8Bytes};

use crate::error::{Code, Error};
use crate::json::Text;
use crate::server::App;
use crate::server::graphql::operation::reported;
use crate::server::graphql::request::GraphqlRequest;
use crate::server::transport::delivery::Event;
use crate::server::transport::reauthentication::{Admission, DisconnectReason};
use crate::server::transport::websocket::credential;
use crate::server::transport::websocket::operations::Operations;
use crate::server::transport::websocket::protocol::{Close, CloseCode, Received, Sent, asked};
use crate::server::transport::websocket::unauthenticated::{Measured, Unauthenticated};

/// How long the end of a socket may take, once the client was told of it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) type Socket = WebSocketStream<Measured>;

/// A socket and what runs on it.
pub(super) struct Session {
    app: App,
    socket: Socket,
    /// Until the client is let in.
    unauthenticated: Option<Unauthenticated>,
    /// Those of the handshake.
    headers: HeaderMap,
    admission: Option<Arc<Admission>>,
    disconnect_reason: BoxFuture<'static, DisconnectReason>,
    operations: Operations,
    /// Something was heard of the client since it was last pinged.
    heard: bool,
}

/// Why a session ends.
enum End {
    /// The client is told.
    Close(Close),
    /// The client is told, and what else it sends cannot be read.
    Garbled(Close),
    /// The client has gone, or takes nothing.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        Self::Close(close)
    }
}

/// Waits until a unauthenticated has to make room for another.
async fn evicted(unauthenticated: &mut Option<Unauthenticated>) {
    match unauthenticated {
        Some(unauthenticated) => unauthenticated.place.evicted().await,
        None => std::future::pending().await,
    }
}

impl Session {
    pub fn new(app: App, socket: Socket, unauthenticated: Unauthenticated, headers: HeaderMap) -> Self {
        let (disconnect_reason, operations) = (std::future::pending().boxed(), Operations::new(app.clone()));
        Self {
            app,
            socket,
            unauthenticated: Some(unauthenticated),
            headers,
            admission: None,
            disconnect_reason,
            operations,
            heard: true,
        }
    }

    /// Serves the client until one side ends it.
    pub async fn run(mut self) {
        let Err(end) = Box::pin(self.converse()).await;
        self.leave(end).await;
    }

    /// Refuses the client.
    pub async fn refuse(self, close: Close) {
        self.leave(close.into()).await;
    }

    async fn converse(&mut self) -> Result<Infallible, End> {
        let settings = self.app.0.settings.sockets;
        let mut stopping = pin!(self.app.stopping());
        let mut init_wait = pin!(sleep(settings.init_wait));
        let mut pulse = interval_at(Instant::now() + settings.keep_alive, settings.keep_alive);
        // A client that took its time with a message is not pinged twice at once.
        pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut draining = false;
        loop {
            if draining && self.operations.is_empty() {
                return Err(Close::from(DisconnectReason::Stopping).into());
            }
            tokio::select! {
                // What runs is finished, and nothing more is begun.
                () = &mut stopping, if !draining => draining = true,
                () = &mut init_wait, if self.admission.is_none() => {
                    let reason = "Connection initialisation timeout";
                    return Err(Close::new(CloseCode::InitialisationTimeout, reason).into());
                }
                () = evicted(&mut self.unauthenticated) => {
                    return Err(Close::new(CloseCode::TryAgainLater, "Try again later").into());
                }
                disconnect_reason = &mut self.disconnect_reason => return Err(Close::from(disconnect_reason).into()),
                message = self.socket.next(), if !draining => self.receive(message).await?,
                (id, event) = self.operations.next() => self.deliver(&id, event).await?,
                _ = pulse.tick(), if !draining => self.ping().await?,
            }
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, Broken>>) -> Result<(), End> {
        self.heard = true;
        let garbled = |code, reason| Err(End::Garbled(Close::new(code, reason)));
        match message {
            Some(Ok(Message::Text(text))) => match Received::read(&text)? {
                Received::ConnectionInit { payload } => self.init(payload).await,
                Received::Ping { payload } => {
                    let payload = payload.and_then(|payload| RawValue::from_string(payload.as_str().to_owned()).ok());
                    self.send(Sent::Pong { payload }.json()).await
                }
                Received::Pong => Ok(()),
                Received::Subscribe { id, payload } => self.subscribe(id, payload, text.len()).await,
                Received::Complete { id } => {
                    self.operations.end(&id);
                    Ok(())
                }
            },
            Some(Ok(Message::Binary(_))) => {
                Err(Close::new(CloseCode::BadRequest, "Invalid message: it must be text.").into())
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Err(Broken::Capacity(_))) => garbled(CloseCode::TooBig, "The message is larger than allowed."),
            Some(Err(Broken::Io(error))) if error.kind() == ErrorKind::FileTooLarge => {
                garbled(CloseCode::TooBig, "The message is larger than allowed before the client is let in.")
            }
            Some(Err(Broken::Utf8(_))) => garbled(CloseCode::NotText, "The message is not UTF-8."),
            Some(Err(Broken::Protocol(error))) if error != ProtocolError::ResetWithoutClosingHandshake => {
                garbled(CloseCode::Protocol, "The message breaks the WebSocket protocol.")
            }
            None | Some(Ok(Message::Close(_)) | Err(_)) => Err(End::Gone),
        }
    }

    async fn init(&mut self, payload: Option<Text<'_>>) -> Result<(), End> {
        if self.admission.is_some() {
            return Err(Close::new(CloseCode::TooMany, "Too many initialisation requests").into());
        }
        let admitted = async { Admission::new(&self.app, credential(payload, &self.headers)?).await };
        let admission = admitted.await.map_err(|error| refusal(&error))?;
        self.disconnect_reason = Arc::clone(&admission).disconnect_reason(self.app.clone()).boxed();
        self.admission = Some(admission);
        if let Some(unauthenticated) = self.unauthenticated.take() {
            unauthenticated.authenticated();
        }
        self.send(Sent::ConnectionAck.json()).await
    }

    async fn subscribe(&mut self, id: String, payload: Text<'_>, bytes: usize) -> Result<(), End> {
        let Some(admission) = &self.admission else {
            return Err(Close::new(CloseCode::Unauthorized, "Unauthorized").into());
        };
        let asked = asked(payload)?.map(|asked| GraphqlRequest { bytes, ..asked });
        if self.operations.has(&id) {
            let reason = format!("Subscriber for {id} already exists");
            return Err(Close::new(CloseCode::SubscriberExists, reason).into());
        }
        match asked.and_then(|asked| self.operations.start(&id, asked, bytes, Arc::clone(admission))) {
            Ok(()) => Ok(()),
            Err(error) => self.send(Sent::Error { id: &id, payload: &[reported(error)] }.json()).await,
        }
    }

    async fn deliver(&mut self, id: &str, event: Event) -> Result<(), End> {
        match event {
            Event::Next(response) => {
                let message = Sent::next(id, &response);
                // The message takes the place of what it was made of, and what is written that of the message.
                let written = self.admission.as_ref().map(|of| self.app.0.answers.count(of.caller(), message.len()));
                drop(response);
                let sent = self.send(message).await;
                drop(written);
                sent
            }
            Event::Complete => self.send(Sent::Complete { id }.json()).await,
            Event::Failed(errors) => self.send(Sent::Error { id, payload: &errors }.json()).await,
            // The socket ends when everything has.
            Event::Cut(DisconnectReason::Stopping) => Ok(()),
            Event::Cut(disconnect_reason) => Err(Close::from(disconnect_reason).into()),
        }
    }

    async fn ping(&mut self) -> Result<(), End> {
        if !std::mem::take(&mut self.heard) {
            return Err(Close::new(CloseCode::GoingAway, "Nothing was heard of the client.").into());
        }
        self.write(Message::Ping(Bytes::new())).await
    }

    async fn send(&mut self, json: Vec<u8>) -> Result<(), End> {
        let text = Utf8Bytes::try_from(json).map_err(|_| End::Gone)?;
        self.write(Message::Text(text)).await
    }

    /// A client that takes nothing for too long has gone.
    async fn write(&mut self, message: Message) -> Result<(), End> {
        let written = timeout(self.app.0.settings.sockets.send_wait, self.socket.send(message)).await;
        written.map_err(|_| End::Gone)?.map_err(|_| End::Gone)
    }

    /// Ends everything that runs, and then the socket.
    async fn leave(self, end: End) {
        let Self { mut socket, operations, admission, disconnect_reason, .. } = self;
        // Its place is for others from now on.
        drop((operations, admission, disconnect_reason));
        let goodbye = async {
            match end {
                End::Gone => {
                    let _ = socket.flush().await;
                }
                End::Close(close) => {
                    let _ = socket.send(Message::Close(Some((&close).into()))).await;
                    while let Some(Ok(_)) = socket.next().await {}
                }
                End::Garbled(close) => {
                    let _ = socket.send(Message::Close(Some((&close).into()))).await;
                    // Going away with something unread would take the frame from the client.
                    let _ = tokio::io::copy(socket.get_mut(), &mut tokio::io::sink()).await;
                }
            }
        };
        let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
    }
}

/// How a socket is closed whose client is not let in.
fn refusal(error: &Error) -> Close {
    match error.code() {
        Code::MaxOperationsLimit => Close::new(CloseCode::TooMany, error.message().to_owned()),
        Code::Unauthenticated | Code::Forbidden | Code::BadUserInput => {
            Close::new(CloseCode::Forbidden, format!("Forbidden: {}", error.message()))
        }
        _ => {
            let _ = error.log();
            DisconnectReason::Unknown.into()
        }
    }
}
