//! The change feed of the database, which triggers write: reading it, waiting for it, and pruning it.

mod origin;
mod position;
mod snapshot;
mod workspaces;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Enum;
use futures_util::future::poll_fn;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Row, Statement};
use uuid::Uuid;

pub use self::origin::Origin;
pub use self::position::FeedPosition;
pub use self::snapshot::Snapshot;
pub use self::workspaces::{ChangedWorkspaces, WorkspaceChanges};
use super::connect::{Connector, Driver};
use super::idempotency;

/// The advisory lock that servers share while they wait for notifications. The triggers look whether anybody holds it.
const NOTIFICATION_LOCK: i64 = 0x7765_6c6c_6368_6e67;

/// How long a statement may take.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

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
            AND (workspace_pk = coalesce($5, workspace_pk) OR entity_pk = 0)
            AND entity = coalesce($6::text::core_api.followed_entity_enum, entity)
        ORDER BY position LIMIT $7
    ) AS found ON true
    ORDER BY found.position";

/// Rows that one statement removes: those who wait for changes wait for that, too.
const MAX_PRUNED: i64 = 10_000;

/// All changes, and what the feed knows of those that were pruned.
const REMOVE_ALL: &str = "DELETE FROM core_api.changes; DELETE FROM core_api.changed_workspaces;
    UPDATE core_api.change_feed SET forgotten = '0', forgotten_workspaces = '0'";

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

/// The kind of change of a row.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The row was created or restored.
    Created,
    /// The row was updated.
    Updated,
    /// The row was deleted.
    Deleted,
}

/// A change of one row.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it stands among the changes that became visible together.
    pub position: i64,
    /// What kind of row it is.
    pub entity: Entity,
    /// The kind of change.
    pub kind: ChangeKind,
    /// Its public UUID; links of documents have none.
    pub id: Option<Uuid>,
    /// Its internal key; 0 for all rows of the entity, whose table was emptied.
    pub pk: i32,
    /// The workspace connector it belongs to, or is.
    pub workspace_connector_pk: Option<i32>,
    /// The workspace that may know of it; none for all of them.
    pub workspace_pk: Option<i32>,
}

impl Change {
    /// Whether all rows of the entity were removed at once, in every workspace.
    #[must_use]
    pub const fn is_of_all(&self) -> bool {
        self.pk == 0
    }
}

/// A range of the feed: what became visible from one moment to another, between two positions.
#[derive(Clone, Debug)]
pub struct FeedRange {
    /// What this sees is not part of it.
    pub from: Arc<Snapshot>,
    /// What this does not see is not part of it.
    pub to: Arc<Snapshot>,
    /// Only what stands after this.
    pub after: i64,
    /// Only what stands before this, or on it.
    pub until: i64,
}

/// What was read of a range.
#[derive(Debug)]
pub struct Page {
    /// The changes, in their order.
    pub changes: Vec<Change>,
    /// Where to go on reading; nothing when this was all.
    pub more_after: Option<i64>,
}

/// Why there is no page.
#[derive(Debug)]
pub enum ReadError {
    /// Some of it is older than the retention horizon, and was pruned.
    Expired,
    /// The database failed.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for ReadError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A connection for the feed alone, and for what else is pruned.
pub struct Changes {
    client: Client,
    origin: Origin,
    read: Statement,
    prune: Statement,
    prune_workspaces: Statement,
    prune_keys: Statement,
    /// Notified when there is something new, and when the connection ends.
    notified: Arc<Notify>,
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
        let notified = Arc::new(Notify::new());
        let driver = tokio::spawn(drive(driver, notified.clone()));
        let prepared = async {
            // What became visible is few rows of many, which a plan for any two snapshots does not know: it would read
            // the whole table, or be compiled first.
            let setup = "SET application_name = 'well-ingestion changes'; SET enable_seqscan = off; SET jit = off;
                LISTEN well_changes";
            client.batch_execute(setup).await?;
            let read = client.prepare(READ).await?;
            let prune = client.prepare(&workspaces::prune("changes", "forgotten")).await?;
            let lines = client.prepare(&workspaces::prune("changed_workspaces", "forgotten_workspaces")).await?;
            let prune_keys = client.prepare(idempotency::PRUNE).await?;
            Ok::<_, Failure>((Origin::of(&client).await?, read, prune, lines, prune_keys))
        };
        match in_time(prepared).await {
            Ok((origin, read, prune, prune_workspaces, prune_keys)) => {
                Ok(Self { client, origin, read, prune, prune_workspaces, prune_keys, notified, driver })
            }
            Err(error) => {
                driver.abort();
                Err(error)
            }
        }
    }

