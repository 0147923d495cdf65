//! The connections of clients: so many at once, of which the one that is needed the least makes room for a newcomer.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a client that has not shown a valid credential may be answered before it has to make room.
const UNAUTHENTICATED_TIME: Duration = Duration::from_secs(1);
/// How long a client with a valid credential may keep the server waiting before it has to make room.
const MAX_WAIT: Duration = Duration::from_secs(5);
/// How often it is looked, while a newcomer waits, whether a connection can make room.
const RETRY_DELAY: Duration = Duration::from_millis(50);

/// The connections of one address.
pub(crate) struct Connections {
    free: Arc<Semaphore>,
    /// Those that may have to make room.
    evictable: Mutex<HashMap<u64, Arc<Activity>>>,
    serial: AtomicU64,
}

/// A place among the connections, given back when dropped.
pub(crate) struct ConnectionPermit {
    _free: OwnedSemaphorePermit,
}

/// What a connection does.
pub(crate) struct Activity {
    opened: Instant,
    stage: AtomicU8,
    /// When its stage began, in milliseconds after it was opened.
    since: AtomicU64,
    asked: AtomicBool,
    /// The workspace of the last request over it that had a valid credential, or that of nobody.
    workspace_pk: AtomicI32,
    /// Since when the server waits for its client, in the same way, or that it does not.
    waiting_since: AtomicU64,
    is_evicted: AtomicBool,
    evict: Notify,
}

/// In the order in which connections have to make room, that of a client with a valid credential that is late.
const LATE: u8 = 3;

/// No request is under way, or only a part of its head.
const IDLE: u8 = 0;
/// A request is being answered.
const BUSY: u8 = 1;
/// A request was answered, of which something may still have to be written.
const ANSWERED: u8 = 2;

/// No workspace has this key.
const NOBODY: i32 = 0;
/// The server does not wait for the client.
const NOT_WAITING: u64 = u64::MAX;

tokio::task_local! {
    /// That of the connection whose request is being answered.
    static ACTIVITY: Arc<Activity>;
}

/// Notes that the request that is being answered has a valid credential of this workspace.
pub(crate) fn authenticated(workspace_pk: i32) {
    // A socket has left the connection that it came over.
    let _ = ACTIVITY.try_with(|activity| activity.workspace_pk.store(workspace_pk, Ordering::Relaxed));
}

impl Connections {
    pub fn new(most: usize) -> Arc<Self> {
        let free = Arc::new(Semaphore::new(most));
        Arc::new(Self { free, evictable: Mutex::default(), serial: AtomicU64::new(0) })
    }

    /// A place for a newcomer. When there is none, another connection is closed for it: the one that has been idle for
    /// the longest, of clients without a credential first; then one whose client keeps the server waiting, of the
    /// workspace that has the most requests under way.
    pub async fn permit(&self) -> ConnectionPermit {
        loop {
            if let Ok(free) = Arc::clone(&self.free).try_acquire_owned() {
                return ConnectionPermit { _free: free };
            }
            self.evict();
            // The semaphore is never closed.
            if let Ok(Ok(free)) = timeout(RETRY_DELAY, Arc::clone(&self.free).acquire_owned()).await {
                return ConnectionPermit { _free: free };
            }
        }
    }

    /// Makes the connection that is needed the least end, if any can be done without.
    pub fn evict(&self) {
        let evictable = self.evictable();
        let mut under_way: HashMap<i32, usize> = HashMap::new();
        for activity in evictable.values().filter(|activity| !activity.is_idle()) {
            *under_way.entry(activity.workspace_pk()).or_default() += 1;
        }
        let candidates = evictable.values().filter_map(|activity| {
            let (order, since) = activity.eviction_order()?;
            let share = under_way.get(&activity.workspace_pk()).filter(|_| order == LATE);
            Some(((order, Reverse(share.copied()), since), activity))
        });
        if let Some((_, activity)) = candidates.min_by_key(|(order, _)| *order) {
            activity.is_evicted.store(true, Ordering::Relaxed);
            activity.evict.notify_one();
        }
    }

    /// Has a connection make room if it must, until this is dropped.
    pub fn evictable_while(self: &Arc<Self>, activity: &Arc<Activity>) -> Evictable {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        self.evictable().insert(serial, Arc::clone(activity));
        Evictable { connections: Arc::clone(self), serial }
    }

