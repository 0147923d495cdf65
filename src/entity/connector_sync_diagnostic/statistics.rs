//! Statistics over a list of sync diagnostics.

use std::sync::Arc;

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Context, SimpleObject};
use diesel::ExpressionMethods;
use diesel::dsl::EqAny;
use diesel::expression::{AppearsOnTable, Expression};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::sql_types::{Bool, Nullable};

use super::{ConnectorSyncDiagnostic, Severity, SyncFailureReason};
use crate::db::condition::Sql;
use crate::db::schema::core_api::connector_sync_diagnostics as diagnostics;
use crate::db::scope::Scope;
use crate::entity::connector_mapping::TargetModel;
use crate::entity::stored::Stored;
use crate::error::Result;
use crate::scalar::DateTime;
use crate::statistics::{CountBy, Counts, Dimension, TimeSeries, statistics};

/// What is made of rows alone, by type and field: answers with it may be kept in memory.
pub const OF_ROWS: &[(&str, &[&str])] = &[
    ("ConnectorSyncDiagnosticBucket", &["start", "total", "bySeverity"]),
    ("ConnectorSyncDiagnosticReasonCount", &["reason", "count"]),
    ("ConnectorSyncDiagnosticSeverityCount", &["severity", "count"]),
    ("ConnectorSyncDiagnosticStatistics", &["total", "bySeverity", "byReason", "byTargetModel", "series"]),
    ("ConnectorSyncDiagnosticTargetModelCount", &["targetModel", "count"]),
];

/// How many sync diagnostics have a severity.
#[derive(SimpleObject, Clone, Debug)]
pub struct ConnectorSyncDiagnosticSeverityCount {
    /// The severity.
    pub severity: Severity,
    /// How many sync diagnostics have it.
    pub count: i32,
}

/// How many sync diagnostics have a reason.
#[derive(SimpleObject, Clone, Debug)]
pub struct ConnectorSyncDiagnosticReasonCount {
    /// The reason.
    pub reason: SyncFailureReason,
    /// How many sync diagnostics have it.
    pub count: i32,
}

/// How many sync diagnostics are about a target model.
#[derive(SimpleObject, Clone, Debug)]
pub struct ConnectorSyncDiagnosticTargetModelCount {
    /// The target model.
    pub target_model: TargetModel,
    /// How many sync diagnostics are about it.
    pub count: i32,
}

/// The sync diagnostics of one bucket of a series.
#[derive(SimpleObject, Clone, Debug)]
pub struct ConnectorSyncDiagnosticBucket {
    /// When the bucket begins; it ends where the next one begins.
    pub start: DateTime,
    /// How many sync diagnostics occurred in it.
    pub total: i32,
    /// The same by severity; every severity once.
    pub by_severity: Vec<ConnectorSyncDiagnosticSeverityCount>,
}

impl From<(DateTime, Counts<Option<bool>>)> for ConnectorSyncDiagnosticBucket {
    fn from((start, counts): (DateTime, Counts<Option<bool>>)) -> Self {
        let count = |severity, count| ConnectorSyncDiagnosticSeverityCount { severity, count };
        let by_severity = vec![
            count(Severity::Informational, counts.of(&Some(false))),
            count(Severity::Failure, counts.of(&Some(true))),
        ];
        Self { start, total: counts.total(), by_severity }
    }
}

/// All counts of whole lists come from this one.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ByReasonAndTargetModel;

impl Dimension for ByReasonAndTargetModel {
    type Node = ConnectorSyncDiagnostic;
    type Columns = (diagnostics::reason, diagnostics::target_model);
    type Value = (Stored<SyncFailureReason>, Stored<TargetModel>);

    fn columns() -> Self::Columns {
        (diagnostics::reason, diagnostics::target_model)
    }
}

/// Whether it is a failure; null where the reason is not known.
#[derive(Clone, PartialEq, Eq, Hash)]
struct ByFailure;

impl Dimension for ByFailure {
    type Node = ConnectorSyncDiagnostic;
    type Columns = IsFailure;
    type Value = Option<bool>;

    fn columns() -> Self::Columns {
        IsFailure(
            [Severity::Failure, Severity::Informational].map(|wanted| {
                diagnostics::reason.eq_any(SyncFailureReason::with_severity(|severity| severity == wanted))
            }),
        )
    }
}

/// `CASE WHEN <a failure> THEN TRUE WHEN <informational> THEN FALSE END`.
struct IsFailure([EqAny<diagnostics::reason, Vec<SyncFailureReason>>; 2]);

impl QueryFragment<Pg> for IsFailure {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Self([failure, informational]) = self;
        out.push_sql("CASE WHEN ");
        failure.walk_ast(out.reborrow())?;
        out.push_sql(" THEN TRUE WHEN ");
        informational.walk_ast(out.reborrow())?;
        out.push_sql(" THEN FALSE END");
        Ok(())
    }
}

impl Expression for IsFailure {
    type SqlType = Nullable<Bool>;
}

impl AppearsOnTable<diagnostics::table> for IsFailure {}

impl TimeSeries for ByFailure {
    fn time() -> Sql {
        Arc::new(diagnostics::occurred_at)
    }

    fn values() -> usize {
        Severity::items().len() + 1
    }
}

statistics! {
    /// Statistics over all sync diagnostics that pass the filter.
    ConnectorSyncDiagnosticStatistics, ConnectorSyncDiagnosticExtra of ConnectorSyncDiagnostic {
        /// How many sync diagnostics there are.
        async fn total(&self, ctx: &Context<'_>) -> Result<i32> {
            Ok(self.by(ctx, |reason, _| reason).await?.total())
        }

        /// How many there are of each severity; every severity once.
        async fn by_severity(&self, ctx: &Context<'_>) -> Result<Vec<ConnectorSyncDiagnosticSeverityCount>> {
            let counts = self.by(ctx, |reason, _| reason.map(SyncFailureReason::severity)).await?;
            Ok(counts.each(|severity, count| ConnectorSyncDiagnosticSeverityCount { severity, count }))
        }

        /// How many there are of each reason; every reason once.
        async fn by_reason(&self, ctx: &Context<'_>) -> Result<Vec<ConnectorSyncDiagnosticReasonCount>> {
            let counts = self.by(ctx, |reason, _| reason).await?;
            Ok(counts.each(|reason, count| ConnectorSyncDiagnosticReasonCount { reason, count }))
        }

        /// How many there are about each target model; every target model once.
        async fn by_target_model(&self, ctx: &Context<'_>) -> Result<Vec<ConnectorSyncDiagnosticTargetModelCount>> {
            let counts = self.by(ctx, |_, target_model| target_model).await?;
            Ok(counts.each(|target_model, count| ConnectorSyncDiagnosticTargetModelCount { target_model, count }))
        }
    }
    /// The sync diagnostics by when they occurred.
    series: ConnectorSyncDiagnosticBucket by ByFailure
}

impl ConnectorSyncDiagnosticStatistics {
    async fn by<V: Clone + Eq + std::hash::Hash>(
        &self,
        ctx: &Context<'_>,
        part: impl Fn(Stored<SyncFailureReason>, Stored<TargetModel>) -> V,
    ) -> Result<Counts<V>> {
        let rows = self.0.aggregate(ctx.data_unchecked::<Scope>(), CountBy(ByReasonAndTargetModel)).await?;
        Ok(rows.iter().map(|((reason, target_model), count)| (part(*reason, *target_model), *count)).collect())
    }
}