    /// Where what it reads holds.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Has the feed say that it is of this database and this history of it. Of another database, its changes mean nothing
    /// here, and are removed. Gives what it said before, if that was something else.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn adopt(&mut self) -> Result<Option<Origin>, Failure> {
        let own = self.origin.to_string();
        let said = "SELECT origin FROM core_api.change_feed";
        let before: Option<String> = in_time(self.client.query_typed_one(said, &[])).await?.try_get(0)?;
        if before.as_ref() == Some(&own) {
            return Ok(None);
        }
        // Of several servers, one does it.
        let transaction = self.client.transaction().await?;
        let locked = format!("{said} FOR UPDATE");
        let before: Option<String> = in_time(transaction.query_typed_one(&locked, &[])).await?.try_get(0)?;
        let before = before.as_deref().map(str::parse::<Origin>).transpose()?;
        if before.is_some_and(|before| !before.is_of_same_rows(self.origin)) {
            in_time(transaction.batch_execute(REMOVE_ALL)).await?;
        }
        let adopt = "UPDATE core_api.change_feed SET origin = $1 WHERE origin IS DISTINCT FROM $1";
        in_time(transaction.execute_typed(adopt, &[(&own, Type::TEXT)])).await?;
        in_time(transaction.commit()).await?;
        Ok(before.filter(|before| *before != self.origin))
    }

    /// What is visible now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn now(&self) -> Result<Snapshot, Failure> {
        let row = in_time(self.client.query_typed_one("SELECT pg_current_snapshot()::text", &[])).await?;
        Ok(row.try_get::<_, &str>(0)?.parse()?)
    }

    /// The first changes of a range: all, or those of one entity in one workspace.
    ///
    /// # Errors
    /// When some of it was pruned, and when the database fails.
    pub async fn read(&self, range: &FeedRange, of: Option<(i32, Entity)>, limit: usize) -> Result<Page, ReadError> {
        let (workspace, entity) = (of.map(|of| of.0), of.map(|of| of.1.label()));
        let (from, to, rows) = (range.from.to_string(), range.to.to_string(), i64::try_from(limit)?);
        let parameters: [&(dyn ToSql + Sync); 7] = [&from, &to, &range.after, &range.until, &workspace, &entity, &rows];
        let rows = in_time(self.client.query(&self.read, &parameters)).await?;
        let horizon: u64 = rows.first().ok_or("the row about the feed is missing")?.try_get::<_, &str>(0)?.parse()?;
        if range.from.oldest_unseen() <= horizon {
            return Err(ReadError::Expired);
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
    pub async fn notification(&self) {
        self.notified.notified().await;
    }

    /// Asks to be notified of changes, and says whether it will be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listen(&self) -> Result<bool, Failure> {
        // A writer that looks whether somebody waits holds the lock for a moment.
        Ok(self.lock("SELECT pg_try_advisory_lock_shared($1)").await?.try_get(0)?)
    }

    /// Asks not to be notified any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unlisten(&self) -> Result<(), Failure> {
        self.lock("SELECT pg_advisory_unlock_shared($1)").await.map(drop)
    }

    async fn lock(&self, statement: &str) -> Result<Row, Failure> {
        in_time(self.client.query_typed_one(statement, &[(&NOTIFICATION_LOCK, Type::INT8)])).await
    }

    /// Prunes changes, and lines about workspaces, that are older than this, and that everybody could see before: all that
    /// `seen` does not see is kept. Says whether there may be more of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, age: Duration, seen: &Snapshot) -> Result<bool, Failure> {
        let oldest_unseen = seen.oldest_unseen().to_string();
        let parameters: [&(dyn ToSql + Sync); 3] = [&age.as_secs_f64(), &oldest_unseen, &MAX_PRUNED];
        let mut is_more = false;
        for prune in [&self.prune, &self.prune_workspaces] {
            let pruned: i64 = in_time(self.client.query_one(prune, &parameters)).await?.try_get(0)?;
            is_more |= pruned >= MAX_PRUNED;
        }
        Ok(is_more)
    }

    /// The same for idempotency keys that mean nothing any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_keys(&self) -> Result<bool, Failure> {
        let pruned = in_time(self.client.execute(&self.prune_keys, &[&MAX_PRUNED])).await?;
        Ok(i64::try_from(pruned)? >= MAX_PRUNED)
    }
}

/// Does the work of the connection until it ends.
async fn drive(mut driver: Driver, notified: Arc<Notify>) {
    while let Some(Ok(message)) = poll_fn(|context| driver.poll_message(context)).await {
        if matches!(message, AsyncMessage::Notification(_)) {
            notified.notify_one();
        }
    }
    notified.notify_one();
}

async fn in_time<T, E: Into<Failure>>(work: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
    tokio::time::timeout(STATEMENT_TIMEOUT, work).await?.map_err(Into::into)
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
