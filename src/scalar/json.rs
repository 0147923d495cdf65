//! JSON, kept as the text that it is.

use std::collections::BTreeMap;
use std::io::Write;

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Jsonb;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::json::{Decimal, Kind, Text, write_canonical, write_string};

/// What `jsonb` begins with; its text follows.
const VERSION: u8 = 1;

/// Any JSON value.
///
/// PostgreSQL takes numbers of any size and values nested to any depth. So what it stores is not parsed further than it
/// is asked for, and is written as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Jsonb)]
pub struct Json(Box<str>);

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Self {
        Self(value.to_string().into())
    }
}

impl Json {
    /// The JSON of these members.
    pub fn object<'a>(members: impl IntoIterator<Item = (&'a String, &'a Self)>) -> Self {
        let members =
            members.into_iter().map(|(key, value)| format!("{}: {}", serde_json::Value::from(&**key), value.0));
        Self(format!("{{{}}}", members.collect::<Vec<_>>().join(", ")).into())
    }

    /// The JSON of these elements.
    pub fn array<'a>(elements: impl IntoIterator<Item = &'a Self>) -> Self {
        let elements = elements.into_iter().map(|element| &*element.0);
        Self(format!("[{}]", elements.collect::<Vec<_>>().join(", ")).into())
    }

    /// Whether it is the same value, however it is written.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let canonical = |json: &Self| {
            let mut out = String::new();
            write_canonical(json.as_json(), &mut out);
            out
        };
        self == other || canonical(self) == canonical(other)
    }

    /// To be read further.
    #[must_use]
    pub fn as_json(&self) -> Text<'_> {
        Text::known(&self.0)
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        &*self.0 == "null"
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The members of an object, whatever their values; nothing when it is none.
    #[must_use]
    pub fn members(&self) -> Option<BTreeMap<String, Self>> {
        let members: BTreeMap<String, Box<RawValue>> = self.read()?;
        Some(members.into_iter().map(|(key, value)| (key, value.into())).collect())
    }

    /// The elements of an array, whatever they are; nothing when it is none.
    #[must_use]
    pub fn elements(&self) -> Option<Vec<Self>> {
        let elements: Vec<Box<RawValue>> = self.read()?;
        Some(elements.into_iter().map(Self::from).collect())
    }

    /// The integer of 32 bits that it is, however it is written: `12.0` is one.
    #[must_use]
    pub fn int(&self) -> Option<i32> {
        let is_number = self.as_json().kind() == Kind::Number;
        is_number.then(|| Decimal::of(&self.0).integer())?.and_then(|number| number.try_into().ok())
    }

    /// What it is, if it is of this type.
    #[must_use]
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.0).ok()
    }
}

impl From<Box<RawValue>> for Json {
    fn from(value: Box<RawValue>) -> Self {
        Self(value.into())
    }
}

/// Any JSON value, kept as PostgreSQL's `jsonb` keeps it: numbers with all their digits, of members with the same key the
/// last, the others in an order of their own. A text in it may not hold the character U+0000.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        let mut text = String::new();
        write(&value, &mut text);
        Ok(Self(text.into()))
    }

    /// The server writes binary values as they are.
    fn to_value(&self) -> Value {
        Value::Binary(self.0.as_bytes().to_vec().into())
    }
}

/// Writes a value as JSON. Binary values are JSON already: what a variable held, and numbers of a document that the
/// library cannot keep.
fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Boolean(boolean) => out.push_str(if *boolean { "true" } else { "false" }),
        Value::String(text) => write_string(text, out),
        Value::Enum(name) => write_string(name, out),
        Value::Binary(json) => out.push_str(std::str::from_utf8(json).unwrap_or("null")),
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
            out.push('{');
            for (index, (key, value)) in fields.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

impl FromSql<Jsonb, Pg> for Json {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        stored(value.as_bytes()).map(|text| Self(text.into()))
    }
}

/// The text of stored JSON, which PostgreSQL has checked.
///
/// # Errors
/// When it is of a version of `jsonb` that is not known.
pub fn stored(bytes: &[u8]) -> deserialize::Result<&str> {
    match bytes {
        [VERSION, text @ ..] => Ok(std::str::from_utf8(text)?),
        _ => Err("jsonb of another version".into()),
    }
}

impl ToSql<Jsonb, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[VERSION])?;
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}
