//! The database: the pool, which is private, and the scope, which is the only way to it.

pub mod anchor;
pub mod changes;
pub mod condition;
pub mod connect;
pub mod constraint;
pub mod embedded;
pub mod functions;
pub mod idempotency;
pub mod identity;
mod instruments;
pub mod keys;
mod lanes;
pub mod loader;
pub mod migrations;
mod read;
pub mod readiness;
mod rows;
pub mod scope;
mod session;
pub mod statement;
pub mod turns;
pub mod tx;

use std::ops::DerefMut;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use deadpool::managed::{Object, Pool};
use diesel::result::{DatabaseErrorKind, Error as QueryError};
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};

use self::connect::{ConnectError, Connector};
use self::instruments::Instruments;
pub use self::instruments::Tally;
use self::lanes::Lanes;
use self::readiness::Probe;
use self::session::Sessions;
use self::turns::{Turn, Turns};
use crate::auth::Principal;
use crate::error::{Error, Result};
use crate::events::{Feed, FeedSettings};
use crate::id::Sealer;

/// A row as the driver gives it.
pub type PgRow = <AsyncPgConnection as AsyncConnectionCore>::Row<'static, 'static>;

/// The database as the server uses it, for one principal or for the server itself. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>, Option<Tally>, Option<Arc<Principal>>);

struct Inner {
    pool: Pool<Sessions>,
    /// Of the pool's connections.
    turns: Arc<Turns>,
    lanes: Lanes,
    sessions: Sessions,
    connector: Connector,
    feed: Feed,
    probe: Probe,
    held: AtomicBool,
    /// When a server last refused to be written.
    forsaken: Mutex<Option<Instant>>,
    sealer: Sealer,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    statements: AtomicU64,
    instruments: OnceLock<Instruments>,
}

/// Connections that a principal has at once at the least: a change that waits for another one's lock holds one.
const LEAST_TURNS: usize = 2;

/// How to open it.
pub struct DbSettings {
    /// `postgresql://…`
    pub url: String,
    /// Connections at the most.
    pub connections: usize,
    /// Connections that one principal has at once; half of those that are lent unless it is set.
    pub per_principal: Option<usize>,
    /// How long a request waits for one.
    pub wait: Duration,
    /// How long a statement may run.
    pub statement_timeout: Duration,
    /// The secret that ids and cursors are sealed with.
    pub seal_secret: Vec<u8>,
    /// How the change feed is kept.
    pub feed: FeedSettings,
}

impl Db {
    /// A pool over the database. It connects when the first connection is asked for.
    ///
    /// # Errors
    /// When the URL, or what it names, cannot be used.
    pub fn open(settings: DbSettings) -> Result<Self, ConnectError> {
        Self::with_clock(settings, Utc::now)
    }

    /// The same with another clock.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub fn with_clock(
        settings: DbSettings,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Result<Self, ConnectError> {
        let DbSettings { url, connections, per_principal, wait, statement_timeout, seal_secret, feed } = settings;
        let connector = Connector::new(&url)?;
        let sessions = Sessions::new(connector.clone(), statement_timeout);
        let lanes = Lanes::among(connections, statement_timeout);
        let lent = connections - lanes.count();
        let turns = Turns::new(per_principal.unwrap_or(lent.div_ceil(2)).max(LEAST_TURNS));
        let pool = Pool::builder(sessions.clone())
            .max_size(lent)
            .wait_timeout(Some(wait))
            .create_timeout(Some(wait))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(ConnectError::Pool)?;
        let inner = Inner {
            pool,
            turns,
            lanes,
            sessions,
            feed: Feed::new(feed, connector.clone()),
            connector,
            probe: Probe::default(),
            held: AtomicBool::new(false),
            forsaken: Mutex::default(),
            sealer: Sealer::new(&seal_secret),
            clock: Box::new(clock),
            statements: AtomicU64::new(0),
            instruments: OnceLock::new(),
        };
        Ok(Self(Arc::new(inner), None, None))
    }

    /// The statements it has run since it was opened.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// The same, counting what is run through it.
    #[must_use]
    pub fn tallied(&self, tally: Tally) -> Self {
        Self(Arc::clone(&self.0), Some(tally), self.2.clone())
    }

