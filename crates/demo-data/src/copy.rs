//! Rows into `COPY … FROM STDIN (FORMAT binary)`, streamed.

use std::io::Cursor;
use std::pin::Pin;

use futures_util::SinkExt;
use indicatif::ProgressBar;
use tokio_postgres::{CopyInSink, Transaction};
use uuid::Uuid;

use super::SeedError;

/// How many bytes are gathered before they are sent.
const BUFFER: usize = 256 * 1024;
/// How many rows go into one statement: the server remembers every row of it until its foreign keys are checked.
const STATEMENT_ROWS: u64 = 100_000;
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();
/// From 1970, where our times begin, to 2000, where the database's do.
const EPOCH_DAYS: i32 = 10_957;

pub(super) const SECOND: i64 = 1_000_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// A moment, in microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) i64);

impl Time {
    pub(super) fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    pub(super) fn minus(self, micros: i64) -> Self {
        Self(self.0.saturating_sub(micros))
    }

    /// Microseconds since an earlier moment.
    pub(super) fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The day it falls on, so many days later.
    pub(super) fn date(self, days: i32) -> Date {
        let day = i32::try_from(self.0.div_euclid(DAY)).unwrap_or(EPOCH_DAYS);
        Date(day.saturating_sub(EPOCH_DAYS).saturating_add(days))
    }
}

/// A day, counted from 2000.
#[derive(Clone, Copy)]
pub(super) struct Date(i32);

/// The text of a `jsonb` value.
pub(super) struct Json<T>(pub(super) T);

/// A value as the binary format writes it: its length, then its bytes.
pub(super) trait Field {
    fn write(&self, out: &mut Vec<u8>);
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes());
}

impl Field for [u8] {
    fn write(&self, out: &mut Vec<u8>) {
        write_length(self.len(), out);
        out.extend_from_slice(self);
    }
}

impl Field for str {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().write(out);
    }
}

impl Field for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().write(out);
    }
}

impl<T: Field + ?Sized> Field for &T {
    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl Field for bool {
    fn write(&self, out: &mut Vec<u8>) {
        [u8::from(*self)].write(out);
    }
}

impl Field for i32 {
    fn write(&self, out: &mut Vec<u8>) {
        self.to_be_bytes().write(out);
    }
}

impl Field for i64 {
    fn write(&self, out: &mut Vec<u8>) {
        self.to_be_bytes().write(out);
    }
}

impl Field for Uuid {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().as_slice().write(out);
    }
}

impl Field for Time {
    fn write(&self, out: &mut Vec<u8>) {
        self.minus(i64::from(EPOCH_DAYS) * DAY).0.write(out);
    }
}

impl Field for Date {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl<T: AsRef<str>> Field for Json<T> {
    fn write(&self, out: &mut Vec<u8>) {
        let text = self.0.as_ref();
        write_length(text.len() + 1, out);
        out.push(1);
        out.extend_from_slice(text.as_bytes());
    }
}

impl<T: Field> Field for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(&(-1_i32).to_be_bytes()),
        }
    }
}

/// `text[]`.
impl Field for &[&str] {
    fn write(&self, out: &mut Vec<u8>) {
        const TEXT_OID: i32 = 25;
        let mut array = Vec::new();
        let count = i32::try_from(self.len()).unwrap_or(i32::MAX);
        let header: &[i32] = if count == 0 { &[0, 0, TEXT_OID] } else { &[1, 0, TEXT_OID, count, 1] };
        array.extend(header.iter().flat_map(|number| number.to_be_bytes()));
        for text in *self {
            text.write(&mut array);
        }
        array.write(out);
    }
}

impl<const N: usize> Field for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_slice().write(out);
    }
}

/// One row on its way.
pub(super) struct Row<'a>(&'a mut Vec<u8>);

impl Row<'_> {
    pub(super) fn put(self, value: impl Field) -> Self {
        value.write(self.0);
        self
    }
}

type Sink = CopyInSink<Cursor<Vec<u8>>>;

/// Fills one table.
pub(super) struct TableCopy<'a> {
    transaction: &'a Transaction<'a>,
    bar: &'a ProgressBar,
    table: &'static str,
    statement: String,
    columns: i16,
    next: i32,
    buffer: Vec<u8>,
    sink: Option<Pin<Box<Sink>>>,
    in_statement: u64,
    rows: u64,
    reported: u64,
}

impl<'a> TableCopy<'a> {
    /// `first` is the first primary key of [`TableCopy::next_pk`]; `columns` are separated by commas.
    pub(super) fn into(
        transaction: &'a Transaction<'a>,
        bar: &'a ProgressBar,
        table: &'static str,
        first: i32,
        columns: &str,
    ) -> Self {
        bar.set_message(table);
        Self {
            transaction,
            bar,
            table,
            statement: format!("COPY core_api.{table} ({columns}) FROM STDIN (FORMAT binary)"),
            columns: i16::try_from(columns.split(',').count()).unwrap_or(i16::MAX),
            next: first,
            buffer: Vec::with_capacity(BUFFER + BUFFER / 4),
            sink: None,
            in_statement: 0,
            rows: 0,
            reported: 0,
        }
    }

    /// The key of the next row, for the tables that nothing points at.
    pub(super) fn next_pk(&mut self) -> i32 {
        let pk = self.next;
        self.next = pk.saturating_add(1);
        pk
    }

    /// Begins a row, which then takes one value for each column.
    pub(super) fn row(&mut self) -> Row<'_> {
        if self.in_statement == 0 {
            self.buffer.extend_from_slice(SIGNATURE);
        }
        self.in_statement += 1;
        self.rows += 1;
        self.buffer.extend_from_slice(&self.columns.to_be_bytes());
        Row(&mut self.buffer)
    }

    /// Sends what was gathered, if it is enough to be worth it. To be called every few rows.
    pub(super) async fn pace(&mut self) -> Result<(), SeedError> {
        if self.in_statement >= STATEMENT_ROWS {
            self.end_statement().await
        } else if self.buffer.len() >= BUFFER {
            self.send().await
        } else {
            Ok(())
        }
    }

    /// Sends the rest and gives the number of rows.
    pub(super) async fn finish(mut self) -> Result<u64, SeedError> {
        self.end_statement().await?;
        Ok(self.rows)
    }

    async fn send(&mut self) -> Result<(), SeedError> {
        let failed = SeedError::writing(self.table);
        if self.sink.is_none() {
            self.sink = Some(Box::pin(self.transaction.copy_in(&self.statement).await.map_err(failed)?));
        }
        let chunk = std::mem::replace(&mut self.buffer, Vec::with_capacity(BUFFER + BUFFER / 4));
        if let Some(sink) = &mut self.sink {
            sink.send(Cursor::new(chunk)).await.map_err(failed)?;
        }
        self.bar.inc(self.rows - self.reported);
        self.reported = self.rows;
        Ok(())
    }

    async fn end_statement(&mut self) -> Result<(), SeedError> {
        if self.in_statement == 0 {
            return Ok(());
        }
        self.buffer.extend_from_slice(&TRAILER);
        self.send().await?;
        if let Some(mut sink) = self.sink.take() {
            sink.as_mut().finish().await.map_err(SeedError::writing(self.table))?;
        }
        self.in_statement = 0;
        Ok(())
    }
}
