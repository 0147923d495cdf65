//! The buckets of a series: equal stretches of a time zone's clock, whatever daylight saving does to it.

use std::iter::successors;

use async_graphql::Enum;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

use crate::error::{Error, Result};

/// Buckets of a series at the most.
pub const MOST_BUCKETS: usize = 1_000;

/// How long a bucket of a series is, by the clock of a time zone.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// From full hour to full hour.
    Hour,
    /// From midnight to midnight: 23 or 25 hours when the clock changes.
    Day,
    /// From Monday to Monday.
    Week,
    /// From the first of a month to the first of the next.
    Month,
}

impl Bucket {
    /// What PostgreSQL calls it.
    #[must_use]
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The start of the bucket that a moment lies in.
    fn start(self, at: DateTime<Utc>, timezone: Tz) -> DateTime<Utc> {
        let local = at.with_timezone(&timezone);
        match self {
            Self::Hour => {
                let past = TimeDelta::minutes(local.minute().into()) + TimeDelta::seconds(local.second().into());
                at - past - TimeDelta::nanoseconds(local.nanosecond().into())
            }
            Self::Day | Self::Week | Self::Month => midnight(self.first_day(local.date_naive()), timezone),
        }
    }

    /// The start of the bucket after the one that starts here.
    fn next(self, start: DateTime<Utc>, timezone: Tz) -> DateTime<Utc> {
        if self == Self::Hour {
            return self.start(start + TimeDelta::hours(1), timezone);
        }
        let mut day = start.with_timezone(&timezone).date_naive();
        loop {
            day = match self {
                Self::Hour | Self::Day => day + Days::new(1),
                Self::Week => self.first_day(day) + Days::new(7),
                // 31 days after the first of a month it is always the next.
                Self::Month => self.first_day(self.first_day(day) + Days::new(31)),
            };
            // A day that a time zone left out begins and ends in the same moment.
            let next = midnight(day, timezone);
            if next > start {
                return next;
            }
        }
    }

    /// The first day of the bucket that a day lies in.
    fn first_day(self, day: NaiveDate) -> NaiveDate {
        match self {
            Self::Hour | Self::Day => day,
            Self::Week => day - Days::new(day.weekday().num_days_from_monday().into()),
            Self::Month => day - Days::new(day.day0().into()),
        }
    }
}

/// The first moment of a day.
fn midnight(day: NaiveDate, timezone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(NaiveTime::MIN);
    let moment = timezone.from_local_datetime(&midnight).earliest().or_else(|| {
        // The clock jumps over midnight: the day begins with the jump, when the clock would have shown it.
        let before = timezone.from_local_datetime(&(midnight - Days::new(1))).latest()?;
        Some(before + TimeDelta::days(1))
    });
    moment.map_or_else(|| midnight.and_utc(), |moment| moment.to_utc())
}

/// Which buckets a series has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Range {
    pub(super) bucket: Bucket,
    pub(super) timezone: Tz,
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) to: Option<DateTime<Utc>>,
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
        let timezone = timezone.parse().map_err(|_| {
            Error::bad_input("`timezone` is not the IANA name of a time zone, such as \"Europe/Paris\".")
        })?;
        let (from, to) = (from.map(|from| from.0), to.map(|to| to.0));
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            return Err(Error::bad_input("`from` must be before `to`."));
        }
        Ok(Self { bucket, timezone, from, to })
    }

    /// Whether its buckets are known whatever rows there are.
    pub(super) const fn has_both_ends(&self) -> bool {
        self.from.is_some() && self.to.is_some()
    }

    /// The starts of its buckets, given those of the rows.
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
        let first = self.bucket.start(first, self.timezone);
        let starts: Vec<_> = successors(Some(first), |start| Some(self.bucket.next(*start, self.timezone)))
            .take_while(goes_on)
            .take(MOST_BUCKETS + 1)
            .collect();
        if starts.len() > MOST_BUCKETS { Err(too_many()) } else { Ok(starts) }
    }
}

