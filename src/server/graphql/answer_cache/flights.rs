//! Identical requests at once: one of them runs, the others wait for what it keeps.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Requests that wait for one at the most; more run by themselves.
const MAX_WAITING: usize = 1_000;

/// What is running, by what was asked.
pub(super) struct Flights<K>(Mutex<Running<K>>);

type Running<K> = HashMap<Arc<K>, Arc<watch::Sender<bool>>>;

impl<K> Default for Flights<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// What a request does that found no answer.
pub(super) enum Flight<K: Eq + Hash> {
    /// It runs, and others wait for it.
    Lead(Lead<K>),
    /// It waits for another.
    Wait(watch::Receiver<bool>),
    /// It runs by itself.
    Alone,
}

/// The one that runs. When it is dropped before it has landed, another one of those who wait takes over.
pub(super) struct Lead<K: Eq + Hash> {
    flights: Arc<Flights<K>>,
    key: Arc<K>,
    landed: Arc<watch::Sender<bool>>,
}

impl<K: Eq + Hash> Flights<K> {
    /// Joins those who ask the same.
    pub fn join(self: &Arc<Self>, key: &Arc<K>) -> Flight<K> {
        let mut running = self.running();
        match running.entry(Arc::clone(key)) {
            Entry::Occupied(found) if found.get().receiver_count() >= MAX_WAITING => Flight::Alone,
            Entry::Occupied(found) => Flight::Wait(found.get().subscribe()),
            Entry::Vacant(vacant) => {
                let landed = Arc::new(watch::Sender::new(false));
                vacant.insert(Arc::clone(&landed));
                Flight::Lead(Lead { flights: Arc::clone(self), key: Arc::clone(key), landed })
            }
        }
    }

    fn running(&self) -> MutexGuard<'_, Running<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Lead<K> {
    /// What it runs for.
    pub const fn key(&self) -> &Arc<K> {
        &self.key
    }

    /// It has an answer, or knows that there is none to be kept.
    pub fn land(self) {
        self.landed.send_replace(true);
    }
}

impl<K: Eq + Hash> Drop for Lead<K> {
    fn drop(&mut self) {
        self.flights.running().remove(&self.key);
    }
}

/// Waits for the one that runs. Says whether it has landed; otherwise somebody else must run.
pub(super) async fn landed(mut landing: watch::Receiver<bool>) -> bool {
    landing.wait_for(|landed| *landed).await.is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn lead(flights: &Arc<Flights<u8>>, key: &Arc<u8>) -> Lead<u8> {
        match flights.join(key) {
            Flight::Lead(lead) => lead,
            Flight::Wait(_) | Flight::Alone => panic!("somebody else runs"),
        }
    }

    fn wait(flights: &Arc<Flights<u8>>, key: &Arc<u8>) -> watch::Receiver<bool> {
        match flights.join(key) {
            Flight::Wait(landing) => landing,
            Flight::Lead(_) | Flight::Alone => panic!("nobody else runs"),
        }
    }

    #[tokio::test]
    async fn one_runs_and_the_others_hear_how_it_ended() {
        let (flights, key) = (Arc::<Flights<u8>>::default(), Arc::new(1));
        let first = lead(&flights, &key);
        let _other = lead(&flights, &Arc::new(2));
        let (one, two) = (wait(&flights, &Arc::new(1)), wait(&flights, &key));
        first.land();
        assert!(landed(one).await && landed(two).await);
        let cancelled = lead(&flights, &key);
        let three = wait(&flights, &key);
        drop(cancelled);
        assert!(!landed(three).await);
        lead(&flights, &key).land();
        assert!(flights.running().len() == 1, "only the other key is left");
    }
}
