//! What each scalar accepts: its own parser says so.

use async_graphql::{InputType, InputValueError, Pos, Value};

/// A scalar of a schema.
#[derive(Clone, Copy, Debug)]
pub struct Scalar {
    /// Its name in the schema.
    pub name: &'static str,
    /// What is wanted, in words that follow "It must be".
    pub wanted: &'static str,
    /// Whether a value is of the kind that the scalar is written as.
    pub has_shape: fn(&Value) -> bool,
    /// Whether the scalar can hold a value of that kind; why not, when it cannot.
    pub hold: fn(Value) -> Result<(), String>,
}

impl Scalar {
    /// A scalar that holds what this type can be parsed from.
    #[must_use]
    pub const fn of<T: InputType>(name: &'static str, wanted: &'static str, has_shape: fn(&Value) -> bool) -> Self {
        Self { name, wanted, has_shape, hold: hold::<T> }
    }
}

/// The scalars that every schema has, but for `ID`: what an id looks like, each decides for itself.
pub(super) static BUILT_IN: &[Scalar] = &[
    Scalar { name: "Int", wanted: "a whole number", has_shape: is_integer, hold: hold_int },
    Scalar::of::<f64>("Float", "a number", is_number),
    Scalar::of::<String>("String", "a string", is_string),
    Scalar::of::<bool>("Boolean", "true or false", is_boolean),
];

fn hold<T: InputType>(value: Value) -> Result<(), String> {
    let refused = |error: InputValueError<T>| plain(&error.into_server_error(Pos::default()).message).to_owned();
    T::parse(Some(value)).map(drop).map_err(refused)
}

/// The library says of a large one only that it is invalid.
fn hold_int(value: Value) -> Result<(), String> {
    match &value {
        Value::Number(number) if number.as_i64().is_none() => {
            Err(format!("Only integers from {} to {} are accepted.", i32::MIN, i32::MAX))
        }
        _ => hold::<i32>(value),
    }
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

/// Whether it is an integer as far as the library keeps one; what is larger, it keeps as another number.
fn is_integer(value: &Value) -> bool {
    const MAX_INTEGER: f64 = 9_007_199_254_740_992.0;
    matches!(value, Value::Number(number)
        if !number.is_f64() || number.as_f64().is_some_and(|number| number.abs() > MAX_INTEGER))
}

const fn is_number(value: &Value) -> bool {
    matches!(value, Value::Number(_))
}

/// Whether it is a string.
#[must_use]
pub const fn is_string(value: &Value) -> bool {
    matches!(value, Value::String(_))
}

const fn is_boolean(value: &Value) -> bool {
    matches!(value, Value::Boolean(_))
}

/// Whether it is a string or an integer, as ids and large integers are written.
#[must_use]
pub fn is_string_or_integer(value: &Value) -> bool {
    is_string(value) || is_integer(value)
}
