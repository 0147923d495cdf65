//! How connections to the database begin, for the pool and for the pipelined.

use std::time::Duration;

use deadpool::managed::{Manager, Metrics, RecycleError, RecycleResult};

use super::connect::{ConnectError, Connector};
use super::connection::{PgConnection, Setup};
use super::pooler::Pooler;

/// What a connection keeps prepared before another takes its place, in bytes of SQL: clients can think of very many
/// selections and filters. It is enough for 800 usual statements. In the database a byte became 10 to 30.
const MAX_PREPARED: usize = 1_048_576;

/// Opens connections.
#[derive(Clone)]
pub(super) struct Sessions {
    connector: Connector,
    setup: Setup,
}

impl Sessions {
    /// Sessions whose statements may run for so long.
    pub fn new(connector: Connector, pooler: Pooler, statement_timeout: Duration) -> Self {
        let milliseconds = statement_timeout.as_millis();
        // What nobody waits for any more must not hold locks either.
        let settings = |set: &str| {
            format!(
                "{set} TIME ZONE 'UTC'; {set} statement_timeout = {milliseconds}; \
                 {set} idle_in_transaction_session_timeout = {milliseconds}"
            )
        };
        let setup = match pooler {
            Pooler::None | Pooler::Session => {
                Setup::Session(format!("SET client_encoding TO 'UTF8'; {}", settings("SET")).into())
            }
            // The client names its encoding when it connects, which every pooler heeds.
            Pooler::Transaction => Setup::Transaction(format!("BEGIN; {}", settings("SET LOCAL")).into()),
        };
        Self { connector, setup }
    }

    /// Opens one.
    pub async fn open(&self) -> Result<PgConnection, ConnectError> {
        let opened = self.connector.open().await?;
        PgConnection::begin(opened, &self.setup).await.map_err(ConnectError::Database)
    }
}

/// Whether a connection has prepared as much as it may.
pub(super) fn is_full(connection: &PgConnection) -> bool {
    connection.prepared_bytes() >= MAX_PREPARED
}

impl Manager for Sessions {
    type Type = PgConnection;
    type Error = ConnectError;

    async fn create(&self) -> Result<PgConnection, ConnectError> {
        // It is large, and part of everything that may have to wait for it.
        Box::pin(self.open()).await
    }

    /// Asks the database nothing: a connection that ended in silence is found out by who uses it.
    async fn recycle(&self, connection: &mut PgConnection, _: &Metrics) -> RecycleResult<ConnectError> {
        if connection.is_closed() { Err(RecycleError::message("the connection is closed")) } else { Ok(()) }
    }
}
