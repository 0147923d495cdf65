//! Statistics for dashboards: counts and series over a whole list, computed in the database.

mod bucket;
mod cut;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use chrono::{Datelike, NaiveDate, NaiveTime, Utc};
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::expression::{AppearsOnTable, Expression};
use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Integer, Nullable, Timestamptz};

use bucket::Clock;
pub use bucket::{Bucket, Range};

use crate::db::condition::{Condition, Sql};
use crate::db::functions::{BucketNumber, Groups, Piece};
use crate::db::scope::{Record, Scope};
use crate::error::Result;
use crate::filter::compare;
use crate::page::{Aggregate, Listing, Paginated, read_row};
use crate::scalar::{BigInt as Number, DateTime};

/// Groups of [`TopN`] at the most.
pub const MAX_GROUPS: usize = 100;

/// What the rows of a list are counted by.
pub trait Dimension: Clone + Eq + Hash + Send + Sync + 'static {
    /// The rows.
    type Node: Paginated;
    /// The column, or several.
    type Columns: Expression + AppearsOnTable<<Self::Node as Record>::Table> + QueryFragment<Pg> + Send + Sync + 'static;
    /// What the columns hold.
    type Value: Clone + Eq + Hash + Send + Sync + 'static;

    /// The columns.
    fn columns() -> Self::Columns;
}

/// A dimension of one expression, that can be followed over time.
pub trait TimeSeries: Dimension {
    /// The column that says when.
    fn time() -> Sql;

    /// How many values it can have.
    fn values() -> usize;
}

/// How many rows there are of each value. All who ask for the same dimension share one statement.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CountBy<D>(pub D);

/// The same for the values with the most rows only, largest first, at most [`MAX_GROUPS`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TopN<D>(pub D);

/// How many rows there are of each value in each place, from one moment to before another.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Series<D, P> {
    dimension: D,
    ends: (chrono::DateTime<Utc>, chrono::DateTime<Utc>),
    by: P,
}

/// How the database tells where in time a row lies.
pub trait Bucketing: Clone + Eq + Hash + Send + Sync + 'static {
    /// What it tells.
    type Place: Copy + Send + Sync + 'static;
    /// As which type.
    type Sql;
    /// The expression that tells it.
    type Expression: QueryFragment<Pg> + Send + Sync + 'static;

    /// More places than rows of a series of legal length lie in.
    const PLACES: usize;

    /// That expression for the moments in a column.
    fn place(&self, at: Sql) -> Self::Expression;

    /// The constants that it looks into.
    fn constants(&self) -> Option<Sql> {
        None
    }
}

/// In which piece of the clock's time, by its start: for ranges whose buckets the rows decide.
impl Bucketing for Clock {
    type Place = DateTime;
    type Sql = Timestamptz;
    type Expression = Piece;
    /// The changes of a clock, a few in a year, make two pieces of a bucket.
    const PLACES: usize = 2 * bucket::MAX_BUCKETS;

    fn place(&self, at: Sql) -> Piece {
        self.piece(at)
    }

    fn constants(&self) -> Option<Sql> {
        Some(Arc::new(self.readings()))
    }
}

/// In which bucket, by its number among those that start at these moments, which takes the database half as long.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ByNumber(Vec<chrono::DateTime<Utc>>);

impl Bucketing for ByNumber {
    type Place = i32;
    type Sql = Integer;
    type Expression = BucketNumber;
    const PLACES: usize = bucket::MAX_BUCKETS + 1;

    fn place(&self, at: Sql) -> BucketNumber {
        BucketNumber { at, starts: self.0.clone() }
    }
}

/// What a count is read from, with the list's own key in front.
type Counted<D> = (Integer, SqlTypeOf<<D as Dimension>::Columns>, BigInt);
type CountedOverTime<D, P> = (Integer, Nullable<<P as Bucketing>::Sql>, SqlTypeOf<<D as Dimension>::Columns>, BigInt);

impl<D: Dimension> Aggregate<D::Node> for CountBy<D>
where
    (i32, D::Value, Number): diesel::deserialize::FromSqlRow<Counted<D>, Pg>,
{
    type Row = (D::Value, i64);

    fn what(&self) -> Sql {
        Arc::new((D::columns(), count_star()))
    }

    fn group_by(&self) -> Option<Sql> {
        Some(Arc::new(D::columns()))
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Self::Row)> {
        let (list, value, Number(count)) = read_row::<Counted<D>, _>(row)?;
        Ok((list, (value, count)))
    }
}