/// The refusal of a series that is too long.
pub(super) fn too_many() -> Error {
    Error::bad_input(
        "A series has at most 1,000 buckets. Ask for a larger `bucket`, or for a shorter range with `from` and `to`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn range(bucket: Bucket, timezone: &str, from: &str, to: &str) -> Range {
        let time = |text| Some(crate::scalar::DateTime(moment(text)));
        Range::new(bucket, timezone, time(from), time(to)).unwrap()
    }

    fn starts(bucket: Bucket, timezone: &str, from: &str, to: &str) -> Vec<String> {
        let starts = range(bucket, timezone, from, to).starts([]).unwrap();
        starts.iter().map(|start| start.format("%FT%RZ").to_string()).collect()
    }

    #[test]
    fn a_range_starts_with_the_bucket_it_begins_in_and_does_not_reach_its_end() {
        assert_eq!(
            starts(Bucket::Hour, "UTC", "2026-01-01T10:59:59Z", "2026-01-01T13:00:00Z"),
            ["2026-01-01T10:00Z", "2026-01-01T11:00Z", "2026-01-01T12:00Z"],
        );
        assert_eq!(
            starts(Bucket::Hour, "Asia/Kathmandu", "2026-01-01T10:20:00Z", "2026-01-01T12:00:00Z"),
            ["2026-01-01T10:15Z", "2026-01-01T11:15Z"],
        );
    }

    #[test]
    fn days_are_shorter_and_longer_when_the_clock_changes() {
        assert_eq!(
            starts(Bucket::Day, "Europe/Paris", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
            ["2026-03-27T23:00Z", "2026-03-28T23:00Z", "2026-03-29T22:00Z"],
        );
        assert_eq!(
            starts(Bucket::Day, "Europe/Paris", "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
            ["2026-10-23T22:00Z", "2026-10-24T22:00Z", "2026-10-25T23:00Z"],
        );
    }

    #[test]
    fn hours_go_on_when_the_clock_changes() {
        for change in ["2026-03-29", "2026-10-25"] {
            let (from, to) = (format!("{change}T00:00:00Z"), format!("{change}T03:00:00Z"));
            let expected = [0, 1, 2].map(|hour| format!("{change}T0{hour}:00Z"));
            assert_eq!(starts(Bucket::Hour, "Europe/Paris", &from, &to), expected);
        }
        // Here the clock changes by half an hour, so by the clock one hour begins half an hour after the other.
        assert_eq!(
            starts(Bucket::Hour, "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:00:00Z"),
            ["2026-04-04T14:00Z", "2026-04-04T14:30Z", "2026-04-04T15:30Z"],
        );
    }

    #[test]
    fn a_day_without_midnight_begins_when_the_clock_jumps() {
        assert_eq!(
            starts(Bucket::Day, "America/Santiago", "2026-09-05T12:00:00Z", "2026-09-07T12:00:00Z"),
            ["2026-09-05T04:00Z", "2026-09-06T04:00Z", "2026-09-07T03:00Z"],
        );
    }

    #[test]
    fn a_day_that_was_left_out_has_no_bucket() {
        assert_eq!(
            starts(Bucket::Day, "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z"),
            ["2011-12-29T10:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z"],
        );
    }

    #[test]
    fn weeks_begin_on_monday_and_months_on_the_first() {
        assert_eq!(
            starts(Bucket::Week, "America/New_York", "2026-03-08T12:00:00Z", "2026-03-20T00:00:00Z"),
            ["2026-03-02T05:00Z", "2026-03-09T04:00Z", "2026-03-16T04:00Z"],
        );
        assert_eq!(
            starts(Bucket::Month, "Europe/Paris", "2025-12-31T23:30:00Z", "2026-04-15T00:00:00Z"),
            ["2025-12-31T23:00Z", "2026-01-31T23:00Z", "2026-02-28T23:00Z", "2026-03-31T22:00Z"],
        );
    }

    #[test]
    fn without_ends_the_rows_say_where_it_starts_and_stops() {
        let open = Range::new(Bucket::Day, "UTC", None, None).unwrap();
        let rows = ["2026-01-03T00:00:00Z", "2026-01-01T00:00:00Z"].map(moment);
        assert_eq!(open.starts(rows).unwrap().len(), 3);
        assert_eq!(open.starts([]).unwrap().len(), 0);
        let from = Range { from: Some(moment("2025-12-31T08:00:00Z")), ..open };
        assert_eq!(from.starts(rows).unwrap().len(), 4);
        assert_eq!(from.starts([]).unwrap().len(), 0);
    }

    #[test]
    fn a_thousand_buckets_are_accepted_and_one_more_is_not() {
        let days = |to| range(Bucket::Day, "UTC", "2026-01-01T00:00:00Z", to).starts([]);
        assert_eq!(days("2028-09-27T00:00:00Z").unwrap().len(), MOST_BUCKETS);
        assert!(days("2028-09-27T00:00:01Z").is_err());
    }

    #[test]
    fn a_time_zone_nobody_knows_and_an_inverted_range_are_refused() {
        let at = |text| Some(crate::scalar::DateTime(moment(text)));
        assert!(Range::new(Bucket::Day, "Mars/Olympus", None, None).is_err());
        assert!(Range::new(Bucket::Day, "UTC", at("2026-01-02T00:00:00Z"), at("2026-01-01T00:00:00Z")).is_err());
    }
}
