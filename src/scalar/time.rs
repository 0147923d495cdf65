//! Instants and days.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime as Chrono, Datelike, NaiveDate, SecondsFormat, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt as SqlBigInt, Date as SqlDate, Integer, Timestamptz};
use serde::{Deserialize, Serialize};

use super::{BigInt, refused};

/// An instant as PostgreSQL stores it: microseconds from the first of January 2000. Its infinities are the smallest and
/// the largest number, so every instant keeps its place among all others.
///
/// In a cursor it is counted from 1970.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression, Serialize, Deserialize,
)]
#[diesel(sql_type = Timestamptz)]
#[serde(from = "UnixMicros", into = "UnixMicros")]
pub struct DateTime(i64);

/// A day as PostgreSQL stores it: days from the first of January 2000.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression, Serialize, Deserialize,
)]
#[diesel(sql_type = SqlDate)]
#[serde(from = "CursorDay", into = "CursorDay")]
pub struct Date(i32);

/// From the first of January 2000 back to 1970, in microseconds.
const EPOCH: i64 = 946_684_800_000_000;
/// The first of January 2000, in days from the year 0's last.
const EPOCH_DAY: i32 = 730_120;

/// How a cursor holds an instant. What is too late to be counted from 1970 goes on with the smallest numbers.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct UnixMicros(i64);

impl From<DateTime> for UnixMicros {
    fn from(time: DateTime) -> Self {
        Self(time.0.wrapping_add(EPOCH))
    }
}

impl From<UnixMicros> for DateTime {
    fn from(time: UnixMicros) -> Self {
        Self(time.0.wrapping_sub(EPOCH))
    }
}

/// How a cursor holds a day: as it is shown, or as it is stored where that says more.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum CursorDay {
    Shown(NaiveDate),
    Stored(i32),
}

impl From<Date> for CursorDay {
    fn from(day: Date) -> Self {
        let shown = day.shown();
        if Date::from(shown) == day { Self::Shown(shown) } else { Self::Stored(day.0) }
    }
}

impl From<CursorDay> for Date {
    fn from(day: CursorDay) -> Self {
        match day {
            CursorDay::Shown(day) => day.into(),
            CursorDay::Stored(day) => Self(day),
        }
    }
}

/// A value that is shown as another where the API cannot write it.
pub trait Shown: Sized {
    /// The comparison of stored values, and what they are compared with, that is the same as this one of shown values.
    #[must_use]
    fn compared(self, operator: &'static str) -> (&'static str, Self) {
        (operator, self)
    }
}

impl Shown for i32 {}
impl Shown for BigInt {}

impl Shown for DateTime {
    fn compared(self, operator: &'static str) -> (&'static str, Self) {
        compared(operator, self, Self::ends(), [Self(i64::MIN), Self(i64::MAX)])
    }
}

impl Shown for Date {
    fn compared(self, operator: &'static str) -> (&'static str, Self) {
        compared(operator, self, Self::ends(), [Self(i32::MIN), Self(i32::MAX)])
    }
}

/// The first and the last that are shown stand for all that is stored beyond them.
fn compared<T: PartialEq>(
    operator: &'static str,
    value: T,
    [first, last]: [T; 2],
    [earliest, latest]: [T; 2],
) -> (&'static str, T) {
    match operator {
        " = " if value == last => (" >= ", value),
        " = " if value == first => (" <= ", value),
        " > " | " <= " if value == last => (operator, latest),
        " < " | " >= " if value == first => (operator, earliest),
        _ => (operator, value),
    }
}

impl From<Chrono<Utc>> for DateTime {
    fn from(time: Chrono<Utc>) -> Self {
        Self(time.timestamp_micros() - EPOCH)
    }
}

impl DateTime {
    /// The first and the last that four digits have a year for, in microseconds since 1970.
    const SHOWN: (i64, i64) = (-62_167_219_200_000_000, 253_402_300_799_999_999);

    /// The first moment that has a year of four digits, and the first after it that has none.
    #[must_use]
    pub fn sayable() -> (Chrono<Utc>, Chrono<Utc>) {
        let time = |micros| Chrono::from_timestamp_micros(micros).unwrap_or_default();
        (time(Self::SHOWN.0), time(Self::SHOWN.1 + 1))
    }

    /// The first and the last that are shown.
    const fn ends() -> [Self; 2] {
        [Self(Self::SHOWN.0 - EPOCH), Self(Self::SHOWN.1 - EPOCH)]
    }

    /// Whether it is none of the infinities.
    #[must_use]
    pub const fn is_finite(self) -> bool {
        !matches!(self.0, i64::MIN | i64::MAX)
    }

    /// The same, or another moment that is later, unless that is infinite.
    #[must_use]
    pub fn not_before(self, other: Self) -> Self {
        if other.is_finite() { self.max(other) } else { self }
    }

    /// The same, or another moment that is earlier, unless that is infinite.
    #[must_use]
    pub fn not_after(self, other: Self) -> Self {
        if other.is_finite() { self.min(other) } else { self }
    }

    /// The same, or what is nearest to it in the years that RFC 3339 can write.
    #[must_use]
    pub fn shown(self) -> Chrono<Utc> {
        let (first, last) = Self::SHOWN;
        Chrono::from_timestamp_micros(self.0.saturating_add(EPOCH).clamp(first, last)).unwrap_or_default()
    }
}