impl<D: Dimension> Aggregate<D::Node> for TopN<D>
where
    CountBy<D>: Aggregate<D::Node>,
{
    type Row = <CountBy<D> as Aggregate<D::Node>>::Row;

    fn what(&self) -> Sql {
        CountBy(self.0.clone()).what()
    }

    fn group_by(&self) -> Option<Sql> {
        Some(Arc::new(Groups::Largest(MAX_GROUPS)))
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Self::Row)> {
        <CountBy<D> as Aggregate<D::Node>>::read(row)
    }
}

impl<D: TimeSeries, P: Bucketing> Series<D, P> {
    /// More rows than a series of legal length can have.
    fn too_many() -> usize {
        P::PLACES * D::values()
    }
}

impl<D: TimeSeries, P: Bucketing> Aggregate<D::Node> for Series<D, P>
where
    (i32, Option<P::Place>, D::Value, Number): diesel::deserialize::FromSqlRow<CountedOverTime<D, P>, Pg>,
{
    type Row = (Option<P::Place>, D::Value, i64);

    fn what(&self) -> Sql {
        Arc::new((self.by.place(D::time()), D::columns(), count_star()))
    }

    fn group_by(&self) -> Option<Sql> {
        Some(Arc::new(Groups::FirstTwo(Self::too_many())))
    }

    fn constants(&self) -> Option<Sql> {
        self.by.constants()
    }

    fn condition(&self) -> Option<Condition<<D::Node as Record>::Table>> {
        let bound =
            |operator, moment| compare::<_, Timestamptz, DateTime>(&D::time(), operator, DateTime::from(moment), "");
        Some(Condition::all([bound(" >= ", self.ends.0), bound(" < ", self.ends.1)]))
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Self::Row)> {
        let (list, place, value, Number(count)) = read_row::<CountedOverTime<D, P>, _>(row)?;
        Ok((list, (place, value, count)))
    }
}

/// How many rows there are of each value in each bucket of the range, empty buckets included.
///
/// # Errors
/// `BAD_USER_INPUT` when there are too many buckets, and when the database fails.
pub async fn series<D: TimeSeries>(
    scope: &Scope,
    listing: &Listing<D::Node>,
    dimension: D,
    range: Range,
) -> Result<Vec<(DateTime, Counts<D::Value>)>>
where
    (i32, Option<DateTime>, D::Value, Number): diesel::deserialize::FromSqlRow<CountedOverTime<D, Clock>, Pg>,
    (i32, Option<i32>, D::Value, Number): diesel::deserialize::FromSqlRow<CountedOverTime<D, ByNumber>, Pg>,
{
    let (starts, ends) = (range.starts([])?, range.ends());
    if range.has_both_ends() {
        let rows = listing.aggregate(scope, Series { dimension, ends, by: ByNumber(starts.clone()) }).await?;
        return Ok(filled(&starts, &rows, |number| usize::try_from(number).unwrap_or_default()));
    }
    let mut known = years_ahead(scope.now());
    loop {
        let clock = range.clock(known);
        let series = Series { dimension: dimension.clone(), ends, by: clock.clone() };
        let rows = listing.aggregate(scope, series).await?;
        if rows.len() >= Series::<D, Clock>::too_many() {
            return Err(bucket::too_many());
        }
        let pieces = rows.iter().filter_map(|(piece, ..)| piece.map(DateTime::shown));
        let starts = range.starts(pieces.clone())?;
        match pieces.max().and_then(|last| clock.falls_short_of(last)) {
            // Rows lie so far in the future that the changes of the clock until then were not sent along.
            Some(until) => known = until,
            None => return Ok(filled(&starts, &rows, |piece| starts.partition_point(|start| *start <= piece.shown()))),
        }
    }
}

/// A moment that rows are hardly stored with, the same for all series of a year.
fn years_ahead(now: chrono::DateTime<Utc>) -> chrono::DateTime<Utc> {
    NaiveDate::from_ymd_opt(now.year() + 10, 1, 1).map_or(now, |day| day.and_time(NaiveTime::MIN).and_utc())
}

/// All buckets that start at these moments, with the counts of their rows. A place's number counts from 1.
fn filled<P: Copy, V: Clone + Eq + Hash>(
    starts: &[chrono::DateTime<Utc>],
    rows: &[(Option<P>, V, i64)],
    number: impl Fn(P) -> usize,
) -> Vec<(DateTime, Counts<V>)> {
    let mut buckets: Vec<_> = starts.iter().map(|start| (DateTime::from(*start), Counts::default())).collect();
    for (place, value, count) in rows {
        let Some(place) = *place else { continue };
        let at = number(place).saturating_sub(1);
        if let Some((_, counts)) = buckets.get_mut(at) {
            counts.add(value.clone(), *count);
        }
    }
    buckets
}

