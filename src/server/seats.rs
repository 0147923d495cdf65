//! How many clients stay connected, in all and of each principal.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::metrics::Meter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::Principal;

/// The sockets and event streams of a server.
pub(super) struct Seats {
    most: usize,
    free: Arc<Semaphore>,
    per_principal: usize,
    taken: Mutex<HashMap<Principal, usize>>,
}

/// A place among all, given back when dropped.
pub(super) type Place = OwnedSemaphorePermit;

/// A place among those of its principal, given back when dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    principal: Principal,
}

impl Seats {
    pub fn new(most: usize, per_principal: usize) -> Self {
        Self { most, free: Arc::new(Semaphore::new(most)), per_principal, taken: Mutex::default() }
    }

    /// Measures how many are taken.
    pub fn measure(&self, meter: &Meter) {
        let (most, free) = (self.most, Arc::clone(&self.free));
        meter
            .u64_observable_gauge("graphql.server.connections")
            .with_unit("{connection}")
            .with_description("Sockets and event streams that are open.")
            .with_callback(move |gauge| gauge.observe(most.saturating_sub(free.available_permits()) as u64, &[]))
            .build();
    }

    /// A place for whoever it is, unless all are taken.
    pub fn enter(&self) -> Option<Place> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// A place for the principal, unless it has as many as it may.
    pub fn take(self: &Arc<Self>, principal: &Principal) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(principal.clone()).or_default();
        if *count >= self.per_principal {
            return None;
        }
        *count += 1;
        Some(Seat { seats: Arc::clone(self), principal: principal.clone() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.principal) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.principal);
            }
        }
    }
}
