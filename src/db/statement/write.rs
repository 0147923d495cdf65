//! The statements that writes are made of.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types as sql;

use super::{statement, write_table, write_where};
use crate::db::condition::Sql;

statement!(Insert);
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

/// An update, and another that is made only where the first changed something.
pub struct UpdateBoth {
    /// What it changes is what comes back.
    pub first: Update,
    /// What follows from that.
    pub then: Update,
}

impl QueryFragment<Pg> for UpdateBoth {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH \"first\" AS (");
        self.first.walk_ast(out.reborrow())?;
        out.push_sql("), \"then\" AS (");
        self.then.write_change(&mut out)?;
        // The scope's own condition is always there.
        out.push_sql(" AND EXISTS (SELECT FROM \"first\")) SELECT * FROM \"first\"");
        Ok(())
    }
}

/// `DELETE … WHERE …`: for retention only, everything else is deleted softly.
pub struct Delete {
    /// The table in the schema `core_api`.
    pub table: &'static str,
    /// All must hold; the first is the scope's own.
    pub conditions: Vec<Sql>,
}

impl QueryFragment<Pg> for Delete {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("DELETE FROM ");
        write_table(self.table, &mut out)?;
        write_where(&self.conditions, &mut out)
    }
}
