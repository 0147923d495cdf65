//! Statistics over a list of collects.

use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Context, SimpleObject};

use super::{Collect, CollectStatus};
use crate::db::condition::Sql;
use crate::db::schema::core_api::collects;
use crate::db::scope::Scope;
use crate::entity::stored::Stored;
use crate::error::Result;
use crate::scalar::DateTime;
use crate::statistics::{CountBy, Counts, Dimension, TimeSeries, TopN, number, statistics};

/// What is made of rows alone, by type and field: answers with it may be kept in memory.
pub const OF_ROWS: &[(&str, &[&str])] = &[
    ("CollectStatistics", &["total", "byStatus", "byProvider", "series"]),
    ("CollectStatusCount", &["status", "count"]),
    ("CollectProviderCount", &["provider", "count"]),
    ("CollectBucket", &["start", "total", "byStatus"]),
];

/// How many collects have a status.
#[derive(SimpleObject, Clone, Debug)]
pub struct CollectStatusCount {
    /// The status.
    pub status: CollectStatus,
    /// How many collects have it.
    pub count: i32,
}

/// How many collects gather from a provider.
#[derive(SimpleObject, Clone, Debug)]
pub struct CollectProviderCount {
    /// The key of the tool or surface; null for those that were started by hand.
    pub provider: Option<String>,
    /// How many collects gather from it.
    pub count: i32,
}

/// The collects of one bucket of a series.
#[derive(SimpleObject, Clone, Debug)]
pub struct CollectBucket {
    /// When the bucket begins; it ends where the next one begins.
    pub start: DateTime,
    /// How many collects were made in it.
    pub total: i32,
    /// The same by the status they have now; every status once.
    pub by_status: Vec<CollectStatusCount>,
}

impl From<(DateTime, Counts<Stored<CollectStatus>>)> for CollectBucket {
    fn from((start, counts): (DateTime, Counts<Stored<CollectStatus>>)) -> Self {
        Self { start, total: counts.total(), by_status: by_status(&counts) }
    }
}

fn by_status(counts: &Counts<Stored<CollectStatus>>) -> Vec<CollectStatusCount> {
    counts.each(|status, count| CollectStatusCount { status, count })
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct ByStatus;

impl Dimension for ByStatus {
    type Node = Collect;
    type Columns = collects::status;
    type Value = Stored<CollectStatus>;

    fn columns() -> Self::Columns {
        collects::status
    }
}

impl TimeSeries for ByStatus {
    fn time() -> Sql {
        Arc::new(collects::created_at)
    }

    fn values() -> usize {
        CollectStatus::items().len() + 1
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct ByProvider;

impl Dimension for ByProvider {
    type Node = Collect;
    type Columns = collects::provider;
    type Value = Option<String>;

    fn columns() -> Self::Columns {
        collects::provider
    }
}

statistics! {
    /// Statistics over all collects that pass the filter.
    CollectStatistics, CollectExtra of Collect {
        /// How many collects there are.
        async fn total(&self, ctx: &Context<'_>) -> Result<i32> {
            Ok(self.counts(ctx).await?.total())
        }

        /// How many there are of each status; every status once.
        async fn by_status(&self, ctx: &Context<'_>) -> Result<Vec<CollectStatusCount>> {
            Ok(by_status(&self.counts(ctx).await?))
        }

        /// How many there are of each provider, the most frequent first; only the 100 most frequent.
        async fn by_provider(&self, ctx: &Context<'_>) -> Result<Vec<CollectProviderCount>> {
            let mut rows = self.0.aggregate(ctx.data_unchecked::<Scope>(), TopN(ByProvider)).await?.to_vec();
            rows.sort_by(|(one, fewer), (other, more)| more.cmp(fewer).then_with(|| one.cmp(other)));
            let count = |(provider, count)| CollectProviderCount { provider, count: number(count) };
            Ok(rows.into_iter().map(count).collect())
        }
    }
    /// The collects by when they were made.
    series: CollectBucket by ByStatus
}

impl CollectStatistics {
    async fn counts(&self, ctx: &Context<'_>) -> Result<Counts<Stored<CollectStatus>>> {
        let rows = self.0.aggregate(ctx.data_unchecked::<Scope>(), CountBy(ByStatus)).await?;
        Ok(rows.iter().copied().collect())
    }
}
