//! Concurrency limits of what all need and nobody may have all of: each principal, or each workspace, has so many permits
//! at once, and waits for the next.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::Principal;
use crate::error::{Error, Result};

/// Limits how many permits each holder has at once. Holders are known by a key, usually the principal.
pub struct PrincipalLimiter<K: Key = Principal> {
    /// Permits of each at once.
    each: usize,
    /// Who has a permit or waits for one.
    queues: Mutex<HashMap<K, Arc<Semaphore>>>,
}

/// What holders are known by.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {}

impl<K: Clone + Eq + Hash + Send + Sync + 'static> Key for K {}

/// A permit, held until it is dropped.
pub struct Permit<K: Key = Principal> {
    // It ends before its holder may be forgotten.
    _permit: OwnedSemaphorePermit,
    _place: Place<K>,
}

/// A place in somebody's queue, which is forgotten with the last one.
struct Place<K: Key> {
    limiter: Arc<PrincipalLimiter<K>>,
    holder: K,
    queue: Arc<Semaphore>,
}

impl<K: Key> PrincipalLimiter<K> {
    /// A limiter of so many permits each.
    #[must_use]
    pub fn new(each: usize) -> Arc<Self> {
        Arc::new(Self { each, queues: Mutex::default() })
    }

    /// How many each has at once.
    #[must_use]
    pub const fn each(&self) -> usize {
        self.each
    }

    /// Waits for a permit of the holder, behind all that waited before.
    ///
    /// # Errors
    /// Never, while there are permits at all.
    pub async fn acquire(self: &Arc<Self>, holder: &K) -> Result<Permit<K>> {
        let place = self.place(holder);
        let permit = Arc::clone(&place.queue).acquire_owned().await.map_err(Error::internal)?;
        Ok(Permit { _permit: permit, _place: place })
    }

    /// A permit of the holder, if it has one left.
    #[must_use]
    pub fn try_acquire(self: &Arc<Self>, holder: &K) -> Option<Permit<K>> {
        let place = self.place(holder);
        let permit = Arc::clone(&place.queue).try_acquire_owned().ok()?;
        Some(Permit { _permit: permit, _place: place })
    }

    fn place(self: &Arc<Self>, holder: &K) -> Place<K> {
        let mut queues = self.queues();
        let queue = match queues.get(holder) {
            Some(queue) => Arc::clone(queue),
            None => Arc::clone(queues.entry(holder.clone()).or_insert(Arc::new(Semaphore::new(self.each)))),
        };
        Place { limiter: Arc::clone(self), holder: holder.clone(), queue }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<K, Arc<Semaphore>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Key> Drop for Place<K> {
    fn drop(&mut self) {
        let mut queues = self.limiter.queues();
        // This one and the map have it. Nobody else can come by it while the map is locked.
        if Arc::strong_count(&self.queue) == 2 {
            queues.remove(&self.holder);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn each_principal_has_its_own_and_is_forgotten_when_it_has_none() {
        let (limiter, me, you) = (PrincipalLimiter::new(2), Principal::ApiKey(1), Principal::ApiKey(2));
        let mine = (limiter.acquire(&me).await.unwrap(), limiter.acquire(&me).await.unwrap());
        let (mut given_up, mut next) = (Box::pin(limiter.acquire(&me)), Box::pin(limiter.acquire(&me)));
        assert!(given_up.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        let yours = limiter.acquire(&you).now_or_never().unwrap().unwrap();
        assert_eq!(limiter.queues().len(), 2);
        drop((yours, given_up, mine.0));
        assert_eq!(limiter.queues().len(), 1);
        let last = next.now_or_never().unwrap().unwrap();
        assert!(limiter.acquire(&me).now_or_never().is_none(), "as many as before");
        assert!(limiter.try_acquire(&me).is_none() && limiter.try_acquire(&you).is_some());
        drop((mine.1, last));
        assert!(limiter.queues().is_empty());
    }

    #[tokio::test]
    async fn who_gives_up_with_the_permit_in_hand_leaves_nothing_behind() {
        let (limiter, me) = (PrincipalLimiter::new(1), Principal::ApiKey(1));
        let first = limiter.acquire(&me).await.unwrap();
        let mut second = Box::pin(limiter.acquire(&me));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(limiter.queues().is_empty());
    }
}
