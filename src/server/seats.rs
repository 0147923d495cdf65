//! How many clients stay connected, in all and of each principal, and how many of them nobody knows yet.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry::metrics::Meter;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::socket::SocketSettings;
use crate::auth::Principal;
use crate::error::{Code, Error, Result};

/// The sockets and event streams of a server.
pub(super) struct Seats {
    most: usize,
    free: Arc<Semaphore>,
    /// Sockets whose clients have not been let in, the one that waits for the longest first.
    strangers: Mutex<VecDeque<Waiting>>,
    most_strangers: usize,
    per_principal: usize,
    taken: Mutex<HashMap<Principal, usize>>,
}

/// A stranger's place, and how it is told that it has to make room.
struct Waiting(Arc<()>, oneshot::Sender<()>);

/// A place among strangers, given back when dropped.
pub(super) struct Place {
    seats: Arc<Seats>,
    mark: Arc<()>,
    ousted: oneshot::Receiver<()>,
}

/// A place among all and among those of its principal, given back when dropped.
pub(super) struct Seat {
    _place: OwnedSemaphorePermit,
    seats: Arc<Seats>,
    principal: Principal,
}

impl Seats {
    pub fn new(settings: &SocketSettings) -> Self {
        let SocketSettings { most, strangers, per_principal, .. } = *settings;
        Self {
            most,
            free: Arc::new(Semaphore::new(most)),
            strangers: Mutex::default(),
            most_strangers: strangers,
            per_principal,
            taken: Mutex::default(),
        }
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

    /// A place for the time until it is known who it is. When there are too many, the one who has not said so for the
    /// longest makes room: whoever means it says so at once.
    pub fn enter(self: &Arc<Self>) -> Place {
        let (mark, (oust, ousted)) = (Arc::default(), oneshot::channel());
        let mut strangers = self.strangers();
        if strangers.len() >= self.most_strangers
            && let Some(Waiting(_, oust)) = strangers.pop_front()
        {
            let _ = oust.send(());
        }
        strangers.push_back(Waiting(Arc::clone(&mark), oust));
        Place { seats: Arc::clone(self), mark, ousted }
    }

    fn strangers(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for the principal.
    ///
    /// # Errors
    /// `MAX_OPERATIONS_LIMIT` when it has as many as it may, `SERVICE_UNAVAILABLE` when all are taken.
    pub fn take(self: &Arc<Self>, principal: &Principal) -> Result<Seat> {
        let place = Arc::clone(&self.free).try_acquire_owned();
        let place =
            place.map_err(|_| Error::new(Code::ServiceUnavailable, "All sockets and event streams are taken."))?;
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

impl Place {
    /// Waits until it has to make room.
    pub async fn ousted(&mut self) {
        let _ = (&mut self.ousted).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.seats.strangers().retain(|Waiting(mark, _)| !Arc::ptr_eq(mark, &self.mark));
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
