//! How time is cut into buckets by the clock of a time zone. Moments are seconds since 1970.
//!
//! Buckets follow each other without a gap. An hour begins whenever the clock shows a full hour, or jumps over one: of
//! an hour that it shows twice there are two buckets. A day begins when the clock shows it, or a later one, for the
//! first time: one that the clock goes back to is not begun again, and one that it leaves out has no bucket.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime};

use super::bucket::Bucket;
use crate::zones::{Stretch, Zone};

const HOUR: i64 = 3_600;
/// No clock is or was as far from UTC.
const MAX_AHEAD: i64 = 26 * HOUR;
/// Long before the hour that a moment lies in, whatever the clock did meanwhile.
const BEFORE_THE_HOUR: i64 = 48 * HOUR;

/// When the buckets begin, from the one that a moment lies in on.
pub(super) fn starts(bucket: Bucket, first: i64, zone: &Zone) -> Box<dyn Iterator<Item = i64> + '_> {
    if bucket == Bucket::Hour {
        return Box::new(from(first, full_hours(first - BEFORE_THE_HOUR, zone)));
    }
    let shown = DateTime::from_timestamp(first + zone.ahead(first), 0).unwrap_or_default().date_naive();
    let days = std::iter::successors(Some(first_day(bucket, shown)), move |day| Some(next(bucket, *day)));
    let mut last = None;
    let days = days.map(move |day| beginning(day, zone)).filter(move |start| last.replace(*start) != Some(*start));
    Box::new(from(first, days))
}

/// Of moments in order, the last that is not after `first`, and all after it.
fn from(first: i64, moments: impl Iterator<Item = i64>) -> impl Iterator<Item = i64> {
    let mut moments = moments.peekable();
    let mut start = moments.next();
    while let Some(later) = moments.next_if(|moment| *moment <= first) {
        start = Some(later);
    }
    start.into_iter().chain(moments)
}

/// The moments at which the clock shows a full hour, or jumps over one.
fn full_hours(first: i64, zone: &Zone) -> impl Iterator<Item = i64> {
    let mut shown = i64::MAX;
    zone.stretches(first).flat_map(move |Stretch { begin, end, ahead }| {
        let full = begin + (-(begin + ahead)).rem_euclid(HOUR);
        let jumps_over_one = full > begin && (begin + ahead).div_euclid(HOUR) > shown;
        shown = (end - 1 + ahead).div_euclid(HOUR);
        jumps_over_one.then_some(begin).into_iter().chain((full..end).step_by(3_600))
    })
}

/// The first moment at which the clock shows this day or a later one.
fn beginning(day: NaiveDate, zone: &Zone) -> i64 {
    let midnight = day.and_time(NaiveTime::MIN).and_utc().timestamp();
    let reached = |stretch: Stretch| {
        let moment = stretch.begin.max(midnight - stretch.ahead);
        (moment < stretch.end).then_some(moment)
    };
    zone.stretches(midnight - MAX_AHEAD).find_map(reached).unwrap_or(midnight)
}

/// The first day of the bucket that a day lies in.
fn first_day(bucket: Bucket, day: NaiveDate) -> NaiveDate {
    match bucket {
        Bucket::Hour | Bucket::Day => day,
        Bucket::Week => day - Days::new(day.weekday().num_days_from_monday().into()),
        Bucket::Month => day - Days::new(day.day0().into()),
    }
}

/// The first day of the bucket after the one that begins with this day.
fn next(bucket: Bucket, day: NaiveDate) -> NaiveDate {
    match bucket {
        Bucket::Hour | Bucket::Day => day + Days::new(1),
        Bucket::Week => day + Days::new(7),
        // 31 days after the first of a month it is always the next.
        Bucket::Month => first_day(bucket, day + Days::new(31)),
    }
}
