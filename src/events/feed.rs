//! The one reader of the change feed, and how it publishes what it read.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OnceCell, broadcast, watch};

use super::Generations;
use crate::auth::Principal;
use crate::db::Db;
use crate::db::changes::{Change, Changes, FeedPosition, FeedRange, Origin, ReadError, Snapshot};
use crate::db::connect::Connector;
use crate::error::{Chain, Error, Result};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The time between two polls of the feed when there is no notification.
const POLL_INTERVAL: Duration = Duration::from_secs(1);
/// The same while there are changes: no notifications are waited for then.
const BUSY_POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The shortest and the longest time before connecting again.
const RETRY_DELAY: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// The shortest and the longest time between two prunings.
const PRUNE_INTERVAL: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// How long a follower waits for the feed to be read.
const READ_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a new follower waits for the feed to come to the moment at which it was asked for.
const FRESHNESS: Duration = Duration::from_secs(1);
/// Changes that are read at once.
const PAGE: usize = 10_000;
/// Changes that are published at once.
const BATCH: usize = 500;

/// How the feed is kept.
#[derive(Clone, Copy, Debug)]
pub struct FeedSettings {
    /// How long changes are kept for those who come back.
    pub keep: Duration,
    /// Batches of a workspace that a follower may lag behind, of up to 500 changes each.
    pub lag: usize,
}

impl Default for FeedSettings {
    fn default() -> Self {
        Self { keep: Duration::from_secs(3_600), lag: 256 }
    }
}

/// The changes of all workspaces, as one task reads them from the database. Cheap to clone.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    settings: FeedSettings,
    /// The followed workspaces.
    followed: Mutex<HashMap<i32, broadcast::Sender<Arc<Batch>>>>,
    /// How far it was read. It is moved with `followed` locked, so that who begins to follow knows where.
    position: watch::Sender<Option<FeedPosition>>,
    cycles: watch::Sender<PollCycles>,
    generations: Generations,
    connector: Connector,
    /// The connection that those who come back read with, while there are any.
    catch_up_connection: tokio::sync::Mutex<Weak<Changes>>,
    /// Notified when somebody wants to know of changes at once.
    asked: Notify,
}

/// How often it was begun, and how often it was done, to read what had become visible.
#[derive(Default)]
struct PollCycles {
    begun: u64,
    done: u64,
}

/// Changes of one workspace that stand next to each other.
pub(super) struct Batch {
    pub origin: Origin,
    pub from: Arc<Snapshot>,
    pub to: Arc<Snapshot>,
    pub changes: Vec<Change>,
    /// No more of what became visible from one moment to the other comes after it.
    pub is_last: bool,
    pub connectors: FoundConnectors,
}

/// The workspace connectors that changed rows belong to, as far as they were looked up: by each principal for itself,
/// since it pays for that and waits for nobody else.
#[derive(Default)]
pub(super) struct FoundConnectors(Mutex<HashMap<(Principal, i64), Found>>);

type Found = Arc<OnceCell<HashSet<i32>>>;

impl FoundConnectors {
    /// What was found for the principal of the change at this position.
    pub fn of(&self, principal: &Principal, position: i64) -> Found {
        let mut found = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        found.entry((principal.clone(), position)).or_default().clone()
    }
}

impl Feed {
    /// A feed that is not read yet.
    #[must_use]
    pub fn new(settings: FeedSettings, db: &Db) -> Self {
        Self(Arc::new(Inner {
            settings,
            followed: Mutex::default(),
            position: watch::Sender::new(None),
            cycles: watch::Sender::default(),
            generations: Generations::new(db),
            connector: db.direct().clone(),
            catch_up_connection: tokio::sync::Mutex::default(),
            asked: Notify::new(),
        }))
    }

    /// Reads the feed for as long as it is polled, whatever becomes of the database meanwhile.
    pub async fn run(self) {
        let generations = self.0.generations.clone();
        tokio::join!(generations.run(), self.publish_all());
    }

    /// Whether anything of a workspace has changed.
    pub(crate) fn generations(&self) -> &Generations {
        &self.0.generations
    }

    async fn publish_all(self) -> Infallible {
        let mut reader = Reader { feed: self, origin: None, pruned: None };
        let (mut delay, mut logged) = (RETRY_DELAY.0, String::new());
        loop {
            let begun = Instant::now();
            let Err(error) = reader.read().await;
            let reason = Chain(error.as_ref()).to_string();
            if begun.elapsed() > POLL_INTERVAL {
                (delay, logged) = (RETRY_DELAY.0, String::new());
            }
            if reason != logged {
                tracing::warn!(reason, "the change feed cannot be read; it is tried again until it can");
                logged = reason;
            }
            tokio::time::sleep(delay).await;
            delay = RETRY_DELAY.1.min(delay * 2);
        }
    }

