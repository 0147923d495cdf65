//! Reads within other statements.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;

use super::Select;
use crate::db::condition::Sql;

/// `(SELECT what FROM table WHERE ...)`, as one value.
pub(in crate::db) struct Value(pub Select);

impl QueryFragment<Pg> for Value {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(");
        self.0.write_rows(&mut out)?;
        out.push_sql(")");
        Ok(())
    }
}

/// `EXISTS (SELECT what FROM table WHERE ...)`.
pub(in crate::db) struct Exists(pub Value);

impl QueryFragment<Pg> for Exists {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("EXISTS ");
        self.0.walk_ast(out)
    }
}

/// `column IN (SELECT selected FROM table WHERE ...)`.
pub struct Within {
    /// The column of the outer table.
    pub column: Sql,
    /// The rows to look in, with what to compare as their `what`.
    pub rows: Select,
}

impl QueryFragment<Pg> for Within {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        self.rows.write_rows(&mut out)?;
        out.push_sql(")");
        Ok(())
    }
}

/// `column = ANY (ARRAY(SELECT selected FROM table WHERE ...))`: those rows are read first, and an index of `column` leads
/// from them to the outer table. With [`Within`], PostgreSQL may read all of the outer table instead, once per parent.
pub(in crate::db) struct LedFrom(pub Within);

impl QueryFragment<Pg> for LedFrom {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Within { column, rows } = &self.0;
        column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY (ARRAY(");
        rows.write_rows(&mut out)?;
        out.push_sql("))");
        Ok(())
    }
}
