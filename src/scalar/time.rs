//! Instants and days.

use async_graphql::{InputValueResult, Scalar, ScalarType, Value};
use chrono::{DateTime as Chrono, Datelike, Days, NaiveDate, SecondsFormat, SubsecRound, TimeDelta, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Date as SqlDate, Integer, Timestamptz};
use serde::{Deserialize, Serialize};

use super::refused;

/// An instant, RFC 3339 in UTC with microseconds: `2026-11-20T08:15:30.123456Z`. Input may use any offset.
///
/// PostgreSQL's own range is wider than Chrono's, and has an infinity at both ends: they are the last and the first
/// microsecond that Chrono knows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression, Serialize, Deserialize,
)]
#[diesel(sql_type = Timestamptz)]
pub struct DateTime(#[serde(with = "chrono::serde::ts_microseconds")] pub Chrono<Utc>);

/// A day of the calendar: `2026-11-20`.
///
/// PostgreSQL's own range is wider than Chrono's: what is beyond is the last or the first day that Chrono knows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromSqlRow, AsExpression, Serialize, Deserialize,
)]
#[diesel(sql_type = SqlDate)]
pub struct Date(pub NaiveDate);

/// From the first of January 2000, where PostgreSQL's time begins, back to 1970, in microseconds.
const EPOCH: i64 = 946_684_800_000_000;

impl DateTime {
    /// The first and the last that four digits have a year for, in microseconds since 1970.
    const SHOWN: (i64, i64) = (-62_167_219_200_000_000, 253_402_300_799_999_999);

    fn infinity() -> Chrono<Utc> {
        Chrono::<Utc>::MAX_UTC.trunc_subsecs(6)
    }

    /// Of an instant as PostgreSQL counts, in microseconds.
    fn stored(micros: i64) -> Self {
        let time = micros.checked_add(EPOCH).and_then(Chrono::from_timestamp_micros);
        // PostgreSQL knows no finite instant that is too early for Chrono.
        let beyond = || match micros {
            i64::MIN => Chrono::<Utc>::MIN_UTC,
            i64::MAX => Self::infinity(),
            _ => Self::infinity() - TimeDelta::microseconds(1),
        };
        Self(time.unwrap_or_else(beyond))
    }

    /// As PostgreSQL counts it, in microseconds.
    fn to_stored(self) -> i64 {
        match self.0 {
            time if time == Chrono::<Utc>::MIN_UTC => i64::MIN,
            time if time == Self::infinity() => i64::MAX,
            time => time.timestamp_micros() - EPOCH,
        }
    }

    /// The same, or what is nearest to it in the years that RFC 3339 can write.
    #[must_use]
    pub fn shown(self) -> Chrono<Utc> {
        if (0..=9_999).contains(&self.0.year()) {
            return self.0;
        }
        let (first, last) = Self::SHOWN;
        let micros = self.0.timestamp_micros().clamp(first, last);
        Chrono::from_timestamp_micros(micros).unwrap_or(self.0)
    }
}

/// An instant, RFC 3339 in UTC with microseconds: `2026-11-20T08:15:30.123456Z`. Input may use any offset. An instant
/// that is stored beyond the years 0 to 9999 is shown as the nearest within them.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(refused("A DateTime is a string such as \"2026-11-20T08:15:30Z\"."));
        };
        Chrono::parse_from_rfc3339(text)
            .ok()
            .map(|time| time.to_utc())
            // PostgreSQL's own range is wider; four-digit years are what RFC 3339 can print.
            .filter(|time| (0..=9999).contains(&time.year()))
            .map(Self)
            .ok_or_else(|| refused("This is not an RFC 3339 date-time."))
    }

    fn to_value(&self) -> Value {
        Value::String(self.shown().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

/// `dddd-dd-dd` and nothing else: chrono would also take signs, blanks and missing zeros.
fn is_plain_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let fits = |(index, byte): (usize, &u8)| if matches!(index, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    bytes.len() == 10 && bytes.iter().enumerate().all(fits)
}

impl Date {
    /// Of a day as PostgreSQL counts, from the first of January 2000.
    fn stored(days: i32) -> Self {
        let since = |epoch: NaiveDate| epoch.checked_add_signed(TimeDelta::days(days.into()));
        let beyond = || match days {
            i32::MIN => NaiveDate::MIN,
            i32::MAX => NaiveDate::MAX,
            _ => NaiveDate::MAX - Days::new(1),
        };
        Self(NaiveDate::from_ymd_opt(2000, 1, 1).and_then(since).unwrap_or_else(beyond))
    }

    /// The same, or what is nearest to it in the years that four digits can write.
    #[must_use]
    pub fn shown(self) -> NaiveDate {
        let ends = NaiveDate::from_ymd_opt(0, 1, 1).zip(NaiveDate::from_ymd_opt(9999, 12, 31));
        ends.map_or(self.0, |(first, last)| self.0.clamp(first, last))
    }
}

/// A day of the calendar: `2026-11-20`. A day that is stored beyond the years 0 to 9999 is shown as the nearest within
/// them.
#[Scalar(specified_by_url = "https://scalars.graphql.org/andimarek/local-date.html")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) if is_plain_date(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .map(Self)
                .map_err(|_| refused("This is not a date such as \"2026-11-20\".")),
            _ => Err(refused("This is not a date such as \"2026-11-20\".")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.shown().format("%Y-%m-%d").to_string())
    }
}

impl FromSql<Timestamptz, Pg> for DateTime {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Pg>>::from_sql(bytes).map(Self::stored)
    }
}

impl ToSql<Timestamptz, Pg> for DateTime {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<BigInt, Pg>::to_sql(&self.to_stored(), &mut out.reborrow())
    }
}

impl FromSql<SqlDate, Pg> for Date {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        <i32 as FromSql<Integer, Pg>>::from_sql(bytes).map(Self::stored)
    }
}

impl ToSql<SqlDate, Pg> for Date {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let days = match self.0 {
            NaiveDate::MIN => i32::MIN,
            NaiveDate::MAX => i32::MAX,
            day => return ToSql::<SqlDate, Pg>::to_sql(&day, &mut out.reborrow()),
        };
        ToSql::<Integer, Pg>::to_sql(&days, &mut out.reborrow())
    }
}