    /// Where the feed was read up to: all that is behind it can be seen by whoever reads anything from now on.
    pub(crate) fn position(&self) -> Option<FeedPosition> {
        self.0.position.borrow().clone()
    }

    /// Where the feed was read up to, and all that is read of the workspace from there on.
    pub(super) async fn follow(&self, workspace_pk: i32) -> Result<(FeedPosition, broadcast::Receiver<Arc<Batch>>)> {
        let mut position = self.0.position.subscribe();
        in_time(position.wait_for(Option::is_some)).await?.map_err(Error::unavailable)?;
        let mut followed = self.0.followed();
        let sender = followed.entry(workspace_pk).or_insert_with(|| broadcast::Sender::new(self.0.settings.lag));
        let receiver = sender.subscribe();
        let position = self.0.position.borrow().clone().ok_or_else(|| Error::internal("the feed lost its position"))?;
        self.0.asked.notify_one();
        Ok((position, receiver))
    }

    /// The same from now on: nothing is told of what became visible before, unless the feed is far behind.
    pub(super) async fn follow_from_now(
        &self,
        workspace_pk: i32,
    ) -> Result<(FeedPosition, broadcast::Receiver<Arc<Batch>>)> {
        let mut cycles = self.0.cycles.subscribe();
        let begun = cycles.borrow_and_update().begun;
        self.0.asked.notify_one();
        // To be told a little too much is better than not to be let in.
        let _ = tokio::time::timeout(FRESHNESS, cycles.wait_for(|cycles| cycles.done > begun)).await;
        self.follow(workspace_pk).await
    }

    /// Where the feed was read up to, which is not before this position; nothing when the database never was there.
    pub(super) async fn position_after(&self, earlier: &FeedPosition) -> Result<Option<FeedPosition>> {
        self.0.asked.notify_one();
        let mut position = self.0.position.subscribe();
        let settled = |position: &Option<FeedPosition>| {
            position
                .as_ref()
                .is_some_and(|position| position.origin != earlier.origin || position.from.includes(&earlier.to))
        };
        if position.borrow().is_some() && !settled(&position.borrow()) {
            // A server may have read further than this one, but not further than the database is.
            let now = in_time(async { self.catch_up_connection().await?.now().await.map_err(Error::unavailable) });
            if !now.await??.includes(&earlier.to) {
                return Ok(None);
            }
        }
        let position = in_time(position.wait_for(settled)).await?.map_err(Error::unavailable)?.clone();
        Ok(position.filter(|position| position.origin == earlier.origin))
    }

    /// A connection to read with what was missed, one for all who do. However much that is, it holds nobody else up.
    pub(super) async fn catch_up_connection(&self) -> Result<Arc<Changes>> {
        let mut connection = in_time(self.0.catch_up_connection.lock()).await?;
        if let Some(changes) = connection.upgrade().filter(|changes| changes.is_alive()) {
            return Ok(changes);
        }
        let changes = Arc::new(in_time(Changes::connect(&self.0.connector)).await?.map_err(Error::unavailable)?);
        *connection = Arc::downgrade(&changes);
        Ok(changes)
    }
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(READ_TIMEOUT, work).await.map_err(Error::unavailable)
}

/// The task.
struct Reader {
    feed: Feed,
    /// What was read last.
    origin: Option<Origin>,
    /// When the feed was pruned last, and what everybody could see then.
    pruned: Option<(Instant, Arc<Snapshot>)>,
}

impl Reader {
    /// Reads with one connection until that fails.
    async fn read(&mut self) -> Result<Infallible, Failure> {
        let mut changes = Changes::connect(&self.feed.0.connector).await?;
        let adopted = changes.adopt().await?;
        let origin = changes.origin();
        if let Some(before) = adopted.or(self.origin.filter(|before| *before != origin)) {
            let reason = if before.is_of_same_rows(origin) {
                "a standby was promoted, or a backup was put back"
            } else {
                "the database was restored from a dump, or is another one"
            };
            tracing::warn!(reason, %before, now = %origin, "the change feed begins anew: every subscription has to, too");
        }
        self.origin = Some(origin);
        let mut listens = false;
        loop {
            self.feed.0.cycles.send_modify(|cycles| cycles.begun += 1);
            let now = Arc::new(changes.now().await?);
            let (followed, found) = self.go_to(&changes, now.clone()).await?;
            self.feed.0.cycles.send_modify(|cycles| cycles.done = cycles.begun);
            let is_pruning = self.prune(&changes, now).await?;
            // While there are changes, none is waited for: telling of them would cost the writers.
            let should_listen = followed && !found;
            if listens && !should_listen {
                changes.unlisten().await?;
                listens = false;
            } else if should_listen && !listens {
                listens = changes.listen().await?;
                if listens {
                    // Nobody tells of what was written before.
                    continue;
                }
            }
            let interval = if is_pruning || (followed && !listens) { BUSY_POLL_INTERVAL } else { POLL_INTERVAL };
            tokio::select! {
                () = changes.notification() => {}
                () = self.feed.0.asked.notified() => {}
                () = tokio::time::sleep(interval) => {}
            }
        }
    }

