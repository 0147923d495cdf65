//! Whether the database can serve, looked at so seldom that nobody wears it out by asking.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use tokio::sync::Mutex;

use super::connection::PgConnection;
use super::{Db, migrations};
use crate::error::Chain;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How long what was seen is believed.
const FRESH: Duration = Duration::from_secs(1);

/// How long the database may take to answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);

/// Whether the database can serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It answers, can be written, and has every migration.
    Ready,
    /// It is being prepared.
    Starting,
    /// It does not answer.
    Silent,
    /// It cannot be written.
    ReadOnly,
    /// A migration is missing.
    Unmigrated,
}

/// A connection of its own, since the pool may be busy while the database is well, and what was seen with it last.
#[derive(Default)]
pub(super) struct Probe(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    connection: Option<PgConnection>,
    last: Option<(Instant, Readiness)>,
}

impl Db {
    /// Whether the database can serve, as it was within the last second. However many ask, one looks.
    pub async fn readiness(&self) -> Readiness {
        if !self.is_available() {
            return Readiness::Starting;
        }
        let mut seen = self.0.probe.0.lock().await;
        if let Some((at, readiness)) = seen.last
            && at.elapsed() < FRESH
        {
            return readiness;
        }
        // It is put back only when all is well: another one may find a server that is.
        let connection = seen.connection.take();
        let readiness = match tokio::time::timeout(PROBE_TIMEOUT, self.look(connection)).await {
            Ok(Ok((Readiness::Ready, connection))) => {
                seen.connection = Some(connection);
                Readiness::Ready
            }
            Ok(Ok((readiness, _))) => readiness,
            Ok(Err(error)) => {
                tracing::warn!(error = %Chain(error.as_ref()), "the database does not answer");
                Readiness::Silent
            }
            Err(_) => {
                tracing::warn!("the database does not answer in time");
                Readiness::Silent
            }
        };
        seen.last = Some((Instant::now(), readiness));
        readiness
    }

    async fn look(&self, known: Option<PgConnection>) -> Result<(Readiness, PgConnection), Failure> {
        // The one that is known may have been cut since.
        if let Some(connection) = known
            && let Ok(seen) = Self::look_through(connection).await
        {
            return Ok(seen);
        }
        Self::look_through(self.0.sessions.open().await?).await
    }

    async fn look_through(mut connection: PgConnection) -> Result<(Readiness, PgConnection), Failure> {
        diesel::table! {
            __diesel_schema_migrations (version) {
                version -> Text,
            }
        }
        diesel::define_sql_function! {
            fn current_setting(name: diesel::sql_types::Text) -> diesel::sql_types::Text;
        }

        // A standby says so here, too.
        let read_only = current_setting("transaction_read_only").eq("on");
        let newest = __diesel_schema_migrations::table.select(diesel::dsl::max(__diesel_schema_migrations::version));
        let (read_only, newest): (bool, Option<String>) =
            diesel::select((read_only, newest.single_value())).first(&mut connection).await?;
        let readiness = if newest < migrations::newest()? {
            Readiness::Unmigrated
        } else if read_only {
            Readiness::ReadOnly
        } else {
            Readiness::Ready
        };
        Ok((readiness, connection))
    }
}
