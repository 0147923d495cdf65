//! How many clients stay connected, in all and of each principal, and how many of them nobody knows yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::metrics::Meter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::socket::SocketSettings;
use crate::auth::Principal;
use crate::error::{Code, Error, Result};

/// The sockets and event streams of a server.
pub(super) struct Seats {
    most: usize,
    free: Arc<Semaphore>,
    /// Those of sockets whose clients have not been let in, which keep nobody from the others.
    strange: Arc<Semaphore>,
    per_principal: usize,
    taken: Mutex<HashMap<Principal, usize>>,
}

/// A place among strangers, given back when dropped.
pub(super) type Place = OwnedSemaphorePermit;

/// A place among all and among those of its principal, given back when dropped.
pub(super) struct Seat {
    _place: OwnedSemaphorePermit,
    seats: Arc<Seats>,
    principal: Principal,
}

impl Seats {
    pub fn new(settings: &SocketSettings) -> Self {
        let SocketSettings { most, strangers, per_principal, .. } = *settings;
        let places = |number| Arc::new(Semaphore::new(number));
        Self { most, free: places(most), strange: places(strangers), per_principal, taken: Mutex::default() }
    }

    /// Measures how many are taken.
    pub fn measure(&self, meter: &Meter) {
        let (most, free) = (self.most, Arc::clone(&self.free));
        meter
            .u64_observable_gauge("graphql.server.connections")
            .with_unit("{connection}")
            .with_description("Sockets and event streams whose clients were let in.")
            .with_callback(move |gauge| gauge.observe(most.saturating_sub(free.available_permits()) as u64, &[]))
            .build();
    }

    /// A place for the time until it is known who it is.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when all are taken.
    pub fn enter(&self) -> Result<Place> {
        place(&self.strange)
    }

    /// A place for the principal.
    ///
    /// # Errors
    /// `MAX_OPERATIONS_LIMIT` when it has as many as it may, `SERVICE_UNAVAILABLE` when all are taken.
    pub fn take(self: &Arc<Self>, principal: &Principal) -> Result<Seat> {
        let place = place(&self.free)?;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(principal.clone()).or_default();
        if *count >= self.per_principal {
            let most = self.per_principal;
            let message = format!("At most {most} sockets and event streams at once.");
            return Err(Error::new(Code::MaxOperationsLimit, message));
        }
        *count += 1;
        Ok(Seat { _place: place, seats: Arc::clone(self), principal: principal.clone() })
    }
}

fn place(free: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    let place = Arc::clone(free).try_acquire_owned();
    place.map_err(|_| Error::new(Code::ServiceUnavailable, "All sockets and event streams are taken."))
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