    fn evictable(&self) -> MutexGuard<'_, HashMap<u64, Arc<Activity>>> {
        self.evictable.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection among those that may have to make room.
pub(crate) struct Evictable {
    connections: Arc<Connections>,
    serial: u64,
}

impl Drop for Evictable {
    fn drop(&mut self) {
        self.connections.evictable().remove(&self.serial);
    }
}

impl Activity {
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            opened: Instant::now(),
            stage: AtomicU8::new(IDLE),
            since: AtomicU64::new(0),
            asked: AtomicBool::new(false),
            workspace_pk: AtomicI32::new(NOBODY),
            waiting_since: AtomicU64::new(NOT_WAITING),
            is_evicted: AtomicBool::new(false),
            evict: Notify::new(),
        })
    }

    /// Whether there was a request.
    pub fn has_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Whether no request is under way.
    pub fn is_idle(&self) -> bool {
        self.stage.load(Ordering::Relaxed) == IDLE
    }

    fn workspace_pk(&self) -> i32 {
        self.workspace_pk.load(Ordering::Relaxed)
    }

    /// Notes that the server waits for the client, and has done so since then: for a request's body, or for it to take an
    /// answer.
    pub fn waits_since(&self, since: Instant) {
        self.waiting_since.store(self.millis_until(since), Ordering::Relaxed);
    }

    /// Notes that the client does not keep the server waiting any more.
    pub fn goes_on(&self) {
        self.waiting_since.store(NOT_WAITING, Ordering::Relaxed);
    }

    /// Since when the client has kept the server waiting, if that is longer than it may while others need the place.
    fn late_since(&self) -> Option<Instant> {
        let since = Some(self.waiting_since.load(Ordering::Relaxed)).filter(|since| *since != NOT_WAITING)?;
        Some(self.opened + Duration::from_millis(since)).filter(|since| since.elapsed() >= MAX_WAIT)
    }

    /// Whether nothing is lost with the connection but a request, or an answer, that its client is late with.
    pub fn is_late(&self) -> bool {
        self.late_since().is_some()
    }

    /// Waits until the connection has to make room.
    pub async fn evicted(&self) {
        self.evict.notified().await;
    }

    /// Notes that all that there was to write is written.
    pub fn flushed(&self) {
        if self.stage.load(Ordering::Relaxed) == ANSWERED {
            self.enter(IDLE);
        }
    }

    /// Answers a request, which is under way until the body of its answer is dropped.
    pub async fn answer<E>(
        self: Arc<Self>,
        answer: impl Future<Output = Result<axum::response::Response, E>>,
    ) -> Result<hyper::Response<AnswerBody>, E> {
        self.asked.store(true, Ordering::Relaxed);
        self.enter(BUSY);
        let under_way = UnderWay(Arc::clone(&self));
        let response = ACTIVITY.scope(self, answer).await?;
        Ok(response.map(|body| AnswerBody { body, _under_way: under_way }))
    }

    fn enter(&self, stage: u8) {
        self.since.store(self.millis_until(Instant::now()), Ordering::Relaxed);
        self.stage.store(stage, Ordering::Relaxed);
    }

    fn millis_until(&self, moment: Instant) -> u64 {
        u64::try_from(moment.saturating_duration_since(self.opened).as_millis()).unwrap_or(u64::MAX)
    }

    /// The lower, the sooner it has to make room; nothing when it must not.
    fn eviction_order(&self) -> Option<(u8, Instant)> {
        let since = self.opened + Duration::from_millis(self.since.load(Ordering::Relaxed));
        match (self.is_idle(), self.workspace_pk() != NOBODY) {
            _ if self.is_evicted.load(Ordering::Relaxed) => None,
            (true, false) => Some((0, since)),
            (false, false) => Some((1, since)).filter(|_| since.elapsed() >= UNAUTHENTICATED_TIME),
            (true, true) => Some((2, since)),
            (false, true) => Some((LATE, self.late_since()?)),
        }
    }
}

/// A request that is under way.
struct UnderWay(Arc<Activity>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.enter(ANSWERED);
    }
}

/// The body of an answer, whose request is under way for as long as it is there.
pub(crate) struct AnswerBody {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// An activity of 10 seconds that entered a stage so many milliseconds after it was opened.
    fn activity(stage: u8, workspace_pk: i32, since: u64) -> Arc<Activity> {
        let mut activity = Arc::into_inner(Activity::new()).unwrap();
        activity.opened -= Duration::from_secs(10);
        activity.stage = AtomicU8::new(stage);
        activity.workspace_pk = AtomicI32::new(workspace_pk);
        activity.since = AtomicU64::new(since);
        Arc::new(activity)
    }

    /// One whose client has kept the server waiting since then.
    fn waiting(stage: u8, workspace_pk: i32, since: u64) -> Arc<Activity> {
        let activity = activity(stage, workspace_pk, 0);
        activity.waits_since(activity.opened + Duration::from_millis(since));
        activity
    }

    #[test]
    fn who_is_needed_the_least_makes_room_first() {
        let connections = Connections::new(1);
        let in_order = [
            activity(IDLE, NOBODY, 0),
            activity(IDLE, NOBODY, 9_000),
            activity(BUSY, NOBODY, 0),
            activity(ANSWERED, NOBODY, 1_000),
            activity(IDLE, 1, 0),
            activity(IDLE, 1, 9_000),
            // The other workspace has fewer.
            waiting(BUSY, 1, 2_000),
            waiting(ANSWERED, 1, 3_000),
            waiting(BUSY, 2, 0),
        ];
        let went_on = waiting(ANSWERED, 1, 0);
        went_on.goes_on();
        let kept = [activity(BUSY, 1, 0), went_on, waiting(BUSY, 1, 9_000), activity(BUSY, NOBODY, 9_999)];
        let all = in_order.iter().rev().chain(&kept);
        let places: Vec<Evictable> = all.map(|activity| connections.evictable_while(activity)).collect();
        let is_evicted = |activity: &Arc<Activity>| activity.is_evicted.load(Ordering::Relaxed);
        for (number, next) in in_order.iter().enumerate() {
            assert!(!is_evicted(next));
            connections.evict();
            assert!(is_evicted(next), "{number}");
        }
        connections.evict();
        assert!(!kept.iter().any(is_evicted));
        drop(places);
        assert!(connections.evictable().is_empty());
    }
}
