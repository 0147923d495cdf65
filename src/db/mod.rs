//! The database: the pool, which is private, and the scope, which is the only way to it.

pub mod condition;
pub mod constraint;
pub mod embedded;
pub mod functions;
pub mod idempotency;
pub mod identity;
pub mod keys;
pub mod loader;
pub mod migrations;
pub mod scope;
pub mod statement;
pub mod tx;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::deadpool::{BuildError, Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection, AsyncConnectionCore, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;

use crate::error::{Error, Result};
use crate::id::Sealer;

/// How often a connection is used before another takes its place. It keeps a prepared statement for every shape of
/// statement it has run, and clients can think of very many filters.
const MOST_USES: usize = 2_000;

/// A row as the driver gives it.
pub type PgRow = <AsyncPgConnection as AsyncConnectionCore>::Row<'static, 'static>;

/// The database as the server uses it. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pool: Pool<AsyncPgConnection>,
    sealer: Sealer,
    clock: Box<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    statements: AtomicU64,
}

/// How to open it.
pub struct DbSettings {
    /// `postgresql://…`
    pub url: String,
    /// Connections at the most.
    pub connections: usize,
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
    /// When the pool cannot be made with these settings.
    pub fn open(settings: DbSettings) -> Result<Self, BuildError> {
        let mut config = ManagerConfig::default();
        config.recycling_method = RecyclingMethod::Fast;
        let milliseconds = settings.statement_timeout.as_millis();
        // What nobody waits for any more must not hold locks either.
        let setup = format!(
            "SET statement_timeout = {milliseconds}; SET idle_in_transaction_session_timeout = {milliseconds}; \
             SET application_name = 'well-ingestion'"
        );
        config.custom_setup = Box::new(move |url| connect(url.to_owned(), setup.clone()).boxed());
        let manager = AsyncDieselConnectionManager::new_with_config(settings.url, config);
        let pool = Pool::builder(manager)
            .max_size(settings.connections)
            .wait_timeout(Some(settings.wait))
            .create_timeout(Some(settings.wait))
            .runtime(deadpool::Runtime::Tokio1)
            .build()?;
        Ok(Self(Arc::new(Inner {
            pool,
            sealer: Sealer::new(&settings.seal_secret),
            clock: Box::new(Utc::now),
            statements: AtomicU64::new(0),
        })))
    }

    /// The statements it has run since it was opened.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.0.statements.load(Ordering::Relaxed)
    }

    /// Whether it can be written and has the newest migration.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn is_ready(&self) -> Result<bool> {
        use diesel::prelude::*;
        use diesel_async::RunQueryDsl;

        diesel::table! {
            __diesel_schema_migrations (version) {
                version -> Text,
            }
        }
        diesel::define_sql_function! {
            fn pg_is_in_recovery() -> diesel::sql_types::Bool;
        }

        let mut lease = self.connection().await?;
        let newest = __diesel_schema_migrations::table.select(diesel::dsl::max(__diesel_schema_migrations::version));
        let (recovering, newest): (bool, Option<String>) =
            diesel::select((pg_is_in_recovery(), newest.single_value())).first(lease.statement()?).await?;
        lease.done();
        let wanted = migrations::newest().map_err(Error::internal)?;
        Ok(!recovering && newest >= wanted)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.0.clock)()
    }

    fn sealer(&self) -> &Sealer {
        &self.0.sealer
    }

    /// A connection for one task, which is given back with [`Lease::done`].
    async fn connection(&self) -> Result<Lease> {
        let connection = self.0.pool.get().await.map_err(Error::unavailable)?;
        Ok(Lease { connection: Some(connection), in_flight: false, db: self.clone() })
    }
}

async fn connect(url: String, setup: String) -> ConnectionResult<AsyncPgConnection> {
    let mut connection = AsyncPgConnection::establish(&url).await?;
    connection.batch_execute(&setup).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// A connection that was lent. Unless it is given back, dropping it closes it: whoever is cancelled in the
/// middle of a statement or a transaction leaves nothing behind for the next one.
struct Lease {
    connection: Option<Object<AsyncPgConnection>>,
    /// A statement was begun and nobody saw its end.
    in_flight: bool,
    db: Db,
}

impl Lease {
    /// The connection, for one statement, which is counted.
    fn statement(&mut self) -> Result<&mut AsyncPgConnection> {
        self.in_flight = true;
        self.db.0.statements.fetch_add(1, Ordering::Relaxed);
        self.connection.as_deref_mut().ok_or_else(|| Error::internal("the connection was given back before"))
    }

    /// Gives the connection back, with nothing open on it.
    fn done(mut self) {
        let Some(connection) = self.connection.take() else { return };
        if Object::metrics(&connection).recycle_count >= MOST_USES {
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
            let cancel = connection.cancel_token();
            runtime.spawn(async move { cancel.cancel_query(tokio_postgres::NoTls).await });
        }
        drop(Object::take(connection));
    }
}
