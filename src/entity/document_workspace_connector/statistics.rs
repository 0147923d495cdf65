//! Statistics over a list of links.

use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Context, SimpleObject};
use diesel::AggregateExpressionMethods;
use diesel::dsl::count;
use diesel::pg::Pg;
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Integer};

use super::DocumentWorkspaceConnector;
use crate::db::condition::Sql;
use crate::db::schema::core_api::document_workspace_connectors as links;
use crate::db::scope::Scope;
use crate::entity::connector::Direction;
use crate::entity::stored::Stored;
use crate::error::Result;
use crate::page::{Aggregate, read_row};
use crate::scalar::{BigInt as Number, DateTime};
use crate::statistics::{CountBy, Counts, Dimension, TimeSeries, number, statistics};

/// What is made of rows alone, by type and field: answers with it may be kept in memory.
pub const OF_ROWS: &[(&str, &[&str])] = &[
    ("DocumentWorkspaceConnectorBucket", &["start", "total", "byDirection"]),
    ("DocumentWorkspaceConnectorDirectionCount", &["direction", "count"]),
    ("DocumentWorkspaceConnectorStatistics", &["total", "byDirection", "distinctDocuments", "series"]),
];

/// How many links have a direction.
#[derive(SimpleObject, Clone, Debug)]
pub struct DocumentWorkspaceConnectorDirectionCount {
    /// The direction.
    pub direction: Direction,
    /// How many links have it.
    pub count: i32,
}

/// The links of one bucket of a series.
#[derive(SimpleObject, Clone, Debug)]
pub struct DocumentWorkspaceConnectorBucket {
    /// When the bucket begins; it ends where the next one begins.
    pub start: DateTime,
    /// How many links were made in it.
    pub total: i32,
    /// The same by direction; every direction once.
    pub by_direction: Vec<DocumentWorkspaceConnectorDirectionCount>,
}

impl From<(DateTime, Counts<Stored<Direction>>)> for DocumentWorkspaceConnectorBucket {
    fn from((start, counts): (DateTime, Counts<Stored<Direction>>)) -> Self {
        Self { start, total: counts.total(), by_direction: by_direction(&counts) }
    }
}

fn by_direction(counts: &Counts<Stored<Direction>>) -> Vec<DocumentWorkspaceConnectorDirectionCount> {
    counts.each(|direction, count| DocumentWorkspaceConnectorDirectionCount { direction, count })
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct ByDirection;

impl Dimension for ByDirection {
    type Node = DocumentWorkspaceConnector;
    type Columns = links::direction;
    type Value = Stored<Direction>;

    fn columns() -> Self::Columns {
        links::direction
    }
}

impl TimeSeries for ByDirection {
    fn time() -> Sql {
        Arc::new(links::created_at)
    }

    fn values() -> usize {
        Direction::items().len() + 1
    }
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct DistinctDocuments;

impl Aggregate<DocumentWorkspaceConnector> for DistinctDocuments {
    type Row = i64;

    fn what(&self) -> Sql {
        Arc::new(count(links::document_pk).aggregate_distinct())
    }

    fn group_by(&self) -> Option<Sql> {
        None
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, i64)> {
        let (list, Number(count)) = read_row::<(Integer, BigInt), _>(row)?;
        Ok((list, count))
    }
}

statistics! {
    /// Statistics over all links that pass the filter.
    DocumentWorkspaceConnectorStatistics, DocumentWorkspaceConnectorExtra of DocumentWorkspaceConnector {
        /// How many links there are.
        async fn total(&self, ctx: &Context<'_>) -> Result<i32> {
            Ok(self.counts(ctx).await?.total())
        }

        /// How many there are of each direction; every direction once.
        async fn by_direction(&self, ctx: &Context<'_>) -> Result<Vec<DocumentWorkspaceConnectorDirectionCount>> {
            Ok(by_direction(&self.counts(ctx).await?))
        }

        /// How many different documents are linked, each counted once however often it passed.
        async fn distinct_documents(&self, ctx: &Context<'_>) -> Result<i32> {
            let counted = self.0.aggregate(ctx.data_unchecked::<Scope>(), DistinctDocuments).await?;
            Ok(number(counted.first().copied().unwrap_or_default()))
        }
    }
    /// The links by when the documents passed.
    series: DocumentWorkspaceConnectorBucket by ByDirection
}

impl DocumentWorkspaceConnectorStatistics {
    async fn counts(&self, ctx: &Context<'_>) -> Result<Counts<Stored<Direction>>> {
        let rows = self.0.aggregate(ctx.data_unchecked::<Scope>(), CountBy(ByDirection)).await?;
        Ok(rows.iter().copied().collect())
    }
}
