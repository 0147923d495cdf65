//! How many rows workspaces have and how long their values are, found out beside the requests: what an operation costs
//! depends on it.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use graphql_limits::cost::SHORT;
use quick_cache::sync::Cache;
use tokio::sync::Notify;
use tokio_postgres::error::SqlState;

use super::Db;
use super::connect::Connector;
use crate::error::Chain;

/// Rows of a table that are counted at the most.
const MAX_COUNTED: i64 = 1_000_000;
/// Rows that are measured for what a value is on average, from all over the table.
const SAMPLE: i64 = 128;
/// Workspaces that are remembered.
const MAX_WORKSPACES: usize = 10_000;
/// How long a count is believed.
const CACHE_TTL: Duration = Duration::from_secs(300);
/// How long requests go before.
const COUNT_DELAY: Duration = Duration::from_millis(500);

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How tables tell which rows are a workspace's, deleted ones among them, as they are read with the others. Memberships
/// and API keys are not counted: few may know how many there are.
const TABLES: [(&str, &str); 10] = [
    ("collects", "collects WHERE workspace_pk = $1"),
    ("connector_mappings", "connector_mappings WHERE workspace_pk = $1"),
    ("connector_sync_diagnostics", "connector_sync_diagnostics WHERE workspace_pk = $1"),
    ("connectors", "connectors WHERE (workspace_pk = $1 OR workspace_pk IS NULL)"),
    (
        "document_workspace_connectors",
        "document_workspace_connectors JOIN core_api.documents \
         ON documents.pk = document_workspace_connectors.document_pk WHERE documents.workspace_pk = $1",
    ),
    ("documents", "documents WHERE workspace_pk = $1"),
    ("peoples", "peoples WHERE workspace_pk = $1"),
    ("tasks", "tasks WHERE workspace_pk = $1"),
    ("workspace_connector_sync_logs", "workspace_connector_sync_logs WHERE workspace_pk = $1"),
    ("workspace_connectors", "workspace_connectors WHERE workspace_pk = $1"),
];

/// The rows of one workspace, table by table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    rows: [u64; TABLES.len()],
    /// The columns whose values are longer than [`SHORT`] on average, by their tables.
    long: Vec<(&'static str, String, (u64, u64))>,
}

impl RowCounts {
    /// The rows of a table, at most a million; nothing for a table that is not counted.
    #[must_use]
    pub fn of(&self, table: &str) -> Option<u64> {
        let mut counts = TABLES.iter().zip(self.rows);
        counts.find(|((name, _), _)| *name == table).map(|(_, count)| count)
    }

    /// The bytes of a column on average, JSON as its text: of all rows, and of those that have a value, 64 at the least.
    /// The column may be named as the API names it.
    #[must_use]
    pub fn bytes(&self, table: &str, column: &str) -> Option<(u64, u64)> {
        self.of(table)?;
        let letters = |name: &str| name.replace('_', "").to_lowercase();
        let is_named = |name: &str| letters(name) == letters(column);
        let mut long = self.long.iter();
        Some(long.find(|(of, name, _)| *of == table && is_named(name)).map_or((SHORT, SHORT), |(.., bytes)| *bytes))
    }
}

/// What was counted, and what is to be.
pub(super) struct Counted {
    known: Cache<i32, (Instant, Arc<RowCounts>)>,
    wanted: Mutex<HashSet<i32>>,
    wake: Notify,
}

impl Default for Counted {
    fn default() -> Self {
        Self { known: Cache::new(MAX_WORKSPACES), wanted: Mutex::default(), wake: Notify::new() }
    }
}

impl Counted {
    fn want(&self, workspace_pk: i32) {
        let mut wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        // Who comes when that many wait comes again.
        if wanted.len() < MAX_WORKSPACES && wanted.insert(workspace_pk) {
            self.wake.notify_one();
        }
    }

    fn take_wanted(&self) -> Vec<i32> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).drain().collect()
    }
}

impl Db {
    /// How many rows a workspace has, if that was counted; it is counted anew after five minutes.
    #[must_use]
    pub fn row_counts(&self, workspace_pk: i32) -> Option<Arc<RowCounts>> {
        let counted = &self.0.counted;
        let known = counted.known.get(&workspace_pk);
        if known.as_ref().is_none_or(|(at, _)| at.elapsed() > CACHE_TTL) {
            counted.want(workspace_pk);
        }
        known.map(|(_, counts)| counts)
    }

