//! The statements that reads are made of, written straight into diesel's query builder.
//!
//! Three shapes: rows of one table, the same once per parent (top-N by `LATERAL`), and aggregates of either.
//! Page sizes are literals, since there are few and PostgreSQL then keeps one generic plan for each;
//! everything else is a bind parameter.

mod nested;
mod write;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{self as sql, Array, Integer};

pub use self::nested::Within;
pub(super) use self::nested::{Exists, LedFrom, Value};
pub use self::write::{Delete, Insert, InsertFrom, NewRow, OfFirst, Update, UpdateBoth};
use super::condition::Sql;
use super::key_value::KeyValue;
use super::visibility::ForeignKey;

/// One column of an `ORDER BY`.
#[derive(Clone)]
pub struct Term {
    /// The column.
    pub column: Sql,
    /// Whether it can be null. Nulls count as the largest values, as PostgreSQL orders them unasked.
    pub nullable: bool,
    /// Largest first.
    pub descending: bool,
}

/// Rows strictly after (or before) the row that has these values.
#[derive(Clone)]
pub struct Beyond {
    /// The terms of the order, the last of them unique.
    pub order: Vec<Term>,
    /// One value per term.
    pub values: Vec<KeyValue>,
    /// Before instead of after.
    pub before: bool,
}

impl Beyond {
    /// Whether one row comparison says it all, which an index range can answer.
    fn is_row_comparison(&self) -> bool {
        let mut directions = self.order.iter().map(|term| term.descending);
        let first = directions.next();
        self.order.iter().all(|term| !term.nullable) && directions.all(|next| Some(next) == first)
    }

    /// `column > value`, in the direction of the term.
    fn write_step<'b>(&'b self, term: &'b Term, value: &'b KeyValue, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let smaller = term.descending != self.before;
        match (value, smaller) {
            // Nothing is larger than null; everything else is smaller.
            (KeyValue::Null, false) => out.push_sql("FALSE"),
            (KeyValue::Null, true) => {
                term.column.walk_ast(out.reborrow())?;
                out.push_sql(" IS NOT NULL");
            }
            (_, true) => {
                term.column.walk_ast(out.reborrow())?;
                out.push_sql(" < ");
                value.walk_ast(out.reborrow())?;
            }
            (_, false) => {
                out.push_sql("(");
                term.column.walk_ast(out.reborrow())?;
                out.push_sql(" > ");
                value.walk_ast(out.reborrow())?;
                if term.nullable {
                    out.push_sql(" OR ");
                    term.column.walk_ast(out.reborrow())?;
                    out.push_sql(" IS NULL");
                }
                out.push_sql(")");
            }
        }
        Ok(())
    }
}

impl QueryFragment<Pg> for Beyond {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.is_row_comparison() {
            let descending = self.order.first().is_some_and(|term| term.descending);
            out.push_sql("(");
            for (index, term) in self.order.iter().enumerate() {
                out.push_sql(if index == 0 { "" } else { ", " });
                term.column.walk_ast(out.reborrow())?;
            }
            out.push_sql(if descending == self.before { ") > (" } else { ") < (" });
            for (index, value) in self.values.iter().enumerate() {
                out.push_sql(if index == 0 { "" } else { ", " });
                value.walk_ast(out.reborrow())?;
            }
            out.push_sql(")");
            return Ok(());
        }
        // a > x OR (a = x AND (b > y OR (b = y AND ...)))
        let last = self.order.len().saturating_sub(1);
        for (index, (term, value)) in self.order.iter().zip(&self.values).enumerate() {
            out.push_sql("(");
            self.write_step(term, value, &mut out)?;
            if index < last {
                out.push_sql(" OR (");
                term.column.walk_ast(out.reborrow())?;
                if *value == KeyValue::Null {
                    out.push_sql(" IS NULL");
                } else {
                    out.push_sql(" = ");
                    value.walk_ast(out.reborrow())?;
                }
                out.push_sql(" AND ");
            }
        }
        for index in 0..self.order.len() {
            out.push_sql(if index == 0 { ")" } else { "))" });
        }
        Ok(())
    }
}

/// One read: what of which rows, and once for each of which parents.
pub struct Select {
    /// What stands between `SELECT` and `FROM`.
    pub what: Sql,
    /// The table in the schema `core_api`.
    pub table: &'static str,
    /// Rows of other tables that belong to each row.
    pub joins: Vec<Joined>,
    /// One row of values that stands beside each.
    pub constants: Option<Sql>,
    /// All must hold; the first is the scope's own.
    pub conditions: Vec<Sql>,
    /// For aggregates.
    pub group_by: Option<Sql>,
    /// The order, largest part first.
    pub order: Vec<Term>,
    /// Walk the order backwards.
    pub reversed: bool,
    /// At most so many rows, per parent when there are parents.
    pub limit: Option<usize>,
    /// Run once per parent, with [`super::condition::ParentPk`] its `pk`, which becomes the first column.
    pub parents: Option<Vec<i32>>,
    /// Lock the rows until the transaction ends.
    pub lock: Option<Lock>,
}

