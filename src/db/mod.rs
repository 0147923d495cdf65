//! The database: the pool, which is private, and the scope, which is the only way to it.

pub mod changes;
pub mod condition;
pub mod connect;
mod connection;
pub mod constraint;
pub mod functions;
pub mod idempotency;
pub mod identity;
mod instruments;
pub mod key_value;
pub mod keys;
pub mod limiter;
pub mod loader;
pub mod locale;
pub mod migrations;
mod pipelined;
pub mod pooler;
mod read;
pub mod readiness;
mod roles;
pub mod row_counts;
mod rows;
#[allow(clippy::wildcard_imports, reason = "printed by diesel; clippy looks into it or not, as it is cached")]
pub(crate) mod schema;
pub mod scope;
mod session;
mod shares;
pub mod sqlstate;
pub mod statement;
pub mod tx;
pub mod visibility;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use deadpool::managed::{Object, Pool};
use diesel::result::{Error as QueryError, QueryResult};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::connect::{ConnectError, Connector};
use self::connection::PgConnection;
pub use self::connection::PgRow;
use self::instruments::Instruments;
pub use self::instruments::Tally;
use self::pipelined::PipelinedConnections;
use self::pooler::Pooler;
use self::readiness::Probe;
use self::row_counts::Counted;
use self::session::{Sessions, is_full};
use self::shares::{Holder, Permits, Shares, Weight};
use self::sqlstate::{DatabaseError, Meaning, meaning};
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::id::Sealer;

/// The database as the server uses it, for one principal or for the server itself. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>, Option<Tally>, Option<Arc<Holder>>, Weight);

struct Inner {
    pool: Pool<Sessions>,
    shares: Shares,
    pipelined: PipelinedConnections,
    sessions: Sessions,
    /// How long a statement is waited for.
    answer_timeout: Duration,
    connector: Connector,
    /// For what needs a connection that is nobody else's meanwhile, where that is another way.
    direct: Option<Connector>,
    probe: Probe,
    counted: Counted,
    available: AtomicBool,
    /// When a server last refused to be written.
    invalidated: Mutex<Option<Instant>>,
    sealer: Sealer,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    statements: AtomicU64,
    instruments: OnceLock<Instruments>,
}

/// How much longer than a statement may run its end is waited for. The server ends it; one that does not is stuck.
const ANSWER_GRACE: Duration = Duration::from_secs(1);

