//! The values of ordered columns, as cursors carry them.

use diesel::deserialize::{FromSql, Result};
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types::{self as sql, Integer, Timestamptz};
use serde::{Deserialize, Serialize};

use crate::scalar::{BigInt, Date, DateTime};

/// The value of an ordered column in one row, as a cursor carries it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "one variant per type of column")]
pub enum KeyValue {
    Null,
    Integer(i32),
    BigInt(i64),
    Text(String),
    Time(DateTime),
    Date(Date),
}

impl QueryFragment<Pg> for KeyValue {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        match self {
            Self::Null => out.push_sql("NULL"),
            Self::Integer(value) => out.push_bind_param::<Integer, _>(value)?,
            Self::BigInt(value) => out.push_bind_param::<sql::BigInt, _>(value)?,
            Self::Text(value) => out.push_bind_param::<sql::Text, _>(value)?,
            Self::Time(value) => out.push_bind_param::<sql::Timestamptz, _>(value)?,
            Self::Date(value) => out.push_bind_param::<sql::Date, _>(value)?,
        }
        Ok(())
    }
}

impl<T: Into<KeyValue>> From<Option<T>> for KeyValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<i32> for KeyValue {
    fn from(value: i32) -> Self {
        Self::Integer(value)
    }
}

impl From<BigInt> for KeyValue {
    fn from(value: BigInt) -> Self {
        Self::BigInt(value.0)
    }
}

impl From<String> for KeyValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<DateTime> for KeyValue {
    fn from(value: DateTime) -> Self {
        Self::Time(value)
    }
}

impl From<Date> for KeyValue {
    fn from(value: Date) -> Self {
        Self::Date(value)
    }
}

/// Reads a column's value as a cursor carries it.
pub type KeyReader = fn(Option<PgValue<'_>>) -> Result<KeyValue>;

/// The key reader of a row's member.
#[must_use]
pub fn key_reader<R, T: Keyed>(_: fn(&R) -> &T) -> KeyReader {
    T::read_key
}

/// A type that lists can be ordered by.
pub trait Keyed {
    /// Reads a value.
    ///
    /// # Errors
    /// When the value does not fit the type.
    fn read_key(value: Option<PgValue<'_>>) -> Result<KeyValue>;
}

impl<T: Keyed> Keyed for Option<T> {
    fn read_key(value: Option<PgValue<'_>>) -> Result<KeyValue> {
        if value.is_some() { T::read_key(value) } else { Ok(KeyValue::Null) }
    }
}

macro_rules! keyed {
    ($($type:ty as $sql:ty),* $(,)?) => {$(
        impl Keyed for $type {
            fn read_key(value: Option<PgValue<'_>>) -> Result<KeyValue> {
                <Self as FromSql<$sql, Pg>>::from_nullable_sql(value).map(Into::into)
            }
        }
    )*};
}

keyed!(String as sql::Text, i32 as sql::Integer, BigInt as sql::BigInt, DateTime as Timestamptz, Date as sql::Date);
