//! Positions in the change feed.

use std::sync::Arc;

use super::{FeedRange, Origin, Snapshot};

/// A position in the feed: behind it is what `from` sees, and what `to` sees up to `position`.
#[derive(Clone, Debug)]
pub struct FeedPosition {
    /// Where it holds.
    pub origin: Origin,
    /// What this sees is before it.
    pub from: Arc<Snapshot>,
    /// What this does not see is after it.
    pub to: Arc<Snapshot>,
    /// Of what became visible between the two, what stands behind this is after it.
    pub position: i64,
}

impl FeedPosition {
    /// Behind it is all that was visible at a moment.
    #[must_use]
    pub fn after_all(origin: Origin, moment: Arc<Snapshot>) -> Self {
        Self { origin, from: moment.clone(), to: moment, position: 0 }
    }

    /// What lies between this position and a later one of the same origin, in order. The later one is in the same part of
    /// the feed, or its `from` includes this one's `to`.
    #[must_use]
    pub fn ranges_to(&self, later: &Self) -> Vec<FeedRange> {
        let range = |from: &Arc<Snapshot>, to: &Arc<Snapshot>, after, until| FeedRange {
            from: from.clone(),
            to: to.clone(),
            after,
            until,
        };
        let mut ranges = if self.from == later.from && self.to == later.to {
            vec![range(&self.from, &self.to, self.position, later.position)]
        } else {
            vec![
                range(&self.from, &self.to, self.position, i64::MAX),
                range(&self.to, &later.from, 0, i64::MAX),
                range(&later.from, &later.to, 0, later.position),
            ]
        };
        ranges.retain(|range| range.from != range.to);
        ranges
    }
}
