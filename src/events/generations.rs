//! Whether anything of a workspace has changed, proved by the change feed.
//!
//! A poll takes a snapshot of what is visible, and reads in which workspaces anything became visible since the snapshot
//! of the poll before, by whichever program, and however old its transaction. The *generation* of a workspace is the
//! number of the last poll that found something in it, or in what all workspaces share (the catalogue, and whatever has
//! no workspace). From that follows what an answer that is kept may be served for:
//!
//! 1. The generation is taken before the first statement of an answer begins. A change that the answer does not show
//!    became visible after that, so it is in what a later poll reads, and that poll raises the generation.
//! 2. [`Generations::barrier`] waits for the end of a poll that *begins* after it is called. Whatever was visible before,
//!    which is whatever was acknowledged to anybody, is in the generations by then.
//! 3. So an answer whose generation is still that of its workspace after the barrier shows everything that was
//!    acknowledged before the barrier began. A generation that is raised too often costs an answer, never the truth.
//! 4. A snapshot whose text is the same means that no transaction with an id has ended in between, and one without an id
//!    has changed nothing. Snapshots name transactions, not subtransactions, and so do the triggers' lines.
//! 5. Nothing is known while there is no connection, or triggers are missing or disabled. All generations are raised when
//!    a connection begins (another server, another timeline, a database that was put back), when lines were pruned before
//!    they were read or are too many, and when a table was altered, emptied or restored or a migration ran.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::db::Db;
use crate::db::changes::WorkspaceChanges;
use crate::db::connect::Connector;
use crate::error::Chain;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The shortest and the longest time from the beginning of one poll to that of the next. Within these it is ten times as
/// long as the poll took, so that polls keep the database busy for less than a tenth of the time.
const POLL_INTERVAL: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(10));
/// How long a barrier takes at the most, and what a poll asks.
const TIMEOUT: Duration = Duration::from_secs(1);
/// The shortest and the longest time before connecting again.
const RETRY_DELAY: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(5));
/// Workspaces that are told apart at the most.
const MAX_WORKSPACES: usize = 100_000;

/// The number of the last poll that found something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Generation(u64);

/// The generations of all workspaces, as one task polls them when it is asked to. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Generations(Arc<Inner>);

struct Inner {
    connector: Connector,
    /// Whether that is the server which answers are read from.
    is_of_answers: bool,
    /// The number of the last poll that began.
    begun: AtomicU64,
    polls: watch::Sender<Polls>,
    found: Mutex<Found>,
    asked: Notify,
}

#[derive(Clone, Copy, Default)]
struct Polls {
    /// The number of the last poll that was done.
    done: u64,
    is_connected: bool,
}

/// Numbers of polls.
#[derive(Default)]
struct Found {
    /// The last one that found something in any workspace.
    anywhere: u64,
    workspaces: HashMap<i32, u64>,
}

impl Found {
    fn generation(&self, workspace_pk: i32) -> Generation {
        Generation(self.workspaces.get(&workspace_pk).copied().unwrap_or_default().max(self.anywhere))
    }

    /// Notes what a poll found; without workspaces, that it may have been anything.
    fn note(&mut self, poll: u64, workspaces: Option<Vec<Option<i32>>>) {
        for workspace_pk in workspaces.unwrap_or_else(|| vec![None]) {
            match workspace_pk {
                Some(workspace_pk) if self.workspaces.len() < MAX_WORKSPACES => {
                    self.workspaces.insert(workspace_pk, poll);
                }
                _ => {
                    self.anywhere = poll;
                    self.workspaces.clear();
                }
            }
        }
    }
}

impl Generations {
    pub fn new(db: &Db) -> Self {
        Self(Arc::new(Inner {
            connector: db.direct().clone(),
            is_of_answers: db.leads_to_one_server(),
            begun: AtomicU64::new(0),
            polls: watch::Sender::default(),
            found: Mutex::default(),
            asked: Notify::new(),
        }))
    }

