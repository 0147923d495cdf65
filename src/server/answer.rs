//! An answer as JSON, for every transport.

use async_graphql::{Response, Value};

use super::operation::{Executed, reported};
use crate::error::Error;
use crate::plan::{TooLarge, check_size};

/// Errors of one answer at the most: a document can be wrong in very many places.
pub(super) const MOST_ERRORS: usize = 100;

/// The answer as it travels. Fields stand in the order of the selection, and there is no `data` at all when nothing was
/// executed.
pub(super) fn json(response: &Response) -> Vec<u8> {
    let mut out = Vec::with_capacity(match &response.data {
        Value::Object(fields) => 64 + fields.values().map(written_bytes).sum::<usize>(),
        _ => 64,
    });
    if write_answer(response, &mut out).is_err() {
        out.clear();
        member("errors", &mut out);
        write_plain(&[reported(Error::too_large())], &mut out);
        out.extend_from_slice(b",\"data\":null}");
        out.shrink_to_fit();
    }
    out
}

fn write_answer(response: &Response, out: &mut Vec<u8>) -> Result<(), TooLarge> {
    if !response.errors.is_empty() {
        let errors = response.errors.get(..MOST_ERRORS).unwrap_or(&response.errors);
        member("errors", out);
        write_plain(&errors, out);
    }
    if response.is_executed() {
        member("data", out);
        write(&response.data, out)?;
    }
    if !response.extensions.is_empty() {
        member("extensions", out);
        write_plain(&response.extensions, out);
    }
    out.push(b'}');
    Ok(())
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
