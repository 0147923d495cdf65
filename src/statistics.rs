//! Statistics for dashboards: counts and series over a whole list, computed in the database.

mod bucket;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use chrono::Utc;
use diesel::dsl::{SqlTypeOf, count_star};
use diesel::expression::{AppearsOnTable, Expression};
use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Integer, Nullable, Timestamptz};

pub use bucket::{Bucket, Range};

use crate::db::condition::{Condition, Sql};
use crate::db::functions::{BucketNumber, BucketStart, Groups};
use crate::db::scope::{Record, Scope};
use crate::error::Result;
use crate::filter::compare;
use crate::page::{Aggregate, Listed, Listing, read_row};
use crate::scalar::DateTime;

/// Groups of [`Largest`] at the most.
pub const MOST_GROUPS: usize = 100;

/// What the rows of a list are counted by.
pub trait Dimension: Clone + Eq + Hash + Send + Sync + 'static {
    /// The rows.
    type Node: Listed;
    /// The column, or several.
    type Columns: Expression + AppearsOnTable<<Self::Node as Record>::Table> + QueryFragment<Pg> + Send + Sync + 'static;
    /// What the columns hold.
    type Value: Clone + Eq + Hash + Send + Sync + 'static;

    /// The columns.
    fn columns() -> Self::Columns;
}

/// A dimension of one expression, that can be followed over time.
pub trait Charted: Dimension {
    /// The column that says when.
    fn time() -> Sql;

    /// How many values it can have.
    fn values() -> usize;
}

/// How many rows there are of each value. All who ask for the same dimension share one statement.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Tally<D>(pub D);

/// The same for the values with the most rows only, largest first, at most [`MOST_GROUPS`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Largest<D>(pub D);

/// How many rows there are of each value in each bucket; without a bucket those outside the range.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Series<D, P> {
    dimension: D,
    range: Range,
    by: P,
}

/// How the database tells in which bucket a row lies.
pub trait Placing: Clone + Eq + Hash + Send + Sync + 'static {
    /// What it tells.
    type Place: Copy + Send + Sync + 'static;
    /// As which type.
    type Sql;
    /// The expression that tells it.
    type Expression: QueryFragment<Pg> + Send + Sync + 'static;

    /// That expression for the moments in a column.
    fn place(&self, at: Sql, range: &Range) -> Self::Expression;
}

/// By when the bucket starts: for ranges whose buckets the rows decide.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ByStart;

impl Placing for ByStart {
    type Place = DateTime;
    type Sql = Timestamptz;
    type Expression = BucketStart;

    fn place(&self, at: Sql, range: &Range) -> BucketStart {
        BucketStart { at, unit: range.bucket.unit(), timezone: range.timezone.name() }
    }
}

/// By the bucket's number among those that start at these moments, which takes the database half as long.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ByNumber(Vec<chrono::DateTime<Utc>>);

impl Placing for ByNumber {
    type Place = i32;
    type Sql = Integer;
    type Expression = BucketNumber;

    fn place(&self, at: Sql, _: &Range) -> BucketNumber {
        BucketNumber { at, starts: self.0.clone() }
    }
}

/// What a count is read from, with the list's own key in front.
type Counted<D> = (Integer, SqlTypeOf<<D as Dimension>::Columns>, BigInt);
type CountedOverTime<D, P> = (Integer, Nullable<<P as Placing>::Sql>, SqlTypeOf<<D as Dimension>::Columns>, BigInt);

impl<D: Dimension> Aggregate<D::Node> for Tally<D>
where
    (i32, D::Value, i64): diesel::deserialize::FromSqlRow<Counted<D>, Pg>,
{
    type Row = (D::Value, i64);

    fn what(&self) -> Sql {
        Arc::new((D::columns(), count_star()))
    }

    fn group_by(&self) -> Option<Sql> {
        Some(Arc::new(D::columns()))
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Self::Row)> {
        let (list, value, count) = read_row::<Counted<D>, _>(row)?;
        Ok((list, (value, count)))
    }
}

impl<D: Dimension> Aggregate<D::Node> for Largest<D>
where
    Tally<D>: Aggregate<D::Node>,
{
    type Row = <Tally<D> as Aggregate<D::Node>>::Row;

    fn what(&self) -> Sql {
        Tally(self.0.clone()).what()
    }

    fn group_by(&self) -> Option<Sql> {
        Some(Arc::new(Groups::Largest(MOST_GROUPS)))
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Self::Row)> {
        <Tally<D> as Aggregate<D::Node>>::read(row)
    }
}