    /// The generation of the workspace, as far as it is known by now.
    pub fn current(&self, workspace_pk: i32) -> Option<Generation> {
        if self.0.polls.borrow().is_connected {
            return Some(self.0.found().generation(workspace_pk));
        }
        self.0.asked.notify_one();
        None
    }

    /// Waits until whatever is visible at this moment is in the generations. Says whether it is.
    pub async fn barrier(&self) -> bool {
        let mut polls = self.0.polls.subscribe();
        let next = self.0.begun.load(Ordering::SeqCst) + 1;
        self.0.asked.notify_one();
        let done = polls.wait_for(|polls| !polls.is_connected || polls.done >= next);
        matches!(timeout(TIMEOUT, done).await, Ok(Ok(polls)) if polls.is_connected)
    }

    /// Polls whenever somebody asks, whatever becomes of the database meanwhile.
    pub async fn run(self) -> Infallible {
        let (mut delay, mut logged) = (RETRY_DELAY.0, String::new());
        loop {
            self.0.asked.notified().await;
            let before = self.0.polls.borrow().done;
            let Err(error) = self.poll().await;
            self.0.polls.send_modify(|polls| polls.is_connected = false);
            let reason = Chain(error.as_ref()).to_string();
            if reason != logged {
                tracing::warn!(reason, "no answer is served from memory until the change feed can be read");
                logged = reason;
            }
            // One that was of use is replaced at once.
            delay = if self.0.polls.borrow().done > before { RETRY_DELAY.0 } else { RETRY_DELAY.1.min(delay * 2) };
            sleep(delay).await;
        }
    }

    /// Polls with one connection until that fails.
    async fn poll(&self) -> Result<Infallible, Failure> {
        if !self.0.is_of_answers {
            return Err("what one of several servers shows says nothing of what another shows".into());
        }
        let changes = WorkspaceChanges::connect(&self.0.connector).await?;
        let mut began = Instant::now();
        let mut poll = self.0.begin();
        let mut seen = changes.now().await?;
        let mut tables = changes.read(&seen, &seen).await?.tables;
        self.0.done(poll, None);
        loop {
            let interval = (began.elapsed() * 10).clamp(POLL_INTERVAL.0, POLL_INTERVAL.1);
            sleep_until(began + interval).await;
            self.0.asked.notified().await;
            (began, poll) = (Instant::now(), self.0.begin());
            let now = timeout(TIMEOUT, changes.now()).await??;
            let mut workspaces = Some(Vec::new());
            if now != seen {
                let found = timeout(TIMEOUT, changes.read(&seen, &now)).await??;
                workspaces = found.workspaces.filter(|_| found.tables == tables);
                (seen, tables) = (now, found.tables);
            }
            self.0.done(poll, workspaces);
        }
    }
}

impl Inner {
    fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn done(&self, poll: u64, workspaces: Option<Vec<Option<i32>>>) {
        self.found().note(poll, workspaces);
        self.polls.send_replace(Polls { done: poll, is_connected: true });
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_generation_is_raised_by_what_is_found_in_the_workspace_or_anywhere() {
        let mut found = Found::default();
        let both = |found: &Found| (found.generation(1).0, found.generation(2).0);
        for (poll, workspaces, expected) in [
            (1, None, (1, 1)),
            (2, Some(vec![]), (1, 1)),
            (3, Some(vec![Some(1)]), (3, 1)),
            (4, Some(vec![Some(2), Some(7)]), (3, 4)),
            (5, Some(vec![Some(1), None]), (5, 5)),
            (6, Some(vec![None, Some(2)]), (6, 6)),
            (7, None, (7, 7)),
        ] {
            found.note(poll, workspaces);
            assert_eq!(both(&found), expected, "poll {poll}");
        }
    }

    #[test]
    fn workspaces_beyond_those_that_are_told_apart_count_as_any() {
        let mut found = Found::default();
        let many = (0..=i32::try_from(MAX_WORKSPACES).unwrap()).map(Some).collect();
        found.note(1, Some(many));
        assert_eq!(found.generation(-1), Generation(1));
        assert!(found.workspaces.len() < MAX_WORKSPACES);
    }
}
