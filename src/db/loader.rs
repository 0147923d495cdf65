//! One statement per relation level: the batcher that lives in a request.
//!
//! The executor polls all siblings of a level before any of them can finish. Each asks the scope for its key and
//! yields once to the runtime; the first to come back loads whatever keys have come by then. There is no timer,
//! and since the batch is a shared future, any caller that is still there drives it.

use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};

use uuid::Uuid;

use super::scope::{Identified, Owned, Record, Scope};
use crate::error::{Error, Result};
use crate::id::Id;

/// What a relation is loaded by. Keys of one type that are asked for at one level become one statement.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {
    /// What stands at the key.
    type Value: Clone + Send + Sync + 'static;

    /// Loads what there is; a key without a value is left out.
    fn load(scope: &Scope, keys: Vec<Self>) -> impl Future<Output = Result<HashMap<Self, Self::Value>>> + Send;
}

type Loaded<K> = Arc<HashMap<K, <K as Key>::Value>>;
type Batch<K> = BoxFuture<'static, Result<Loaded<K>, Error>>;

/// The keys of one type: what is known and what is on its way.
struct Slot<K: Key> {
    known: HashMap<K, Option<K::Value>>,
    /// What is being loaded, and by which batch.
    coming: HashMap<K, WeakShared<Batch<K>>>,
    waiting: Vec<K>,
    /// The batch that will load what is waiting.
    open: Option<WeakShared<Batch<K>>>,
}

impl<K: Key> Default for Slot<K> {
    fn default() -> Self {
        Self { known: HashMap::new(), coming: HashMap::new(), waiting: Vec::new(), open: None }
    }
}

/// All that one request has loaded and is loading.
#[derive(Default)]
pub(super) struct Batches(Mutex<HashMap<TypeId, Box<dyn Any + Send>>>);

enum Asked<K: Key> {
    Known(Option<K::Value>),
    Coming(Shared<Batch<K>>),
}

impl Batches {
    /// Forgets what is known: something was written.
    pub(super) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn with<K: Key, T>(&self, act: impl FnOnce(&mut Slot<K>) -> T) -> Option<T> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(TypeId::of::<K>()).or_insert_with(|| Box::new(Slot::<K>::default()));
        slot.downcast_mut::<Slot<K>>().map(act)
    }
}

impl Scope {
    /// The value at the key, loaded together with all its siblings.
    ///
    /// # Errors
    /// Whatever loading the batch gave, the same for every key in it.
    pub async fn get<K: Key>(&self, key: K) -> Result<Option<K::Value>> {
        let asked = self.batches().with(|slot: &mut Slot<K>| {
            if let Some(known) = slot.known.get(&key) {
                return Asked::Known(known.clone());
            }
            if let Some(batch) = slot.coming.get(&key).and_then(WeakShared::upgrade) {
                return Asked::Coming(batch);
            }
            let open = slot.open.as_ref().and_then(WeakShared::upgrade);
            if open.is_none() {
                // What was waiting for a batch that everybody gave up is nobody's any more.
                slot.waiting.clear();
            }
            slot.waiting.push(key.clone());
            Asked::Coming(open.unwrap_or_else(|| {
                let batch = self.clone().load_batch::<K>().boxed().shared();
                slot.open = batch.downgrade();
                batch
            }))
        });
        match asked {
            Some(Asked::Known(value)) => Ok(value),
            Some(Asked::Coming(batch)) => {
                // Each asker waits a turn for its siblings. The batch itself could not: a shared future goes on
                // whenever any of its holders polls it.
                tokio::task::yield_now().await;
                Ok(batch.await?.get(&key).cloned())
            }
            None => Err(Error::internal("a loader's slot holds another loader's keys")),
        }
    }

    async fn load_batch<K: Key>(self) -> Result<Loaded<K>> {
        let keys = self.batches().with(|slot: &mut Slot<K>| {
            let keys: HashSet<K> = std::mem::take(&mut slot.waiting).into_iter().collect();
            if let Some(this) = slot.open.take() {
                slot.coming.extend(keys.iter().map(|key| (key.clone(), this.clone())));
            }
            keys
        });
        let keys = keys.unwrap_or_default();
        let loaded = Arc::new(K::load(&self, keys.iter().cloned().collect()).await?);
        self.batches().with(|slot: &mut Slot<K>| {
            for key in keys {
                slot.coming.remove(&key);
                let value = loaded.get(&key).cloned();
                slot.known.insert(key, value);
            }
        });
        Ok(loaded)
    }
}

/// One row by its internal key: every to-one relation.
pub struct ByPk<R>(i32, PhantomData<fn() -> R>);

impl<R> ByPk<R> {
    /// The row that a foreign key points at.
    #[must_use]
    pub const fn new(pk: i32) -> Self {
        Self(pk, PhantomData)
    }
}

/// One row by its public id.
pub struct ById<R>(Uuid, PhantomData<fn() -> R>);

impl<R> ById<R> {
    /// The row that a client names.
    #[must_use]
    pub const fn new(id: Id<R>) -> Self {
        Self(id.uuid(), PhantomData)
    }

    /// Its id.
    #[must_use]
    pub const fn uuid(&self) -> Uuid {
        self.0
    }
}

macro_rules! key_by_value {
    ($key:ident) => {
        impl<R> Clone for $key<R> {
            fn clone(&self) -> Self {
                Self(self.0, PhantomData)
            }
        }

        impl<R> PartialEq for $key<R> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<R> Eq for $key<R> {}

        impl<R> Hash for $key<R> {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }
    };
}

key_by_value!(ByPk);
key_by_value!(ById);

impl<R: Record> Key for ByPk<R> {
    type Value = R;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, R>> {
        let pks = keys.into_iter().map(|key| key.0).collect();
        let rows = scope.look_up::<R>(scope.rows(), R::Table::with_pks(pks)).await?;
        Ok(rows.into_iter().map(|row| (Self::new(row.pk()), row)).collect())
    }
}

impl<R: Identified> Key for ById<R> {
    type Value = R;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, R>> {
        let ids = keys.into_iter().map(|key| key.0).collect();
        let rows = scope.look_up::<R>(scope.rows(), R::with_ids(ids)).await?;
        Ok(rows.into_iter().map(|row| (Self(row.id(), PhantomData), row)).collect())
    }
}
