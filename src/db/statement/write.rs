//! The statements that writes are made of.

use std::marker::PhantomData;
use std::sync::Arc;

use diesel::expression::{AppearsOnTable, AsExpression, Expression, TypedExpressionType};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_source::Column;
use diesel::result::QueryResult;
use diesel::sql_types::{self as sql, SqlType};

use super::{Columns, Select, statement, write_table, write_where};
use crate::db::condition::Sql;
use crate::db::scope::{OwnWorkspace, Owned, Scoped};

statement!(Insert);
statement!(InsertFrom);
statement!(Update);
statement!(UpdateBoth);
statement!(Delete);

/// `INSERT … RETURNING`.
pub struct Insert {
    /// Up to `RETURNING`.
    pub insert: Box<dyn QueryFragment<Pg> + Send>,
    /// What comes back.
    pub returning: Sql,
}

impl QueryFragment<Pg> for Insert {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.insert.walk_ast(out.reborrow())?;
        out.push_sql(" RETURNING ");
        self.returning.walk_ast(out.reborrow())
    }
}

/// A row of `T` to insert, made of a row of `S`. Its workspace is not set here: the scope says it.
pub struct NewRow<T, S> {
    columns: Vec<&'static str>,
    values: Vec<Sql>,
    or_nothing: bool,
    tables: PhantomData<fn() -> (T, S)>,
}

impl<T, S> Default for NewRow<T, S> {
    fn default() -> Self {
        Self { columns: Vec::new(), values: Vec::new(), or_nothing: false, tables: PhantomData }
    }
}

impl<T, S> NewRow<T, S> {
    /// The column gets the value, which can be a column of `S`.
    #[must_use]
    pub fn set<C, V>(mut self, _column: C, value: V) -> Self
    where
        C: Column<Table = T>,
        C::SqlType: SqlType + TypedExpressionType,
        V: AsExpression<C::SqlType>,
        V::Expression: AppearsOnTable<S> + QueryFragment<Pg> + Send + Sync + 'static,
    {
        self.columns.push(C::NAME);
        self.values.push(Arc::new(value.as_expression()));
        self
    }

    /// Whether nothing is inserted where a constraint says that it stands already. Looking costs as much as inserting.
    #[must_use]
    pub const fn or_nothing(mut self, or_nothing: bool) -> Self {
        self.or_nothing = or_nothing;
        self
    }

    /// One for each of the rows.
    pub(in crate::db) fn of_each(self, rows: Scoped<S>, workspace: OwnWorkspace, returning: Sql) -> InsertFrom
    where
        T: Owned,
        S: Owned,
    {
        let (mut columns, mut values) = (self.columns, self.values);
        columns.push("workspace_pk");
        values.push(Arc::new(AsExpression::<sql::Integer>::as_expression(workspace)));
        let rows = rows.select(Arc::new(Columns(values)));
        InsertFrom { table: T::TABLE, columns, rows, or_nothing: self.or_nothing, returning }
    }
}

/// `INSERT … SELECT … RETURNING`.
pub struct InsertFrom {
    table: &'static str,
    columns: Vec<&'static str>,
    rows: Select,
    or_nothing: bool,
    returning: Sql,
}

impl QueryFragment<Pg> for InsertFrom {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO ");
        write_table(self.table, &mut out)?;
        for (index, column) in self.columns.iter().enumerate() {
            out.push_sql(if index == 0 { " (" } else { ", " });
            out.push_identifier(column)?;
        }
        out.push_sql(") ");
        self.rows.write_rows(&mut out)?;
        if self.or_nothing {
            out.push_sql(" ON CONFLICT DO NOTHING");
        }
        out.push_sql(" RETURNING ");
        self.returning.walk_ast(out.reborrow())
    }
}

/// `UPDATE … SET … WHERE … RETURNING`.
pub struct Update {
    /// The table in the schema `core_api`.
    pub table: &'static str,
    /// What stands behind `SET`.
    pub changes: Box<dyn QueryFragment<Pg> + Send>,
    /// All must hold; the first is the scope's own.
    pub conditions: Vec<Sql>,
    /// What comes back.
    pub returning: Sql,
}

impl Update {
    fn write_change<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        write_table(self.table, out)?;
        out.push_sql(" SET ");
        self.changes.walk_ast(out.reborrow())?;
        write_where(&self.conditions, out)
    }
}

impl QueryFragment<Pg> for Update {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.write_change(&mut out)?;
        out.push_sql(" RETURNING ");
        self.returning.walk_ast(out.reborrow())
    }
}

/// An update, and another of the rows that it leads to.
pub struct UpdateBoth {
    /// What it changes is what comes back.
    pub first: Update,
    /// What follows from that; it finds its row by [`OfFirst`].
    pub then: Update,
}

/// What the one row that the first of two updates changed has in a column; null when there is none.
#[derive(Clone, Copy, Debug)]
pub struct OfFirst<C>(pub C);

impl<C: Column> QueryFragment<Pg> for OfFirst<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(SELECT ");
        out.push_identifier(C::NAME)?;
        out.push_sql(" FROM \"first\")");
        Ok(())
    }
}

impl<C: Column<SqlType = sql::Integer>> Expression for OfFirst<C> {
    type SqlType = sql::Nullable<sql::Integer>;
}

impl<C: Column<SqlType = sql::Integer>, T> AppearsOnTable<T> for OfFirst<C> {}

impl QueryFragment<Pg> for UpdateBoth {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH \"first\" AS (");
        self.first.walk_ast(out.reborrow())?;
        out.push_sql("), \"then\" AS (");
        self.then.write_change(&mut out)?;
        out.push_sql(") SELECT * FROM \"first\"");
        Ok(())
    }
}

/// `DELETE … WHERE pk IN (…)`: for retention only, everything else is deleted softly.
pub struct Delete {
    /// The table in the schema `core_api`.
    pub table: &'static str,
    /// The keys of the rows, once for each of some parents.
    pub pks: Select,
}

impl QueryFragment<Pg> for Delete {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("DELETE FROM ");
        write_table(self.table, &mut out)?;
        out.push_sql(" WHERE \"pk\" IN (SELECT \"old\".\"pk\" FROM (");
        self.pks.walk_ast(out.reborrow())?;
        out.push_sql(") AS \"old\"(\"parent\", \"pk\"))");
        Ok(())
    }
}