/// What to do about rows that another transaction has locked.
#[derive(Clone, Copy, Debug)]
pub enum Lock {
    /// Wait for its end.
    Wait,
    /// Leave them out.
    Skip,
}

/// The one row of another table that a row points at, if it can be seen.
#[derive(Clone)]
pub struct Joined {
    /// The other table in the schema `core_api`.
    pub(super) table: &'static str,
    /// Its key.
    pub(super) pk: Sql,
    /// The column that points at it.
    pub(super) foreign_key: ForeignKey,
    /// All must hold of the other row; the first is the scope's own.
    pub(super) conditions: Vec<Sql>,
}

/// Several columns.
pub struct Columns(pub Vec<Sql>);

impl QueryFragment<Pg> for Columns {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.0.is_empty() {
            out.push_sql("NULL");
        }
        for (index, column) in self.0.iter().enumerate() {
            out.push_sql(if index == 0 { "" } else { ", " });
            column.walk_ast(out.reborrow())?;
        }
        Ok(())
    }
}

/// What a connection can run.
pub trait Statement: Query + QueryFragment<Pg> + QueryId + Send {}

impl<S: Query + QueryFragment<Pg> + QueryId + Send> Statement for S {}

/// Marks a statement of ours: its SQL is made anew each time, and what its rows hold is known to whoever
/// reads them.
macro_rules! statement {
    ($name:ident) => {
        impl Query for $name {
            type SqlType = sql::Untyped;
        }

        impl QueryId for $name {
            type QueryId = ();
            const HAS_STATIC_QUERY_ID: bool = false;
        }
    };
}

use statement;

statement!(Select);
statement!(Union);

impl Select {
    pub(super) fn write_rows<'b>(&'b self, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ");
        self.what.walk_ast(out.reborrow())?;
        out.push_sql(" FROM ");
        write_table(self.table, out)?;
        for joined in &self.joins {
            out.push_sql(" LEFT JOIN ");
            write_table(joined.table, out)?;
            out.push_sql(" ON ");
            joined.pk.walk_ast(out.reborrow())?;
            out.push_sql(" = ");
            joined.foreign_key.sql.walk_ast(out.reborrow())?;
            for condition in &joined.conditions {
                out.push_sql(" AND ");
                condition.walk_ast(out.reborrow())?;
            }
        }
        if let Some(constants) = &self.constants {
            out.push_sql(" CROSS JOIN ");
            constants.walk_ast(out.reborrow())?;
        }
        write_where(&self.conditions, out)?;
        if let Some(group_by) = &self.group_by {
            out.push_sql(" GROUP BY ");
            group_by.walk_ast(out.reborrow())?;
        }
        for (index, term) in self.order.iter().enumerate() {
            out.push_sql(if index == 0 { " ORDER BY " } else { ", " });
            term.column.walk_ast(out.reborrow())?;
            out.push_sql(if term.descending == self.reversed { " ASC" } else { " DESC" });
        }
        if let Some(limit) = self.limit {
            out.push_sql(&format!(" LIMIT {limit}"));
        }
        match self.lock {
            Some(Lock::Wait) => out.push_sql(" FOR UPDATE"),
            Some(Lock::Skip) => out.push_sql(" FOR UPDATE SKIP LOCKED"),
            None => {}
        }
        Ok(())
    }
}

/// The table's qualified name.
fn write_table(table: &str, out: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
    out.push_identifier("core_api")?;
    out.push_sql(".");
    out.push_identifier(table)
}

impl QueryFragment<Pg> for Select {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Some(parents) = &self.parents else { return self.write_rows(&mut out) };
        out.push_sql("SELECT \"parent\".\"pk\", \"child\".* FROM unnest(");
        out.push_bind_param::<Array<Integer>, _>(parents)?;
        out.push_sql(") AS \"parent\"(\"pk\") CROSS JOIN LATERAL (");
        self.write_rows(&mut out)?;
        out.push_sql(") AS \"child\"");
        Ok(())
    }
}

/// The rows of several reads together.
pub struct Union(pub Vec<Select>);

impl QueryFragment<Pg> for Union {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (index, select) in self.0.iter().enumerate() {
            out.push_sql(if index == 0 { "" } else { " UNION ALL " });
            select.write_rows(&mut out)?;
        }
        Ok(())
    }
}

fn write_where<'b>(conditions: &'b [Sql], out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
    for (index, condition) in conditions.iter().enumerate() {
        out.push_sql(if index == 0 { " WHERE " } else { " AND " });
        condition.walk_ast(out.reborrow())?;
    }
    Ok(())
}
