//! The migrations, compiled in.

use std::collections::HashSet;

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::Connector;
use super::locale;

/// Every change of the schema, in order.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any number that no other program is likely to lock.
const LOCK: i64 = 0x7765_6c6c_6d69_6772;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Brings the database up to date and names what it ran. Of several instances that start at once, one migrates
/// and the others wait for it. Where nothing is missing, nothing is written or locked: the database may be a standby.
///
/// # Errors
/// When the database cannot be reached, its encoding cannot be used, or a migration fails; what the failed one did is
/// undone.
pub async fn run(url: &str) -> Result<Vec<String>, Failure> {
    locale::check_encoding(url).await?;
    let ran = if lacks_any(url).await? { run_missing(url).await? } else { Vec::new() };
    locale::check_case(url).await;
    Ok(ran)
}

/// Whether a migration is missing.
async fn lacks_any(url: &str) -> Result<bool, Failure> {
    let (client, driver) = Connector::new(url)?.client().await?;
    let driver = tokio::spawn(driver);
    let found = async {
        let table = client.query_one("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL", &[]).await?;
        if !table.try_get(0)? {
            return Ok(HashSet::new());
        }
        let rows = client.query("SELECT version::text FROM __diesel_schema_migrations", &[]).await?;
        rows.iter().map(|row| row.try_get(0)).collect::<Result<HashSet<String>, tokio_postgres::Error>>()
    };
    let found = found.await;
    driver.abort();
    let (found, known) = (found?, MigrationSource::<Pg>::migrations(&MIGRATIONS)?);
    Ok(known.iter().any(|migration| !found.contains(&migration.name().version().to_string())))
}

async fn run_missing(url: &str) -> Result<Vec<String>, Failure> {
    let connection = locked(url).await?;
    // The harness blocks on the connection, which this runtime drives.
    let ran = tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(connection);
        let ran = harness.run_pending_migrations(MIGRATIONS)?;
        Ok::<_, Failure>(ran.iter().map(ToString::to_string).collect())
    });
    ran.await?
}

/// Takes every migration back, newest first, and names them.
///
/// # Errors
/// As [`run`].
pub async fn revert_all(url: &str) -> Result<Vec<String>, Failure> {
    let connection = locked(url).await?;
    tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(connection);
        let reverted = harness.revert_all_migrations(MIGRATIONS)?;
        Ok(reverted.iter().map(ToString::to_string).collect())
    })
    .await?
}

/// The name of the newest migration, which a database that is up to date has.
///
/// # Errors
/// When the migrations that were compiled in cannot be read.
pub fn newest() -> Result<Option<String>, Failure> {
    let migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).max())
}

/// A connection that holds the lock until it is closed.
async fn locked(url: &str) -> Result<AsyncPgConnection, Failure> {
    let mut connection = Connector::new(url)?.connection().await?;
    connection.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})")).await?;
    Ok(connection)
}
