//! Rows and their values, as diesel reads them.

use std::num::NonZeroU32;
use std::ops::Range;
use std::sync::Arc;

use diesel::pg::{Pg, PgValue};
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};
use tokio_postgres::types::{FromSql, Type};

/// A row as diesel reads it.
pub struct PgRow {
    pub(super) row: tokio_postgres::Row,
    /// The types of its columns.
    pub(super) columns: Columns,
}

/// The types of some columns.
pub(super) type Columns = Arc<[Option<NonZeroU32>]>;

/// The types of these columns.
pub(super) fn types_of(columns: &[tokio_postgres::Column]) -> Columns {
    columns.iter().map(|column| NonZeroU32::new(column.type_().oid())).collect()
}

impl RowSealed for PgRow {}

impl<'a> Row<'a, Pg> for PgRow {
    type InnerPartialRow = Self;
    type Field<'f>
        = PgField<'f>
    where
        'a: 'f,
        Self: 'f;

    fn field_count(&self) -> usize {
        self.row.len()
    }

    fn get<'f, I>(&'f self, idx: I) -> Option<Self::Field<'f>>
    where
        'a: 'f,
        Self: RowIndex<I>,
    {
        let index = self.idx(idx)?;
        let oid = self.columns.get(index)?.as_ref();
        let bytes = self.row.try_get::<_, Option<Raw<'_>>>(index).ok()?.map(|Raw(bytes)| bytes);
        let value = match (oid.map(|oid| oid.get()), bytes) {
            (Some(INT2 | INT8), Some(bytes)) => integer(bytes),
            (_, bytes) => bytes.map(Value::Stored),
        };
        Some(PgField { row: &self.row, oid, index, value })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self::InnerPartialRow> {
        PartialRow::new(self, range)
    }
}

impl RowIndex<usize> for PgRow {
    fn idx(&self, idx: usize) -> Option<usize> {
        (idx < self.row.len()).then_some(idx)
    }
}

impl<'a> RowIndex<&'a str> for PgRow {
    fn idx(&self, idx: &'a str) -> Option<usize> {
        self.row.columns().iter().position(|column| column.name() == idx)
    }
}

/// A value of a row.
pub struct PgField<'r> {
    row: &'r tokio_postgres::Row,
    oid: Option<&'r NonZeroU32>,
    index: usize,
    value: Option<Value<'r>>,
}

enum Value<'r> {
    Stored(&'r [u8]),
    Widened([u8; 4]),
}

/// The types `int2` and `int8`.
const INT2: u32 = 21;
const INT8: u32 = 20;

/// An integer in four bytes wherever they can hold it, whatever the width of its column, which an operator may change.
/// Only what reads 64 bits ([`crate::scalar::BigInt`]) can have more.
fn integer(bytes: &[u8]) -> Option<Value<'_>> {
    Some(match *bytes {
        [high, low] => Value::Widened(i32::from(i16::from_be_bytes([high, low])).to_be_bytes()),
        [0, 0, 0, 0, first, ..] if first < 0x80 => Value::Stored(bytes.get(4..)?),
        [0xff, 0xff, 0xff, 0xff, first, ..] if first >= 0x80 => Value::Stored(bytes.get(4..)?),
        _ => Value::Stored(bytes),
    })
}

impl Field<'_, Pg> for PgField<'_> {
    fn field_name(&self) -> Option<&str> {
        self.row.columns().get(self.index).map(tokio_postgres::Column::name)
    }

    fn value(&self) -> Option<PgValue<'_>> {
        let bytes = match self.value.as_ref()? {
            Value::Stored(bytes) => bytes,
            Value::Widened(bytes) => bytes.as_slice(),
        };
        Some(PgValue::new(bytes, self.oid?))
    }
}

/// The bytes of a value of any type.
struct Raw<'r>(&'r [u8]);

impl<'r> FromSql<'r> for Raw<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
