//! `GET /graphql/ws`: operations over a WebSocket, in the protocol `graphql-transport-ws`. `/graphql` and
//! `/graphql/stream` open sockets in the same way.
//!
//! A socket is one task, a [`Session`], that reads and writes; each operation on it is a task of its own. What they
//! deliver passes through a short queue, so a slow client holds up its own answers and nothing else.

mod operations;
mod protocol;
mod session;
mod spelling;
mod unauthenticated;

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tracing::Instrument;

use protocol::{Close, CloseCode, NAME};
use session::Session;
use unauthenticated::{Measured, Unauthenticated};

use crate::error::{Code, Error, Result};
use crate::json::Text;
use crate::server::App;
use crate::server::graphql::request;
use crate::server::transport::accept::Media;
use crate::server::transport::codec::respond;
use crate::server::transport::http::{AUTHORIZATION, WORKSPACE};
use crate::server::transport::reauthentication::Credential;

/// Bytes that are read at once.
const READ: usize = 8_192;

/// What clients may take that stay connected, by socket or by event stream.
#[derive(Clone, Copy, Debug)]
pub struct SocketSettings {
    /// Sockets and event streams at the most.
    pub most: usize,
    /// Sockets at the most whose clients were not let in yet, besides. With one more, the oldest of them ends.
    pub unauthenticated: usize,
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
            unauthenticated: 250,
            per_principal: 50,
            operations: 100,
            init_wait: Duration::from_secs(10),
            keep_alive: Duration::from_secs(12),
            send_wait: Duration::from_secs(10),
        }
    }
}

/// Whether a request means to open a socket, wherever it is sent.
pub(in crate::server) fn is_handshake(headers: &HeaderMap) -> bool {
    let upgrades = headers.get_all(header::UPGRADE).iter().filter_map(|value| value.to_str().ok());
    upgrades.flat_map(|value| value.split(',')).any(|protocol| protocol.trim().eq_ignore_ascii_case("websocket"))
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
        let mut response = (StatusCode::UPGRADE_REQUIRED, headers, "A WebSocket is opened here.\n").into_response();
        spelling::spell(&mut response);
        return response;
    };
    let place = app.0.sockets.enter();
    let spoken = speaks(request.headers());
    if spoken {
        response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(NAME));
    }
    spelling::spell(&mut response);
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
        let session = Session::new(app, socket, Unauthenticated { allowance, place }, headers);
        if spoken {
            Box::pin(session.run()).await;
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
fn credential(payload: Option<Text<'_>>, headers: &HeaderMap) -> Result<Credential> {
    let handshake = Credential::presented(headers)?;
    let members = payload.and_then(Text::members).unwrap_or_default();
    let nested = members.iter().filter(|(key, _)| key.string().is_some_and(|key| key.as_deref() == Ok("headers")));
    let nested: Vec<_> = nested.flat_map(|(_, value)| value.members().unwrap_or_default()).collect();
    let presented = [members.as_slice(), &nested].concat();
    Ok(Credential {
        authorization: member(&presented, AUTHORIZATION)?.or(handshake.authorization),
        workspace: member(&presented, WORKSPACE)?.or(handshake.workspace),
    })
}

/// The one value of a name; the same value twice is one, and an empty one is none. What cannot be read must not pass for
/// absent.
fn member(presented: &[(Text<'_>, Text<'_>)], name: &str) -> Result<Option<String>> {
    let is_named = |key: &Text<'_>| key.string().is_some_and(|key| key.is_ok_and(|key| key.eq_ignore_ascii_case(name)));
    let mut found: Option<String> = None;
    for (_, value) in presented.iter().filter(|(key, _)| is_named(key)) {
        let Some(value) = request::string(name, *value)? else { continue };
        // As of a header, white space around it is no part of it.
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        if found.as_ref().is_some_and(|found| *found != value) {
            return Err(Error::bad_input(format!("`{name}` must have one value.")));
        }
        found = Some(value.to_owned());
    }
    Ok(found)
}
