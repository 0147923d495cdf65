//! In which workspaces anything became visible between two snapshots, whoever is told of it.

use tokio::task::JoinHandle;
use tokio_postgres::{Client, Statement};

use super::{Failure, Snapshot, in_time};
use crate::db::connect::Connector;

/// Lines that are read at once of either table at the most. Where there are more, every workspace counts as changed.
const MAX_LINES: i64 = 10_000;

/// The lines are found as `READ` of the feed finds changes. The sum over the tables is another one when a table was
/// emptied, altered, dropped or restored. At last it says whether triggers see all that becomes of the rows: a table that
/// others inherit from, or that a subscription fills, escapes them.
const READ: &str = r"
    SELECT greatest(forgotten, forgotten_workspaces)::text, lines.*, tables.*
    FROM core_api.change_feed, (
        SELECT count(*), array_agg(DISTINCT workspace_pk) FROM (
            (SELECT workspace_pk FROM core_api.changes
             WHERE (transaction_id >= pg_snapshot_xmax($1::text::pg_snapshot)
                     OR transaction_id = ANY (ARRAY (SELECT pg_snapshot_xip($1::text::pg_snapshot))))
                 AND pg_visible_in_snapshot(transaction_id, $2::text::pg_snapshot)
             LIMIT $3)
            UNION ALL
            (SELECT workspace_pk FROM core_api.changed_workspaces
             WHERE (transaction_id >= pg_snapshot_xmax($1::text::pg_snapshot)
                     OR transaction_id = ANY (ARRAY (SELECT pg_snapshot_xip($1::text::pg_snapshot))))
                 AND pg_visible_in_snapshot(transaction_id, $2::text::pg_snapshot)
             LIMIT $3)
        ) AS line
    ) AS lines, (
        SELECT concat((SELECT max(version) FROM __diesel_schema_migrations), ' ',
                sum(hashtextextended(concat_ws(' ', pg_class.oid, relfilenode, pg_class.xmin), 0))),
            count(*) = 15 AND bool_and(relname IN ('changes', 'changed_workspaces') OR
                relkind = 'r' AND NOT relhassubclass
                AND NOT EXISTS (SELECT FROM pg_subscription_rel WHERE srrelid = pg_class.oid)
                AND (SELECT coalesce(bit_or(tgtype) & 60 = 60, false) FROM pg_trigger
                     WHERE tgrelid = pg_class.oid AND tgenabled = 'A' AND tgtype & 1 = 0
                         AND tgname LIKE '%\_record\_%'))
        FROM pg_class WHERE relnamespace = to_regnamespace('core_api') AND relname IN (
            'api_keys', 'changed_workspaces', 'changes', 'collects', 'connector_mappings',
            'connector_sync_diagnostics', 'connectors', 'document_workspace_connectors', 'documents', 'memberships',
            'peoples', 'tasks', 'workspace_connector_sync_logs', 'workspace_connectors', 'workspaces')
    ) AS tables";

/// What became visible between two snapshots.
pub struct ChangedWorkspaces {
    /// The workspaces of the rows, null for rows of any; nothing when it is not known any more, or too many to tell.
    pub workspaces: Option<Vec<Option<i32>>>,
    /// What tells the tables from what they were before they were altered.
    pub tables: String,
}

/// A connection for that alone.
pub struct WorkspaceChanges {
    client: Client,
    read: Statement,
    driver: JoinHandle<()>,
}

impl Drop for WorkspaceChanges {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl WorkspaceChanges {
    /// Connects.
    ///
    /// # Errors
    /// When the database cannot be reached, is a standby, whose snapshots do not say what is running, or is not migrated.
    pub async fn connect(connector: &Connector) -> Result<Self, Failure> {
        let (client, driver) = connector.client().await?;
        let driver = tokio::spawn(async move {
            // Whoever waits for an answer is told of its end.
            let _ = driver.await;
        });
        let prepared = async {
            let setup = "SET application_name = 'well-ingestion generations'; SET enable_seqscan = off; SET jit = off";
            client.batch_execute(setup).await?;
            let standby: bool = client.query_typed_one("SELECT pg_is_in_recovery()", &[]).await?.try_get(0)?;
            if standby {
                return Err("the database is a standby".into());
            }
            Ok::<_, Failure>(client.prepare(READ).await?)
        };
        match in_time(prepared).await {
            Ok(read) => Ok(Self { client, read, driver }),
            Err(error) => {
                driver.abort();
                Err(error)
            }
        }
    }

    /// What is visible now, as the text that stays the same as long as no transaction that changed anything ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn now(&self) -> Result<String, Failure> {
        Ok(in_time(self.client.query_typed_one("SELECT pg_current_snapshot()::text", &[])).await?.try_get(0)?)
    }

    /// The workspaces in which anything became visible from one moment to another.
    ///
    /// # Errors
    /// When changes escape the triggers, and when the database fails.
    pub async fn read(&self, from: &str, to: &str) -> Result<ChangedWorkspaces, Failure> {
        let row = in_time(self.client.query_one(&self.read, &[&from, &to, &MAX_LINES])).await?;
        if row.try_get::<_, Option<bool>>(4)? != Some(true) {
            return Err("changes of some tables are not recorded".into());
        }
        let horizon: u64 = row.try_get::<_, &str>(0)?.parse()?;
        let is_known = from.parse::<Snapshot>()?.oldest_unseen() > horizon && row.try_get::<_, i64>(1)? < MAX_LINES;
        let workspaces = row.try_get::<_, Option<Vec<Option<i32>>>>(2)?.unwrap_or_default();
        Ok(ChangedWorkspaces { workspaces: is_known.then_some(workspaces), tables: row.try_get(3)? })
    }
}

/// Removes lines of either table as [`super::Changes::prune`] does: the oldest, up to the first that is young or that not
/// everybody has seen.
pub(super) fn prune(table: &str, horizon: &str) -> String {
    format!(
        "WITH young AS (
            SELECT transaction_id FROM (
                SELECT transaction_id, happened_at FROM core_api.{table} ORDER BY transaction_id, position LIMIT $3
            ) AS oldest
            WHERE happened_at >= now() - make_interval(secs => $1)
            ORDER BY transaction_id LIMIT 1
        ), old AS (
            DELETE FROM core_api.{table}
            WHERE ctid = ANY (ARRAY (
                SELECT ctid FROM core_api.{table}
                WHERE transaction_id < least($2::text::xid8, (SELECT transaction_id FROM young))
                ORDER BY transaction_id, position LIMIT $3))
            RETURNING transaction_id
        ), noted AS (
            UPDATE core_api.change_feed SET {horizon} = (SELECT max(transaction_id) FROM old)
            WHERE {horizon} < (SELECT max(transaction_id) FROM old)
        )
        SELECT count(*) FROM old"
    )
}
