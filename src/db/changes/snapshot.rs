//! Which transactions had ended at a moment, as PostgreSQL tells it.

use std::fmt;
use std::str::FromStr;

/// A `pg_snapshot`: a transaction is seen by it when it had ended at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// All before this one are seen.
    oldest: u64,
    /// This one and all after it are not.
    next: u64,
    /// Those between the two that are not seen, in order.
    running: Vec<u64>,
}

impl Snapshot {
    /// Whether the changes of the transaction, if it was committed, were visible.
    #[must_use]
    pub fn sees(&self, transaction: u64) -> bool {
        transaction < self.oldest || (transaction < self.next && self.running.binary_search(&transaction).is_err())
    }

    /// The oldest transaction that it does not see.
    #[must_use]
    pub const fn oldest_unseen(&self) -> u64 {
        self.oldest
    }

    /// Whether everything that the other sees is seen by this one, too.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        // Of two moments, the later one sees all that the earlier one does.
        self.next >= other.next && self.running.iter().all(|running| !other.sees(*running))
    }
}

impl FromStr for Snapshot {
    type Err = NotASnapshot;

    fn from_str(text: &str) -> Result<Self, NotASnapshot> {
        let number = |text: &str| text.parse().map_err(|_| NotASnapshot);
        let mut parts = text.splitn(3, ':');
        let mut part = || parts.next().ok_or(NotASnapshot);
        let (oldest, next, running) = (number(part()?)?, number(part()?)?, part()?);
        let running = running.split(',').filter(|text| !text.is_empty()).map(number).collect::<Result<_, _>>()?;
        Ok(Self { oldest, next, running })
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", self.oldest, self.next)?;
        for (index, running) in self.running.iter().enumerate() {
            write!(f, "{}{running}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// A text that is no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotASnapshot;

impl fmt::Display for NotASnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a snapshot")
    }
}

impl std::error::Error for NotASnapshot {}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(text: &str) -> Snapshot {
        text.parse().unwrap()
    }

    #[test]
    fn a_snapshot_sees_what_had_ended() {
        let at = snapshot("10:20:10,14");
        let seen: Vec<u64> = (8..22).filter(|transaction| at.sees(*transaction)).collect();
        assert_eq!(seen, [8, 9, 11, 12, 13, 15, 16, 17, 18, 19]);
        assert_eq!(at.oldest_unseen(), 10);
    }

    #[test]
    fn a_later_snapshot_includes_an_earlier_one() {
        let (earlier, later) = (snapshot("10:20:10,14"), snapshot("14:20:14"));
        assert!(later.includes(&earlier) && later.includes(&later));
        assert!(!earlier.includes(&later));
        assert!(!snapshot("14:19:14").includes(&snapshot("20:20:")));
    }

    #[test]
    fn it_is_read_as_it_is_written() {
        for text in ["10:20:10,14", "7:7:", "1:18446744073709551615:1"] {
            assert_eq!(snapshot(text).to_string(), text);
        }
        for text in ["", "1", "1:2", "a:b:", "1:2:x", "1:2:3:4"] {
            assert_eq!(text.parse::<Snapshot>(), Err(NotASnapshot), "{text}");
        }
    }
}