/// How many rows there are of each value.
#[derive(Clone, Debug)]
pub struct Counts<V>(HashMap<V, i64>);

impl<V> Default for Counts<V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<V: Clone + Eq + Hash> Counts<V> {
    fn add(&mut self, value: V, count: i64) {
        *self.0.entry(value).or_default() += count;
    }

    /// All rows.
    #[must_use]
    pub fn total(&self) -> i32 {
        number(self.0.values().sum())
    }

    /// The rows of one value.
    #[must_use]
    pub fn of(&self, value: &V) -> i32 {
        number(self.0.get(value).copied().unwrap_or_default())
    }

    /// The rows of each value of the enum, those without rows included. Rows of a value that is not known are in none.
    pub fn each<E: EnumType, T>(&self, count: impl Fn(E, i32) -> T) -> Vec<T>
    where
        V: From<E>,
    {
        E::items().iter().map(|item| count(item.value, self.of(&item.value.into()))).collect()
    }
}

impl<V: Clone + Eq + Hash> FromIterator<(V, i64)> for Counts<V> {
    fn from_iter<I: IntoIterator<Item = (V, i64)>>(rows: I) -> Self {
        let mut counts = Self::default();
        rows.into_iter().for_each(|(value, count)| counts.add(value, count));
        counts
    }
}

/// A count as the API's `Int`.
#[must_use]
pub fn number(count: i64) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Declares the statistics of an entity's lists: what its connections have beyond the usual fields, and the
/// object behind it, whose fields stand in the braces. The series is added, `by` a [`TimeSeries`] dimension, in
/// buckets that are made of their start and their [`Counts`].
macro_rules! statistics {
    (
        $(#[$doc:meta])* $statistics:ident, $extra:ident of $node:ident { $($fields:tt)* }
        $(#[$series_doc:meta])* series: $bucket:ident by $dimension:ident
    ) => {
        #[doc = concat!("What connections of `", stringify!($node), "` have beyond the usual fields.")]
        pub struct $extra($crate::page::Listing<$node>);

        impl From<$crate::page::Listing<$node>> for $extra {
            fn from(listing: $crate::page::Listing<$node>) -> Self {
                Self(listing)
            }
        }

        /// What the connection has beyond the usual fields.
        #[async_graphql::Object]
        impl $extra {
            /// Statistics over all rows that pass the filter, on all pages together. Computed only where selected; null
            /// only together with an error.
            async fn statistics(&self) -> Option<$statistics> {
                Some($statistics(self.0.clone()))
            }
        }

        $(#[$doc])*
        pub struct $statistics($crate::page::Listing<$node>);

        $(#[$doc])*
        #[async_graphql::Object]
        impl $statistics {
            $($fields)*

            $(#[$series_doc])*
            /// Earliest bucket first, those without rows included; at most 1,000 buckets, more are an error. Empty when
            /// there are no rows and the range does not have both ends. Rows that another program stored with a moment
            /// beyond the years 0 to 9999, or with none such as infinity, are in no bucket.
            async fn series(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How long a bucket is.")] bucket: $crate::statistics::Bucket,
                #[graphql(
                    desc = "The time zone whose clock the buckets follow: an IANA name such as `Europe/Paris`, in \
                            whatever case, or an offset such as `+02:00`.",
                    default = "UTC"
                )]
                timezone: String,
                #[graphql(desc = "Only rows from this moment on; the series starts with the bucket it lies in. Without \
                                  it, with the bucket of the first row.")]
                from: Option<$crate::scalar::DateTime>,
                #[graphql(desc = "Only rows before this moment; the series ends with the last bucket that begins before \
                                  it. Without it, with the bucket of the last row.")]
                to: Option<$crate::scalar::DateTime>,
            ) -> $crate::error::Result<Vec<$bucket>> {
                let range = $crate::statistics::Range::new(bucket, &timezone, from, to)?;
                let scope = ctx.data_unchecked::<$crate::db::scope::Scope>();
                let series = $crate::statistics::series(scope, &self.0, $dimension, range).await?;
                Ok(series.into_iter().map($bucket::from).collect())
            }
        }
    };
}

pub(crate) use statistics;
