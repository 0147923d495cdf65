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

use super::refused;

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

    /// The value; nothing when a number in it is too large for Rust, or it is nested too deep.
    #[must_use]
    pub fn value(&self) -> Option<serde_json::Value> {
        self.read()
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

/// Any JSON value.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        value.into_json().map(Self::from).map_err(|_| refused("This is not JSON."))
    }

    /// The server writes binary values as they are.
    fn to_value(&self) -> Value {
        Value::Binary(self.0.as_bytes().to_vec().into())
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
