//! Which database, and which history of it, a feed is of.

use std::fmt;
use std::str::FromStr;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::Failure;

/// What every role may ask: the cluster, the database in it, and how often a standby of it was promoted. The numbers of
/// transactions, of which positions in the feed are made, mean nothing in another one.
const ORIGIN: &str = "SELECT (SELECT system_identifier FROM pg_control_system()),
    (SELECT oid::bigint FROM pg_database WHERE datname = current_database()),
    ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint";

/// The same of a server that does not tell of its files.
const DATABASE: &str = "SELECT 0::bigint, oid::bigint, 0::bigint FROM pg_database WHERE datname = current_database()";

/// Where positions in a feed hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// PostgreSQL's own number of the cluster; a restored dump is in another.
    system: i64,
    /// The database in it, which has another number when it is made anew.
    database: i64,
    /// The timeline: a promoted standby, and a backup that was put back, begin another.
    timeline: i64,
}

impl Origin {
    /// That of the database which the client is connected to.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn of(client: &Client) -> Result<Self, Failure> {
        let row = match client.query_typed_one(ORIGIN, &[]).await {
            Err(error) if error.code().is_some_and(is_untold) => {
                tracing::warn!(
                    "the server does not tell of its history: after the promotion of a standby, subscriptions may miss changes"
                );
                client.query_typed_one(DATABASE, &[]).await?
            }
            row => row?,
        };
        Ok(Self { system: row.try_get(0)?, database: row.try_get(1)?, timeline: row.try_get(2)? })
    }

    /// Whether it is the same database, whatever its history: what its rows say of transactions holds in all of that.
    #[must_use]
    pub const fn is_of_same_rows(self, other: Self) -> bool {
        self.system == other.system && self.database == other.database
    }
}

/// Whether the server has no such functions, or keeps them to itself.
fn is_untold(code: &SqlState) -> bool {
    [&SqlState::FEATURE_NOT_SUPPORTED, &SqlState::INSUFFICIENT_PRIVILEGE, &SqlState::UNDEFINED_FUNCTION].contains(&code)
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}.{:x}", self.system, self.database, self.timeline)
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let mut parts = text.split('.').map(|part| u64::from_str_radix(part, 16).ok().map(u64::cast_signed));
        let mut part = || parts.next().flatten().ok_or(NotAnOrigin);
        let origin = Self { system: part()?, database: part()?, timeline: part()? };
        if parts.next().is_none() { Ok(origin) } else { Err(NotAnOrigin) }
    }
}

/// A text that is no origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnOrigin;

impl fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an origin of changes")
    }
}

impl std::error::Error for NotAnOrigin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_as_it_is_written() {
        for origin in [
            Origin { system: 7_713_993_423_463_527_507, database: 16_384, timeline: 1 },
            Origin { system: -1, database: 4_294_967_295, timeline: 4_294_967_295 },
            Origin { system: 0, database: 5, timeline: 0 },
        ] {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
        for text in ["", "1.2", "1.2.3.4", "1.2.x", "1..3", "-1.2.3"] {
            assert_eq!(text.parse::<Origin>(), Err(NotAnOrigin), "{text}");
        }
    }
}
