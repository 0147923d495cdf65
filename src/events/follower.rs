//! One follower of the feed: what it missed, and then what comes.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::broadcast;

use super::feed::{Batch, Feed};
use super::place::Place;
use crate::db::changes::{Change, Changes, Entity, Snapshot, Span, Unread};
use crate::error::{Code, Error, Result};

/// Changes that are read at once of what was missed.
const PAGE: usize = 500;

/// The changes of one entity in one workspace, from a place on.
pub(super) struct Follower {
    feed: Feed,
    workspace_pk: i32,
    entity: Entity,
    next: VecDeque<(Change, Place)>,
    /// What comes from now on, for one that has all that came before, or will when it has read what it missed.
    live: Option<broadcast::Receiver<Arc<Batch>>>,
    /// What is still to be read of what it missed, and the place behind that.
    missed: VecDeque<Span>,
    until: Place,
    /// How much of it was read since the feed was last asked for its place.
    read: usize,
    aside: Option<Arc<Changes>>,
}

impl Follower {
    /// A follower from now on, or from a place on.
    ///
    /// # Errors
    /// When the feed cannot be read.
    pub async fn new(feed: Feed, workspace_pk: i32, entity: Entity, after: Option<Place>) -> Result<Self> {
        let (until, live) = match after {
            Some(place) => (place, None),
            None => feed.follow_from_now(workspace_pk).await.map(|(place, live)| (place, Some(live)))?,
        };
        let (next, missed) = (VecDeque::new(), VecDeque::new());
        Ok(Self { feed, workspace_pk, entity, next, live, missed, until, read: PAGE, aside: None })
    }

    /// The next change, with the place behind it.
    ///
    /// # Errors
    /// When it cannot go on: it lags too far behind, what it missed was forgotten, or the feed cannot be read.
    pub async fn next(&mut self) -> Result<(Change, Place)> {
        loop {
            if let Some(next) = self.next.pop_front() {
                return Ok(next);
            }
            if let Some(span) = self.missed.pop_front() {
                self.catch_up(span).await?;
                continue;
            }
            let Some(live) = &mut self.live else {
                self.look_ahead().await?;
                continue;
            };
            self.aside = None;
            let batch = live.recv().await.map_err(|_| lagged())?;
            let changes = batch.changes.iter().filter(|change| change.entity == self.entity).cloned();
            let changes = changes.collect();
            self.take(&batch.from, &batch.to, changes, batch.is_last);
        }
    }

    /// Finds out how much it still misses. While that is much, what comes meanwhile is better read later than kept.
    async fn look_ahead(&mut self) -> Result<()> {
        let place = if std::mem::take(&mut self.read) >= PAGE {
            self.feed.place_after(&self.until.to).await?
        } else {
            let (place, live) = self.feed.follow(self.workspace_pk).await?;
            self.live = Some(live);
            place
        };
        self.missed = self.until.spans_to(&place).into();
        self.until = place;
        Ok(())
    }

    /// Reads the first page of a span; the rest of it is still missed.
    async fn catch_up(&mut self, mut span: Span) -> Result<()> {
        let aside = match &self.aside {
            Some(aside) => aside,
            None => self.aside.insert(self.feed.aside().await?),
        };
        let page =
            aside.read(&span, Some((self.workspace_pk, self.entity)), PAGE).await.map_err(|error| match error {
                Unread::Forgotten => forgotten(),
                Unread::Failed(error) => Error::unavailable(error),
            })?;
        self.read += page.changes.len();
        let is_last = page.more_after.is_none() && span.until == i64::MAX;
        self.take(&span.from, &span.to, page.changes, is_last);
        if let Some(position) = page.more_after {
            span.after = position;
            self.missed.push_front(span);
        }
        Ok(())
    }

    /// Takes changes that stand next to each other. Behind the last of them is all that became visible.
    fn take(&mut self, from: &Arc<Snapshot>, to: &Arc<Snapshot>, changes: Vec<Change>, is_last: bool) {
        let last = changes.len();
        let places = changes.into_iter().enumerate().map(|(index, change)| {
            let place = if is_last && index + 1 == last {
                Place::after_all(to.clone())
            } else {
                Place { from: from.clone(), to: to.clone(), position: change.position }
            };
            (change, place)
        });
        self.next.extend(places);
    }
}

fn lagged() -> Error {
    Error::new(
        Code::SubscriptionLagged,
        "There were more changes than were taken. Subscribe again with the last cursor as `after`.",
    )
}

fn forgotten() -> Error {
    Error::new(Code::BadCursor, "What came after this cursor was forgotten. Read the lists, and subscribe anew.")
}
