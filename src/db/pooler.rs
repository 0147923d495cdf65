//! What may stand between the server and PostgreSQL, and how that is found out.

use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::error::SqlState;
use tokio_util::task::AbortOnDropHandle;

use super::connect::{ConnectError, Connector};

/// A connection pooler between the server and PostgreSQL.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooler {
    /// The server connects to PostgreSQL itself.
    #[default]
    None,
    /// The pooler lends a connection for as long as its client is connected.
    Session,
    /// The pooler lends a connection for each transaction.
    Transaction,
}

/// Which process serves a connection: numbers are used again, but not at the same moment.
const BACKEND: &str = "SELECT pid::text || ' ' || backend_start::text FROM pg_catalog.pg_stat_activity
    WHERE pid = pg_catalog.pg_backend_pid()";

/// How often it is looked: between two looks, others may take what was lent before.
const LOOKS: usize = 5;

/// How long a second connection may be waited for.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Whether a pooler lends connections of PostgreSQL for no longer than a transaction. Two clients that are connected at
/// the same time have two processes, and each keeps its own, unless it does.
///
/// # Errors
/// When the database cannot be reached or fails.
pub async fn lends(connector: &Connector) -> Result<bool, ConnectError> {
    tokio::time::timeout(TIMEOUT, look(connector)).await.unwrap_or(Err(ConnectError::Silent))
}

async fn look(connector: &Connector) -> Result<bool, ConnectError> {
    let (one, two) = (Client::of(connector).await?, Client::of(connector).await?);
    for _ in 0..LOOKS {
        let first = one.backend().await?;
        match two.client.batch_execute("BEGIN").await {
            // For each statement, even: transactions are refused.
            Err(error) if error.code() == Some(&SqlState::PROTOCOL_VIOLATION) => return Ok(true),
            begun => begun.map_err(ConnectError::Database)?,
        }
        // While the second holds what it got, the first may get another.
        let lends = two.backend().await? == first || one.backend().await? != first;
        two.client.batch_execute("ROLLBACK").await.map_err(ConnectError::Database)?;
        if lends {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Client {
    client: tokio_postgres::Client,
    _driver: AbortOnDropHandle<()>,
}

impl Client {
    async fn of(connector: &Connector) -> Result<Self, ConnectError> {
        let (client, driver) = connector.client().await?;
        let driver = AbortOnDropHandle::new(tokio::spawn(async move {
            // Whoever waits for an answer hears of its end.
            let _ = driver.await;
        }));
        Ok(Self { client, _driver: driver })
    }

    async fn backend(&self) -> Result<Option<String>, ConnectError> {
        let answer = self.client.simple_query(BACKEND).await.map_err(ConnectError::Database)?;
        Ok(answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }
}