/// An instant, RFC 3339 in UTC with microseconds: `2026-11-20T08:15:30.123456Z`. Input may use any offset; digits behind
/// the microseconds are cut off, and a leap second (`:60`) is refused. An instant that is stored beyond the years 0 to
/// 9999 is shown as the nearest within them.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(refused("A DateTime is a string such as \"2026-11-20T08:15:30Z\"."));
        };
        Some(text)
            .filter(|text| is_rfc3339(text.as_bytes()))
            .and_then(|text| Chrono::parse_from_rfc3339(text).ok())
            .map(|time| time.to_utc())
            // PostgreSQL's own range is wider; four-digit years are what RFC 3339 can print.
            .filter(|time| (0..=9999).contains(&time.year()))
            .map(Self::from)
            .ok_or_else(|| refused("The value is not an RFC 3339 date-time."))
    }

    fn to_value(&self) -> Value {
        Value::String(self.shown().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// `dddd-dd-ddTdd:dd:dd`, perhaps a fraction, and `Z` or an offset, as in the grammar of RFC 3339: chrono would also take a
/// blank for the T and other signs than `+` and `-`. A leap second is refused, since nothing here can keep it.
fn is_rfc3339(text: &[u8]) -> bool {
    let is = |pattern: &[u8], text: &[u8]| {
        pattern.len() == text.len()
            && pattern.iter().zip(text).all(|(wanted, byte)| match wanted {
                b'd' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't'),
                wanted => wanted == byte,
            })
    };
    let Some((moment, rest)) = text.split_at_checked(19) else { return false };
    let rest = match rest.split_first() {
        Some((b'.', digits)) => match digits.iter().position(|byte| !byte.is_ascii_digit()) {
            Some(end @ 1..) => digits.get(end..).unwrap_or_default(),
            _ => return false,
        },
        _ => rest,
    };
    let is_offset = matches!(rest, b"Z" | b"z") || is(b"+dd:dd", rest) || is(b"-dd:dd", rest);
    is(b"dddd-dd-ddTdd:dd:dd", moment) && !moment.ends_with(b"60") && is_offset
}

/// `dddd-dd-dd` and nothing else: chrono would also take signs, blanks and missing zeros.
fn is_plain_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fits = |(index, byte): (usize, &u8)| if matches!(index, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    bytes.len() == 10 && bytes.iter().enumerate().all(fits)
}

impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self(day.num_days_from_ce() - EPOCH_DAY)
    }
}

impl Date {
    /// The first and the last that four digits have a year for, in days from the year 0's last.
    const SHOWN: (i32, i32) = (-365, 3_652_059);

    /// The first and the last that are shown.
    const fn ends() -> [Self; 2] {
        [Self(Self::SHOWN.0 - EPOCH_DAY), Self(Self::SHOWN.1 - EPOCH_DAY)]
    }

    /// The same, or what is nearest to it in the years that four digits can write.
    #[must_use]
    pub fn shown(self) -> NaiveDate {
        let (first, last) = Self::SHOWN;
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(EPOCH_DAY).clamp(first, last)).unwrap_or_default()
    }
}

/// A day of the calendar: `2026-11-20`. A day that is stored beyond the years 0 to 9999 is shown as the nearest within
/// them.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) if is_plain_date(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map(Self::from)
                .map_err(|_| refused("The value is not a date such as \"2026-11-20\".")),
            _ => Err(refused("The value is not a date such as \"2026-11-20\".")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.shown().format("%Y-%m-%d").to_string())
    }
}

impl FromSql<Timestamptz, Pg> for DateTime {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<SqlBigInt, Pg>>::from_sql(bytes).map(Self)
    }
}

impl ToSql<Timestamptz, Pg> for DateTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<SqlBigInt, Pg>::to_sql(&self.0, out)
    }
}

impl FromSql<SqlDate, Pg> for Date {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        <i32 as FromSql<Integer, Pg>>::from_sql(bytes).map(Self)
    }
}

impl ToSql<SqlDate, Pg> for Date {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Integer, Pg>::to_sql(&self.0, out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_ends_are_those_of_four_digits() {
        let [first, last] = DateTime::ends();
        assert_eq!(first.to_value(), Value::from("0000-01-01T00:00:00.000000Z"));
        assert_eq!(last.to_value(), Value::from("9999-12-31T23:59:59.999999Z"));
        assert_eq!((DateTime(i64::MIN).to_value(), DateTime(i64::MAX).to_value()), (first.to_value(), last.to_value()));
        assert_eq!(DateTime::from(DateTime(-1).shown()), DateTime(-1));
        let [first, last] = Date::ends();
        assert_eq!((first.to_value(), last.to_value()), (Value::from("0000-01-01"), Value::from("9999-12-31")));
        assert_eq!((Date(i32::MIN).to_value(), Date(i32::MAX).to_value()), (first.to_value(), last.to_value()));
        assert_eq!((Date(0).to_value(), Date::from(Date(-1).shown())), (Value::from("2000-01-01"), Date(-1)));
    }

    /// Cursors are kept by clients: what one held once must be read for ever.
    #[test]
    fn a_cursor_holds_every_instant_and_day() {
        for (time, held) in [
            (DateTime(0), json!(946_684_800_000_000_i64)),
            (DateTime(-EPOCH), json!(0)),
            (DateTime(9_223_371_331_199_999_999), json!(i64::MIN + 945_979_145_224_191)),
            (DateTime(i64::MAX), json!(i64::MIN + EPOCH - 1)),
            (DateTime(i64::MIN), json!(i64::MIN + EPOCH)),
        ] {
            assert_eq!(serde_json::to_value(time).unwrap(), held);
            assert_eq!(serde_json::from_value::<DateTime>(held).unwrap(), time);
        }
        for (day, held) in [
            (Date(0), json!("2000-01-01")),
            (Date(2_921_940), json!(2_921_940)),
            (Date(i32::MAX), json!(i32::MAX)),
            (Date(i32::MIN), json!(i32::MIN)),
        ] {
            assert_eq!(serde_json::to_value(day).unwrap(), held);
            assert_eq!(serde_json::from_value::<Date>(held).unwrap(), day);
        }
    }
}
