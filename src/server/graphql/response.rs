//! An answer as JSON, for every transport.

use std::pin::Pin;
use std::task::{Context, Poll};

use async_graphql::{Response, ServerError, Value};
use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};

use crate::answer_size::{TooLarge, check_size};
use crate::error::{Code, Error, Result};
use crate::server::graphql::operation::{Executed, reported};
use crate::server::limits::answers::AnswerPermit;
use crate::server::observability::operation_span::code;
use graphql_limits::Kind;

/// Errors of one answer at the most: a document can be wrong in very many places.
pub(in crate::server) const MAX_ERRORS: usize = 100;

const EFFECT_STANDS: &str = "What the mutation did stands.";

/// Writes what was executed, which is counted from now on until the last byte of it was written or its client has gone.
///
/// # Errors
/// `SERVICE_UNAVAILABLE` when there is no room for it, unless something was changed.
pub(in crate::server) fn write_data(response: &mut Response, kind: Kind, permit: &AnswerPermit) -> Result<()> {
    let Value::Object(fields) = &response.data else { return Ok(()) };
    let mut out = Vec::with_capacity(64 + fields.values().map(written_bytes).sum::<usize>());
    if write(&response.data, &mut out).is_err() {
        replace(response, Error::too_large());
        return Ok(());
    }
    count(response, out, kind, permit)
}

/// Writes anew, as something else, what was written.
///
/// # Errors
/// As [`write_data`], and when it cannot be written so.
pub(in crate::server) fn rewrite_data(
    response: &mut Response,
    kind: Kind,
    permit: &AnswerPermit,
    rewrite: impl FnOnce(&Response, &[u8]) -> Result<Vec<u8>>,
) -> Result<()> {
    let Value::Binary(data) = &response.data else { return Ok(()) };
    let out = rewrite(response, data)?;
    count(response, out, kind, permit)
}

/// Takes what was written for the data, and counts it.
fn count(response: &mut Response, mut out: Vec<u8>, kind: Kind, permit: &AnswerPermit) -> Result<()> {
    if out.capacity() > out.len() / 4 * 5 {
        out.shrink_to_fit();
    }
    match permit.written(out) {
        Ok(data) => response.data = Value::Binary(data),
        Err(_) if kind == Kind::Mutation => {
            let message = format!("There is no room for the answer now. {EFFECT_STANDS}");
            replace(response, Error::new(Code::ResponseTooLarge, message));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Takes an error for the whole answer.
fn replace(response: &mut Response, error: Error) {
    let headers = std::mem::take(&mut response.http_headers);
    *response = Response::from_errors(vec![reported(error)]);
    response.http_headers = headers;
}

/// Says of what could not be read for the answer of a mutation that the mutation is not to be repeated for it.
pub(in crate::server) fn tell_that_effects_stand(errors: &mut [ServerError]) {
    let of_payload = |error: &&mut ServerError| error.path.len() > 1;
    for error in errors.iter_mut().filter(of_payload).filter(|error| code(error) == Code::ServiceUnavailable.as_str()) {
        error.message = format!("{} {EFFECT_STANDS}", error.message);
    }
}

/// The answer as it travels, in one piece.
pub(in crate::server) fn json(response: &Response) -> Vec<u8> {
    pieces(response).concat()
}

/// The answer as it travels, as the body of a response.
pub(in crate::server) fn body(response: &Response) -> Pieces {
    Pieces::of(pieces(response))
}

/// The answer as it travels. Fields stand in the order of the selection, and there is no `data` at all when nothing was
/// executed. What is counted is not copied.
pub(in crate::server) fn pieces(response: &Response) -> [Bytes; 3] {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    if !response.errors.is_empty() {
        let errors = response.errors.get(..MAX_ERRORS).unwrap_or(&response.errors);
        member("errors", &mut before);
        write_plain(&errors, &mut before);
    }
    let mut data = Bytes::new();
    if response.is_executed() {
        member("data", &mut before);
        match &response.data {
            Value::Binary(json) => data = json.clone(),
            data => {
                let length = before.len();
                if write(data, &mut before).is_err() {
                    before.truncate(length);
                    before.extend_from_slice(b"null");
                }
            }
        }
    }
    if !response.extensions.is_empty() {
        // Something stands before it, unless nothing was executed and nothing failed.
        if before.is_empty() {
            before.push(b'{');
        } else {
            after.push(b',');
        }
        write_key("extensions", &mut after);
        write_plain(&response.extensions, &mut after);
    }
    if before.is_empty() {
        before.push(b'{');
    }
    after.push(b'}');
    [before.into(), data, after.into()]
}

/// Begins a member of the answer, and with the first one the answer.
fn member(name: &str, out: &mut Vec<u8>) {
    out.push(if out.is_empty() { b'{' } else { b',' });
    write_key(name, out);
}

fn write_key(name: &str, out: &mut Vec<u8>) {
    write_plain(name, out);
    out.push(b':');
}

/// Writes what cannot fail to be JSON.
fn write_plain<T: serde::Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.extend_from_slice(b"null");
    }
}

/// Writes a value of the library. Its binary values are JSON that a plan has written.
fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), TooLarge> {
    match value {
        Value::Binary(json) => out.extend_from_slice(json),
        Value::Object(fields) => {
            out.push(b'{');
            for (index, (name, value)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_key(name, out);
                write(value, out)?;
            }
            out.push(b'}');
        }
        Value::List(values) => {
            out.push(b'[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write(value, out)?;
            }
            out.push(b']');
        }
        plain => write_plain(plain, out),
    }
    check_size(out.len())
}

fn written_bytes(value: &Value) -> usize {
    if let Value::Binary(json) = value { json.len() + 64 } else { 64 }
}

/// A body of a few pieces, none of which is copied.
pub(in crate::server) struct Pieces(std::vec::IntoIter<Bytes>);

impl Pieces {
    /// Those of these that are not empty.
    pub fn of(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        Self(pieces.into_iter().filter(|piece| !piece.is_empty()).collect::<Vec<_>>().into_iter())
    }
}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.next().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_slice().is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_slice().iter().map(|piece| piece.len() as u64).sum())
    }
}
