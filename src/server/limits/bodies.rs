//! Large bodies that are read at once: so many of each principal, of each workspace and in all, and the slowest gives way.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout;

use crate::auth::{Caller, Principal};
use crate::db::limiter::{Permit, PrincipalLimiter};
use crate::error::{Code, Error, Result};

/// Large bodies at once.
const MAX_BODIES: usize = 64;
/// Of one principal.
const MAX_BODIES_PER_PRINCIPAL: usize = 16;
/// Of all principals of one workspace: a quarter is left to others.
const MAX_BODIES_PER_WORKSPACE: usize = MAX_BODIES - MAX_BODIES / 4;
/// How long a body has its permit for certain.
const MIN_TIME: Duration = Duration::from_secs(5);
/// How long a body waits for its permit.
const MAX_WAIT: Duration = Duration::from_secs(6);
/// How often it is looked, while somebody waits, whether a body has become too slow.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// The permits for large bodies.
pub(in crate::server) struct BodyPermits {
    principals: Arc<PrincipalLimiter>,
    workspaces: Arc<PrincipalLimiter<i32>>,
    free: Arc<Semaphore>,
    reading: Mutex<Reading>,
}

/// The bodies that are being read.
#[derive(Default)]
struct Reading {
    serial: u64,
    bodies: HashMap<u64, Body>,
}

struct Body {
    principal: Principal,
    workspace_pk: i32,
    since: Instant,
    evict: oneshot::Sender<()>,
}

/// The permit for one large body, given back when dropped.
pub(in crate::server) struct BodyPermit {
    permits: Arc<BodyPermits>,
    serial: u64,
    evicted: oneshot::Receiver<()>,
    _free: OwnedSemaphorePermit,
    _of_workspace: Permit<i32>,
    _of_principal: Permit,
}

impl BodyPermits {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            principals: PrincipalLimiter::new(MAX_BODIES_PER_PRINCIPAL),
            workspaces: PrincipalLimiter::new(MAX_BODIES_PER_WORKSPACE),
            free: Arc::new(Semaphore::new(MAX_BODIES)),
            reading: Mutex::default(),
        })
    }

    /// The permit for a large body of the caller. Waits for it, and holds none of those that others wait for meanwhile.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when there is none in time.
    pub async fn permit(self: &Arc<Self>, caller: &Caller) -> Result<BodyPermit> {
        let (principal, workspace_pk) = (caller.principal(), caller.workspace_pk());
        let permit = async {
            let of_principal = self.principals.acquire(principal).await?;
            let of_workspace = self.evicting(Some(workspace_pk), self.workspaces.acquire(&workspace_pk)).await?;
            let free = self.evicting(None, Arc::clone(&self.free).acquire_owned()).await.map_err(Error::internal)?;
            let (evict, evicted) = oneshot::channel();
            let mut reading = self.reading();
            reading.serial += 1;
            let serial = reading.serial;
            let body = Body { principal: principal.clone(), workspace_pk, since: Instant::now(), evict };
            reading.bodies.insert(serial, body);
            Ok(BodyPermit {
                permits: Arc::clone(self),
                serial,
                evicted,
                _free: free,
                _of_workspace: of_workspace,
                _of_principal: of_principal,
            })
        };
        timeout(MAX_WAIT, permit).await.unwrap_or_else(|_| {
            Err(Error::new(Code::ServiceUnavailable, "Too many large requests are being read. Try again."))
        })
    }

    /// Waits for a permit without losing its turn, and has slow bodies make room meanwhile, those of the workspace if
    /// only they can.
    async fn evicting<T>(&self, workspace_pk: Option<i32>, permit: impl Future<Output = T>) -> T {
        let mut permit = pin!(permit);
        if let Some(permit) = permit.as_mut().now_or_never() {
            return permit;
        }
        loop {
            self.evict_slowest(workspace_pk);
            if let Ok(permit) = timeout(RETRY_DELAY, permit.as_mut()).await {
                return permit;
            }
        }
    }

    /// Ends the oldest body of those that have had their time, of the workspace that has the most bodies and of its
    /// principal that has the most; one of this workspace if one is given.
    fn evict_slowest(&self, workspace_pk: Option<i32>) {
        let mut reading = self.reading();
        let (mut of_principals, mut of_workspaces) =
            (HashMap::<&Principal, usize>::new(), HashMap::<i32, usize>::new());
        for body in reading.bodies.values() {
            *of_principals.entry(&body.principal).or_default() += 1;
            *of_workspaces.entry(body.workspace_pk).or_default() += 1;
        }
        let slow = reading.bodies.iter().filter(|(_, body)| {
            body.since.elapsed() >= MIN_TIME
                && workspace_pk.is_none_or(|workspace_pk| workspace_pk == body.workspace_pk)
        });
        let slowest = slow.max_by_key(|(_, body)| {
            let counts = (of_workspaces.get(&body.workspace_pk), of_principals.get(&body.principal));
            (counts, body.since.elapsed())
        });
        if let Some(serial) = slowest.map(|(serial, _)| *serial)
            && let Some(body) = reading.bodies.remove(&serial)
        {
            let _ = body.evict.send(());
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BodyPermit {
    /// Waits until it has to make room for another.
    pub async fn evicted(&mut self) {
        if (&mut self.evicted).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for BodyPermit {
    fn drop(&mut self) {
        self.permits.reading().bodies.remove(&self.serial);
    }
}
