//! SQL that diesel has no words for.

use chrono::{DateTime, Utc};
use diesel::expression::{AppearsOnTable, Expression};
use diesel::pg::Pg;
use diesel::pg::data_types::PgInterval;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, Double, Integer, Interval, Nullable, Timestamptz};

use super::condition::Sql;

/// How long a piece of time is at the most, by the clock of a time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grain {
    /// Always as long, in PostgreSQL's words; weeks begin on Monday.
    Every(&'static str),
    /// From the first of a month to the first of the next.
    Month,
}

/// The start of the piece that a moment lies in: since the clock changed last, or since it showed a full hour, midnight
/// or the like. Needs [`Readings`] beside each row.
pub struct Piece {
    /// The moment, which is not before the first reading.
    pub at: Sql,
    /// How long a piece is.
    pub grain: Grain,
}

impl Piece {
    /// The reading that holds at the moment.
    fn write_reading<'b>(&'b self, of: &str, out: &mut AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("\"clock\".\"");
        out.push_sql(of);
        out.push_sql("\"[width_bucket(");
        self.at.walk_ast(out.reborrow())?;
        out.push_sql(", \"clock\".\"begins\")]");
        Ok(())
    }
}

impl QueryFragment<Pg> for Piece {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("greatest(");
        self.write_reading("begins", &mut out)?;
        out.push_sql(&match self.grain {
            Grain::Every(stride) => format!(", date_bin('{stride}', "),
            Grain::Month => ", date_trunc('month', ".to_owned(),
        });
        self.at.walk_ast(out.reborrow())?;
        out.push_sql(" AT TIME ZONE ");
        self.write_reading("ahead", &mut out)?;
        // A Monday before all moments.
        out.push_sql(if self.grain == Grain::Month { ")" } else { ", timestamp '0400-01-01 BC')" });
        out.push_sql(" AT TIME ZONE ");
        self.write_reading("ahead", &mut out)?;
        out.push_sql(")");
        Ok(())
    }
}

/// How far a clock is ahead of UTC, in one row that stands beside each.
pub struct Readings {
    /// When each reading begins to hold, in order.
    pub begins: Vec<DateTime<Utc>>,
    /// How far it is ahead then.
    pub ahead: Vec<PgInterval>,
}

impl QueryFragment<Pg> for Readings {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(SELECT ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.begins)?;
        out.push_sql(" AS \"begins\", ");
        out.push_bind_param::<Array<Interval>, _>(&self.ahead)?;
        out.push_sql(" AS \"ahead\") AS \"clock\"");
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
pub struct Milliseconds<F, T> {
    /// The first moment.
    pub from: F,
    /// The other, which is finite.
    pub to: T,
}

impl<F: QueryFragment<Pg>, T: QueryFragment<Pg>> QueryFragment<Pg> for Milliseconds<F, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // least() and greatest() pass over nulls, and nothing can be subtracted from infinity.
        out.push_sql("CASE WHEN isfinite(");
        self.from.walk_ast(out.reborrow())?;
        out.push_sql(") THEN least(greatest(trunc(1000 * extract(epoch FROM ");
        self.to.walk_ast(out.reborrow())?;
        out.push_sql(" - ");
        self.from.walk_ast(out.reborrow())?;
        out.push_sql(&format!(")), 0), {})::integer END", i32::MAX));
        Ok(())
    }
}

impl<F, T> Expression for Milliseconds<F, T>
where
    F: Expression<SqlType = Nullable<Timestamptz>>,
    T: Expression<SqlType = Nullable<Timestamptz>>,
{
    type SqlType = Nullable<Integer>;
}

impl<Q, F, T> AppearsOnTable<Q> for Milliseconds<F, T>
where
    F: AppearsOnTable<Q> + Expression<SqlType = Nullable<Timestamptz>>,
    T: AppearsOnTable<Q> + Expression<SqlType = Nullable<Timestamptz>>,
{
}

/// A moment, or another that is later, unless that is missing or infinite.
#[derive(Clone, Copy, Debug)]
pub struct NotBefore<M, F> {
    /// The moment.
    pub moment: M,
    /// The other.
    pub other: F,
}

impl<M: QueryFragment<Pg>, F: QueryFragment<Pg>> QueryFragment<Pg> for NotBefore<M, F> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // greatest() passes over nulls.
        out.push_sql("greatest(");
        self.moment.walk_ast(out.reborrow())?;
        out.push_sql(", CASE WHEN isfinite(");
        self.other.walk_ast(out.reborrow())?;
        out.push_sql(") THEN ");
        self.other.walk_ast(out.reborrow())?;
        out.push_sql(" END)");
        Ok(())
    }
}

impl<M: Expression<SqlType = Nullable<Timestamptz>>, F: Expression> Expression for NotBefore<M, F> {
    type SqlType = Nullable<Timestamptz>;
}

impl<T, M, F> AppearsOnTable<T> for NotBefore<M, F>
where
    M: AppearsOnTable<T> + Expression<SqlType = Nullable<Timestamptz>>,
    F: AppearsOnTable<T>,
{
}

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
