//! Rows that are visible only where what they point at is.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::query_source::Column;
use diesel::result::QueryResult;

use super::condition::{Condition, Sql};
use super::rows::{Owned, rows_in_workspace};
use super::statement::{Joined, Within};
use crate::auth::Caller;

/// A column that points at rows of another table.
#[derive(Clone)]
pub struct ForeignKey {
    table: &'static str,
    name: &'static str,
    pub(super) sql: Sql,
}

impl ForeignKey {
    /// A column.
    #[must_use]
    pub fn of<C>(column: C) -> Self
    where
        C: Column + QueryFragment<Pg> + Send + Sync + 'static,
        C::Table: Owned,
    {
        Self { table: <C::Table as Owned>::TABLE, name: C::NAME, sql: std::sync::Arc::new(column) }
    }

    /// What the column holds.
    #[must_use]
    pub fn into_sql(self) -> Sql {
        self.sql
    }
}

impl PartialEq for ForeignKey {
    fn eq(&self, other: &Self) -> bool {
        (self.table, self.name) == (other.table, other.name)
    }
}

/// The rows of `T` whose foreign key points at a row of `P` that the caller may know of, deleted or not.
#[must_use]
pub fn visible_through<T, P: Owned>(caller: &Caller, foreign_key: ForeignKey) -> Condition<T> {
    let rows = rows_in_workspace::<P>(caller).select(P::pk());
    Condition::visible_through(VisibleThrough { within: Within { column: foreign_key.sql.clone(), rows }, foreign_key })
}

/// The condition of such rows.
pub(super) struct VisibleThrough {
    foreign_key: ForeignKey,
    within: Within,
}

impl VisibleThrough {
    /// Whether this is the row that is joined. A joined row is one that the caller may know of, so where it is there,
    /// the condition holds, and nothing has to be looked up again.
    pub fn is_joined_by(&self, joined: &Joined) -> bool {
        self.within.rows.table == joined.table && self.foreign_key == joined.foreign_key
    }
}

impl QueryFragment<Pg> for VisibleThrough {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.within.walk_ast(out)
    }
}

/// The same beside the joined row: it is looked up only where that is missing, since it may have been deleted.
pub(super) struct WhenJoined(pub std::sync::Arc<VisibleThrough>);

impl QueryFragment<Pg> for WhenJoined {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Within { column, rows } = &self.0.within;
        let pk = &rows.what;
        out.push_sql("(");
        pk.walk_ast(out.reborrow())?;
        out.push_sql(" IS NOT NULL OR EXISTS (");
        rows.write_rows(&mut out)?;
        // The scope's own condition is always there. The table of the same name is the inner one here.
        out.push_sql(" AND ");
        pk.walk_ast(out.reborrow())?;
        out.push_sql(" = ");
        column.walk_ast(out.reborrow())?;
        out.push_sql("))");
        Ok(())
    }
}
