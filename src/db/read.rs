//! Which part of the rows a read takes, and what a plan's level reads of them.

use std::sync::Arc;

use super::condition::{Condition, Sql};
use super::scope::{Owned, Scoped};
use super::statement::{Beyond, Columns, KeyValue, Select, Term};
use crate::plan::Level;

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

/// What a plan's level reads of some rows.
pub struct Read {
    pub(super) select: Select,
    /// Whether only a few rows can be meant, and an index leads to each.
    pub(super) by_keys: bool,
}

impl Read {
    /// Of the few rows that have some keys, in no order.
    #[must_use]
    pub fn by_keys<T: Owned>(rows: Scoped<T>, keys: Condition<T>, level: &Level) -> Self {
        Self { by_keys: true, ..Self::joined(beside(rows.filter(keys), level).select(columns(level)), level) }
    }

    /// Of a part of the ordered rows.
    #[must_use]
    pub fn page<T: Owned>(rows: Scoped<T>, window: Window, level: &Level) -> Self {
        Self::joined(window.apply(beside(rows, level), columns(level)), level)
    }

    /// Of the same part of each parent's rows, with the parent's key in front.
    #[must_use]
    pub fn page_of_each<T: Owned>(parents: Vec<i32>, rows: Scoped<T>, window: Window, level: &Level) -> Self {
        let page = Self::page(rows, window, level);
        Self { select: Select { parents: Some(parents), ..page.select }, ..page }
    }

    fn joined(select: Select, level: &Level) -> Self {
        Self { select: Select { joins: level.parts().1.to_vec(), ..select }, by_keys: false }
    }
}

fn beside<T: Owned>(rows: Scoped<T>, level: &Level) -> Scoped<T> {
    rows.beside(level.parts().1)
}

fn columns(level: &Level) -> Sql {
    Arc::new(Columns(level.parts().0.to_vec()))
}
