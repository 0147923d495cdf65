//! Inputs of mutations that may be repeated with an idempotency key.

use std::borrow::Cow;

use async_graphql::registry::Registry;
use async_graphql::{InputType, InputValueError, InputValueResult, Value};

use super::idempotency::KEY;
use crate::db::idempotency::Request;
use crate::json::{Decimal, Text, write_canonical, write_string};

/// An input, and what it was given as when it has an idempotency key.
#[derive(Debug)]
pub struct Repeatable<T> {
    input: T,
    given: Option<Given>,
}

#[derive(Debug)]
struct Given {
    key: String,
    canonical: String,
}

impl<T> Repeatable<T> {
    /// The input, and the request for an operation that it stands for; nothing when it has no key.
    pub fn request(self, operation: &'static str) -> (T, Option<Request>) {
        let request = self.given.map(|given| Request::new(given.key, operation, &given.canonical));
        (self.input, request)
    }
}

impl<T: InputType> InputType for Repeatable<T> {
    type RawValueType = T::RawValueType;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn qualified_type_name() -> String {
        T::qualified_type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    fn parse(value: Option<Value>) -> InputValueResult<Self> {
        let keyed = value.as_ref().filter(|value| key(value).is_some()).cloned();
        let input = T::parse(value).map_err(InputValueError::propagate)?;
        let given = keyed.as_ref().and_then(|value| given(value, &input.to_value()));
        Ok(Self { input, given })
    }

    fn to_value(&self) -> Value {
        self.input.to_value()
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.input.as_raw_value()
    }
}

fn key(value: &Value) -> Option<&String> {
    let Value::Object(fields) = value else { return None };
    match fields.get(KEY) {
        Some(Value::String(key)) => Some(key),
        _ => None,
    }
}

fn given(value: &Value, read: &Value) -> Option<Given> {
    let mut canonical = String::new();
    write(&merged(value, read), &mut canonical);
    Some(Given { key: key(value)?.clone(), canonical })
}

/// The values as the server reads them, which are the same however they are written, defaults included. Only what a
/// client gave tells what was left out from null.
fn merged(given: &Value, read: &Value) -> Value {
    match (given, read) {
        (Value::Object(given), Value::Object(read)) => {
            let merged = read.iter().filter_map(|(name, read)| match given.get(name) {
                Some(given) => Some((name.clone(), merged(given, read))),
                None if *read == Value::Null => None,
                None => Some((name.clone(), read.clone())),
            });
            Value::Object(merged.collect())
        }
        (Value::List(given), Value::List(read)) => {
            Value::List(given.iter().zip(read).map(|(given, read)| merged(given, read)).collect())
        }
        // One element stands for the list of it.
        (given, Value::List(read)) => Value::List(read.iter().map(|read| merged(given, read)).collect()),
        (_, read) => read.clone(),
    }
}

/// Writes a value in one form, which does not depend on the order of fields.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Boolean(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&Decimal::of(&number.to_string()).to_string()),
        Value::String(text) => write_string(text, out),
        // A variable gives it as a string.
        Value::Enum(name) => write_string(name, out),
        Value::Binary(json) => write_canonical(Text::known(std::str::from_utf8(json).unwrap_or("null")), out),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(name, _)| name.as_str());
            out.push('{');
            for (index, (name, value)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(name, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn canonical(value: &Value) -> String {
        let mut out = String::new();
        write(value, &mut out);
        out
    }

    /// The form is stored with every key: changing it needs another `hash_version`.
    #[test]
    fn the_form_is_this_one() {
        let Value::Object(mut fields) = Value::from_json(json!({
            "title": "a \"b\" é\n", "idempotencyKey": "k", "status": "OPEN", "note": null, "score": 1.50,
            "links": [{ "b": 2, "a": true }, []], "count": -100,
        }))
        .unwrap() else {
            panic!("it is an object");
        };
        fields.insert(async_graphql::Name::new("json"), Value::Binary(r#"{ "z": 1.10, "a": [1e2, "A"] }"#.into()));
        fields.insert(async_graphql::Name::new("kind"), Value::Enum(async_graphql::Name::new("DAY")));
        let expected = r#"{"count":-1e2,"idempotencyKey":"k","json":{"a":[1e2,"A"],"z":11e-1},"kind":"DAY","links":[{"a":true,"b":2e0},[]],"note":null,"score":15e-1,"status":"OPEN","title":"a \"b\" é\n"}"#;
        let value = Value::Object(fields);
        assert_eq!(canonical(&value), expected);
        let request = given(&value, &value).map(|given| Request::new(given.key, "createTask", &given.canonical));
        assert_eq!(request.unwrap().hash_hex(), "1e4b82b8b507432abbe32ae023c06660d1a31852754f95c66e986966588a53ca");
    }

    #[test]
    fn values_are_taken_as_they_are_read() {
        let value = |json| Value::from_json(json).unwrap();
        let given = value(json!({
            "at": "2026-11-20T09:00:00+01:00", "note": null, "one": { "at": "x" }, "links": [{ "at": "x", "note": null }, {}],
        }));
        let read = value(json!({
            "at": "2026-11-20T08:00:00Z", "note": null, "one": [{ "at": "y", "note": null }], "absent": null,
            "status": "OPEN", "links": [{ "at": "y", "note": null }, { "at": null, "note": null }],
        }));
        let expected = value(json!({
            "at": "2026-11-20T08:00:00Z", "note": null, "one": [{ "at": "y" }], "status": "OPEN",
            "links": [{ "at": "y", "note": null }, {}],
        }));
        assert_eq!(canonical(&merged(&given, &read)), canonical(&expected));
    }

    #[test]
    fn inputs_without_a_key_are_not_written() {
        for value in [json!({ "title": "a" }), json!({ "idempotencyKey": null }), json!(null)] {
            assert!(key(&Value::from_json(value).unwrap()).is_none());
        }
    }
}
