//! The buckets of a series: equal stretches of a time zone's clock, whatever daylight saving does to it.

#[cfg(test)]
mod tests;

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::data_types::PgInterval;

use super::cut;
use crate::db::condition::Sql;
use crate::db::functions::{Grain, Piece, Readings};
use crate::error::{Error, Result};
use crate::zones::{FOREVER, Stretch, Zone};

/// Buckets of a series at the most.
pub const MAX_BUCKETS: usize = 1_000;

/// No piece is longer, in seconds, nor one that was cut by a wrong clock.
const MAX_LENGTH: i64 = 33 * 86_400;

/// How long a bucket of a series is, by the clock of a time zone.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// From full hour to full hour: shorter or longer when the clock changes by less than an hour. An hour that the
    /// clock shows twice is two buckets.
    Hour,
    /// From midnight to midnight: 23 or 25 hours when the clock changes. A day that the clock left out has no bucket.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first of a month to the first of the next.
    Month,
}

impl Bucket {
    /// How the database counts it.
    const fn grain(self) -> Grain {
        match self {
            Self::Hour => Grain::Every("1 hour"),
            Self::Day => Grain::Every("1 day"),
            Self::Week => Grain::Every("7 days"),
            Self::Month => Grain::Month,
        }
    }
}

/// Which buckets a series has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    bucket: Bucket,
    timezone: Zone,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl Range {
    /// The range of a series as it was asked for.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for an unknown time zone, and for a range that ends before it begins.
    pub fn new(
        bucket: Bucket,
        timezone: &str,
        from: Option<crate::scalar::DateTime>,
        to: Option<crate::scalar::DateTime>,
    ) -> Result<Self> {
        let timezone = Zone::parse(timezone).ok_or_else(|| {
            Error::bad_input(
                "`timezone` must be the IANA name of a time zone, such as \"Europe/Paris\", or an offset, such as \
                 \"+02:00\".",
            )
        })?;
        let (from, to) = (from.map(crate::scalar::DateTime::shown), to.map(crate::scalar::DateTime::shown));
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            return Err(Error::bad_input("`from` must be before `to`."));
        }
        Ok(Self { bucket, timezone, from, to })
    }

    /// Whether its buckets are known whatever rows there are.
    pub(super) const fn has_both_ends(&self) -> bool {
        self.from.is_some() && self.to.is_some()
    }

    /// The moments that it has buckets for, if rows lie there: from the first to before the other. Rows may be stored
    /// with moments that no answer could say.
    pub(super) fn ends(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        let (first, last) = crate::scalar::DateTime::sayable();
        (self.from.unwrap_or(first), self.to.unwrap_or(last))
    }

    /// The starts of its buckets, given moments of the first and the last that have rows.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for too many.
    pub(super) fn starts(&self, rows: impl IntoIterator<Item = DateTime<Utc>>) -> Result<Vec<DateTime<Utc>>> {
        let (mut earliest, mut latest) = (None, None);
        for row in rows {
            earliest = Some(earliest.map_or(row, |earliest| row.min(earliest)));
            latest = latest.max(Some(row));
        }
        let Some(first) = self.from.or(earliest) else { return Ok(Vec::new()) };
        let goes_on = |start: &DateTime<Utc>| match self.to {
            Some(to) => *start < to,
            None => latest.is_some_and(|latest| *start <= latest),
        };
        let starts: Vec<_> = cut::starts(self.bucket, first.timestamp(), &self.timezone)
            .map_while(|start| DateTime::from_timestamp(start, 0))
            .take_while(goes_on)
            .take(MAX_BUCKETS + 1)
            .collect();
        if starts.len() > MAX_BUCKETS { Err(too_many()) } else { Ok(starts) }
    }

    /// What its clock shows up to a moment, and a little beyond it.
    pub(super) fn clock(&self, until: DateTime<Utc>) -> Clock {
        let (first, last) = self.ends();
        let needed = |stretch: &Stretch| stretch.begin <= last.min(until.max(first)).timestamp();
        let stretches: Vec<_> = self.timezone.stretches(first.timestamp()).take_while(needed).collect();
        let until = stretches.last().map_or(FOREVER, |stretch| stretch.end);
        Clock { grain: self.bucket.grain(), stretches, until: (until <= last.timestamp()).then_some(until) }
    }
}

/// What the clock of a time zone shows, for the database: it counts rows in pieces, each of which lies in one bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clock {
    grain: Grain,
    stretches: Vec<Stretch>,
    /// The second from which on it may be wrong.
    until: Option<i64>,
}

impl Clock {
    /// The expression for the piece that a moment in a column lies in.
    pub fn piece(&self, at: Sql) -> Piece {
        Piece { at, grain: self.grain }
    }

    /// What that expression looks into.
    pub fn readings(&self) -> Readings {
        let begins = self.stretches.iter().filter_map(|stretch| DateTime::from_timestamp(stretch.begin, 0)).collect();
        let ahead = self.stretches.iter().map(|stretch| PgInterval::from_microseconds(stretch.ahead * 1_000_000));
        Readings { begins, ahead: ahead.collect() }
    }

    /// Whether it may have been wrong about the last of these pieces, and then until when it would have to know.
    pub fn falls_short_of(&self, last: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let longest = TimeDelta::seconds(MAX_LENGTH);
        self.until.filter(|until| (last + longest).timestamp() >= *until).map(|_| last + longest + longest)
    }
}

/// The refusal of a series that is too long.
pub(super) fn too_many() -> Error {
    Error::bad_input(
        "A series has at most 1,000 buckets. Ask for a larger `bucket`, or for a shorter range with `from` and `to`.",
    )
}