impl<D: Charted, P> Series<D, P> {
    /// More rows than a series of legal length can have.
    fn too_many() -> usize {
        (bucket::MOST_BUCKETS + 3) * D::values()
    }
}

impl<D: Charted, P: Placing> Aggregate<D::Node> for Series<D, P>
where
    (i32, Option<P::Place>, D::Value, i64): diesel::deserialize::FromSqlRow<CountedOverTime<D, P>, Pg>,
{
    type Row = (Option<P::Place>, D::Value, i64);

    fn what(&self) -> Sql {
        Arc::new((self.by.place(D::time(), &self.range), D::columns(), count_star()))
    }

    fn group_by(&self) -> Option<Sql> {
        Some(Arc::new(Groups::FirstTwo(Self::too_many())))
    }

    fn condition(&self) -> Option<Condition<<D::Node as Record>::Table>> {
        let bound = |operator, moment| compare::<_, Timestamptz, DateTime>(&D::time(), operator, DateTime(moment), "");
        let from = self.range.from.map(|from| bound(" >= ", from));
        let to = self.range.to.map(|to| bound(" < ", to));
        Some(Condition::all(from.into_iter().chain(to)))
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Self::Row)> {
        let (list, place, value, count) = read_row::<CountedOverTime<D, P>, _>(row)?;
        Ok((list, (place, value, count)))
    }
}

/// How many rows there are of each value in each bucket of the range, empty buckets included.
///
/// # Errors
/// `BAD_USER_INPUT` when there are too many buckets, and when the database fails.
pub async fn series<D: Charted>(
    scope: &Scope,
    listing: &Listing<D::Node>,
    dimension: D,
    range: Range,
) -> Result<Vec<(DateTime, Counts<D::Value>)>>
where
    (i32, Option<DateTime>, D::Value, i64): diesel::deserialize::FromSqlRow<CountedOverTime<D, ByStart>, Pg>,
    (i32, Option<i32>, D::Value, i64): diesel::deserialize::FromSqlRow<CountedOverTime<D, ByNumber>, Pg>,
{
    let starts = range.starts([])?;
    if range.has_both_ends() {
        let by = ByNumber(starts.clone());
        let rows = listing.aggregate(scope, Series { dimension, range, by }).await?;
        return Ok(filled(&starts, &rows, |number| usize::try_from(number).unwrap_or_default()));
    }
    let rows = listing.aggregate(scope, Series { dimension, range: range.clone(), by: ByStart }).await?;
    if rows.len() >= Series::<D, ByStart>::too_many() {
        return Err(bucket::too_many());
    }
    let starts = range.starts(rows.iter().filter_map(|(start, ..)| start.map(DateTime::shown)))?;
    // PostgreSQL may place the start of a bucket that begins in a change of the clock a little later.
    Ok(filled(&starts, &rows, |start| starts.partition_point(|bucket| *bucket <= start.shown())))
}

/// All buckets that start at these moments, with the counts of their rows. A place's number counts from 1.
fn filled<P: Copy, V: Clone + Eq + Hash>(
    starts: &[chrono::DateTime<Utc>],
    rows: &[(Option<P>, V, i64)],
    number: impl Fn(P) -> usize,
) -> Vec<(DateTime, Counts<V>)> {
    let mut buckets: Vec<_> = starts.iter().map(|start| (DateTime(*start), Counts::default())).collect();
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

    /// The rows of each value of the enum, those without rows included.
    pub fn each<T>(&self, count: impl Fn(V, i32) -> T) -> Vec<T>
    where
        V: EnumType,
    {
        V::items().iter().map(|item| count(item.value, self.of(&item.value))).collect()
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
/// object behind it, whose fields stand in the braces. The series is added, `by` a [`Charted`] dimension, in
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
            /// there are no rows and the range does not have both ends.
            async fn series(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "How long a bucket is.")] bucket: $crate::statistics::Bucket,
                #[graphql(
                    desc = "The time zone whose clock the buckets follow, as an IANA name such as `Europe/Paris`.",
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
