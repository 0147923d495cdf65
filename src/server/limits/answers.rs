//! The memory of operations and answers that are under way: of each principal, of each workspace, and of all.
//!
//! An operation is counted from the moment that it may begin: what it was asked with, the rows that it reads, and its
//! answer until the last byte of it was written or its client has gone. Whoever finds no room waits for a moment, and is
//! refused then. A change that was made stays made: it is its answer that is refused.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use opentelemetry::metrics::Meter;
use quick_cache::sync::Cache;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use crate::auth::{Caller, Principal};
use crate::db::scope::MemoryBudget;
use crate::error::{Error, Result};

/// What an operation takes that is asked for with nothing and answers nothing, in bytes.
const OPERATION_BYTES: usize = 16_384;
/// What a byte of a request becomes in memory at the most: numbers of one digit in a list.
const BYTES_PER_REQUEST_BYTE: usize = 16;
/// An operation that took so much is remembered, in bytes.
const LARGE: usize = 1 << 20;
/// Such operations that are remembered at the most, by document and principal.
const MAX_REMEMBERED: usize = 10_000;
/// How long an operation waits for room.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// How much memory may be under way, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct AnswerSettings {
    /// Of all principals together.
    pub total: usize,
    /// Of one principal.
    pub per_principal: usize,
}

impl Default for AnswerSettings {
    fn default() -> Self {
        Self { total: 192 << 20, per_principal: 64 << 20 }
    }
}

impl AnswerSettings {
    /// Of all principals of one workspace: the others have the rest.
    fn per_workspace(self) -> usize {
        self.per_principal.max(self.total / 3 * 2)
    }
}

/// The memory of a server that operations and answers share.
pub(crate) struct AnswerBudget {
    settings: AnswerSettings,
    max_wait: Duration,
    used: Mutex<Used>,
    /// What large operations took, by the hash of whoever ran which.
    large: Cache<u64, usize>,
    hasher: RandomState,
    freed: Notify,
    waiting: AtomicUsize,
    refused: AtomicU64,
}

#[derive(Default)]
struct Used {
    all: usize,
    principals: HashMap<Principal, usize>,
    workspaces: HashMap<i32, usize>,
}

/// On whose account something is.
struct Account {
    principal: Principal,
    workspace_pk: i32,
}

/// Bytes that are counted until this is dropped.
pub(crate) struct CountedBytes {
    budget: Arc<AnswerBudget>,
    account: Arc<Account>,
    bytes: usize,
}

/// What one operation has of the budget. It is given back when this is dropped; what was answered has its own share.
pub(crate) struct AnswerPermit {
    /// What the operation takes whatever it reads.
    base: CountedBytes,
    /// What stands for the operation among the large ones.
    key: u64,
    growth: Mutex<Growth>,
    refused: AtomicBool,
}

/// What an operation has read and written.
#[derive(Default)]
struct Growth {
    reserved: usize,
    used: usize,
    peak: usize,
}

impl AnswerBudget {
    pub fn new(settings: AnswerSettings) -> Self {
        Self {
            settings,
            max_wait: MAX_WAIT,
            used: Mutex::default(),
            large: Cache::new(MAX_REMEMBERED),
            hasher: RandomState::new(),
            freed: Notify::new(),
            waiting: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
        }
    }

    /// Measures how much is used, who waits and who was refused.
    pub fn measure(self: &Arc<Self>, meter: &Meter) {
        let budget = Arc::clone(self);
        meter
            .u64_observable_gauge("graphql.server.in_flight.size")
            .with_unit("By")
            .with_description("Memory of operations and answers that are under way.")
            .with_callback(move |gauge| gauge.observe(budget.used().all as u64, &[]))
            .build();
        let budget = Arc::clone(self);
        meter
            .u64_observable_gauge("graphql.server.in_flight.pending_requests")
            .with_unit("{operation}")
            .with_description("Operations that wait until there is room for their answers.")
            .with_callback(move |gauge| gauge.observe(budget.waiting.load(Ordering::Relaxed) as u64, &[]))
            .build();
        let budget = Arc::clone(self);
        meter
            .u64_observable_counter("graphql.server.in_flight.refusals")
            .with_unit("{operation}")
            .with_description("Operations that were refused for want of room for their answers.")
            .with_callback(move |counter| counter.observe(budget.refused.load(Ordering::Relaxed), &[]))
            .build();
    }

