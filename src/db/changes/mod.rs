//! The change feed of the database, which triggers write: reading it, waiting for it, and forgetting what is old.

mod snapshot;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Enum;
use futures_util::future::poll_fn;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Row, Statement};
use uuid::Uuid;

pub use self::snapshot::Snapshot;
use super::connect::{Connector, Driver};
use super::idempotency;

/// The lock that those who wait for changes share. The triggers know it, too.
const WAITING: i64 = 0x7765_6c6c_6368_6e67;

/// How long a statement may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first part sees nothing of a transaction until it has ended, so what became visible is what those transactions
/// did that were running then or began after it.
const READ: &str = "
    SELECT change_feed.forgotten::text, found.*
    FROM core_api.change_feed LEFT JOIN LATERAL (
        SELECT position, entity::text, kind::text, entity_id::text, entity_pk, workspace_connector_pk, workspace_pk
        FROM core_api.changes
        WHERE (transaction_id >= pg_snapshot_xmax($1::text::pg_snapshot)
                OR transaction_id = ANY (ARRAY (SELECT pg_snapshot_xip($1::text::pg_snapshot))))
            AND pg_visible_in_snapshot(transaction_id, $2::text::pg_snapshot)
            AND position > $3 AND position <= $4
            AND workspace_pk = coalesce($5, workspace_pk)
            AND entity = coalesce($6::text::core_api.followed_entity_enum, entity)
        ORDER BY position LIMIT $7
    ) AS found ON true
    ORDER BY found.position";

/// What is removed at once: those who wait for changes wait for that, too.
const MOST_FORGOTTEN: i64 = 10_000;

/// The oldest go, up to the first that is young or that not everybody has seen.
const FORGET: &str = "
    WITH young AS (
        SELECT transaction_id FROM (
            SELECT transaction_id, happened_at FROM core_api.changes ORDER BY transaction_id, position LIMIT $3
        ) AS oldest
        WHERE happened_at >= now() - make_interval(secs => $1)
        ORDER BY transaction_id LIMIT 1
    ), old AS (
        DELETE FROM core_api.changes
        WHERE ctid = ANY (ARRAY (
            SELECT ctid FROM core_api.changes
            WHERE transaction_id < least($2::text::xid8, (SELECT transaction_id FROM young))
            ORDER BY transaction_id, position LIMIT $3))
        RETURNING transaction_id
    ), noted AS (
        UPDATE core_api.change_feed SET forgotten = (SELECT max(transaction_id) FROM old)
        WHERE forgotten < (SELECT max(transaction_id) FROM old)
    )
    SELECT count(*) FROM old";

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What kind of row was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A connector in a workspace.
    WorkspaceConnector,
    /// A sync run.
    WorkspaceConnectorSyncLog,
    /// A mapping.
    ConnectorMapping,
    /// A diagnostic.
    ConnectorSyncDiagnostic,
    /// A collect.
    Collect,
    /// A document.
    Document,
    /// The link of a document and a workspace connector.
    DocumentWorkspaceConnector,
}

impl Entity {
    /// As the database writes it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::WorkspaceConnector => "workspace_connector",
            Self::WorkspaceConnectorSyncLog => "workspace_connector_sync_log",
            Self::ConnectorMapping => "connector_mapping",
            Self::ConnectorSyncDiagnostic => "connector_sync_diagnostic",
            Self::Collect => "collect",
            Self::Document => "document",
            Self::DocumentWorkspaceConnector => "document_workspace_connector",
        }
    }
}

/// What became of a row.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was made, or brought back.
    Created,
    /// It was changed.
    Updated,
    /// It was deleted.
    Deleted,
}

/// What became of one row.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it stands among the changes that became visible together.
    pub position: i64,
    /// What kind of row it is.
    pub entity: Entity,
    /// What became of it.
    pub kind: ChangeKind,
    /// Its public UUID; links of documents have none.
    pub id: Option<Uuid>,
    /// Its internal key.
    pub pk: i32,
    /// The workspace connector it belongs to, or is.
    pub workspace_connector_pk: Option<i32>,
    /// The workspace that may know of it.
    pub workspace_pk: i32,
}

/// A part of the feed: what became visible from one moment to another, between two positions.
#[derive(Clone, Debug)]
pub struct Span {
    /// What this sees is not part of it.
    pub from: Arc<Snapshot>,
    /// What this does not see is not part of it.
    pub to: Arc<Snapshot>,
    /// Only what stands after this.
    pub after: i64,
    /// Only what stands before this, or on it.
    pub until: i64,
}

/// What was read of a span.
#[derive(Debug)]
pub struct Page {
    /// The changes, in their order.
    pub changes: Vec<Change>,
    /// Where to go on reading; nothing when this was all.
    pub more_after: Option<i64>,
}

