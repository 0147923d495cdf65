//! A client of `/graphql/ws` that says exactly what it is told to.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, Message, http::HeaderName};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{App, Asker};

/// The protocol, as the handshake names it.
pub const PROTOCOL: &str = "graphql-transport-ws";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// One end of a socket.
pub struct Socket {
    pub stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// What the server said to the handshake.
    pub handshake: Response,
}

impl Socket {
    /// A socket over which nothing was said yet.
    pub async fn open(app: &App) -> Self {
        Self::with(&app.url, &[("sec-websocket-protocol", PROTOCOL)]).await.unwrap()
    }

    /// A socket whose handshake has these headers, or why there is none.
    pub async fn with(url: &str, headers: &[(&str, &str)]) -> Result<Self, Error> {
        Self::at(url, "/graphql/ws", headers).await
    }

    /// The same at another path.
    pub async fn at(url: &str, path: &str, headers: &[(&str, &str)]) -> Result<Self, Error> {
        let mut request = format!("{}{path}", url.replacen("http", "ws", 1)).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().append(HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        let (stream, handshake) = connect_async(request).await?;
        Ok(Self { stream, handshake })
    }

    /// Says something.
    pub async fn say(&mut self, message: Value) {
        self.stream.send(Message::text(message.to_string())).await.unwrap();
    }

    /// Introduces itself with this payload.
    pub async fn init(&mut self, payload: Value) {
        self.say(json!({ "type": "connection_init", "payload": payload })).await;
    }

    /// Asks for an operation.
    pub async fn subscribe(&mut self, id: &str, document: &str, variables: Value) {
        let payload = json!({ "query": document, "variables": variables });
        self.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// Asks for an operation to end.
    pub async fn complete(&mut self, id: &str) {
        self.say(json!({ "type": "complete", "id": id })).await;
    }

    /// The next message.
    #[track_caller]
    pub fn hear(&mut self) -> impl Future<Output = Value> {
        let caller = std::panic::Location::caller();
        async move {
            match self.next().await {
                Ok(message) => message,
                Err(close) => panic!("closed instead of a message, {caller}: {close:?}"),
            }
        }
    }

    /// Asserts that the next message is this one.
    pub async fn expect(&mut self, message: Value) {
        assert_eq!(self.hear().await, message);
    }

    /// The answer of the operation, without errors, which is the next message.
    pub async fn answer(&mut self, id: &str) -> Value {
        let mut message = self.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("next"), &json!(id)), "{message}");
        assert!(message["payload"].get("errors").is_none(), "{message}");
        message["payload"]["data"].take()
    }

    /// The codes of the errors that end the operation, with the next message.
    pub async fn failure(&mut self, id: &str) -> Vec<String> {
        let message = self.hear().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)), "{message}");
        let errors = message["payload"].as_array().unwrap();
        errors.iter().map(|error| error["extensions"]["code"].as_str().unwrap().to_owned()).collect()
    }

    /// Whether the server lets it in, which is the next thing that it says.
    pub async fn acknowledged(&mut self) -> bool {
        self.next().await.is_ok_and(|message| message == json!({ "type": "connection_ack" }))
    }

    /// Asserts that the server has said everything that it had to say so far.
    pub async fn silent(&mut self) {
        self.say(json!({ "type": "ping" })).await;
        self.expect(json!({ "type": "pong" })).await;
    }

    /// The code and the reason that the server closes with, as the next thing that it says.
    #[track_caller]
    pub fn closed(&mut self) -> impl Future<Output = (u16, String)> {
        let caller = std::panic::Location::caller();
        async move {
            match self.next().await {
                Ok(message) => panic!("a message instead of the end, {caller}: {message}"),
                Err(close) => close.unwrap_or_else(|| panic!("closed without a code, {caller}")),
            }
        }
    }

    /// The next message, or the code and the reason that the server closes with.
    pub async fn next(&mut self) -> Result<Value, Option<(u16, String)>> {
        let patience = tokio::time::Instant::now() + PATIENCE;
        loop {
            match tokio::time::timeout_at(patience, self.stream.next()).await.expect("nothing was said") {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(frame))) => {
                    return Err(frame.map(|frame| (frame.code.into(), frame.reason.to_string())));
                }
                None | Some(Err(_)) => return Err(None),
                Some(Ok(other)) => panic!("{other:?}"),
            }
        }
    }
}

impl Asker {
    /// Its `Authorization` header.
    pub fn authorization(&self) -> &str {
        self.authorization.as_deref().unwrap_or_default()
    }

    /// A socket over which this credential has introduced itself.
    pub async fn socket(&self) -> Socket {
        let mut socket = Socket::with(&self.url, &[("sec-websocket-protocol", PROTOCOL)]).await.unwrap();
        socket.init(json!({ "authorization": self.authorization, "x-workspace-id": self.workspace })).await;
        socket.expect(json!({ "type": "connection_ack" })).await;
        socket
    }
}