/// How to open it.
pub struct DbSettings {
    /// `postgresql://…`
    pub url: String,
    /// The same without a pooler, where what needs a connection of its own cannot have it through that.
    pub direct_url: Option<String>,
    /// What the first URL leads through.
    pub pooler: Pooler,
    /// Connections at the most.
    pub connections: usize,
    /// Connections that one principal has at once; half of the pool unless it is set.
    pub per_principal: Option<usize>,
    /// How long a request waits for one.
    pub wait: Duration,
    /// How long a statement may run.
    pub statement_timeout: Duration,
    /// The secret that ids and cursors are sealed with.
    pub seal_secret: Vec<u8>,
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
        let DbSettings { url, direct_url, pooler, connections, per_principal, wait, statement_timeout, seal_secret } =
            settings;
        let connector = Connector::new(&url)?;
        let direct = direct_url.map(|url| Connector::new(&url)).transpose()?;
        let sessions = Sessions::new(connector.clone(), pooler, statement_timeout);
        // A look-up that is sent behind others would be part of their transaction.
        let pipelined = if pooler == Pooler::Transaction { 0 } else { connections };
        let pipelined = PipelinedConnections::among(pipelined, statement_timeout);
        let pooled = connections - pipelined.count();
        let shares = Shares::of(pooled, per_principal);
        let pool = Pool::builder(sessions.clone())
            .max_size(pooled)
            .wait_timeout(Some(wait))
            .create_timeout(Some(wait))
            .runtime(deadpool::Runtime::Tokio1)
            .build()
            .map_err(ConnectError::Pool)?;
        let inner = Inner {
            pool,
            shares,
            pipelined,
            sessions,
            answer_timeout: statement_timeout + ANSWER_GRACE,
            connector,
            direct,
            probe: Probe::default(),
            counted: Counted::default(),
            available: AtomicBool::new(true),
            invalidated: Mutex::default(),
            sealer: Sealer::new(&seal_secret),
            clock: Box::new(clock),
            statements: AtomicU64::new(0),
            instruments: OnceLock::new(),
        };
        Ok(Self(Arc::new(inner), None, None, Weight::Usual))
    }

    /// The statements it has run since it was opened.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// The same, counting what is run through it.
    #[must_use]
    pub fn tallied(&self, tally: Tally) -> Self {
        Self(Arc::clone(&self.0), Some(tally), self.2.clone(), self.3)
    }

    /// The same for this caller, who waits for a permit where its principal, or its workspace, has its share of the
    /// connections.
    #[must_use]
    pub fn for_principal(self, caller: &Caller) -> Self {
        let holder = Holder { principal: caller.principal().clone(), workspace_pk: caller.workspace_pk() };
        Self(self.0, self.1, Some(Arc::new(holder)), self.3)
    }

    /// The same for what may keep the database busy: of that, a workspace has few at once.
    #[must_use]
    pub fn expensive(self) -> Self {
        Self(self.0, self.1, self.2, Weight::Expensive)
    }

    /// Connections that one principal has at once.
    #[must_use]
    pub fn share(&self) -> usize {
        self.0.shares.of_principal()
    }

    /// Connections that one workspace has at once.
    #[must_use]
    pub fn workspace_share(&self) -> usize {
        self.0.shares.of_workspace()
    }

    /// Sets whether requests are let to the database. Until it has what they need, they are refused as unavailable.
    pub fn set_available(&self, available: bool) {
        self.0.available.store(available, Ordering::Relaxed);
    }

    fn is_available(&self) -> bool {
        self.0.available.load(Ordering::Relaxed)
    }

    /// For what needs a connection of its own.
    pub(crate) fn direct(&self) -> &Connector {
        self.0.direct.as_ref().unwrap_or(&self.0.connector)
    }

    /// Whether all connections lead to one server, as far as the settings tell: two ways need not.
    pub(crate) fn leads_to_one_server(&self) -> bool {
        self.0.direct.is_none() && self.0.connector.leads_to_one_server()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0.clock)()
    }

    fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// Takes all connections that there are now out of use, but not more often than once a second: a server that stays
    /// as it is can still be read.
    fn invalidate_connections(&self) {
        self.invalidate_if(|at| at.elapsed() > Duration::from_secs(1));
    }

    /// The same, unless it was done since this one was made: it knows less than those that were made then.
    fn invalidate_older(&self, created: Instant) {
        self.invalidate_if(|at| created >= at);
    }

    fn invalidate_if(&self, again: impl FnOnce(Instant) -> bool) {
        let mut invalidated = self.0.invalidated.lock().unwrap_or_else(PoisonError::into_inner);
        if invalidated.is_none_or(again) {
            *invalidated = Some(Instant::now());
            self.0.pool.retain(|_, _| false);
            self.0.pipelined.close();
        }
    }

    fn invalidated_at(&self) -> Option<Instant> {
        *self.0.invalidated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_statement(&self) {
        self.0.statements.fetch_add(1, Ordering::Relaxed);
        if let Some(tally) = &self.1 {
            tally.add();
        }
    }

    /// A connection for one task, which is returned with [`Lease::done`].
    async fn connection(&self) -> Result<Lease> {
        self.connection_since(None).await
    }

    /// The same, made after that moment.
    fn connection_since(&self, moment: Option<Instant>) -> BoxFuture<'_, Result<Lease>> {
        // In a box, so that the compiler proves here that it may move between threads, not in all that waits for it.
        self.lease_since(moment).boxed()
    }

    async fn lease_since(&self, moment: Option<Instant>) -> Result<Lease> {
        if !self.is_available() {
            return Err(Error::unavailable("the database is not prepared yet"));
        }
        // Nobody waits for the pool while others of the same principal or workspace have as much of it as they may.
        let permits = match &self.2 {
            Some(holder) => Some(self.0.shares.wait(holder, self.3).await?),
            None => None,
        };
        let asked = Instant::now();
        let mut connection = self.0.pool.get().await;
        while let Ok(older) = &connection
            && moment.is_some_and(|moment| Object::metrics(older).created < moment)
        {
            drop(connection.map(Object::take));
            connection = self.0.pool.get().await;
        }
        if let Some(instruments) = self.0.instruments.get() {
            instruments.wait(asked.elapsed(), &connection);
        }
        let connection = connection.map_err(Error::unavailable)?;
        Ok(Lease { connection: Some(connection), in_flight: false, db: self.clone(), _permits: permits })
    }
}