    /// Room for an operation of a document that was asked for with so many bytes, and for as much as it took lately. Waits
    /// for it.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when there is none in time.
    pub async fn permit(
        self: &Arc<Self>,
        caller: &Caller,
        document: usize,
        request_bytes: usize,
    ) -> Result<AnswerPermit> {
        let account = Arc::new(Account { principal: caller.principal().clone(), workspace_pk: caller.workspace_pk() });
        // What takes more than there can be must be able to begin all the same.
        let largest = self.settings.per_principal / 2;
        let base = (OPERATION_BYTES + request_bytes * BYTES_PER_REQUEST_BYTE).min(largest);
        let key = self.hasher.hash_one((document, &account.principal));
        let expected = self.large.get(&key).unwrap_or_default().min(largest);
        self.wait_for(|| self.take(&account, base + expected)).await?;
        Ok(AnswerPermit {
            base: CountedBytes { budget: Arc::clone(self), account, bytes: base },
            key,
            growth: Mutex::new(Growth { reserved: expected, ..Growth::default() }),
            refused: AtomicBool::new(false),
        })
    }

    /// Counts bytes whether there is room for them or not: they take the place of others that were counted.
    pub fn count(self: &Arc<Self>, caller: &Caller, bytes: usize) -> CountedBytes {
        let account = Account { principal: caller.principal().clone(), workspace_pk: caller.workspace_pk() };
        self.used().add(&account, bytes);
        CountedBytes { budget: Arc::clone(self), account: Arc::new(account), bytes }
    }

    /// Tries again whenever something was given back.
    async fn wait_for(&self, take: impl Fn() -> bool) -> Result<()> {
        if take() {
            return Ok(());
        }
        let _waiting = Waiting::new(&self.waiting);
        let until = Instant::now() + self.max_wait;
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            if take() {
                return Ok(());
            }
            if timeout_at(until, freed).await.is_err() {
                self.refused.fetch_add(1, Ordering::Relaxed);
                return Err(Error::busy());
            }
        }
    }

    /// Takes so many bytes if there is room for them.
    fn take(&self, account: &Account, bytes: usize) -> bool {
        let mut used = self.used();
        let fits = used.has_room(&self.settings, account, bytes);
        if fits {
            used.add(account, bytes);
        }
        fits
    }

    fn has_room(&self, account: &Account, bytes: usize) -> bool {
        self.used().has_room(&self.settings, account, bytes)
    }

    fn give_back(&self, account: &Account, bytes: usize) {
        if bytes > 0 {
            self.used().remove(account, bytes);
            self.freed.notify_waiters();
        }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Used {
    fn has_room(&self, settings: &AnswerSettings, account: &Account, bytes: usize) -> bool {
        let of_principal = self.principals.get(&account.principal).copied().unwrap_or_default();
        let of_workspace = self.workspaces.get(&account.workspace_pk).copied().unwrap_or_default();
        self.all + bytes <= settings.total
            && of_principal + bytes <= settings.per_principal
            && of_workspace + bytes <= settings.per_workspace()
    }

    fn add(&mut self, account: &Account, bytes: usize) {
        self.all += bytes;
        match self.principals.get_mut(&account.principal) {
            Some(used) => *used += bytes,
            None => drop(self.principals.insert(account.principal.clone(), bytes)),
        }
        *self.workspaces.entry(account.workspace_pk).or_default() += bytes;
    }

    fn remove(&mut self, account: &Account, bytes: usize) {
        self.all -= bytes;
        subtract(&mut self.principals, &account.principal, bytes);
        subtract(&mut self.workspaces, &account.workspace_pk, bytes);
    }
}

fn subtract<K: Eq + Hash>(used: &mut HashMap<K, usize>, key: &K, bytes: usize) {
    if let Some(of_key) = used.get_mut(key) {
        *of_key -= bytes;
        if *of_key == 0 {
            used.remove(key);
        }
    }
}

/// Somebody who waits.
struct Waiting<'b>(&'b AtomicUsize);

