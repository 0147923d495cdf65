//! What the database said of callers, for a short time.

use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use quick_cache::sync::{Cache, EntryAction, EntryResult};
use tokio::sync::OnceCell;

use crate::error::Result;

/// Keys that are kept at the most. Of more, those that are used least make room.
pub(super) const CAPACITY: usize = 10_000;

/// Look-ups by key, each used for a time. Equal ones at once run once.
pub(super) struct TtlCache<K, V> {
    ttl: Duration,
    lookups: Cache<K, Arc<Lookup<V>>>,
}

/// A look-up, running or done.
struct Lookup<V> {
    since: Instant,
    found: OnceCell<Result<Arc<V>>>,
}

impl<V> Lookup<V> {
    fn new() -> Arc<Self> {
        Arc::new(Self { since: Instant::now(), found: OnceCell::new() })
    }
}

impl<K: Eq + Hash + Clone, V> TtlCache<K, V> {
    pub fn new(ttl: Duration) -> Self {
        Self { ttl, lookups: Cache::new(CAPACITY) }
    }

    /// What was found for the key since the TTL began, else what `load` finds now. A failure is not kept: whoever waits
    /// for it gets it, and the next one looks again.
    pub async fn get(&self, key: &K, load: impl Future<Output = Result<V>>) -> Result<Arc<V>> {
        if self.ttl.is_zero() {
            return load.await.map(Arc::new);
        }
        let lookup = self.lookup(key);
        let found = lookup.found.get_or_init(async || load.await.map(Arc::new)).await.clone();
        if found.is_err() {
            self.lookups.remove_if(key, |kept| Arc::ptr_eq(kept, &lookup));
        }
        found
    }

    /// The look-up that is kept, unless it is too old; else a new one.
    fn lookup(&self, key: &K) -> Arc<Lookup<V>> {
        let entry = self.lookups.entry(key, None, |_, kept| {
            if kept.since.elapsed() >= self.ttl {
                *kept = Lookup::new();
            }
            EntryAction::Retain(Arc::clone(kept))
        });
        match entry {
            EntryResult::Retained(kept) => kept,
            EntryResult::Vacant(guard) | EntryResult::Replaced(guard, _) => {
                let new = Lookup::new();
                // It fails only when the key was removed meanwhile; then nothing is kept.
                let _ = guard.insert(Arc::clone(&new));
                new
            }
            EntryResult::Removed(..) | EntryResult::Timeout => Lookup::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;
    use crate::error::{Code, Error};

    const HOUR: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn equal_lookups_at_once_run_once_and_are_kept() {
        let (cache, runs) = (TtlCache::new(HOUR), AtomicUsize::new(0));
        let load = async || {
            tokio::task::yield_now().await;
            Ok(runs.fetch_add(1, Ordering::Relaxed))
        };
        let found = join_all((0..100).map(|_| cache.get(&"me", load()))).await;
        assert!(found.iter().all(|found| **found.as_ref().unwrap() == 0));
        assert_eq!(*cache.get(&"me", load()).await.unwrap(), 0);
        assert_eq!(*cache.get(&"you", load()).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn nothing_is_kept_beyond_the_ttl() {
        let (cache, short) = (TtlCache::new(Duration::ZERO), TtlCache::new(Duration::from_nanos(1)));
        for number in 0..3 {
            assert_eq!(*cache.get(&"me", async { Ok(number) }).await.unwrap(), number);
            assert_eq!(*short.get(&"me", async { Ok(number) }).await.unwrap(), number);
        }
    }

    #[tokio::test]
    async fn a_failure_is_for_those_who_wait_and_is_not_kept() {
        let (cache, runs) = (TtlCache::<_, ()>::new(HOUR), AtomicUsize::new(0));
        let fail = async || {
            tokio::task::yield_now().await;
            runs.fetch_add(1, Ordering::Relaxed);
            Err(Error::unavailable("the database is away"))
        };
        for found in join_all((0..10).map(|_| cache.get(&"me", fail()))).await {
            assert_eq!(found.unwrap_err().code(), Code::ServiceUnavailable);
        }
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        assert!(cache.get(&"me", async { Ok(()) }).await.is_ok());
    }

    #[tokio::test]
    async fn the_rest_stays_when_there_are_too_many() {
        let cache = TtlCache::new(HOUR);
        for _ in 0..3 {
            assert_eq!(*cache.get(&0, async { Ok("first") }).await.unwrap(), "first");
        }
        for number in 1..=2 * CAPACITY {
            cache.get(&number, async { Ok("other") }).await.unwrap();
        }
        assert_eq!(*cache.get(&0, async { Ok("again") }).await.unwrap(), "first");
    }
}
