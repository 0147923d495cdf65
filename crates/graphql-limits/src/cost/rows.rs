//! How many rows a list may be made from.

/// How many rows there are of each type, and how long their values are, as far as somebody counted.
pub trait Rows {
    /// The rows of this type that the workspace has, deleted ones included.
    fn of(&self, name: &str) -> u64;

    /// The bytes that a field of this type has to be read from; nothing where nobody measured.
    fn bytes(&self, name: &str, field: &str) -> Option<Bytes>;
}

/// How long the values of a column are, on average.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes {
    /// Of all rows.
    pub of_all: u64,
    /// Of the rows that have a value: a page may be made of these.
    pub of_present: u64,
}

/// Rows of every list, where nobody counted.
pub const NOMINAL_ROWS: u64 = 1_000;

/// As if every list were made from [`NOMINAL_ROWS`].
#[derive(Clone, Copy, Debug)]
pub struct Nominal;

impl Rows for Nominal {
    fn of(&self, _: &str) -> u64 {
        NOMINAL_ROWS
    }

    fn bytes(&self, _: &str, _: &str) -> Option<Bytes> {
        None
    }
}
