//! How well a workspace connector syncs, as its sync logs tell.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime as Chrono, Utc};
use diesel::dsl::{max, min};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::sql_types::{Bool, Integer, Nullable, Timestamptz};
use diesel::{ExpressionMethods, QueryResult};

use crate::db::condition::{Condition, ParentPk, Sql};
use crate::db::loader::Key;
use crate::db::schema::core_api::{
    document_workspace_connectors, workspace_connector_sync_logs as logs, workspace_connectors,
};
use crate::db::scope::Scope;
use crate::db::statement::Columns;
use crate::entity::document_workspace_connector as link;
use crate::entity::workspace_connector_sync_log::{self as sync_log, ConnectorSyncStatus as Status};
use crate::error::Result;
use crate::page::{ToMany, read_row};
use crate::scalar::DateTime;

/// How long what may last before a workspace connector is unhealthy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HealthThresholds {
    /// Without a success: stale.
    pub stale: Duration,
    /// A run in progress: hung.
    pub hung: Duration,
    /// A run scheduled: never dispatched.
    pub never_dispatched: Duration,
}

impl Default for HealthThresholds {
    fn default() -> Self {
        const HOUR: u64 = 60 * 60;
        Self {
            stale: Duration::from_secs(26 * HOUR),
            hung: Duration::from_secs(3 * HOUR),
            never_dispatched: Duration::from_secs(HOUR),
        }
    }
}

/// How well a workspace connector syncs, in one word.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WorkspaceConnectorHealthStatus {
    /// Nothing is wrong.
    Healthy,
    /// It succeeds without anything coming of it.
    Silent,
    /// It has not succeeded for too long.
    Stale,
    /// A run has been scheduled for too long without being picked up.
    NeverDispatched,
    /// A run has been in progress for too long.
    Hung,
}

/// How well a workspace connector syncs, as its sync logs tell. Whether it is meant to sync at all is told by its
/// `connectionState`.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "any of them can be wrong at the same time")]
pub struct WorkspaceConnectorHealth {
    /// All of it in one word: of what is wrong, that which must be dealt with first (`HUNG`, `NEVER_DISPATCHED`,
    /// `STALE`, then `SILENT`).
    pub status: WorkspaceConnectorHealthStatus,
    /// Whether it has not succeeded for longer than it may, 26 hours unless configured otherwise. Before the first
    /// success the time counts from when it was connected.
    pub stale: bool,
    /// Whether a run has been in progress for longer than it may, 3 hours unless configured otherwise.
    pub hung: bool,
    /// Whether a run has been scheduled for longer than it may without being picked up, 1 hour unless configured
    /// otherwise.
    pub never_dispatched: bool,
    /// Whether it succeeded, but no run ever noted a record synced and no document is linked to it.
    pub silent: bool,
    /// When a run last succeeded; null when none did.
    pub last_success_at: Option<DateTime>,
    /// When the run began that has been in progress for the longest; null when none is.
    pub in_progress_since: Option<DateTime>,
    /// When the run was scheduled that has been waiting for the longest; null when none is.
    pub scheduled_since: Option<DateTime>,
}

/// What the rows say of a workspace connector's health, whatever the moment and the thresholds.
#[derive(Clone, Debug, Default)]
pub(crate) struct HealthFacts {
    last_success_at: Option<DateTime>,
    in_progress_since: Option<DateTime>,
    scheduled_since: Option<DateTime>,
    records_noted: bool,
    documents_linked: bool,
}

impl HealthFacts {
    /// How healthy that is now, for a workspace connector that was connected then.
    pub(crate) fn judge(
        &self,
        connected_at: DateTime,
        now: Chrono<Utc>,
        thresholds: HealthThresholds,
    ) -> WorkspaceConnectorHealth {
        use WorkspaceConnectorHealthStatus as Status;

        let lasts =
            |since: DateTime, allowed: Duration| (now - since.shown()).to_std().is_ok_and(|lasted| lasted > allowed);
        let stale = lasts(self.last_success_at.unwrap_or(connected_at), thresholds.stale);
        let hung = self.in_progress_since.is_some_and(|since| lasts(since, thresholds.hung));
        let never_dispatched = self.scheduled_since.is_some_and(|since| lasts(since, thresholds.never_dispatched));
        let silent = self.last_success_at.is_some() && !self.records_noted && !self.documents_linked;
        let by_urgency = [
            (hung, Status::Hung),
            (never_dispatched, Status::NeverDispatched),
            (stale, Status::Stale),
            (silent, Status::Silent),
        ];
        let worst = by_urgency.into_iter().find(|(wrong, _)| *wrong);
        WorkspaceConnectorHealth {
            status: worst.map_or(Status::Healthy, |(_, status)| status),
            stale,
            hung,
            never_dispatched,
            silent,
            last_success_at: self.last_success_at,
            in_progress_since: self.in_progress_since,
            scheduled_since: self.scheduled_since,
        }
    }

