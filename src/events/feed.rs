//! The one reader of the change feed, and how it hands out what it read.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, broadcast, watch};

use super::place::Place;
use crate::db::changes::{Change, Changes, Snapshot, Span, Unread};
use crate::db::connect::Connector;
use crate::error::{Chain, Error, Result};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How often the feed is looked at when nothing is heard of it.
const QUIET: Duration = Duration::from_secs(1);
/// How often it is looked at while there are changes, which are not waited for then.
const BUSY: Duration = Duration::from_millis(20);
/// The shortest and the longest rest before connecting again.
const REST: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// The shortest and the longest time between two cleanings.
const CLEANING: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));
/// How long a follower waits for the feed to be read.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a new follower waits for the feed to come to the moment at which it was asked for.
const FRESHNESS: Duration = Duration::from_secs(1);
/// Changes that are read at once.
const PAGE: usize = 10_000;
/// Changes that are handed out at once.
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
    place: watch::Sender<Option<Place>>,
    rounds: watch::Sender<Rounds>,
    connector: Connector,
    /// What those who come back read with, while there are any.
    aside: tokio::sync::Mutex<Weak<Changes>>,
    /// Told when somebody wants to know of changes at once.
    asked: Notify,
}

/// How often it was begun, and how often it was done, to read what had become visible.
#[derive(Default)]
struct Rounds {
    begun: u64,
    done: u64,
}

/// Changes of one workspace that stand next to each other.
pub(super) struct Batch {
    pub from: Arc<Snapshot>,
    pub to: Arc<Snapshot>,
    pub changes: Vec<Change>,
    /// No more of what became visible from one moment to the other comes after it.
    pub is_last: bool,
}

impl Feed {
    /// A feed that is not read yet.
    #[must_use]
    pub fn new(settings: FeedSettings, connector: Connector) -> Self {
        Self(Arc::new(Inner {
            settings,
            followed: Mutex::default(),
            place: watch::Sender::new(None),
            rounds: watch::Sender::default(),
            connector,
            aside: tokio::sync::Mutex::default(),
            asked: Notify::new(),
        }))
    }

    /// Reads the feed for as long as it is polled, whatever becomes of the database meanwhile.
    pub async fn run(self) {
        let mut reader = Reader { feed: self, cleaned: None };
        let (mut rest, mut told) = (REST.0, String::new());
        loop {
            let begun = Instant::now();
            let Err(error) = reader.read().await;
            let reason = Chain(error.as_ref()).to_string();
            if begun.elapsed() > QUIET {
                (rest, told) = (REST.0, String::new());
            }
            if reason != told {
                tracing::warn!(reason, "the change feed cannot be read; it is tried again until it can");
                told = reason;
            }
            tokio::time::sleep(rest).await;
            rest = REST.1.min(rest * 2);
        }
    }

    /// Where the feed was read up to, and all that is read of the workspace from there on.
    pub(super) async fn follow(&self, workspace_pk: i32) -> Result<(Place, broadcast::Receiver<Arc<Batch>>)> {
        let mut place = self.0.place.subscribe();
        in_time(place.wait_for(Option::is_some)).await?.map_err(Error::unavailable)?;
        let mut followed = self.0.followed();
        let sender = followed.entry(workspace_pk).or_insert_with(|| broadcast::Sender::new(self.0.settings.lag));
        let receiver = sender.subscribe();
        let place = self.0.place.borrow().clone().ok_or_else(|| Error::internal("the feed lost its place"))?;
        self.0.asked.notify_one();
        Ok((place, receiver))
    }

    /// The same from now on: nothing is told of what became visible before, unless the feed is far behind.
    pub(super) async fn follow_from_now(&self, workspace_pk: i32) -> Result<(Place, broadcast::Receiver<Arc<Batch>>)> {
        let mut rounds = self.0.rounds.subscribe();
        let begun = rounds.borrow_and_update().begun;
        self.0.asked.notify_one();
        // To be told a little too much is better than not to be let in.
        let _ = tokio::time::timeout(FRESHNESS, rounds.wait_for(|rounds| rounds.done > begun)).await;
        self.follow(workspace_pk).await
    }

    /// Where the feed was read up to, which is not before this moment.
    pub(super) async fn place_after(&self, moment: &Snapshot) -> Result<Place> {
        self.0.asked.notify_one();
        let mut place = self.0.place.subscribe();
        let reached = |place: &Option<Place>| place.as_ref().is_some_and(|place| place.from.includes(moment));
        let place = in_time(place.wait_for(reached)).await?.map_err(Error::unavailable)?.clone();
        place.ok_or_else(|| Error::internal("the feed lost its place"))
    }

    /// A connection to read with what was missed, one for all who do. However much that is, it holds nobody else up.
    pub(super) async fn aside(&self) -> Result<Arc<Changes>> {
        let mut aside = self.0.aside.lock().await;
        if let Some(changes) = aside.upgrade().filter(|changes| changes.is_alive()) {
            return Ok(changes);
        }
        let changes = Arc::new(in_time(Changes::connect(&self.0.connector)).await?.map_err(Error::unavailable)?);
        *aside = Arc::downgrade(&changes);
        Ok(changes)
    }
}

async fn in_time<T>(work: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout(PATIENCE, work).await.map_err(Error::unavailable)
}

