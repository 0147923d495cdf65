//! Statistics over a list of sync logs.

use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Context, SimpleObject};
use diesel::ExpressionMethods;
use diesel::dsl::{avg, max, min};
use diesel::pg::Pg;
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{Double, Integer, Nullable};

use super::{ConnectorSyncStatus, SyncTriggerType, WorkspaceConnectorSyncLog};
use crate::db::condition::Sql;
use crate::db::functions::Percentile;
use crate::db::schema::core_api::workspace_connector_sync_logs as logs;
use crate::db::scope::Scope;
use crate::entity::stored::Stored;
use crate::error::Result;
use crate::page::{Aggregate, read_row};
use crate::scalar::DateTime;
use crate::statistics::{CountBy, Counts, Dimension, TimeSeries, statistics};

/// What is made of rows alone, by type and field: answers with it may be kept in memory.
pub const OF_ROWS: &[(&str, &[&str])] = &[
    ("WorkspaceConnectorSyncLogBucket", &["start", "total", "byStatus"]),
    ("WorkspaceConnectorSyncLogDuration", &["min", "max", "average", "p50", "p95"]),
    ("WorkspaceConnectorSyncLogStatistics", &["total", "byStatus", "byTrigger", "duration", "series"]),
    ("WorkspaceConnectorSyncLogStatusCount", &["status", "count"]),
    ("WorkspaceConnectorSyncLogTriggerCount", &["trigger", "count"]),
];

/// How many sync logs have a status.
#[derive(SimpleObject, Clone, Debug)]
pub struct WorkspaceConnectorSyncLogStatusCount {
    /// The status.
    pub status: ConnectorSyncStatus,
    /// How many sync logs have it.
    pub count: i32,
}

/// How many sync logs have a trigger.
#[derive(SimpleObject, Clone, Debug)]
pub struct WorkspaceConnectorSyncLogTriggerCount {
    /// What set the runs off; null for those of which it is unknown.
    pub trigger: Option<SyncTriggerType>,
    /// How many sync logs have it.
    pub count: i32,
}

/// How long the runs took that ended after they had begun, in milliseconds.
#[derive(SimpleObject, Clone, Debug)]
pub struct WorkspaceConnectorSyncLogDuration {
    /// The shortest, in milliseconds.
    pub min: i32,
    /// The longest, in milliseconds.
    pub max: i32,
    /// The mean, in milliseconds.
    pub average: f64,
    /// The median, in milliseconds: half of the runs took no longer. Interpolated between two runs.
    pub p50: f64,
    /// 95 of 100 runs took no longer, in milliseconds. Interpolated between two runs.
    pub p95: f64,
}

/// The sync logs of one bucket of a series.
#[derive(SimpleObject, Clone, Debug)]
pub struct WorkspaceConnectorSyncLogBucket {
    /// When the bucket begins; it ends where the next one begins.
    pub start: DateTime,
    /// How many sync logs were scheduled in it.
    pub total: i32,
    /// The same by the status they have now; every status once.
    pub by_status: Vec<WorkspaceConnectorSyncLogStatusCount>,
}

impl From<(DateTime, Counts<Stored<ConnectorSyncStatus>>)> for WorkspaceConnectorSyncLogBucket {
    fn from((start, counts): (DateTime, Counts<Stored<ConnectorSyncStatus>>)) -> Self {
        Self { start, total: counts.total(), by_status: by_status(&counts) }
    }
}

fn by_status(counts: &Counts<Stored<ConnectorSyncStatus>>) -> Vec<WorkspaceConnectorSyncLogStatusCount> {
    counts.each(|status, count| WorkspaceConnectorSyncLogStatusCount { status, count })
}

/// All counts of whole lists come from this one.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ByStatusAndTrigger;

impl Dimension for ByStatusAndTrigger {
    type Node = WorkspaceConnectorSyncLog;
    type Columns = (logs::status, logs::trigger_type);
    type Value = (Stored<ConnectorSyncStatus>, Option<Stored<SyncTriggerType>>);

