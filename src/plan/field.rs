//! What an entity tells a plan of its fields, and how the values of columns are written.

use std::io::Write;

use async_graphql::resolver_utils::EnumType;
use diesel::deserialize::{FromSql, Result};
use diesel::pg::{Pg, PgValue};
use diesel::sql_types::{self as sql, Timestamptz};

use super::select_stage::{ChildStage, FieldSource, SelectStage};
use super::selection::Selected;
use crate::db::condition::Sql;
use crate::db::scope::Scope;
use crate::db::visibility::ForeignKey;
use crate::id::Id;
use crate::scalar::{self, BigInt, Date, DateTime, Json};

/// A field that is written as it is stored.
pub struct Column {
    /// The column.
    pub sql: Sql,
    /// How its values are written.
    pub write: Writer,
}

/// Writes a column's value as JSON.
pub type Writer = fn(Option<PgValue<'_>>, &mut Vec<u8>) -> Result<()>;

/// Plans the row that a foreign key points at, for the selection of these fields.
pub type One = fn(&mut SelectStage, &Scope, ForeignKey, &[Selected<'_>]) -> Option<FieldSource>;

/// Plans the pages of what a row has many of.
pub type Many = fn(&Scope, &[Selected<'_>]) -> Option<Box<dyn ChildStage>>;

/// A field that leads to other rows.
pub enum Relation {
    /// To one row, by the column that holds its key.
    One(ForeignKey, One),
    /// To a page of rows.
    Many(Many),
}

/// Whether a field of the schema is the one that Rust calls `name`.
#[must_use]
pub fn names(field: &str, name: &str) -> bool {
    let mut wanted = name.trim_end_matches('_').bytes();
    field.bytes().all(|byte| match wanted.next() {
        Some(b'_') => byte.is_ascii_uppercase() && wanted.next() == Some(byte.to_ascii_lowercase()),
        next => next == Some(byte),
    }) && wanted.next().is_none()
}

/// The writer of a row's member.
#[must_use]
pub fn writer<R, T: WriteJson>(_: fn(&R) -> &T) -> Writer {
    T::write
}

/// A type whose stored values can be written as JSON without being made first.
pub trait WriteJson {
    /// Writes a value.
    ///
    /// # Errors
    /// When the value does not fit the type.
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()>;
}

fn stored<S, T: FromSql<S, Pg>>(value: Option<PgValue<'_>>) -> Result<T> {
    T::from_nullable_sql(value)
}

/// Writes a text as a JSON string.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) -> Result<()> {
    Ok(serde_json::to_writer(out, text)?)
}

impl<T: WriteJson> WriteJson for Option<T> {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        if value.is_some() {
            return T::write(value, out);
        }
        out.extend_from_slice(b"null");
        Ok(())
    }
}

macro_rules! written_by_display {
    ($($type:ty as $sql:ty),* $(,)?) => {$(
        impl WriteJson for $type {
            fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
                Ok(write!(out, "{}", stored::<$sql, $type>(value)?)?)
            }
        }
    )*};
}

written_by_display!(bool as sql::Bool, i32 as sql::Integer);

impl WriteJson for BigInt {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        Ok(write!(out, "{}", stored::<sql::BigInt, Self>(value)?.0)?)
    }
}

impl WriteJson for String {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        let value = value.ok_or("a text is null")?;
        write_text(std::str::from_utf8(value.as_bytes())?, out)
    }
}

/// A list of texts, without what is null in it.
impl WriteJson for Vec<Option<String>> {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        let texts = stored::<sql::Array<sql::Nullable<sql::Text>>, Self>(value)?;
        Ok(serde_json::to_writer(out, &texts.iter().flatten().collect::<Vec<_>>())?)
    }
}

impl<E> WriteJson for Id<E> {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        let id: uuid::Uuid = stored::<sql::Uuid, _>(value)?;
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let text = id.hyphenated().encode_lower(&mut text);
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
        Ok(())
    }
}

impl WriteJson for Date {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        Ok(write!(out, "\"{}\"", stored::<sql::Date, Date>(value)?.shown().format("%Y-%m-%d"))?)
    }
}

impl WriteJson for DateTime {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        use chrono::{Datelike, Timelike};

        let time = stored::<Timestamptz, DateTime>(value)?.shown();
        let year = u32::try_from(time.year())?;
        out.push(b'"');
        digits(out, year, 4);
        for (separator, number) in [
            (b'-', time.month()),
            (b'-', time.day()),
            (b'T', time.hour()),
            (b':', time.minute()),
            (b':', time.second()),
        ] {
            out.push(separator);
            digits(out, number, 2);
        }
        out.push(b'.');
        digits(out, time.timestamp_subsec_micros(), 6);
        out.extend_from_slice(b"Z\"");
        Ok(())
    }
}

/// Writes a number with leading zeros.
fn digits(out: &mut Vec<u8>, number: u32, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_u32.pow(place) % 10;
        out.push(b'0' + u8::try_from(digit).unwrap_or_default());
    }
}

impl WriteJson for Json {
    fn write(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
        let value = value.ok_or("a JSON value is null")?;
        out.extend_from_slice(scalar::stored_json(value.as_bytes())?.as_bytes());
        Ok(())
    }
}

/// Writes the name that a stored enum value has in the schema.
///
/// # Errors
/// When the value is none of the type.
pub fn write_enum<S, T: EnumType + FromSql<S, Pg>>(value: Option<PgValue<'_>>, out: &mut Vec<u8>) -> Result<()> {
    let value = stored::<S, T>(value)?;
    let item = T::items().iter().find(|item| item.value == value).ok_or("an enum value without a name")?;
    write_text(item.name, out)
}
