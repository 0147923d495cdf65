//! Pipelined connections: requests share them for rows that are looked up by their keys.
//!
//! A connection of the pool is checked out by one request at a time. For a statement of 30 microseconds that costs more
//! than the statement itself: both sides fall asleep and are woken for each. On a pipelined connection, look-ups are sent
//! one behind the other without waiting for each other's answers, and whoever is awake finds several at once.
//!
//! It is only ever a quicker way to the same rows. When it fails, is slow or is not there, the look-up is made once more
//! over a connection of the pool, and its result counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::result::QueryResult;
use diesel_async::AsyncConnectionCore;

use super::connection::{PgConnection, PgRow};
use super::session::is_full;
use super::statement::Select;
use super::tx::admitted;
use super::{Db, is_outdated};

/// Of the connections to the database, one in so many may be pipelined.
const SHARE: usize = 4;
/// How long a look-up waits. One takes much less than a millisecond: after this, the connection is stuck.
const LOOK_UP_TIMEOUT: Duration = Duration::from_secs(1);
/// All pipelined connections to a database.
pub(super) struct PipelinedConnections {
    pipelined: Vec<Mutex<Pipelined>>,
    /// How long a connection that got stuck is left alone: what is stuck in it has ended by then.
    retry_delay: Duration,
}

#[derive(Default)]
enum Pipelined {
    #[default]
    Closed,
    Opening,
    Open(Arc<PgConnection>),
    /// It got stuck then.
    Stuck(Instant),
}

impl PipelinedConnections {
    /// Those among so many connections. One serves two processors that ask: the fuller it is, the less each look-up costs.
    pub fn among(connections: usize, retry_delay: Duration) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let pipelined = processors.div_ceil(2).min(connections / SHARE);
        Self { pipelined: std::iter::repeat_with(Mutex::default).take(pipelined).collect(), retry_delay }
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.pipelined.len()
    }

    /// How many are open and somebody is in them, and how many are open and empty.
    pub fn used_and_idle(&self) -> (usize, usize) {
        let shared = self.pipelined.iter().filter_map(|connection| match &*lock(connection) {
            Pipelined::Open(shared) => Some(Arc::strong_count(shared) > 1),
            Pipelined::Closed | Pipelined::Opening | Pipelined::Stuck(_) => None,
        });
        shared.fold((0, 0), |(used, idle), in_use| if in_use { (used + 1, idle) } else { (used, idle + 1) })
    }

    /// Uses none of their connections any more.
    pub fn close(&self) {
        for connection in &self.pipelined {
            let mut connection = lock(connection);
            if matches!(*connection, Pipelined::Open(_) | Pipelined::Opening) {
                *connection = Pipelined::Closed;
            }
        }
    }

    /// The connection that the fewest use. One that is not open comes first, so that all are opened.
    fn emptiest(&self) -> Option<&Mutex<Pipelined>> {
        self.pipelined.iter().min_by_key(|connection| match &*lock(connection) {
            Pipelined::Closed => 0,
            Pipelined::Open(shared) => Arc::strong_count(shared),
            Pipelined::Stuck(since) if since.elapsed() > self.retry_delay => 0,
            Pipelined::Opening | Pipelined::Stuck(_) => usize::MAX,
        })
    }
}

fn lock(connection: &Mutex<Pipelined>) -> MutexGuard<'_, Pipelined> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection that is being opened; unless that is finished, it is closed again.
struct Opening<'l>(&'l Mutex<Pipelined>);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let mut connection = lock(self.0);
        if matches!(*connection, Pipelined::Opening) {
            *connection = Pipelined::Closed;
        }
    }
}

impl Db {
    /// The rows of a look-up by keys, or nothing when it has to be made over a connection of the pool.
    pub(super) async fn look_up(
        &self,
        select: &Select,
        admit: impl Fn(&PgRow) -> QueryResult<()>,
    ) -> Option<Vec<PgRow>> {
        if !self.is_available() {
            return None;
        }
        let connection = self.0.pipelined.emptiest()?;
        let shared = self.enter(connection).await?;
        self.count_statement();
        let rows = self.measured(tokio::time::timeout(LOOK_UP_TIMEOUT, rows(&shared, select, admit))).await;
        let next = match rows {
            Ok(Ok(rows)) => return Some(rows),
            Ok(Err(error)) => {
                // As a connection of the pool is: what it has prepared may not fit the tables any more.
                tracing::debug!(%error, "a look-up failed; its connection is closed");
                if is_outdated(&error) {
                    self.invalidate_connections();
                }
                Pipelined::Closed
            }
            Err(_) => Pipelined::Stuck(Instant::now()),
        };
        let mut connection = lock(connection);
        if matches!(&*connection, Pipelined::Open(open) if Arc::ptr_eq(open, &shared)) {
            if matches!(next, Pipelined::Stuck(_)) {
                tracing::warn!("a look-up got stuck; a connection is left alone for a while");
            }
            *connection = next;
        }
        None
    }

    /// The connection itself. It is opened by whoever needs it first; others do without meanwhile.
    async fn enter(&self, connection: &Mutex<Pipelined>) -> Option<Arc<PgConnection>> {
        {
            let mut connection = lock(connection);
            match &*connection {
                Pipelined::Open(shared) if !is_full(shared) => {
                    return Some(Arc::clone(shared));
                }
                Pipelined::Opening => return None,
                Pipelined::Stuck(since) if since.elapsed() <= self.0.pipelined.retry_delay => return None,
                Pipelined::Open(_) | Pipelined::Closed | Pipelined::Stuck(_) => *connection = Pipelined::Opening,
            }
        }
        let _opening = Opening(connection);
        let opened = tokio::time::timeout(LOOK_UP_TIMEOUT, Box::pin(self.0.sessions.open())).await;
        let shared = Arc::new(opened.ok()?.ok()?);
        let mut connection = lock(connection);
        // Unless it was closed meanwhile.
        if matches!(*connection, Pipelined::Opening) {
            *connection = Pipelined::Open(Arc::clone(&shared));
        }
        Some(shared)
    }
}

/// Sends the look-up behind those that are on their way, and waits for its rows.
async fn rows(
    mut connection: &PgConnection,
    select: &Select,
    admit: impl Fn(&PgRow) -> QueryResult<()>,
) -> QueryResult<Vec<PgRow>> {
    admitted(AsyncConnectionCore::load(&mut connection, select).await?, admit).await
}
