//! What each scalar accepts: its own parser says so.

use async_graphql::{InputType, InputValueError, Pos, Value};

use crate::id::AnyId;
use crate::scalar::{BigInt, Date, DateTime, Json};

/// A scalar of the schema.
#[derive(Debug)]
pub(super) struct Scalar {
    pub name: &'static str,
    /// What is wanted, in words that follow "It must be".
    pub wanted: &'static str,
    /// Whether a value is of the kind that the scalar is written as.
    pub has_shape: fn(&Value) -> bool,
    /// Whether the scalar can hold a value of that kind; why not, when it cannot.
    pub hold: fn(Value) -> Result<(), String>,
}

/// The scalars of the schema.
pub(super) static ALL: &[Scalar] = &[
    Scalar { name: "Int", wanted: "a whole number", has_shape: is_integer, hold: hold::<i32> },
    Scalar { name: "Float", wanted: "a number", has_shape: is_number, hold: hold::<f64> },
    Scalar { name: "String", wanted: "a string", has_shape: is_string, hold: hold::<String> },
    Scalar { name: "Boolean", wanted: "true or false", has_shape: is_boolean, hold: hold::<bool> },
    Scalar { name: "ID", wanted: "an id", has_shape: is_string_or_integer, hold: hold::<AnyId> },
    Scalar { name: "DateTime", wanted: "a string", has_shape: is_string, hold: hold::<DateTime> },
    Scalar { name: "Date", wanted: "a string", has_shape: is_string, hold: hold::<Date> },
    Scalar { name: "BigInt", wanted: "a whole number", has_shape: is_string_or_integer, hold: hold::<BigInt> },
    Scalar { name: "JSON", wanted: "JSON", has_shape: |_| true, hold: hold::<Json> },
];

fn hold<T: InputType>(value: Value) -> Result<(), String> {
    let refused = |error: InputValueError<T>| plain(&error.into_server_error(Pos::default()).message).to_owned();
    T::parse(Some(value)).map(drop).map_err(refused)
}

/// A message about an argument without the words that the library puts around it.
#[must_use]
pub fn plain(message: &str) -> &str {
    let inner = message
        .strip_prefix("Failed to parse \"")
        .and_then(|rest| rest.split_once("\": "))
        .map_or(message, |(_, it)| it);
    inner.split_once(" (occurred while parsing").map_or(inner, |(it, _)| it)
}

fn is_integer(value: &Value) -> bool {
    matches!(value, Value::Number(number) if !number.is_f64())
}

const fn is_number(value: &Value) -> bool {
    matches!(value, Value::Number(_))
}

const fn is_string(value: &Value) -> bool {
    matches!(value, Value::String(_))
}

const fn is_boolean(value: &Value) -> bool {
    matches!(value, Value::Boolean(_))
}

fn is_string_or_integer(value: &Value) -> bool {
    is_string(value) || is_integer(value)
}