/// The task.
struct Reader {
    feed: Feed,
    /// When the feed was cleaned last, and what everybody could see then.
    cleaned: Option<(Instant, Arc<Snapshot>)>,
}

impl Reader {
    /// Reads with one connection until that fails.
    async fn read(&mut self) -> Result<Infallible, Failure> {
        let changes = Changes::connect(&self.feed.0.connector).await?;
        let mut awaits_news = false;
        loop {
            self.feed.0.rounds.send_modify(|rounds| rounds.begun += 1);
            let now = Arc::new(changes.now().await?);
            let (followed, found) = self.go_to(&changes, now.clone()).await?;
            self.feed.0.rounds.send_modify(|rounds| rounds.done = rounds.begun);
            let is_cleaning = self.clean(&changes, now).await?;
            // While there are changes, none is waited for: telling of them would cost the writers.
            let wants_news = followed && !found;
            if awaits_news && !wants_news {
                changes.ignore_news().await?;
                awaits_news = false;
            } else if wants_news && !awaits_news {
                awaits_news = changes.await_news().await?;
                if awaits_news {
                    // Nobody tells of what was written before.
                    continue;
                }
            }
            let rest = if is_cleaning || (followed && !awaits_news) { BUSY } else { QUIET };
            tokio::select! {
                () = changes.news() => {}
                () = self.feed.0.asked.notified() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// Hands out what became visible up to now. Says whether anybody follows, and whether there was anything.
    async fn go_to(&self, changes: &Changes, now: Arc<Snapshot>) -> Result<(bool, bool), Failure> {
        let Some(place) = self.feed.0.place_of_followers(&now) else { return Ok((false, false)) };
        if place.from == now {
            return Ok((true, false));
        }
        // A database that was put back to an earlier time does not know what was read since.
        if !now.includes(&place.to) {
            self.feed.0.begin_again(now);
            return Ok((false, true));
        }
        // It stopped in the middle if the connection broke there.
        let mut found = false;
        for span in place.spans_to(&Place::after_all(now.clone())) {
            match self.hand_out(changes, span).await {
                Ok(any) => found |= any,
                Err(Unread::Failed(error)) => return Err(error),
                Err(Unread::Forgotten) => {
                    self.feed.0.begin_again(now);
                    return Ok((false, true));
                }
            }
        }
        Ok((true, found))
    }

    /// Hands out a span, and says whether there was anything in it.
    async fn hand_out(&self, changes: &Changes, mut span: Span) -> Result<bool, Unread> {
        let mut any = false;
        loop {
            let page = changes.read(&span, None, PAGE).await?;
            any |= !page.changes.is_empty();
            self.feed.0.hand_out(&span, page.changes, page.more_after);
            match page.more_after {
                Some(position) => span.after = position,
                None => return Ok(any),
            }
        }
    }

    /// Forgets a part of what is old, now and then. Says whether there is more of it.
    async fn clean(&mut self, changes: &Changes, now: Arc<Snapshot>) -> Result<bool, Failure> {
        let keep = self.feed.0.settings.keep;
        if let Some((at, seen)) = &self.cleaned {
            if at.elapsed() < (keep / 4).clamp(CLEANING.0, CLEANING.1) {
                return Ok(false);
            }
            if changes.forget(keep, seen).await? || changes.forget_keys().await? {
                return Ok(true);
            }
        }
        self.cleaned = Some((Instant::now(), now));
        Ok(false)
    }
}

impl Inner {
    fn followed(&self) -> MutexGuard<'_, HashMap<i32, broadcast::Sender<Arc<Batch>>>> {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the feed was read for those who follow. When there are none any more, it goes on without reading.
    fn place_of_followers(&self, now: &Arc<Snapshot>) -> Option<Place> {
        let mut followed = self.followed();
        followed.retain(|_, sender| sender.receiver_count() > 0);
        let place = self.place.borrow().clone();
        if place.is_none() || followed.is_empty() {
            self.place.send_replace(Some(Place::after_all(now.clone())));
            return None;
        }
        place
    }

    /// Lets all followers go, since what they would be told next is not there any more.
    fn begin_again(&self, now: Arc<Snapshot>) {
        tracing::warn!("changes were forgotten before they were read: whoever follows has to begin again");
        let mut followed = self.followed();
        followed.clear();
        self.place.send_replace(Some(Place::after_all(now)));
    }

    /// Hands changes out to whoever follows their workspace, and moves on behind them.
    fn hand_out(&self, span: &Span, changes: Vec<Change>, more_after: Option<i64>) {
        let mut by_workspace: HashMap<i32, Vec<Change>> = HashMap::new();
        for change in changes {
            by_workspace.entry(change.workspace_pk).or_default().push(change);
        }
        let followed = self.followed();
        for (workspace_pk, mut changes) in by_workspace {
            let Some(sender) = followed.get(&workspace_pk) else { continue };
            while !changes.is_empty() {
                let later = changes.split_off(changes.len().min(BATCH));
                let is_last = later.is_empty() && more_after.is_none();
                let batch = Batch { from: span.from.clone(), to: span.to.clone(), changes, is_last };
                // Nobody may be left to take it.
                let _ = sender.send(Arc::new(batch));
                changes = later;
            }
        }
        self.place.send_replace(Some(match more_after {
            Some(position) => Place { from: span.from.clone(), to: span.to.clone(), position },
            None => Place::after_all(span.to.clone()),
        }));
    }
}
