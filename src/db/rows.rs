//! Tables, their rows, and the rows of a table that a caller may know of.

use std::sync::Arc;

use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use diesel::result::QueryResult;
use diesel::row::Row;
use uuid::Uuid;

use super::condition::{Condition, Sql};
use super::statement::{Exists, Joined, LedFrom, Select, Term, Value, Within};
use super::visibility::ForeignKey;
use crate::auth::Caller;
use crate::scalar::DateTime;

/// A table whose rows are visible in a workspace, or in all of them. Declared in `entity/owned.rs` only.
pub trait Owned: Sized + 'static {
    /// Its name in the schema `core_api`.
    const TABLE: &'static str;

    /// The rows the caller may know of, deleted ones included.
    fn visible(caller: &Caller) -> Condition<Self>;

    /// The rows that are not deleted.
    fn live() -> Condition<Self>;

    /// Its internal key.
    fn pk() -> Sql;

    /// The rows with one of these internal keys.
    fn with_pks(pks: Vec<i32>) -> Condition<Self>;

    /// The rows that were last updated at this moment.
    fn last_updated_at(moment: DateTime) -> Condition<Self>;

    /// What is set in a row to delete it.
    fn deletion(now: DateTime) -> Box<dyn QueryFragment<Pg> + Send>;
}

/// A row as it is read from its table; implemented by `record!`.
pub trait Record: Clone + Send + Sync + 'static {
    /// Where it is from.
    type Table: Owned;

    /// The columns it is made of.
    fn columns() -> Sql;

    /// Makes it of a row of those columns.
    ///
    /// # Errors
    /// When a value does not fit its type.
    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<Self>;

    /// The same, with its parent's key in front.
    ///
    /// # Errors
    /// When a value does not fit its type.
    fn read_child<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Self)>;

    /// Its internal key.
    fn pk(&self) -> i32;
}

/// A row that clients know by a public UUID.
pub trait Identified: Record {
    /// That UUID.
    fn id(&self) -> Uuid;

    /// The rows with one of these.
    fn with_ids(ids: Vec<Uuid>) -> Condition<Self::Table>;
}

/// Rows of `T` in one workspace. It has no way to widen it.
pub struct Scoped<T> {
    conditions: Vec<Condition<T>>,
}

impl<T> Clone for Scoped<T> {
    fn clone(&self) -> Self {
        Self { conditions: self.conditions.clone() }
    }
}

impl<T: Owned> Scoped<T> {
    /// Only those that meet the condition too.
    #[must_use]
    pub fn filter(mut self, condition: Condition<T>) -> Self {
        self.conditions.push(condition);
        self
    }

    /// What an aggregate makes of these rows, to be selected beside other such values.
    pub fn value(self, aggregate: impl QueryFragment<Pg> + Send + Sync + 'static) -> Sql {
        Arc::new(Value(self.select(Arc::new(aggregate))))
    }

    /// What is selected of the first of these rows in an order, as a value of a row they are tied to.
    pub fn first(self, order: Vec<Term>, what: Sql) -> Sql {
        Arc::new(Value(Select { order, limit: Some(1), ..self.select(what) }))
    }

    /// Whether there are any of these rows, to be selected beside other such values.
    #[must_use]
    pub fn exist(self) -> Sql {
        Arc::new(Exists(Value(self.select(T::pk()))))
    }

    /// The rows of `C` whose `column` is one of these rows' `selected`.
    pub fn containing<C>(self, column: Sql, selected: Sql) -> Condition<C> {
        Condition::written(Within { column, rows: self.select(selected) })
    }

    /// The same where these rows are few, as those of one parent are: they lead to the rows of `C` by an index of `column`.
    pub fn leading_to<C>(self, column: Sql, selected: Sql) -> Condition<C> {
        Condition::written(LedFrom(Within { column, rows: self.select(selected) }))
    }

    /// Of these rows the one that a foreign key of another table points at.
    #[must_use]
    pub fn joined_by(self, foreign_key: ForeignKey) -> Joined {
        Joined { table: T::TABLE, pk: T::pk(), foreign_key, conditions: self.conditions() }
    }

    /// The same rows in a statement that joins these others.
    pub(super) fn when_joined(self, joins: &[Joined]) -> Self {
        Self { conditions: self.conditions.into_iter().map(|condition| condition.when_joined(joins)).collect() }
    }

    pub(super) fn conditions(self) -> Vec<Sql> {
        self.conditions.into_iter().map(|condition| Arc::new(condition) as Sql).collect()
    }

    pub(super) fn select(self, what: Sql) -> Select {
        Select {
            what,
            table: T::TABLE,
            joins: Vec::new(),
            constants: None,
            conditions: self.conditions(),
            group_by: None,
            order: Vec::new(),
            reversed: false,
            limit: None,
            parents: None,
            lock: None,
        }
    }
}

/// One part of a statement over several tables.
pub struct Part(pub(super) Select);

impl<T: Owned> Scoped<T> {
    /// What is selected of these rows, as a part of such a statement.
    pub fn part(self, what: impl QueryFragment<Pg> + Send + Sync + 'static) -> Part {
        Part(self.select(Arc::new(what)))
    }
}

/// All rows of the table that the caller may know of, deleted ones included: for the tables whose own
/// visibility hangs on them.
#[must_use]
pub(super) fn rows_in_workspace<T: Owned>(caller: &Caller) -> Scoped<T> {
    Scoped { conditions: vec![T::visible(caller)] }
}