impl<'b> Waiting<'b> {
    fn new(count: &'b AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for CountedBytes {
    fn drop(&mut self) {
        self.budget.give_back(&self.account, self.bytes);
    }
}

impl AnswerPermit {
    /// Waits until there is room for something to be read.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when there is none in time.
    pub async fn room(&self) -> Result<()> {
        let CountedBytes { budget, account, .. } = &self.base;
        budget.wait_for(|| budget.has_room(account, OPERATION_BYTES)).await
    }

    /// What it has written, which is counted until it is dropped. All that it read before is not there any more.
    ///
    /// # Errors
    /// `SERVICE_UNAVAILABLE` when there is no room for it.
    pub fn written(&self, bytes: Vec<u8>) -> Result<Bytes> {
        let size = bytes.capacity();
        self.counted(bytes, size)
    }

    /// The same for an answer that is kept in memory.
    ///
    /// # Errors
    /// As [`AnswerPermit::written`].
    pub fn recalled(&self, bytes: Bytes) -> Result<Bytes> {
        let size = bytes.len();
        self.counted(bytes, size)
    }

    fn counted(&self, bytes: impl AsRef<[u8]> + Send + 'static, size: usize) -> Result<Bytes> {
        let CountedBytes { budget, account, .. } = &self.base;
        if !self.set(size) {
            return Err(Error::busy());
        }
        let mut growth = self.growth();
        budget.give_back(account, growth.reserved - size);
        (growth.reserved, growth.used) = (0, 0);
        let counted = CountedBytes { budget: Arc::clone(budget), account: Arc::clone(account), bytes: size };
        Ok(Bytes::from_owner(Written { bytes, _counted: counted }))
    }

    /// Whether it was refused more memory.
    pub fn is_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed)
    }

    /// Has so much from now on, if there is room for that.
    fn set(&self, bytes: usize) -> bool {
        let mut growth = self.growth();
        let more = bytes.saturating_sub(growth.reserved);
        if more > 0 {
            let CountedBytes { budget, account, .. } = &self.base;
            if !budget.take(account, more) {
                if !self.refused.swap(true, Ordering::Relaxed) {
                    budget.refused.fetch_add(1, Ordering::Relaxed);
                }
                return false;
            }
            growth.reserved = bytes;
        }
        growth.used = bytes;
        growth.peak = growth.peak.max(bytes);
        true
    }

    fn growth(&self) -> MutexGuard<'_, Growth> {
        self.growth.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryBudget for AnswerPermit {
    fn has_room(&self) -> bool {
        let CountedBytes { budget, account, .. } = &self.base;
        budget.has_room(account, OPERATION_BYTES)
    }

    fn grow(&self, bytes: usize) -> bool {
        let used = self.growth().used;
        self.set(used + bytes)
    }

    fn settle(&self, bytes: usize) {
        // Whoever executes the request looks whether it was refused.
        let _ = self.set(bytes);
    }
}

impl Drop for AnswerPermit {
    fn drop(&mut self) {
        let Growth { reserved, peak, .. } = *self.growth();
        let CountedBytes { budget, account, .. } = &self.base;
        budget.give_back(account, reserved);
        // By and by it is forgotten that it was larger.
        let before = budget.large.get(&self.key).unwrap_or_default();
        match peak.max(before - before / 4) {
            large @ LARGE.. => budget.large.insert(self.key, large),
            _ if before > 0 => drop(budget.large.remove(&self.key)),
            _ => {}
        }
    }
}

/// Bytes that are counted for as long as they are there.
struct Written<B> {
    bytes: B,
    _counted: CountedBytes,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Written<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

#[cfg(test)]
mod tests;
