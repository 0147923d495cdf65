//! The life of one socket.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::{Bytes, Error as Broken, Message, Utf8Bytes};

use super::credential;
use super::operations::Operations;
use super::protocol::{Close, CloseCode, Payload, Received, Sent, asked};
use super::stranger::{Measured, Stranger};
use crate::error::{Code, Error};
use crate::server::App;
use crate::server::admission::{Admission, Lapse};
use crate::server::delivery::Event;
use crate::server::operation::reported;

/// How long the end of a socket may take, once the client was told of it.
const GOODBYE: Duration = Duration::from_secs(2);

pub(super) type Socket = WebSocketStream<Measured>;

/// A socket and what runs on it.
pub(super) struct Session {
    app: App,
    socket: Socket,
    /// Until the client is let in.
    stranger: Option<Stranger>,
    /// Those of the handshake.
    headers: HeaderMap,
    admission: Option<Arc<Admission>>,
    lapse: BoxFuture<'static, Lapse>,
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

/// Waits until a stranger has to make room for another.
async fn ousted(stranger: &mut Option<Stranger>) {
    match stranger {
        Some(stranger) => stranger.place.ousted().await,
        None => std::future::pending().await,
    }
}

impl Session {
    pub fn new(app: App, socket: Socket, stranger: Stranger, headers: HeaderMap) -> Self {
        let (lapse, operations) = (std::future::pending().boxed(), Operations::new(app.clone()));
        Self { app, socket, stranger: Some(stranger), headers, admission: None, lapse, operations, heard: true }
    }

    /// Serves the client until one side ends it.
    pub async fn run(mut self) {
        let Err(end) = self.converse().await;
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
                return Err(Close::from(Lapse::Stopping).into());
            }
            tokio::select! {
                // What runs is finished, and nothing more is begun.
                () = &mut stopping, if !draining => draining = true,
                () = &mut init_wait, if self.admission.is_none() => {
                    let reason = "Connection initialisation timeout";
                    return Err(Close::new(CloseCode::InitialisationTimeout, reason).into());
                }
                () = ousted(&mut self.stranger) => {
                    return Err(Close::new(CloseCode::TryAgainLater, "Try again later").into());
                }
                lapse = &mut self.lapse => return Err(Close::from(lapse).into()),
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
                Received::ConnectionInit { payload } => self.init(payload.unwrap_or_default()).await,
                Received::Ping { payload } => self.send(Sent::Pong { payload }.json()).await,
                Received::Pong { .. } => Ok(()),
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

    async fn init(&mut self, payload: Payload) -> Result<(), End> {
        if self.admission.is_some() {
            return Err(Close::new(CloseCode::TooMany, "Too many initialisation requests").into());
        }
        let admitted = async { Admission::new(&self.app, credential(&payload, &self.headers)?).await };
        let admission = admitted.await.map_err(|error| refusal(&error))?;
        self.lapse = Arc::clone(&admission).lapse(self.app.clone()).boxed();
        self.admission = Some(admission);
        if let Some(stranger) = self.stranger.take() {
            stranger.welcome();
        }
        self.send(Sent::ConnectionAck.json()).await
    }

    async fn subscribe(&mut self, id: String, payload: Payload, bytes: usize) -> Result<(), End> {
        let Some(admission) = &self.admission else {
            return Err(Close::new(CloseCode::Unauthorized, "Unauthorized").into());
        };
        let asked = asked(payload)?;
        if self.operations.has(&id) {
            let reason = format!("Subscriber for {id} already exists");
            return Err(Close::new(CloseCode::SubscriberExists, reason).into());
        }
        match self.operations.start(&id, asked, bytes, Arc::clone(admission)) {
            Ok(()) => Ok(()),
            Err(error) => self.send(Sent::Error { id: &id, payload: &[reported(error)] }.json()).await,
        }
    }

    async fn deliver(&mut self, id: &str, event: Event) -> Result<(), End> {
        match event {
            Event::Next(response) => self.send(Sent::next(id, &response)).await,
            Event::Complete => self.send(Sent::Complete { id }.json()).await,
            Event::Failed(errors) => self.send(Sent::Error { id, payload: &errors }.json()).await,
            // The socket ends when everything has.
            Event::Cut(Lapse::Stopping) => Ok(()),
            Event::Cut(lapse) => Err(Close::from(lapse).into()),
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
        let Self { mut socket, operations, admission, .. } = self;
        drop((operations, admission));
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
        let _ = timeout(GOODBYE, goodbye).await;
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
            Lapse::Unknown.into()
        }
    }
}