    /// Publishes what became visible up to now. Says whether anybody follows, and whether there was anything.
    async fn go_to(&self, changes: &Changes, now: Arc<Snapshot>) -> Result<(bool, bool), Failure> {
        let now_all = FeedPosition::after_all(changes.origin(), now.clone());
        let Some(position) = self.feed.0.position_of_followers(&now_all) else { return Ok((false, false)) };
        // A database whose files were put back to an earlier time does not know what was read since.
        let is_earlier = position.origin == now_all.origin && !now.includes(&position.to);
        if is_earlier {
            tracing::warn!("the database is at an earlier time than before: every subscription has to begin again");
        }
        if is_earlier || position.origin != now_all.origin {
            self.feed.0.reset(now_all);
            return Ok((false, true));
        }
        if position.from == now {
            return Ok((true, false));
        }
        // It stopped in the middle if the connection broke there.
        let mut found = false;
        for range in position.ranges_to(&now_all) {
            match self.publish(changes, range).await {
                Ok(any) => found |= any,
                Err(ReadError::Failed(error)) => return Err(error),
                Err(ReadError::Expired) => {
                    tracing::warn!("changes were pruned before they were read: every subscription has to begin again");
                    self.feed.0.reset(now_all);
                    return Ok((false, true));
                }
            }
        }
        Ok((true, found))
    }

    /// Publishes a range, and says whether there was anything in it.
    async fn publish(&self, changes: &Changes, mut range: FeedRange) -> Result<bool, ReadError> {
        let mut any = false;
        loop {
            let page = changes.read(&range, None, PAGE).await?;
            any |= !page.changes.is_empty();
            self.feed.0.publish(changes.origin(), &range, page.changes, page.more_after);
            match page.more_after {
                Some(position) => range.after = position,
                None => return Ok(any),
            }
        }
    }

    /// Prunes a part of what is old, now and then. Says whether there is more of it.
    async fn prune(&mut self, changes: &Changes, now: Arc<Snapshot>) -> Result<bool, Failure> {
        let keep = self.feed.0.settings.keep;
        if let Some((at, seen)) = &self.pruned {
            if at.elapsed() < (keep / 4).clamp(PRUNE_INTERVAL.0, PRUNE_INTERVAL.1) {
                return Ok(false);
            }
            if changes.prune(keep, seen).await? || changes.prune_keys().await? {
                return Ok(true);
            }
        }
        self.pruned = Some((Instant::now(), now));
        Ok(false)
    }
}

impl Inner {
    fn followed(&self) -> MutexGuard<'_, HashMap<i32, broadcast::Sender<Arc<Batch>>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the feed was read for those who follow. When there are none any more, it goes on without reading.
    fn position_of_followers(&self, now: &FeedPosition) -> Option<FeedPosition> {
        let mut followed = self.followed();
        followed.retain(|_, sender| sender.receiver_count() > 0);
        let position = self.position.borrow().clone();
        if position.is_none() || followed.is_empty() {
            self.position.send_replace(Some(now.clone()));
            return None;
        }
        position
    }

    /// Lets all followers go, since what they would be told next is not there any more.
    fn reset(&self, now: FeedPosition) {
        let mut followed = self.followed();
        followed.clear();
        self.position.send_replace(Some(now));
    }

    /// Publishes changes to whoever follows their workspace, and moves on behind them.
    fn publish(&self, origin: Origin, range: &FeedRange, changes: Vec<Change>, more_after: Option<i64>) {
        let followed = self.followed();
        let mut by_workspace: HashMap<i32, Vec<Change>> = HashMap::new();
        for change in changes {
            match change.workspace_pk {
                Some(workspace_pk) => by_workspace.entry(workspace_pk).or_default().push(change),
                None => {
                    for workspace_pk in followed.keys() {
                        by_workspace.entry(*workspace_pk).or_default().push(change.clone());
                    }
                }
            }
        }
        for (workspace_pk, mut changes) in by_workspace {
            let Some(sender) = followed.get(&workspace_pk) else { continue };
            while !changes.is_empty() {
                let later = changes.split_off(changes.len().min(BATCH));
                let is_last = later.is_empty() && more_after.is_none();
                let (from, to, connectors) = (range.from.clone(), range.to.clone(), FoundConnectors::default());
                let batch = Batch { origin, from, to, changes, is_last, connectors };
                // Nobody may be left to take it.
                let _ = sender.send(Arc::new(batch));
                changes = later;
            }
        }
        self.position.send_replace(Some(match more_after {
            Some(position) => FeedPosition { origin, from: range.from.clone(), to: range.to.clone(), position },
            None => FeedPosition::after_all(origin, range.to.clone()),
        }));
    }
}