/// Whether a statement failed since tables or types are not what its connection knew.
fn is_outdated(error: &QueryError) -> bool {
    meaning(error) == Some(Meaning::Outdated)
}

/// A connection that is checked out. Unless it is returned, dropping it closes it: whoever is cancelled in the
/// middle of a statement or a transaction leaves nothing behind for the next one.
struct Lease {
    connection: Option<Object<Sessions>>,
    /// A statement was begun and nobody saw its end.
    in_flight: bool,
    db: Db,
    _permits: Option<Permits>,
}

impl Lease {
    /// The connection, for one statement, which is counted.
    fn statement(&mut self) -> QueryResult<&mut PgConnection> {
        self.in_flight = true;
        self.db.count_statement();
        self.connection.as_deref_mut().ok_or(QueryError::BrokenTransactionManager)
    }

    /// Waits for the end of a statement as long as it may run. A server that says nothing by then says nothing at all.
    async fn answered<T>(&self, statement: impl Future<Output = QueryResult<T>>) -> QueryResult<T> {
        let answer = tokio::time::timeout(self.db.0.answer_timeout, statement).await;
        answer.unwrap_or_else(|_| Err(DatabaseError::unanswered()))
    }

    /// Looks at how a statement failed. When the server cannot be written, or its tables have changed, no connection to
    /// it is used any more: others may lead to one that can, or know the tables as they are.
    fn inspected(&self, error: QueryError) -> QueryError {
        match (meaning(&error), &self.connection) {
            (Some(Meaning::ReadOnly), _) => self.db.invalidate_connections(),
            (Some(Meaning::Outdated), Some(connection)) => {
                self.db.invalidate_older(Object::metrics(connection).created);
            }
            _ => {}
        }
        error
    }

    /// Gives the connection back that something was read with, and what was. Nothing when that should be tried once more
    /// over a connection that is made from now on, since tables or types are not what this one knew.
    fn settled<T>(self, read: QueryResult<T>, outdated: &mut Option<Instant>) -> Option<Result<T>> {
        match read {
            Ok(read) => {
                self.done();
                Some(Ok(read))
            }
            Err(error) if is_outdated(&error) && outdated.is_none() => {
                *outdated = Some(Instant::now());
                None
            }
            Err(error) => {
                // What one statement is refused for is no fault of the connection.
                let is_of_statement = matches!(
                    meaning(&error),
                    Some(Meaning::Cancelled | Meaning::Unencodable | Meaning::OutOfRange | Meaning::UnknownLabel)
                );
                if is_of_statement && !self.in_flight {
                    self.done();
                }
                Some(Err(error.into()))
            }
        }
    }

    /// Gives the connection back, with nothing open on it.
    fn done(mut self) {
        let Some(connection) = self.connection.take() else { return };
        let invalidated = self.db.invalidated_at().is_some_and(|at| Object::metrics(&connection).created < at);
        if invalidated || is_full(&connection) {
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
            // PostgreSQL would go on with a statement that nobody waits for. The connection ends behind it: a pooler lends
            // to somebody else what its client has left.
            let connector = self.db.0.connector.clone();
            runtime.spawn(async move {
                let (statement, endpoint) = connection.cancellation();
                connector.cancel(statement, endpoint).await;
                drop(Object::take(connection));
            });
        } else {
            drop(Object::take(connection));
        }
    }
}
