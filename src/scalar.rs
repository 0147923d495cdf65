//! The scalars of the API beyond GraphQL's own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime as Chrono, NaiveDate, SecondsFormat, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt as SqlBigInt, Date as SqlDate, Jsonb, Timestamptz};

use crate::error::Code;

/// An instant, RFC 3339 in UTC with microseconds: `2026-11-20T08:15:30.123456Z`. Input may use any offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Timestamptz)]
pub struct DateTime(pub Chrono<Utc>);

/// A day of the calendar: `2026-11-20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = SqlDate)]
pub struct Date(pub NaiveDate);

/// A whole number of up to 64 bits. It travels as a JSON number; input may also be a string of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = SqlBigInt)]
pub struct BigInt(pub i64);

/// Any JSON value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = Jsonb)]
pub struct Json(pub serde_json::Value);

/// The answer to a value that the scalar cannot hold.
fn refused<T: ScalarType + async_graphql::InputType>(message: &str) -> InputValueError<T> {
    InputValueError::custom(message).with_extension("code", Code::BadUserInput.as_str())
}

/// An instant, RFC 3339 in UTC with microseconds: `2026-11-20T08:15:30.123456Z`. Input may use any offset.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(refused("A DateTime is a string such as \"2026-11-20T08:15:30Z\"."));
        };
        Chrono::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.to_utc())
            // PostgreSQL's own range is wider; four-digit years are what RFC 3339 can print.
            .filter(|time| (0..=9999).contains(&chrono::Datelike::year(time)))
            .map(Self)
            .ok_or_else(|| refused("This is not an RFC 3339 date-time."))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// `dddd-dd-dd` and nothing else: chrono would also take signs, blanks and missing zeros.
fn is_plain_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fits = |(index, byte): (usize, &u8)| if matches!(index, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    bytes.len() == 10 && bytes.iter().enumerate().all(fits)
}

/// A day of the calendar: `2026-11-20`.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) if is_plain_date(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map(Self)
                .map_err(|_| refused("This is not a date such as \"2026-11-20\".")),
            _ => Err(refused("This is not a date such as \"2026-11-20\".")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// A whole number of up to 64 bits. It travels as a JSON number; input may also be a string of digits.
#[Scalar(specified_by_url = "https://scalars.graphql.org/jakobmerrild/long.html")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.parse().ok(),
            _ => None,
        };
        number.map(Self).ok_or_else(|| refused("This is not a whole number of up to 64 bits."))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

/// Any JSON value.
#[Scalar(name = "JSON", specified_by_url = "https://www.rfc-editor.org/rfc/rfc8259")]
impl ScalarType for Json {
    fn parse(value: Value) -> InputValueResult<Self> {
        value.into_json().map(Self).map_err(|_| refused("This is not JSON."))
    }

    fn to_value(&self) -> Value {
        Value::from_json(self.0.clone()).unwrap_or_default()
    }
}

/// Stores a scalar as the type it wraps.
macro_rules! stored {
    ($($scalar:ident: $inner:ty as $sql:ty),* $(,)?) => {$(
        impl FromSql<$sql, Pg> for $scalar {
            fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
                <$inner as FromSql<$sql, Pg>>::from_sql(bytes).map(Self)
            }
        }

        impl ToSql<$sql, Pg> for $scalar {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                <$inner as ToSql<$sql, Pg>>::to_sql(&self.0, out)
            }
        }
    )*};
}

stored! {
    DateTime: Chrono<Utc> as Timestamptz,
    Date: NaiveDate as SqlDate,
    BigInt: i64 as SqlBigInt,
    Json: serde_json::Value as Jsonb,
}
