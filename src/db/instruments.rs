//! What is measured of the database: its statements and the pool.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deadpool::managed::PoolError;
use diesel::result::QueryResult;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use tracing::Instrument;

use super::statement::Statement;
use super::{Db, Inner, Lease, PgRow};
use crate::telemetry::{TRACE, durations};

/// The pool of connections that are lent.
const MAIN: &str = "main";
/// Those that requests share.
const PIPELINED: &str = "pipelined";

/// Measures what one server does with the database.
pub(super) struct Instruments {
    statements: Histogram<f64>,
    waits: Histogram<f64>,
    timeouts: Counter<u64>,
    system: [KeyValue; 1],
    pool: [KeyValue; 1],
}

/// Counts the statements that are run through one handle.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<AtomicU64>);

impl Tally {
    /// How many there were.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let instruments = Self {
            statements: durations(meter, "db.client.operation.duration", "Duration of statements of the database."),
            waits: durations(
                meter,
                "db.client.connection.wait_time",
                "How long a connection to the database was waited for.",
            ),
            timeouts: meter
                .u64_counter("db.client.connection.timeouts")
                .with_unit("{timeout}")
                .with_description("Waits for a connection that were given up.")
                .build(),
            system: [KeyValue::new("db.system.name", "postgresql")],
            pool: [KeyValue::new("db.client.connection.pool.name", MAIN)],
        };
        // The first one could not be told from none if it made the number.
        instruments.timeouts.add(0, &instruments.pool);
        instruments
    }

    /// Notes a statement that began then and has just ended.
    pub fn statement(&self, began: Instant) {
        self.statements.record(began.elapsed().as_secs_f64(), &self.system);
    }

    /// Notes that a connection was waited for.
    pub fn wait<T, E>(&self, waited: Duration, got: &Result<T, PoolError<E>>) {
        self.waits.record(waited.as_secs_f64(), &self.pool);
        if matches!(got, Err(PoolError::Timeout(_))) {
            self.timeouts.add(1, &self.pool);
        }
    }
}

impl Lease {
    /// Runs a statement and reads its rows.
    pub(super) fn load<'a, R: Send + 'a>(
        &'a mut self,
        statement: impl Statement + 'a,
        read: impl Fn(PgRow) -> QueryResult<R> + Send + Sync + 'a,
    ) -> BoxFuture<'a, QueryResult<Vec<R>>> {
        let db = self.db.clone();
        async move { db.measured(self.rows(statement, read)).await }.boxed()
    }
}

impl Db {
    /// Measures a statement.
    pub(super) async fn measured<T>(&self, statement: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let span = tracing::trace_span!(
            target: TRACE, "statement", otel.name = "postgresql", otel.kind = "client", db.system.name = "postgresql"
        );
        let answer = statement.instrument(span).await;
        if let Some(instruments) = self.0.instruments.get() {
            instruments.statement(began);
        }
        answer
    }

    /// Measures its statements and its pool from now on. The first meter that it is given has it all.
    pub fn measure(&self, meter: &Meter) {
        if self.0.instruments.set(Instruments::new(meter)).is_err() {
            return;
        }
        self.observe(meter, "db.client.connection.count", "Connections to the database, by what they do.", |db| {
            let status = db.pool.status();
            let pipelined = db.pipelined.used_and_idle();
            vec![
                (MAIN, Some("used"), status.size.saturating_sub(status.available)),
                (MAIN, Some("idle"), status.available),
                (PIPELINED, Some("used"), pipelined.0),
                (PIPELINED, Some("idle"), pipelined.1),
            ]
        });
        self.observe(meter, "db.client.connection.max", "Connections to the database at the most.", |db| {
            vec![(MAIN, None, db.pool.status().max_size), (PIPELINED, None, db.pipelined.count())]
        });
        let description = "Requests that wait for a connection to the database.";
        self.observe(meter, "db.client.connection.pending_requests", description, |db| {
            vec![(MAIN, None, db.pool.status().waiting)]
        });
        let database = Arc::downgrade(&self.0);
        meter
            .u64_observable_counter("db.client.statements")
            .with_unit("{statement}")
            .with_description("Statements of all kinds, those that begin and end transactions among them.")
            .with_callback(move |counter| {
                if let Some(database) = database.upgrade() {
                    counter.observe(database.statements.load(Ordering::Relaxed), &[]);
                }
            })
            .build();
    }

    /// Has numbers of connections told, each with its pool and, if it has one, its state.
    fn observe(
        &self,
        meter: &Meter,
        name: &'static str,
        description: &'static str,
        tell: impl Fn(&Inner) -> Vec<(&'static str, Option<&'static str>, usize)> + Send + Sync + 'static,
    ) {
        // The instruments belong to the database, and must not keep it.
        let database = Arc::downgrade(&self.0);
        meter
            .u64_observable_gauge(name)
            .with_unit("{connection}")
            .with_description(description)
            .with_callback(move |gauge| {
                let Some(database) = database.upgrade() else { return };
                for (pool, state, count) in tell(&database) {
                    let mut attributes = vec![KeyValue::new("db.client.connection.pool.name", pool)];
                    attributes.extend(state.map(|state| KeyValue::new("db.client.connection.state", state)));
                    gauge.observe(count as u64, &attributes);
                }
            })
            .build();
    }
}
