//! The messages of the protocol `graphql-transport-ws`, and why a socket is closed.

use std::borrow::Cow;

use async_graphql::{Response, ServerError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::server::admission::Lapse;
use crate::server::answer;
use crate::server::wire::Asked;

/// The name of the protocol in the handshake.
pub(super) const NAME: &str = "graphql-transport-ws";

/// Bytes of a close reason at the most, as WebSocket has it.
const MOST_REASON: usize = 123;

/// Bytes of an operation's id at the most.
const MOST_ID: usize = 128;

/// A JSON object that comes with a message.
pub(super) type Payload = Map<String, Value>;

/// What a client says.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Received {
    ConnectionInit {
        payload: Option<Payload>,
    },
    Ping {
        payload: Option<Payload>,
    },
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Payload>,
    },
    Subscribe {
        id: String,
        payload: Payload,
    },
    Complete {
        id: String,
    },
}

impl Received {
    /// Reads a message.
    pub fn read(text: &str) -> Result<Self, Close> {
        let message: Payload = serde_json::from_str(text).map_err(|_| Close::invalid("it must be a JSON object."))?;
        let message = serde_json::from_value(message.into()).map_err(Close::invalid)?;
        if let Self::Subscribe { id, .. } | Self::Complete { id } = &message
            && !(1..=MOST_ID).contains(&id.len())
        {
            return Err(Close::invalid(format_args!("`id` must have 1 to {MOST_ID} bytes.")));
        }
        Ok(message)
    }
}

/// The operation that a `subscribe` asks for.
pub(super) fn asked(payload: Payload) -> Result<Asked, Close> {
    let asked: Asked = serde_json::from_value(payload.into()).map_err(Close::invalid)?;
    if asked.names_document() { Ok(asked) } else { Err(Close::invalid("`payload.query` is missing.")) }
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Sent<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Payload>,
    },
    Next {
        id: &'a str,
    },
    Error {
        id: &'a str,
        payload: &'a [ServerError],
    },
    Complete {
        id: &'a str,
    },
}

impl<'a> Sent<'a> {
    /// The message as JSON; `next` without its answer.
    pub fn json(&self) -> Vec<u8> {
        // Nothing in it can fail to be JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// An answer of an operation, as JSON.
    pub fn next(id: &'a str, response: &Response) -> Vec<u8> {
        let mut message = Self::Next { id }.json();
        message.pop();
        message.extend_from_slice(b",\"payload\":");
        message.append(&mut answer::json(response));
        message.push(b'}');
        message
    }
}

/// A code that a socket is closed with. The common client library, `graphql-ws`, connects again after those marked so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum CloseCode {
    /// Nothing was heard of the client. It connects again.
    GoingAway = 1001,
    /// The client breaks the rules of WebSocket itself.
    Protocol = 1002,
    /// A text that is not UTF-8.
    NotText = 1007,
    /// A message larger than a request may be.
    TooBig = 1009,
    /// The server is coming to its end. It connects again.
    ServiceRestart = 1012,
    /// The server cannot look the caller up. It connects again.
    TryAgainLater = 1013,
    /// A message that the protocol does not know.
    BadRequest = 4400,
    /// An operation before `connection_ack`.
    Unauthorized = 4401,
    /// The caller is not let in, or not any more. It connects again, since a fresh token may let it in.
    Forbidden = 4403,
    /// Another protocol, or none.
    SubprotocolNotAcceptable = 4406,
    /// No `connection_init` in time. It connects again.
    InitialisationTimeout = 4408,
    /// An id that is in use.
    SubscriberExists = 4409,
    /// A second `connection_init`, or one more socket than the principal may have.
    TooMany = 4429,
}

/// A close frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Close {
    code: CloseCode,
    reason: Cow<'static, str>,
}

impl Close {
    pub fn new(code: CloseCode, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { code, reason: reason.into() }
    }

    fn invalid(why: impl std::fmt::Display) -> Self {
        Self::new(CloseCode::BadRequest, format!("Invalid message: {why}"))
    }
}

impl From<Lapse> for Close {
    fn from(lapse: Lapse) -> Self {
        match lapse {
            Lapse::Expired => Self::new(CloseCode::Forbidden, "Forbidden: the credential has expired."),
            Lapse::Revoked => Self::new(CloseCode::Forbidden, "Forbidden: the credential does not hold any more."),
            Lapse::Changed => Self::new(CloseCode::Forbidden, "Forbidden: your role has changed. Connect again."),
            Lapse::Unknown => Self::new(CloseCode::TryAgainLater, "Try again later"),
            Lapse::Stopping => Self::new(CloseCode::ServiceRestart, "Service restart"),
        }
    }
}

impl From<&Close> for CloseFrame {
    fn from(close: &Close) -> Self {
        let reason = &close.reason;
        let mut ends = (0..=reason.len().min(MOST_REASON)).rev();
        let reason = ends.find_map(|end| reason.get(..end)).unwrap_or_default();
        Self { code: (close.code as u16).into(), reason: reason.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_at_most_123_bytes_and_no_half_characters() {
        for (reason, kept) in [("short".to_owned(), 5), ("x".repeat(200), 123), ("é".repeat(80), 122)] {
            let frame = CloseFrame::from(&Close::new(CloseCode::BadRequest, reason.clone()));
            assert_eq!((u16::from(frame.code), frame.reason.len()), (4400, kept));
            assert!(reason.starts_with(frame.reason.as_str()));
        }
    }
}