    /// Counts the rows of workspaces whose requests ask for it, one after the other, for as long as it is polled.
    pub async fn run_row_counts(&self) {
        loop {
            self.0.counted.wake.notified().await;
            tokio::time::sleep(COUNT_DELAY).await;
            let wanted = self.0.counted.take_wanted();
            if let Err(error) = self.count_rows(&wanted).await {
                // Until then, an operation costs what it costs anywhere.
                tracing::debug!(error = %Chain(error.as_ref()), "the rows of workspaces could not be counted");
            }
        }
    }

    /// Counts the rows of these workspaces.
    ///
    /// # Errors
    /// When the database fails, or rows are locked.
    pub async fn count_rows(&self, workspaces: &[i32]) -> Result<(), Failure> {
        let counting = Counting::open(self.direct()).await?;
        for workspace_pk in workspaces {
            let counts = counting.count(*workspace_pk).await?;
            self.0.counted.known.insert(*workspace_pk, (Instant::now(), Arc::new(counts)));
        }
        Ok(())
    }
}

/// A connection that counts.
struct Counting {
    client: tokio_postgres::Client,
    driver: tokio::task::JoinHandle<()>,
}

impl Counting {
    async fn open(connector: &Connector) -> Result<Self, Failure> {
        let (client, driver) = connector.client().await?;
        let driver = tokio::spawn(async move {
            // Whoever waits for an answer hears of it.
            let _ = driver.await;
        });
        let counting = Self { client, driver };
        // Counting must not stand in anybody's way.
        let setup = "SET statement_timeout = '2s'; SET lock_timeout = '100ms'; SET default_transaction_read_only = on";
        counting.client.batch_execute(setup).await?;
        Ok(counting)
    }

    async fn count(&self, workspace_pk: i32) -> Result<RowCounts, Failure> {
        let mut counts = RowCounts::default();
        for (counted, (table, rows)) in counts.rows.iter_mut().zip(TABLES) {
            let count = self.count_table(rows, workspace_pk).await?;
            *counted = u64::try_from(count).unwrap_or_default();
            let step = (count / SAMPLE).max(1);
            let statement = format!(
                "SELECT name, (sum(octet_length(value)) / count(*))::bigint,
                     (sum(octet_length(value)) / count(value))::bigint FROM (
                     SELECT to_jsonb({table}) AS row FROM core_api.{rows}
                     AND hashint4({table}.pk)::bigint % {step} = 0 LIMIT {SAMPLE}
                 ) AS counted, LATERAL jsonb_each_text(row) AS value (name, value)
                 GROUP BY name HAVING sum(octet_length(value)) > {SHORT} * count(value)"
            );
            let long = self.client.query(&statement, &[&workspace_pk]).await;
            for row in unless_cancelled(long, Vec::new())? {
                let bytes = |at| Ok::<_, Failure>(u64::try_from(row.try_get::<_, i64>(at)?)?.max(SHORT));
                counts.long.push((table, row.try_get(0)?, (bytes(1)?, bytes(2)?)));
            }
        }
        Ok(counts)
    }

    /// Counts the rows of a table; one that takes too long to count has as many as are counted at the most.
    async fn count_table(&self, rows: &str, workspace_pk: i32) -> Result<i64, Failure> {
        let statement = format!("SELECT count(*) FROM (SELECT FROM core_api.{rows} LIMIT {MAX_COUNTED}) AS counted");
        let count = self.client.query_one(&statement, &[&workspace_pk]).await.and_then(|row| row.try_get(0));
        Ok(unless_cancelled(count, MAX_COUNTED)?)
    }
}

/// What a statement told, or what is taken for it where that took too long.
fn unless_cancelled<T>(told: Result<T, tokio_postgres::Error>, otherwise: T) -> Result<T, tokio_postgres::Error> {
    match told {
        Err(error) if error.code() == Some(&SqlState::QUERY_CANCELED) => Ok(otherwise),
        told => told,
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
