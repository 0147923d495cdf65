//! Demo data: the rows of [`demo_data`], over a connection that the server makes.

use tokio_postgres::Client;

pub use demo_data::{MAX_SCALE, SeedOptions, Summary};

use crate::db::connect::{ConnectError, Connector};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database cannot be reached.
    #[error("cannot connect to the database to fill it")]
    Connect(#[from] ConnectError),
    /// The rows cannot be written.
    #[error(transparent)]
    Rows(#[from] demo_data::SeedError),
}

/// Fills the database: see [`demo_data::demo`].
///
/// # Errors
/// See [`SeedError`].
pub async fn demo(url: &str, options: &SeedOptions) -> Result<Summary, SeedError> {
    Ok(demo_data::demo(&mut connect(url).await?, options).await?)
}

/// Writes one workspace and its owner: see [`demo_data::minimal`].
///
/// # Errors
/// See [`SeedError`].
pub async fn minimal(url: &str) -> Result<(), SeedError> {
    Ok(demo_data::minimal(&mut connect(url).await?).await?)
}

/// Whether the database has no workspace yet: see [`demo_data::is_empty`].
///
/// # Errors
/// See [`SeedError`].
pub async fn is_empty(url: &str) -> Result<bool, SeedError> {
    Ok(demo_data::is_empty(&connect(url).await?).await?)
}

async fn connect(url: &str) -> Result<Client, ConnectError> {
    let (client, driver) = Connector::new(url)?.client().await?;
    // It ends when the client is dropped; what goes wrong in it reaches the client too.
    tokio::spawn(driver);
    Ok(client)
}
