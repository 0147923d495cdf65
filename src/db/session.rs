//! One connection to the database, and how it begins.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};
use diesel::connection::InstrumentationEvent;
use diesel::{ConnectionError, ConnectionResult};
use diesel_async::pooled_connection::PoolableConnection;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};

use super::connect::Connector;
use crate::error::Chain;

/// What a connection keeps prepared before another takes its place, in bytes of SQL: clients can think of very many
/// selections and filters. It is enough for 800 usual statements. In the database a byte became 10 to 30.
const MOST_PREPARED: usize = 1_048_576;

/// A connection that counts what it has prepared.
pub(super) struct Session {
    connection: AsyncPgConnection,
    /// The bytes of SQL that it has prepared.
    prepared: Arc<AtomicUsize>,
}

impl Session {
    /// Whether it has prepared as much as it may.
    pub fn is_full(&self) -> bool {
        self.prepared.load(Ordering::Relaxed) >= MOST_PREPARED
    }
}

impl Deref for Session {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.connection
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.connection
    }
}

/// Opens connections, for the pool and for the lanes.
#[derive(Clone)]
pub(super) struct Sessions {
    connector: Connector,
    /// Their first statements.
    setup: Arc<str>,
}

impl Sessions {
    /// Sessions whose statements may run for so long.
    pub fn new(connector: Connector, statement_timeout: Duration) -> Self {
        let milliseconds = statement_timeout.as_millis();
        // What nobody waits for any more must not hold locks either. Errors are told apart by their text, where the
        // role may choose its language.
        let setup = format!(
            "SET statement_timeout = {milliseconds}; SET idle_in_transaction_session_timeout = {milliseconds}; \
             SELECT set_config('lc_messages', 'C', false) WHERE has_parameter_privilege('lc_messages', 'SET')"
        );
        Self { connector, setup: setup.into() }
    }

    /// Opens one.
    pub async fn open(&self) -> ConnectionResult<Session> {
        let connection = self.connector.connection().await;
        let mut connection = connection.map_err(|error| ConnectionError::BadConnection(Chain(&error).to_string()))?;
        connection.batch_execute(&self.setup).await.map_err(ConnectionError::CouldntSetupConfiguration)?;
        let prepared = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&prepared);
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::CacheQuery { sql, .. } = event {
                counter.fetch_add(sql.len(), Ordering::Relaxed);
            }
        });
        Ok(Session { connection, prepared })
    }
}

impl Manager for Sessions {
    type Type = Session;
    type Error = ConnectionError;

    async fn create(&self) -> ConnectionResult<Session> {
        // It is large, and part of everything that may have to wait for it.
        Box::pin(self.open()).await
    }

    /// Asks the database nothing: a connection that ended in silence is found out by who uses it.
    async fn recycle(&self, session: &mut Session, _: &Metrics) -> RecycleResult<ConnectionError> {
        if session.is_broken() { Err(RecycleError::message("the connection is broken")) } else { Ok(()) }
    }
}
