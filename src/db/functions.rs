//! SQL that diesel has no words for.

use chrono::{DateTime, Utc};
use diesel::expression::{AppearsOnTable, Expression};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, Double, Integer, Nullable, Text, Timestamptz};

use super::condition::Sql;

/// The start of the bucket that a moment lies in.
pub struct BucketStart {
    /// The moment.
    pub at: Sql,
    /// What PostgreSQL calls the bucket's length, such as `day`.
    pub unit: &'static str,
    /// IANA name of the time zone whose clock the buckets follow.
    pub timezone: &'static str,
}

impl QueryFragment<Pg> for BucketStart {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("date_trunc(");
        out.push_bind_param::<Text, _>(self.unit)?;
        out.push_sql(", ");
        self.at.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.timezone)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The number of the bucket that a moment lies in, from 1; 0 for those before the first.
pub struct BucketNumber {
    /// The moment.
    pub at: Sql,
    /// When the buckets begin, in order.
    pub starts: Vec<DateTime<Utc>>,
}

impl QueryFragment<Pg> for BucketNumber {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("width_bucket(");
        self.at.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.starts)?;
        out.push_sql(")");
        Ok(())
    }
}

/// The whole milliseconds from one moment to another, from 0 to as many as an integer holds; null without the first, and when
/// that is infinite.
#[derive(Clone, Copy, Debug)]
pub struct Milliseconds<F> {
    /// The first moment.
    pub from: F,
    /// The other.
    pub to: DateTime<Utc>,
}

impl<F: QueryFragment<Pg>> QueryFragment<Pg> for Milliseconds<F> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // least() and greatest() pass over nulls, and nothing can be subtracted from infinity.
        out.push_sql("CASE WHEN isfinite(");
        self.from.walk_ast(out.reborrow())?;
        out.push_sql(") THEN least(greatest(trunc(1000 * extract(epoch FROM ");
        out.push_bind_param::<Timestamptz, _>(&self.to)?;
        out.push_sql(" - ");
        self.from.walk_ast(out.reborrow())?;
        out.push_sql(&format!(")), 0), {})::integer END", i32::MAX));
        Ok(())
    }
}

impl<F: Expression<SqlType = Nullable<Timestamptz>>> Expression for Milliseconds<F> {
    type SqlType = Nullable<Integer>;
}

impl<T, F: AppearsOnTable<T> + Expression<SqlType = Nullable<Timestamptz>>> AppearsOnTable<T> for Milliseconds<F> {}

/// The value below which a fraction of all values lies, interpolated; null when there are none.
pub struct Percentile {
    /// The fraction, from 0 to 1.
    pub fraction: f64,
    /// The values.
    pub of: Sql,
}

impl QueryFragment<Pg> for Percentile {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("percentile_cont(");
        out.push_bind_param::<Double, _>(&self.fraction)?;
        out.push_sql(") WITHIN GROUP (ORDER BY ");
        self.of.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// What is grouped by, as numbers of selected columns: an expression with bind parameters cannot be said twice.
#[derive(Clone, Copy, Debug)]
pub enum Groups {
    /// By the first two columns, at most so many groups, whichever.
    FirstTwo(usize),
    /// By the first column, so many groups with the largest number in the second.
    Largest(usize),
}

impl QueryFragment<Pg> for Groups {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&match self {
            Self::FirstTwo(limit) => format!("1, 2 LIMIT {limit}"),
            Self::Largest(limit) => format!("1 ORDER BY 2 DESC, 1 LIMIT {limit}"),
        });
        Ok(())
    }
}
