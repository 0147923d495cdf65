//! Turns at what all principals need, of which nobody may have all: each has so many at once, and waits for the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::Principal;
use crate::error::{Error, Result};

/// The turns of all principals.
pub struct Turns {
    /// Those of one principal at once.
    each: usize,
    /// Principals that have a turn or wait for one.
    queues: Mutex<HashMap<Principal, Arc<Semaphore>>>,
}

/// A turn, which lasts until it is dropped.
pub struct Turn {
    // It ends before its principal may be forgotten.
    _permit: OwnedSemaphorePermit,
    _place: Place,
}

/// A place in the queue of a principal, which is forgotten with the last one.
struct Place {
    turns: Arc<Turns>,
    principal: Principal,
    queue: Arc<Semaphore>,
}

impl Turns {
    /// So many of each principal at once.
    #[must_use]
    pub fn new(each: usize) -> Arc<Self> {
        Arc::new(Self { each, queues: Mutex::default() })
    }

    /// How many each principal has at once.
    #[must_use]
    pub const fn each(&self) -> usize {
        self.each
    }

    /// Waits for a turn of the principal, behind all that waited before.
    ///
    /// # Errors
    /// Never, while there are turns at all.
    pub async fn wait(self: &Arc<Self>, principal: &Principal) -> Result<Turn> {
        let place = self.place(principal);
        let permit = Arc::clone(&place.queue).acquire_owned().await.map_err(Error::internal)?;
        Ok(Turn { _permit: permit, _place: place })
    }

    fn place(self: &Arc<Self>, principal: &Principal) -> Place {
        let mut queues = self.queues();
        let queue = match queues.get(principal) {
            Some(queue) => Arc::clone(queue),
            None => Arc::clone(queues.entry(principal.clone()).or_insert(Arc::new(Semaphore::new(self.each)))),
        };
        Place { turns: Arc::clone(self), principal: principal.clone(), queue }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<Principal, Arc<Semaphore>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut queues = self.turns.queues();
        // This one and the map have it. Nobody else can come by it while the map is locked.
        if Arc::strong_count(&self.queue) == 2 {
            queues.remove(&self.principal);
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
        let (turns, me, you) = (Turns::new(2), Principal::ApiKey(1), Principal::ApiKey(2));
        let mine = (turns.wait(&me).await.unwrap(), turns.wait(&me).await.unwrap());
        let (mut given_up, mut next) = (Box::pin(turns.wait(&me)), Box::pin(turns.wait(&me)));
        assert!(given_up.as_mut().now_or_never().is_none() && next.as_mut().now_or_never().is_none());
        let yours = turns.wait(&you).now_or_never().unwrap().unwrap();
        assert_eq!(turns.queues().len(), 2);
        drop((yours, given_up, mine.0));
        assert_eq!(turns.queues().len(), 1);
        let last = next.now_or_never().unwrap().unwrap();
        assert!(turns.wait(&me).now_or_never().is_none(), "as many as before");
        drop((mine.1, last));
        assert!(turns.queues().is_empty());
    }

    #[tokio::test]
    async fn who_gives_up_with_the_turn_in_hand_leaves_nothing_behind() {
        let (turns, me) = (Turns::new(1), Principal::ApiKey(1));
        let first = turns.wait(&me).await.unwrap();
        let mut second = Box::pin(turns.wait(&me));
        assert!(second.as_mut().now_or_never().is_none());
        drop(first);
        drop(second);
        assert!(turns.queues().is_empty());
    }
}