/// Why there is no page.
#[derive(Debug)]
pub enum Unread {
    /// Some of it is too old and was forgotten.
    Forgotten,
    /// The database failed.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Unread {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A connection for the feed alone, and for what else is forgotten after a time.
pub struct Changes {
    client: Client,
    read: Statement,
    forget: Statement,
    forget_keys: Statement,
    /// Told when there is something new, and when the connection ends.
    news: Arc<Notify>,
    driver: JoinHandle<()>,
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Changes {
    /// Connects.
    ///
    /// # Errors
    /// When the database cannot be reached or does not have the feed.
    pub async fn connect(connector: &Connector) -> Result<Self, Failure> {
        let (client, driver) = connector.client().await?;
        let news = Arc::new(Notify::new());
        let driver = tokio::spawn(drive(driver, news.clone()));
        let prepared = async {
            // What became visible is few rows of many, which a plan for any two snapshots does not know: it would read
            // the whole table, or be compiled first.
            let setup = "SET application_name = 'well-ingestion changes'; SET enable_seqscan = off; SET jit = off;
                LISTEN well_changes";
            client.batch_execute(setup).await?;
            let (read, forget) = (client.prepare(READ).await?, client.prepare(FORGET).await?);
            Ok::<_, tokio_postgres::Error>((read, forget, client.prepare(idempotency::FORGET).await?))
        };
        match in_time(prepared).await {
            Ok((read, forget, forget_keys)) => Ok(Self { client, read, forget, forget_keys, news, driver }),
            Err(error) => {
                driver.abort();
                Err(error)
            }
        }
    }

    /// What is visible now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn now(&self) -> Result<Snapshot, Failure> {
        let row = in_time(self.client.query_typed_one("SELECT pg_current_snapshot()::text", &[])).await?;
        Ok(row.try_get::<_, &str>(0)?.parse()?)
    }

    /// The first changes of a span: all, or those of one entity in one workspace.
    ///
    /// # Errors
    /// When some of it was forgotten, and when the database fails.
    pub async fn read(&self, span: &Span, of: Option<(i32, Entity)>, limit: usize) -> Result<Page, Unread> {
        let (workspace, entity) = (of.map(|of| of.0), of.map(|of| of.1.label()));
        let (from, to, rows) = (span.from.to_string(), span.to.to_string(), i64::try_from(limit)?);
        let parameters: [&(dyn ToSql + Sync); 7] = [&from, &to, &span.after, &span.until, &workspace, &entity, &rows];
        let rows = in_time(self.client.query(&self.read, &parameters)).await?;
        let forgotten: u64 = rows.first().ok_or("the row about the feed is missing")?.try_get::<_, &str>(0)?.parse()?;
        if span.from.oldest_unseen() <= forgotten {
            return Err(Unread::Forgotten);
        }
        let last: Option<i64> = rows.last().map_or(Ok(None), |row| row.try_get(1))?;
        let changes = rows.iter().filter_map(|row| change(row).transpose()).collect::<Result<_, Failure>>()?;
        Ok(Page { changes, more_after: last.filter(|_| rows.len() == limit) })
    }

    /// Whether the connection still works.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !self.client.is_closed()
    }

    /// Waits for changes, or for the end of the connection.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// Asks to be told of changes, and says whether it will be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn await_news(&self) -> Result<bool, Failure> {
        // A writer that looks whether somebody waits holds the lock for a moment.
        Ok(self.lock("SELECT pg_try_advisory_lock_shared($1)").await?.try_get(0)?)
    }

    /// Asks not to be told any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ignore_news(&self) -> Result<(), Failure> {
        self.lock("SELECT pg_advisory_unlock_shared($1)").await.map(drop)
    }

    async fn lock(&self, statement: &str) -> Result<Row, Failure> {
        in_time(self.client.query_typed_one(statement, &[(&WAITING, Type::INT8)])).await
    }

    /// Forgets changes that are older than this, and that everybody could see before: all that `seen` does not see is
    /// kept. Says whether there may be more of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget(&self, age: Duration, seen: &Snapshot) -> Result<bool, Failure> {
        let oldest_unseen = seen.oldest_unseen().to_string();
        let parameters: [&(dyn ToSql + Sync); 3] = [&age.as_secs_f64(), &oldest_unseen, &MOST_FORGOTTEN];
        let forgotten: i64 = in_time(self.client.query_one(&self.forget, &parameters)).await?.try_get(0)?;
        Ok(forgotten >= MOST_FORGOTTEN)
    }

    /// The same for idempotency keys that mean nothing any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_keys(&self) -> Result<bool, Failure> {
        let forgotten = in_time(self.client.execute(&self.forget_keys, &[&MOST_FORGOTTEN])).await?;
        Ok(i64::try_from(forgotten)? >= MOST_FORGOTTEN)
    }
}

/// Does the work of the connection until it ends.
async fn drive(mut driver: Driver, news: Arc<Notify>) {
    while let Some(Ok(message)) = poll_fn(|context| driver.poll_message(context)).await {
        if matches!(message, AsyncMessage::Notification(_)) {
            news.notify_one();
        }
    }
    news.notify_one();
}

async fn in_time<T, E: Into<Failure>>(work: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
    tokio::time::timeout(PATIENCE, work).await?.map_err(Into::into)
}

/// The change in a row, if there is one that this server knows of.
fn change(row: &Row) -> Result<Option<Change>, Failure> {
    let Some(position) = row.try_get(1)? else { return Ok(None) };
    let entity = match row.try_get(2)? {
        "workspace_connector" => Entity::WorkspaceConnector,
        "workspace_connector_sync_log" => Entity::WorkspaceConnectorSyncLog,
        "connector_mapping" => Entity::ConnectorMapping,
        "connector_sync_diagnostic" => Entity::ConnectorSyncDiagnostic,
        "collect" => Entity::Collect,
        "document" => Entity::Document,
        "document_workspace_connector" => Entity::DocumentWorkspaceConnector,
        _ => return Ok(None),
    };
    let kind = match row.try_get(3)? {
        "created" => ChangeKind::Created,
        "updated" => ChangeKind::Updated,
        "deleted" => ChangeKind::Deleted,
        _ => return Ok(None),
    };
    Ok(Some(Change {
        position,
        entity,
        kind,
        id: row.try_get::<_, Option<&str>>(4)?.map(str::parse).transpose()?,
        pk: row.try_get(5)?,
        workspace_connector_pk: row.try_get(6)?,
        workspace_pk: row.try_get(7)?,
    }))
}