    fn columns() -> Self::Columns {
        (logs::status, logs::trigger_type)
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct ByStatus;

impl Dimension for ByStatus {
    type Node = WorkspaceConnectorSyncLog;
    type Columns = logs::status;
    type Value = Stored<ConnectorSyncStatus>;

    fn columns() -> Self::Columns {
        logs::status
    }
}

impl TimeSeries for ByStatus {
    fn time() -> Sql {
        Arc::new(logs::created_at)
    }

    fn values() -> usize {
        ConnectorSyncStatus::items().len() + 1
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Durations;

type DurationColumns =
    (Integer, (Nullable<Integer>, Nullable<Integer>, Nullable<Double>, Nullable<Double>, Nullable<Double>));
type Duration = (Option<i32>, Option<i32>, Option<f64>, Option<f64>, Option<f64>);

impl Aggregate<WorkspaceConnectorSyncLog> for Durations {
    type Row = Duration;

    fn what(&self) -> Sql {
        let percentile = |fraction| Percentile { fraction, of: Arc::new(logs::duration_ms) };
        let average = avg(logs::duration_ms.cast::<Nullable<Double>>());
        Arc::new((min(logs::duration_ms), max(logs::duration_ms), average, percentile(0.5), percentile(0.95)))
    }

    fn group_by(&self) -> Option<Sql> {
        None
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Duration)> {
        read_row::<DurationColumns, _>(row)
    }
}

statistics! {
    /// Statistics over all sync logs that pass the filter.
    WorkspaceConnectorSyncLogStatistics, WorkspaceConnectorSyncLogExtra of WorkspaceConnectorSyncLog {
        /// How many sync logs there are.
        async fn total(&self, ctx: &Context<'_>) -> Result<i32> {
            Ok(self.by(ctx, |(status, _)| status).await?.total())
        }

        /// How many there are of each status; every status once.
        async fn by_status(&self, ctx: &Context<'_>) -> Result<Vec<WorkspaceConnectorSyncLogStatusCount>> {
            Ok(by_status(&self.by(ctx, |(status, _)| status).await?))
        }

        /// How many there are of each trigger; every trigger once, and null when there are any of which it is unknown.
        async fn by_trigger(&self, ctx: &Context<'_>) -> Result<Vec<WorkspaceConnectorSyncLogTriggerCount>> {
            let counts = self.by(ctx, |(_, trigger)| trigger).await?;
            let known = SyncTriggerType::items().iter().map(|item| Some(item.value));
            let unknown = (counts.of(&None) > 0).then_some(None);
            let count = |trigger: Option<SyncTriggerType>| WorkspaceConnectorSyncLogTriggerCount {
                trigger,
                count: counts.of(&trigger.map(Stored::Known)),
            };
            Ok(known.chain(unknown).map(count).collect())
        }

        /// How long the runs took; null when there is none that ended after it had begun.
        async fn duration(&self, ctx: &Context<'_>) -> Option<Result<WorkspaceConnectorSyncLogDuration>> {
            let found = self.0.aggregate(ctx.data_unchecked::<Scope>(), Durations).await;
            match found.as_deref() {
                Ok([(Some(min), Some(max), Some(average), Some(p50), Some(p95)), ..]) => {
                    let (min, max, average, p50, p95) = (*min, *max, *average, *p50, *p95);
                    Some(Ok(WorkspaceConnectorSyncLogDuration { min, max, average, p50, p95 }))
                }
                Ok(_) => None,
                Err(error) => Some(Err(error.clone())),
            }
        }
    }
    /// The sync logs by when they were scheduled.
    series: WorkspaceConnectorSyncLogBucket by ByStatus
}

impl WorkspaceConnectorSyncLogStatistics {
    async fn by<V: Clone + Eq + std::hash::Hash>(
        &self,
        ctx: &Context<'_>,
        part: impl Fn((Stored<ConnectorSyncStatus>, Option<Stored<SyncTriggerType>>)) -> V,
    ) -> Result<Counts<V>> {
        let rows = self.0.aggregate(ctx.data_unchecked::<Scope>(), CountBy(ByStatusAndTrigger)).await?;
        Ok(rows.iter().map(|(value, count)| (part(*value), *count)).collect())
    }
}