    /// What is selected of each workspace connector, in the order of [`HealthRow`]. An index answers each part, however
    /// many logs there are.
    fn what(scope: &Scope) -> Sql {
        let runs = || scope.rows::<logs::table>().filter(sync_log::OfWorkspaceConnector::parent_condition(scope));
        let runs_with = |status: Status| runs().filter(Condition::of(logs::status.eq(status)));
        let links = scope
            .rows::<document_workspace_connectors::table>()
            .filter(link::OfWorkspaceConnector::parent_condition(scope));
        // Rows of other programs may lack the time that belongs to their status.
        let (ended_at, began_at) =
            (coalesce(logs::completed_at, logs::updated_at), coalesce(logs::started_at, logs::created_at));
        Arc::new(Columns(vec![
            runs_with(Status::Success).value(max(ended_at)),
            runs_with(Status::InProgress).value(min(began_at)),
            runs_with(Status::Scheduled).value(min(logs::created_at)),
            runs().filter(Condition::written(RecordsNoted)).exist(),
            links.exist(),
        ]))
    }
}

diesel::define_sql_function! {
    /// The first that is not null.
    fn coalesce(first: Nullable<Timestamptz>, second: Timestamptz) -> Timestamptz;
}

/// That a run noted records. In the order of `jsonb` the positive numbers, and nothing else, stand between 0 and false.
/// It is said word for word as the index of these logs has it.
struct RecordsNoted;

impl QueryFragment<Pg> for RecordsNoted {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (bound, and) in [(" > '0'", " AND "), (" < 'false'", "")] {
            logs::metadata.walk_ast(out.reborrow())?;
            out.push_sql(" -> 'records_synced'");
            out.push_sql(bound);
            out.push_sql(and);
        }
        Ok(())
    }
}

/// The types of what is selected, the workspace connector's key in front.
type HealthRow = (Integer, Nullable<Timestamptz>, Nullable<Timestamptz>, Nullable<Timestamptz>, Bool, Bool);

/// The [`HealthFacts`] of a workspace connector.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct HealthOf(pub(crate) i32);

impl Key for HealthOf {
    type Value = HealthFacts;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, HealthFacts>> {
        let parents = keys.into_iter().map(|key| key.0).collect();
        let its_own = Condition::of(workspace_connectors::pk.eq(ParentPk));
        let rows = scope.rows::<workspace_connectors::table>().filter(its_own);
        let facts = scope.aggregate(parents, rows, (HealthFacts::what(scope), None, None), |row| {
            let (parent, last_success_at, in_progress_since, scheduled_since, records_noted, documents_linked) =
                read_row::<HealthRow, (i32, _, _, _, _, _)>(row)?;
            let facts =
                HealthFacts { last_success_at, in_progress_since, scheduled_since, records_noted, documents_linked };
            Ok((Self(parent), facts))
        });
        Ok(facts.await?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::WorkspaceConnectorHealthStatus::{Healthy, Hung, NeverDispatched, Silent, Stale};
    use super::*;

    fn judge(facts: &HealthFacts, connected_hours_ago: i64) -> WorkspaceConnectorHealth {
        facts.judge(ago(connected_hours_ago * 60), Chrono::UNIX_EPOCH, HealthThresholds::default())
    }

    fn ago(minutes: i64) -> DateTime {
        DateTime::from(Chrono::UNIX_EPOCH - TimeDelta::minutes(minutes))
    }

    #[test]
    fn a_connection_is_as_ill_as_its_worst_finding() {
        const HOUR: i64 = 60;
        let well = HealthFacts { last_success_at: Some(ago(HOUR)), records_noted: true, ..HealthFacts::default() };
        let stale = HealthFacts { last_success_at: Some(ago(26 * HOUR + 1)), ..well.clone() };
        let waiting = HealthFacts { scheduled_since: Some(ago(HOUR + 1)), ..stale.clone() };
        let hung = HealthFacts { in_progress_since: Some(ago(3 * HOUR + 1)), ..waiting.clone() };
        let table = [
            (well.clone(), Healthy),
            (HealthFacts { records_noted: false, documents_linked: true, ..well.clone() }, Healthy),
            (HealthFacts { records_noted: false, ..well.clone() }, Silent),
            (HealthFacts { last_success_at: Some(ago(26 * HOUR)), ..well.clone() }, Healthy),
            (HealthFacts { scheduled_since: Some(ago(HOUR)), ..well.clone() }, Healthy),
            (HealthFacts { in_progress_since: Some(ago(3 * HOUR)), ..well }, Healthy),
            (stale, Stale),
            (waiting, NeverDispatched),
            (hung, Hung),
        ];
        for (facts, status) in table {
            assert_eq!(judge(&facts, 1000).status, status, "{facts:?}");
        }
    }

    #[test]
    fn before_the_first_success_the_time_counts_from_the_connection() {
        assert_eq!(judge(&HealthFacts::default(), 26).status, Healthy);
        assert_eq!(judge(&HealthFacts::default(), 27).status, Stale);
    }
}
