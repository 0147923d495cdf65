//! One follower of the feed: what it missed, and then what comes.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::broadcast;

use super::EventLimiter;
use super::feed::{Batch, Feed, FoundConnectors};
use crate::db::changes::{Change, Changes, Entity, FeedPosition, FeedRange, ReadError};
use crate::db::scope::Scope;
use crate::error::{Code, Error, Result};

/// Changes that are read at once of what was missed.
const PAGE: usize = 500;

/// A change, with the position behind it.
pub(super) struct Next {
    pub change: Change,
    pub position: FeedPosition,
    /// What it stands in.
    pub batch: Arc<Batch>,
}

/// The changes of one entity in one workspace, from a position on.
pub(super) struct Follower {
    feed: Feed,
    workspace_pk: i32,
    entity: Entity,
    /// What is told of now, and where in it the next change is looked for.
    current: Option<(Arc<Batch>, usize)>,
    /// What comes from now on, for one that has all that came before, or will when it has read what it missed.
    live: Option<broadcast::Receiver<Arc<Batch>>>,
    /// What is still to be read of what it missed, and the position behind that.
    missed: VecDeque<FeedRange>,
    until: FeedPosition,
    /// How much of it was read since the feed was last asked for its position.
    read: usize,
    catch_up_connection: Option<Arc<Changes>>,
}

impl Follower {
    /// A follower from now on, or from a position on.
    ///
    /// # Errors
    /// When the feed cannot be read.
    pub async fn new(feed: Feed, scope: &Scope, entity: Entity, after: Option<FeedPosition>) -> Result<Self> {
        let workspace_pk = scope.caller().workspace_pk();
        let (until, live) = match after {
            Some(position) => (position, None),
            None => feed.follow_from_now(workspace_pk).await.map(|(position, live)| (position, Some(live)))?,
        };
        let (current, missed) = (None, VecDeque::new());
        Ok(Self { feed, workspace_pk, entity, current, live, missed, until, read: PAGE, catch_up_connection: None })
    }

    /// The next change.
    ///
    /// # Errors
    /// When it cannot go on: it lags too far behind, what it missed has expired or cannot be paid for, all rows were
    /// removed at once, or the feed cannot be read.
    pub async fn next(&mut self, limiter: &dyn EventLimiter) -> Result<Next> {
        loop {
            if let Some(next) = self.next_of_current() {
                return if next.change.is_of_all() { Err(emptied()) } else { Ok(next) };
            }
            if let Some(range) = self.missed.pop_front() {
                self.catch_up(range, limiter).await?;
                continue;
            }
            let Some(live) = &mut self.live else {
                self.look_ahead().await?;
                continue;
            };
            self.catch_up_connection = None;
            self.current = Some((live.recv().await.map_err(|_| lagged())?, 0));
        }
    }

    /// Finds out how much it still misses. While that is much, what comes meanwhile is better read later than kept.
    async fn look_ahead(&mut self) -> Result<()> {
        let position = if std::mem::take(&mut self.read) >= PAGE {
            self.feed.position_after(&self.until).await?.ok_or_else(elsewhere)?
        } else {
            let (position, live) = self.feed.follow(self.workspace_pk).await?;
            self.live = Some(live);
            position
        };
        if position.origin != self.until.origin {
            return Err(elsewhere());
        }
        self.missed = self.until.ranges_to(&position).into();
        self.until = position;
        Ok(())
    }

    /// Reads the first page of a range; the rest of it is still missed.
    async fn catch_up(&mut self, mut range: FeedRange, limiter: &dyn EventLimiter) -> Result<()> {
        let _permit = limiter.permit_look_up().await?;
        let connection = match &self.catch_up_connection {
            Some(connection) => connection,
            None => self.catch_up_connection.insert(self.feed.catch_up_connection().await?),
        };
        if connection.origin() != self.until.origin {
            return Err(elsewhere());
        }
        let page = connection.read(&range, Some((self.workspace_pk, self.entity)), PAGE).await;
        let page = page.map_err(|error| match error {
            ReadError::Expired => expired(),
            ReadError::Failed(error) => Error::unavailable(error),
        })?;
        self.read += page.changes.len();
        let batch = Batch {
            origin: self.until.origin,
            from: range.from.clone(),
            to: range.to.clone(),
            changes: page.changes,
            is_last: page.more_after.is_none() && range.until == i64::MAX,
            connectors: FoundConnectors::default(),
        };
        self.current = Some((Arc::new(batch), 0));
        if let Some(position) = page.more_after {
            range.after = position;
            self.missed.push_front(range);
        }
        Ok(())
    }

    /// The next change of what is told of now. Behind the last of them is all that became visible.
    fn next_of_current(&mut self) -> Option<Next> {
        let (batch, from) = self.current.take()?;
        let mut found = batch.changes.iter().enumerate().skip(from).filter(|(_, change)| change.entity == self.entity);
        let (index, change) = found.next()?;
        let position = if batch.is_last && found.next().is_none() {
            FeedPosition::after_all(batch.origin, batch.to.clone())
        } else {
            let (from, to) = (batch.from.clone(), batch.to.clone());
            FeedPosition { origin: batch.origin, from, to, position: change.position }
        };
        let change = change.clone();
        self.current = Some((batch.clone(), index + 1));
        Some(Next { change, position, batch })
    }
}

fn lagged() -> Error {
    Error::new(
        Code::SubscriptionLagged,
        "The client took changes too slowly. Subscribe again with the last cursor as `after`.",
    )
}

fn emptied() -> Error {
    Error::new(Code::BadCursor, "All rows were removed at once. Read the lists, and subscribe anew.")
}

/// The cursor is of another database, or of a history of it that has ended.
fn elsewhere() -> Error {
    Error::new(
        Code::BadCursor,
        "The database was restored, or another server took its place. Read the lists, and subscribe anew.",
    )
}

fn expired() -> Error {
    Error::new(Code::BadCursor, "The cursor has expired. Read the lists, and subscribe anew.")
}
