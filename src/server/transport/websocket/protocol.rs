//! The messages of the protocol `graphql-transport-ws`, and why a socket is closed.

use std::borrow::Cow;

use async_graphql::{Response, ServerError};
use serde::Serialize;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::error::Error;
use crate::json::Text;
use crate::server::graphql::request;
use crate::server::graphql::request::{GraphqlRequest, Unreadable};
use crate::server::graphql::response;
use crate::server::transport::reauthentication::DisconnectReason;

/// The name of the protocol in the handshake.
pub(super) const NAME: &str = "graphql-transport-ws";

/// Bytes of a close reason at the most, as WebSocket has it.
const MAX_REASON: usize = 123;

/// Bytes of an operation's id at the most.
const MAX_ID: usize = 128;

/// How deep what comes with a message may be nested, where nothing else bounds it.
const MAX_NESTING: usize = 64;

/// What a client says. What comes with it is a JSON object.
pub(super) enum Received<'a> {
    ConnectionInit { payload: Option<Text<'a>> },
    Ping { payload: Option<Text<'a>> },
    Pong,
    Subscribe { id: String, payload: Text<'a> },
    Complete { id: String },
}

impl<'a> Received<'a> {
    /// Reads a message.
    pub fn read(text: &'a str) -> Result<Self, Close> {
        let message =
            Text::read(text.as_bytes()).map_err(|malformed| Close::invalid(format_args!("it {malformed}.")))?;
        let members = message.members().ok_or_else(|| Close::invalid("it must be a JSON object."))?;
        let member = |name: &str| {
            let mut found =
                members.iter().filter(|(key, _)| key.string().is_some_and(|key| key.as_deref() == Ok(name)));
            match (found.next(), found.next()) {
                (None, _) => Ok(None),
                (Some((_, value)), None) => Ok(Some(*value)),
                (Some(_), Some(_)) => Err(Close::invalid(format_args!("`{name}` must be there only once."))),
            }
        };
        let required = |name: &str| {
            let value = member(name)?.map(|value| request::string(name, value)).transpose()?.flatten();
            value.ok_or_else(|| Close::invalid(format_args!("`{name}` is missing.")))
        };
        let id = || match required("id")? {
            id if (1..=MAX_ID).contains(&id.len()) => Ok(id.into_owned()),
            _ => Err(Close::invalid(format_args!("`id` must have 1 to {MAX_ID} bytes."))),
        };
        let payload = || -> Result<Option<Text<'a>>, Close> {
            Ok(member("payload")?.map(|value| request::object("payload", value)).transpose()?.flatten())
        };
        let shallow = || match payload()? {
            Some(payload) if payload.depth() > MAX_NESTING => {
                Err(Close::invalid(format_args!("`payload` is nested more than {MAX_NESTING} deep.")))
            }
            payload => Ok(payload),
        };
        match &*required("type")? {
            "connection_init" => Ok(Self::ConnectionInit { payload: shallow()? }),
            "ping" => Ok(Self::Ping { payload: shallow()? }),
            "pong" => shallow().map(|_| Self::Pong),
            "subscribe" => {
                let payload = payload()?.ok_or_else(|| Close::invalid("`payload` is missing."))?;
                Ok(Self::Subscribe { id: id()?, payload })
            }
            "complete" => Ok(Self::Complete { id: id()? }),
            other => Err(Close::invalid(format_args!("the protocol has no type `{other}`."))),
        }
    }
}

/// The operation that a `subscribe` asks for; an error of that operation alone where it is one without a meaning.
pub(super) fn asked(payload: Text<'_>) -> Result<Result<GraphqlRequest, Error>, Close> {
    match GraphqlRequest::read(payload, "payload.") {
        Ok(asked) if asked.names_document() => Ok(Ok(asked)),
        Ok(_) => Err(Close::invalid("`payload.query` is missing.")),
        Err(Unreadable::Value(error)) => Ok(Err(error)),
        Err(Unreadable::Shape(error)) => Err(Close::invalid(error.message())),
    }
}

/// What the server says.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Sent<'a> {
    ConnectionAck,
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Box<RawValue>>,
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
        message.append(&mut response::json(response));
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

impl From<Unreadable> for Close {
    fn from(unreadable: Unreadable) -> Self {
        Self::invalid(Error::from(unreadable).message())
    }
}

impl From<DisconnectReason> for Close {
    fn from(disconnect_reason: DisconnectReason) -> Self {
        match disconnect_reason {
            DisconnectReason::Expired => Self::new(CloseCode::Forbidden, "Forbidden: the credential has expired."),
            DisconnectReason::Revoked => {
                Self::new(CloseCode::Forbidden, "Forbidden: the credential does not hold any more.")
            }
            DisconnectReason::Changed => {
                Self::new(CloseCode::Forbidden, "Forbidden: your role has changed. Connect again.")
            }
            DisconnectReason::Unknown => Self::new(CloseCode::TryAgainLater, "Try again later"),
            DisconnectReason::Stopping => Self::new(CloseCode::ServiceRestart, "Service restart"),
        }
    }
}

impl From<&Close> for CloseFrame {
    fn from(close: &Close) -> Self {
        let reason = &close.reason;
        let mut ends = (0..=reason.len().min(MAX_REASON)).rev();
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