    /// The same for this principal, who waits for its turn where it has its share of the connections.
    #[must_use]
    pub fn lent_to(self, principal: &Principal) -> Self {
        Self(self.0, self.1, Some(Arc::new(principal.clone())))
    }

    /// Connections that one principal has at once.
    #[must_use]
    pub fn share(&self) -> usize {
        self.0.turns.each()
    }

    /// Refuses every request as unavailable until [`Db::release`]: what they need is not in the database yet.
    pub fn hold(&self) {
        self.0.held.store(true, Ordering::Relaxed);
    }

    /// Lets requests to the database.
    pub fn release(&self) {
        self.0.held.store(false, Ordering::Relaxed);
    }

    fn is_held(&self) -> bool {
        self.0.held.load(Ordering::Relaxed)
    }

    /// Reads the change feed for as long as it is polled; without it nothing can be followed, and nothing is forgotten.
    pub async fn run_feed(&self) {
        self.feed().clone().run().await;
    }

    pub(crate) fn feed(&self) -> &Feed {
        &self.0.feed
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0.clock)()
    }

    fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// Takes all connections that there are now out of use, but not more often than once a second: a server that stays
    /// as it is can still be read.
    fn forsake(&self) {
        let mut forsaken = self.0.forsaken.lock().unwrap_or_else(PoisonError::into_inner);
        if forsaken.is_none_or(|at| at.elapsed() > Duration::from_secs(1)) {
            *forsaken = Some(Instant::now());
            self.0.pool.retain(|_, _| false);
            self.0.lanes.close();
        }
    }

    fn forsaken_at(&self) -> Option<Instant> {
        *self.0.forsaken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_statement(&self) {
        self.0.statements.fetch_add(1, Ordering::Relaxed);
        if let Some(tally) = &self.1 {
            tally.add();
        }
    }

    /// A connection for one task, which is given back with [`Lease::done`].
    async fn connection(&self) -> Result<Lease> {
        if self.is_held() {
            return Err(Error::unavailable("the database is not prepared yet"));
        }
        // Nobody waits for the pool while others of the same principal have as much of it as they may.
        let turn = match &self.2 {
            Some(principal) => Some(self.0.turns.wait(principal).await?),
            None => None,
        };
        let asked = Instant::now();
        let connection = self.0.pool.get().await;
        if let Some(instruments) = self.0.instruments.get() {
            instruments.wait(asked.elapsed(), &connection);
        }
        let connection = connection.map_err(Error::unavailable)?;
        Ok(Lease { connection: Some(connection), in_flight: false, db: self.clone(), _turn: turn })
    }
}

/// A connection that was lent. Unless it is given back, dropping it closes it: whoever is cancelled in the
/// middle of a statement or a transaction leaves nothing behind for the next one.
struct Lease {
    connection: Option<Object<Sessions>>,
    /// A statement was begun and nobody saw its end.
    in_flight: bool,
    db: Db,
    _turn: Option<Turn>,
}

impl Lease {
    /// The connection, for one statement, which is counted.
    fn statement(&mut self) -> Result<&mut AsyncPgConnection> {
        self.in_flight = true;
        self.db.count_statement();
        self.connection
            .as_deref_mut()
            .map(DerefMut::deref_mut)
            .ok_or_else(|| Error::internal("the connection was given back before"))
    }

    /// Looks at how a statement failed. When the server cannot be written, no connection to it is used any more: others
    /// may lead to one that can.
    fn noticed(&self, error: QueryError) -> QueryError {
        if matches!(error, QueryError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _)) {
            self.db.forsake();
        }
        error
    }

    /// Gives the connection back, with nothing open on it.
    fn done(mut self) {
        let Some(connection) = self.connection.take() else { return };
        let forsaken = self.db.forsaken_at().is_some_and(|at| Object::metrics(&connection).created < at);
        if forsaken || connection.is_full() {
            drop(Object::take(connection));
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && self.in_flight
        {
            // PostgreSQL would go on with a statement that nobody waits for.
            let (connector, statement) = (self.db.0.connector.clone(), connection.cancel_token());
            runtime.spawn(async move { connector.cancel(statement).await });
        }
        drop(Object::take(connection));
    }
}
