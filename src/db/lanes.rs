//! Connections that requests share, for rows that are looked up by their keys.
//!
//! A connection of the pool is lent to one request at a time. For a statement of 30 microseconds that costs more than
//! the statement itself: both sides fall asleep and are woken for each. Down a lane, look-ups are sent one behind the
//! other without waiting for each other's answers, and whoever is awake finds several at once.
//!
//! A lane is only ever a quicker way to the same rows. When it fails, is slow or is not there, the look-up is made once
//! more over a connection of the pool, and what becomes of that counts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::result::QueryResult;
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};

use super::session::Session;
use super::statement::Select;
use super::tx::admitted;
use super::{Db, PgRow};

/// Of the connections to the database, one in so many may be a lane.
const SHARE: usize = 4;
/// How long a look-up waits in a lane. One takes much less than a millisecond: then the lane is stuck.
const PATIENCE: Duration = Duration::from_secs(1);
/// All lanes to a database.
pub(super) struct Lanes {
    lanes: Vec<Mutex<Lane>>,
    /// How long a lane that got stuck is left alone: what is stuck in it has ended by then.
    rest: Duration,
}

#[derive(Default)]
enum Lane {
    #[default]
    Closed,
    Opening,
    Open(Arc<Session>),
    /// It got stuck then.
    Stuck(Instant),
}

impl Lanes {
    /// Lanes among so many connections. One serves two processors that ask: the fuller it is, the less each look-up costs.
    pub fn among(connections: usize, rest: Duration) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let lanes = processors.div_ceil(2).min(connections / SHARE);
        Self { lanes: std::iter::repeat_with(Mutex::default).take(lanes).collect(), rest }
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.lanes.len()
    }

    /// How many are open and somebody is in them, and how many are open and empty.
    pub fn used_and_idle(&self) -> (usize, usize) {
        let shared = self.lanes.iter().filter_map(|lane| match &*lock(lane) {
            Lane::Open(shared) => Some(Arc::strong_count(shared) > 1),
            Lane::Closed | Lane::Opening | Lane::Stuck(_) => None,
        });
        shared.fold((0, 0), |(used, idle), in_use| if in_use { (used + 1, idle) } else { (used, idle + 1) })
    }

    /// Uses none of their connections any more.
    pub fn close(&self) {
        for lane in &self.lanes {
            let mut lane = lock(lane);
            if matches!(*lane, Lane::Open(_) | Lane::Opening) {
                *lane = Lane::Closed;
            }
        }
    }

    /// The lane that the fewest are in. One that is not open comes first, so that all are opened.
    fn emptiest(&self) -> Option<&Mutex<Lane>> {
        self.lanes.iter().min_by_key(|lane| match &*lock(lane) {
            Lane::Closed => 0,
            Lane::Open(shared) => Arc::strong_count(shared),
            Lane::Stuck(since) if since.elapsed() > self.rest => 0,
            Lane::Opening | Lane::Stuck(_) => usize::MAX,
        })
    }
}

fn lock(lane: &Mutex<Lane>) -> MutexGuard<'_, Lane> {
    lane.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A lane that is being opened; unless that is finished, it is closed again.
struct Opening<'l>(&'l Mutex<Lane>);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        let mut lane = lock(self.0);
        if matches!(*lane, Lane::Opening) {
            *lane = Lane::Closed;
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
        if self.is_held() {
            return None;
        }
        let lane = self.0.lanes.emptiest()?;
        let shared = self.enter(lane).await?;
        self.count_statement();
        let rows = self.measured(tokio::time::timeout(PATIENCE, rows(&shared, select, admit))).await;
        let next = match rows {
            Ok(Ok(rows)) => return Some(rows),
            Ok(Err(error)) => {
                // As a connection of the pool is: what it has prepared may not fit the tables any more.
                tracing::debug!(%error, "a look-up failed; its lane is closed");
                Lane::Closed
            }
            Err(_) => Lane::Stuck(Instant::now()),
        };
        let mut lane = lock(lane);
        if matches!(&*lane, Lane::Open(open) if Arc::ptr_eq(open, &shared)) {
            if matches!(next, Lane::Stuck(_)) {
                tracing::warn!("a look-up got stuck; a lane is left alone for a while");
            }
            *lane = next;
        }
        None
    }

    /// The lane's connection. It is opened by whoever needs it first; others do without meanwhile.
    async fn enter(&self, lane: &Mutex<Lane>) -> Option<Arc<Session>> {
        {
            let mut lane = lock(lane);
            match &*lane {
                Lane::Open(shared) if !shared.is_full() => {
                    return Some(Arc::clone(shared));
                }
                Lane::Opening => return None,
                Lane::Stuck(since) if since.elapsed() <= self.0.lanes.rest => return None,
                Lane::Open(_) | Lane::Closed | Lane::Stuck(_) => *lane = Lane::Opening,
            }
        }
        let _opening = Opening(lane);
        let opened = tokio::time::timeout(PATIENCE, Box::pin(self.0.sessions.open())).await;
        let shared = Arc::new(opened.ok()?.ok()?);
        let mut lane = lock(lane);
        // Unless it was closed meanwhile.
        if matches!(*lane, Lane::Opening) {
            *lane = Lane::Open(Arc::clone(&shared));
        }
        Some(shared)
    }
}

/// Sends the look-up behind those that are on their way, and waits for its rows.
async fn rows(
    mut connection: &AsyncPgConnection,
    select: &Select,
    admit: impl Fn(&PgRow) -> QueryResult<()>,
) -> QueryResult<Vec<PgRow>> {
    admitted(AsyncConnectionCore::load(&mut connection, select).await?, admit).await
}
