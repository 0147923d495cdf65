//! The scalars of the API beyond GraphQL's own.

mod json;
mod time;

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt as SqlBigInt, Integer};

pub use self::json::{Json, stored as stored_json};
pub use self::time::{Date, DateTime, Shown};
use crate::error::Code;

/// A whole number of up to 64 bits. It travels as a JSON number; input may also be a string of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression)]
#[diesel(sql_type = SqlBigInt)]
pub struct BigInt(pub i64);

/// The answer to a value that the scalar cannot hold.
fn refused<T: ScalarType + async_graphql::InputType>(message: &str) -> InputValueError<T> {
    InputValueError::custom(message).with_extension("code", Code::BadUserInput.as_str())
}

/// A whole number of up to 64 bits. It travels as a JSON number; input may also be a string of digits.
#[Scalar(specified_by_url = "https://scalars.graphql.org/jakobmerrild/long.html")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        let number = match &value {
            Value::Number(number) => number.as_i64(),
            // Rust would also take a plus.
            Value::String(text) if !text.starts_with('+') => text.parse().ok(),
            _ => None,
        };
        number.map(Self).ok_or_else(|| refused("The value is not a whole number of up to 64 bits."))
    }

    fn to_value(&self) -> Value {
        Value::Number(self.0.into())
    }
}

impl FromSql<SqlBigInt, Pg> for BigInt {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        // The connection gives what four bytes can hold in four.
        if bytes.as_bytes().len() == size_of::<i32>() {
            return <i32 as FromSql<Integer, Pg>>::from_sql(bytes).map(|number| Self(number.into()));
        }
        <i64 as FromSql<SqlBigInt, Pg>>::from_sql(bytes).map(Self)
    }
}

impl ToSql<SqlBigInt, Pg> for BigInt {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <i64 as ToSql<SqlBigInt, Pg>>::to_sql(&self.0, out)
    }
}
