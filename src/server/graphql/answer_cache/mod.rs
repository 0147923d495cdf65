//! Answers that are kept in memory, and served only while it is proved that nothing they were made of has changed.
//!
//! The proof is that of [`Generations`]: an answer is kept with the generation of its workspace from before its first
//! statement, and served when that is still the generation after a barrier that began when the request had arrived. An
//! answer depends on nothing but rows of that workspace or of the catalogue, on the role, and on what was asked
//! ([`Keepable`]), and so it is looked for by these. Nothing that a client sends to prove who it is stands in a key.

mod flights;
mod keepable;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::body::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use self::flights::{Flight, Flights, Lead, landed};
pub use self::keepable::Keepable;
use crate::auth::Role;
use crate::events::{Generation, Generations};
use crate::telemetry::durations;

/// What the cache takes unless it is set, in bytes.
pub const DEFAULT_ANSWER_CACHE_BYTES: u64 = 64 << 20;
/// What an entry takes besides its answer and its variables, in bytes.
const BYTES_OF_AN_ENTRY: usize = 256;
/// The part of the cache that one answer may take.
const SHARE_OF_AN_ANSWER: u64 = 16;
/// The size of an answer that the cache is laid out for, in bytes.
const USUAL_BYTES: u64 = 4_096;

/// What an answer depends on, besides rows.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct AnswerKey {
    pub workspace_pk: i32,
    pub role: Role,
    /// The hash of the document and of the name of the operation in it.
    pub document: [u8; 32],
    /// All variables as they were read, in one spelling.
    pub variables: Vec<u8>,
}

/// An answer without errors.
#[derive(Clone)]
struct Kept {
    generation: Generation,
    /// What stands as `data`, as JSON.
    data: Bytes,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Arc<AnswerKey>, Kept> for Weight {
    fn weight(&self, key: &Arc<AnswerKey>, kept: &Kept) -> u64 {
        u64::try_from(BYTES_OF_AN_ENTRY + key.variables.len() + kept.data.len()).unwrap_or(u64::MAX)
    }
}

/// The answers that a server keeps.
pub struct AnswerCache {
    generations: Generations,
    kept: Cache<Arc<AnswerKey>, Kept, Weight>,
    flights: Arc<Flights<AnswerKey>>,
    bytes: u64,
    lookups: Arc<Lookups>,
    barriers: Histogram<f64>,
}

/// How often an answer was looked for, by what was found.
#[derive(Default)]
struct Lookups {
    hits: AtomicU64,
    misses: AtomicU64,
    /// It was there, and not proved to be true any more.
    stale: AtomicU64,
    /// Nothing could be proved of it.
    unproved: AtomicU64,
}

/// What there is for a request.
pub enum Found {
    /// The data of its answer.
    Answer(Bytes),
    /// Nothing: it must be executed. What it answers may be kept, if there is a turn.
    Nothing(Option<Turn>),
}

/// The turn of a request to make an answer that is kept. While it has that, those who ask the same wait for it.
pub struct Turn {
    lead: Lead<AnswerKey>,
    generation: Generation,
}

impl AnswerCache {
    /// A cache of so many bytes, none to keep nothing.
    pub fn new(bytes: u64, generations: Generations, meter: &Meter) -> Arc<Self> {
        let lookups = Arc::<Lookups>::default();
        let observed = Arc::clone(&lookups);
        meter
            .u64_observable_counter("graphql.server.answer_cache.lookups")
            .with_unit("{lookup}")
            .with_description("Answers that were looked for in memory, by what was found.")
            .with_callback(move |counter| {
                let Lookups { hits, misses, stale, unproved } = &*observed;
                for (result, count) in [("hit", hits), ("miss", misses), ("stale", stale), ("unproved", unproved)] {
                    counter.observe(count.load(Ordering::Relaxed), &[KeyValue::new("result", result)]);
                }
            })
            .build();
        let barriers = durations(
            meter,
            "graphql.server.answer_cache.barrier.duration",
            "How long it took to prove that answers in memory are true.",
        );
        let usual = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX).max(16);
        let kept = Cache::with_weighter(usual, bytes, Weight);
        let cache = Arc::new(Self { generations, kept, flights: Arc::default(), bytes, lookups, barriers });
        let observed = Arc::downgrade(&cache);
        meter
            .u64_observable_gauge("graphql.server.answer_cache.size")
            .with_unit("By")
            .with_description("Memory of the answers that are kept.")
            .with_callback(move |gauge| {
                gauge.observe(observed.upgrade().map_or(0, |cache| cache.kept.weight()), &[]);
            })
            .build();
        cache
    }

    /// Whether anything is kept at all.
    pub const fn is_on(&self) -> bool {
        self.bytes > 0
    }

    /// The answer to what is asked, if it is known and proved to be true; otherwise the turn to make it. Waits for others
    /// who have it.
    pub async fn find(&self, key: AnswerKey) -> Found {
        let key = Arc::new(key);
        let mut is_proved = false;
        let mut result = &self.lookups.misses;
        let turn = loop {
            if let Some(kept) = self.kept.get(&key) {
                if !is_proved {
                    is_proved = self.barrier().await;
                }
                if !is_proved {
                    result = &self.lookups.unproved;
                    break None;
                }
                // Whatever is known by now is known at least up to the barrier.
                if self.generations.current(key.workspace_pk) == Some(kept.generation) {
                    self.lookups.hits.fetch_add(1, Ordering::Relaxed);
                    return Found::Answer(kept.data);
                }
                result = &self.lookups.stale;
            }
            let Some(generation) = self.generations.current(key.workspace_pk) else { break None };
            match self.flights.join(&key) {
                Flight::Lead(lead) => break Some(Turn { lead, generation }),
                Flight::Alone => break None,
                Flight::Wait(landing) => {
                    let before = self.generation_of(&key);
                    if landed(landing).await && self.generation_of(&key) == before {
                        // It keeps nothing, so all others run at once.
                        break None;
                    }
                }
            }
        };
        result.fetch_add(1, Ordering::Relaxed);
        Found::Nothing(turn)
    }

    /// Keeps the data of an answer without errors, or nothing where there is none.
    pub fn land(&self, turn: Turn, data: Option<&Bytes>) {
        let Turn { lead, generation } = turn;
        if let Some(data) = data.filter(|data| data.len() as u64 <= self.bytes / SHARE_OF_AN_ANSWER) {
            // A copy of its own: the other is counted among what is under way.
            let kept = Kept { generation, data: Bytes::copy_from_slice(data) };
            self.kept.insert(Arc::clone(lead.key()), kept);
        }
        lead.land();
    }

    fn generation_of(&self, key: &Arc<AnswerKey>) -> Option<Generation> {
        self.kept.peek(key).map(|kept| kept.generation)
    }

    async fn barrier(&self) -> bool {
        let began = Instant::now();
        let is_proved = self.generations.barrier().await;
        self.barriers.record(began.elapsed().as_secs_f64(), &[]);
        is_proved
    }
}
