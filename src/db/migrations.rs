//! The migrations, compiled in.

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::Connector;

/// Every change of the schema, in order.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any number that no other program is likely to lock.
const LOCK: i64 = 0x7765_6c6c_6d69_6772;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Brings the database up to date and names what it ran. Of several instances that start at once, one migrates
/// and the others wait for it.
///
/// # Errors
/// When the database cannot be reached or a migration fails; what the failed one did is undone.
pub async fn run(url: &str) -> Result<Vec<String>, Failure> {
    let connection = locked(url).await?;
    // The harness blocks on the connection, which this runtime drives.
    tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(connection);
        let ran = harness.run_pending_migrations(MIGRATIONS)?;
        Ok(ran.iter().map(ToString::to_string).collect())
    })
    .await?
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
