//! Which part of the rows a read takes, and which columns.

use std::sync::Arc;

use super::condition::{Condition, Sql};
use super::key_value::KeyValue;
use super::scope::{Owned, Scoped};
use super::statement::{Beyond, Columns, Joined, Select, Term};

/// Which part of an ordered list is wanted.
#[derive(Clone)]
pub struct Window {
    /// The order; its last term is unique.
    pub order: Vec<Term>,
    /// Walk it from the end.
    pub reversed: bool,
    /// Only rows after these values.
    pub after: Option<Vec<KeyValue>>,
    /// Only rows before these values.
    pub before: Option<Vec<KeyValue>>,
    /// At most so many.
    pub limit: usize,
}

impl Window {
    pub(super) fn apply<T: Owned>(self, rows: Scoped<T>, what: Sql) -> Select {
        let sides = [(self.after, false), (self.before, true)];
        let rows = sides.into_iter().fold(rows, |rows, (values, before)| match values {
            Some(values) => rows.filter(Condition::written(Beyond { order: self.order.clone(), values, before })),
            None => rows,
        });
        Select { order: self.order, reversed: self.reversed, limit: Some(self.limit), ..rows.select(what) }
    }
}

/// The columns that are read of rows, and of those that are joined to them.
#[derive(Default)]
pub struct Projection {
    /// In their order.
    pub columns: Vec<Sql>,
    /// The rows that some of them are of.
    pub joins: Vec<Joined>,
}

impl Projection {
    /// The rows as they stand beside those that are joined to them.
    fn of<T: Owned>(&self, rows: Scoped<T>) -> Scoped<T> {
        rows.when_joined(&self.joins)
    }

    fn columns(&self) -> Sql {
        Arc::new(Columns(self.columns.clone()))
    }
}

/// A read of some columns of some rows.
pub struct Read {
    pub(super) select: Select,
    /// Whether only a few rows can be meant, and an index leads to each.
    pub(super) by_keys: bool,
}

impl Read {
    /// Of the few rows that have some keys, in no order.
    #[must_use]
    pub fn by_keys<T: Owned>(rows: Scoped<T>, keys: Condition<T>, projection: &Projection) -> Self {
        Self {
            by_keys: true,
            ..Self::joined(projection.of(rows.filter(keys)).select(projection.columns()), projection)
        }
    }

    /// Of a part of the ordered rows.
    #[must_use]
    pub fn page<T: Owned>(rows: Scoped<T>, window: Window, projection: &Projection) -> Self {
        Self::joined(window.apply(projection.of(rows), projection.columns()), projection)
    }

    /// Of the same part of each parent's rows, with the parent's key in front.
    #[must_use]
    pub fn page_of_each<T: Owned>(parents: Vec<i32>, rows: Scoped<T>, window: Window, projection: &Projection) -> Self {
        let page = Self::page(rows, window, projection);
        Self { select: Select { parents: Some(parents), ..page.select }, ..page }
    }

    fn joined(select: Select, projection: &Projection) -> Self {
        Self { select: Select { joins: projection.joins.clone(), ..select }, by_keys: false }
    }
}
