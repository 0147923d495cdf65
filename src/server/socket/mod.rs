//! `GET /graphql/ws`: operations over a WebSocket, in the protocol `graphql-transport-ws`.
//!
//! A socket is one task, a [`Session`], that reads and writes; each operation on it is a task of its own. What they
//! deliver passes through a short queue, so a slow client holds up its own answers and nothing else.

mod operations;
mod protocol;
mod session;
mod stranger;

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tracing::Instrument;

use protocol::{Close, CloseCode, NAME, Payload};
use session::Session;
use stranger::{Measured, Stranger};

use super::App;
use super::admission::Credential;
use super::graphql::{AUTHORIZATION, WORKSPACE};
use super::wire::{Media, respond};
use crate::error::{Code, Error, Result};

/// Bytes that are read at once.
const READ: usize = 8_192;

/// What clients may take that stay connected, by socket or by event stream.
#[derive(Clone, Copy, Debug)]
pub struct SocketSettings {
    /// Sockets and event streams at the most.
    pub most: usize,
    /// Sockets at the most whose clients were not let in yet, besides. With one more, the oldest of them ends.
    pub strangers: usize,
    /// Sockets and event streams of one principal.
    pub per_principal: usize,
    /// Operations at once on one socket.
    pub operations: usize,
    /// How long a socket may wait with `connection_init`.
    pub init_wait: Duration,
    /// How often clients are pinged and looked up again. One of which nothing was heard for twice as long has gone.
    pub keep_alive: Duration,
    /// How long a client may take to take a message.
    pub send_wait: Duration,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            most: 500,
            strangers: 250,
            per_principal: 50,
            operations: 100,
            init_wait: Duration::from_secs(10),
            keep_alive: Duration::from_secs(12),
            send_wait: Duration::from_secs(10),
        }
    }
}

/// Opens a socket.
pub async fn open(State(app): State<App>, mut request: Request) -> Response {
    let settings = &app.0.settings;
    if !settings.origins.allow(request.headers()) {
        let error = Error::new(Code::Forbidden, "Pages of this origin may not open sockets.");
        return respond(Media::Json, Err(error.into()));
    }
    let Ok(mut response) = create_response_with_body(&request, Body::empty) else {
        let headers = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
        return (StatusCode::UPGRADE_REQUIRED, headers, "A WebSocket is opened here.\n").into_response();
    };
    let place = app.0.seats.enter();
    let spoken = speaks(request.headers());
    if spoken {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(NAME));
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        .max_message_size(Some(settings.max_body_bytes))
        .max_frame_size(Some(settings.max_body_bytes));
    let upgrade = hyper::upgrade::on(&mut request);
    let headers = std::mem::take(request.headers_mut());
    let tracked = app.clone();
    let session = async move {
        let Ok(upgraded) = upgrade.await else { return };
        let bytes = Measured::new(upgraded);
        let allowance = bytes.allowance();
        let socket = WebSocketStream::from_raw_socket(bytes, Role::Server, Some(config)).await;
        let session = Session::new(app, socket, Stranger { allowance, place }, headers);
        if spoken {
            session.run().await;
        } else {
            session.refuse(Close::new(CloseCode::SubprotocolNotAcceptable, "Subprotocol not acceptable")).await;
        }
    };
    tokio::spawn(tracked.track(session.in_current_span()));
    response
}

/// Whether the client offers the protocol.
fn speaks(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|value| value.split(',')).any(|name| name.trim() == NAME)
}

/// What a client presents: in the payload of `connection_init`, by the names of the headers in any case, or in an
/// object `headers` there; else with the handshake.
fn credential(payload: &Payload, headers: &HeaderMap) -> Result<Credential> {
    let handshake = Credential::presented(headers)?;
    Ok(Credential {
        authorization: member(payload, AUTHORIZATION)?.or(handshake.authorization),
        workspace: member(payload, WORKSPACE)?.or(handshake.workspace),
    })
}

/// The one value of a name. What cannot be read must not pass for absent.
fn member(payload: &Payload, name: &str) -> Result<Option<String>> {
    let nested = payload.get("headers").and_then(Value::as_object).into_iter().flatten();
    let named = payload.iter().chain(nested).filter(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null());
    let mut values = named.map(|(_, value)| value);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(Value::String(value)), None) => Ok(Some(value.clone())),
        _ => Err(Error::bad_input(format!("`{name}` must be there once, as a text."))),
    }
}
