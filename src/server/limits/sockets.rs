//! How many clients stay connected, in all and of each principal, and how many of them nobody knows yet.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::metrics::Meter;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use crate::auth::Caller;
use crate::db::limiter::{Permit, PrincipalLimiter};
use crate::error::{Code, Error, Result};
use crate::server::transport::websocket::SocketSettings;

/// How long a newcomer waits for the place of one that has to make room for it.
const EVICTION_TIMEOUT: Duration = Duration::from_secs(3);

/// The sockets and event streams of a server.
pub(in crate::server) struct SocketLimits {
    most: usize,
    free: Arc<Semaphore>,
    /// Sockets whose clients are not authenticated yet, the one that waits for the longest first.
    unauthenticated: Mutex<VecDeque<Waiting>>,
    max_unauthenticated: usize,
    principals: Arc<PrincipalLimiter>,
    /// Those whose clients were authenticated, in the order in which they came.
    authenticated: Mutex<VecDeque<Occupied>>,
}

/// A socket or event stream of a workspace, and how it is told that it has to make room.
struct Occupied {
    workspace_pk: i32,
    evict: Arc<Notify>,
}

/// An unauthenticated socket, and how it is told that it has to make room.
struct Waiting(Arc<()>, oneshot::Sender<()>);

/// A place among unauthenticated sockets, given back when dropped.
pub(in crate::server) struct Place {
    sockets: Arc<SocketLimits>,
    mark: Arc<()>,
    evicted: oneshot::Receiver<()>,
}

/// A place among all and among those of its principal, given back when dropped.
pub(in crate::server) struct SocketPermit {
    _place: OwnedSemaphorePermit,
    _of_principal: Permit,
    sockets: Arc<SocketLimits>,
    evict: Arc<Notify>,
}

impl SocketLimits {
    pub fn new(settings: &SocketSettings) -> Self {
        let SocketSettings { most, unauthenticated, per_principal, .. } = *settings;
        Self {
            most,
            free: Arc::new(Semaphore::new(most)),
            unauthenticated: Mutex::default(),
            max_unauthenticated: unauthenticated,
            principals: PrincipalLimiter::new(per_principal),
            authenticated: Mutex::default(),
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
        let (mark, (evict, evicted)) = (Arc::default(), oneshot::channel());
        let mut unauthenticated = self.unauthenticated();
        if unauthenticated.len() >= self.max_unauthenticated
            && let Some(Waiting(_, evict)) = unauthenticated.pop_front()
        {
            let _ = evict.send(());
        }
        unauthenticated.push_back(Waiting(Arc::clone(&mark), evict));
        Place { sockets: Arc::clone(self), mark, evicted }
    }

    fn unauthenticated(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.unauthenticated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn authenticated(&self) -> MutexGuard<'_, VecDeque<Occupied>> {
        self.authenticated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for the caller. When all are taken, the workspace that has the most makes room for one that has less.
    ///
    /// # Errors
    /// `MAX_OPERATIONS_LIMIT` when its principal has as many as it may, `SERVICE_UNAVAILABLE` when all are taken.
    pub async fn take(self: &Arc<Self>, caller: &Caller) -> Result<SocketPermit> {
        // Nobody makes room for one that its principal may not have.
        let of_principal = self.principals.try_acquire(caller.principal()).ok_or_else(|| {
            let message = format!("At most {} sockets and event streams at once.", self.principals.each());
            Error::new(Code::MaxOperationsLimit, message)
        })?;
        let free = match Arc::clone(&self.free).try_acquire_owned() {
            Ok(free) => Some(free),
            Err(_) if make_room(&mut self.authenticated(), caller.workspace_pk()) => {
                let free = timeout(EVICTION_TIMEOUT, Arc::clone(&self.free).acquire_owned()).await;
                free.ok().and_then(Result::ok)
            }
            Err(_) => None,
        };
        let place =
            free.ok_or_else(|| Error::new(Code::ServiceUnavailable, "All sockets and event streams are taken."))?;
        let evict = Arc::new(Notify::new());
        let occupied = Occupied { workspace_pk: caller.workspace_pk(), evict: Arc::clone(&evict) };
        self.authenticated().push_back(occupied);
        Ok(SocketPermit { _place: place, _of_principal: of_principal, sockets: Arc::clone(self), evict })
    }
}

/// Has the oldest of the workspace that has the most make room, if that one has more than this one would have.
fn make_room(sockets: &mut VecDeque<Occupied>, workspace_pk: i32) -> bool {
    let mut counts: HashMap<i32, usize> = HashMap::new();
    for socket in sockets.iter() {
        *counts.entry(socket.workspace_pk).or_default() += 1;
    }
    let own = counts.get(&workspace_pk).copied().unwrap_or_default();
    let Some((largest, count)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return false };
    let oldest = sockets.iter().position(|socket| socket.workspace_pk == largest);
    // Whoever makes room is not asked again.
    match oldest.filter(|_| count > own + 1).and_then(|oldest| sockets.remove(oldest)) {
        Some(socket) => {
            socket.evict.notify_one();
            true
        }
        None => false,
    }
}

impl Place {
    /// Waits until it has to make room.
    pub async fn evicted(&mut self) {
        let _ = (&mut self.evicted).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sockets.unauthenticated().retain(|Waiting(mark, _)| !Arc::ptr_eq(mark, &self.mark));
    }
}

impl SocketPermit {
    /// Waits until it has to make room for another workspace.
    pub async fn evicted(&self) {
        self.evict.notified().await;
    }
}

impl Drop for SocketPermit {
    fn drop(&mut self) {
        self.sockets.authenticated().retain(|occupied| !Arc::ptr_eq(&occupied.evict, &self.evict));
    }
}
