//! Demo data: workspaces that look as if people had worked in them for months.
//!
//! The rows follow from a seed, a scale and a moment, and from nothing else. They are streamed into the database
//! with `COPY`, in one transaction, over a connection of the caller's. The schema must be there already; the tests make
//! it by the server's migrations.

mod catalogue;
mod collects;
mod connections;
mod copy;
mod diagnostics;
mod documents;
mod expressions;
mod load;
mod mappings;
mod members;
mod rng;
mod runs;
#[cfg(test)]
mod tests;
mod work;
mod world;

use std::fmt;

use chrono::{DateTime, Utc};
use tokio_postgres::Client;

/// The largest [`SeedOptions::scale`].
pub const MAX_SCALE: u32 = 100_000;

/// What to fill a database with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedOptions {
    /// How many times the usual amount, from 1 to [`MAX_SCALE`]. Half of the rest makes the three named workspaces
    /// larger, half makes more workspaces.
    pub scale: u32,
    /// The same seed, scale and moment give the same rows.
    pub seed: u64,
    /// The moment the data leads up to.
    pub now: DateTime<Utc>,
    /// Whether to draw a progress bar on standard error, where that is a terminal.
    pub progress: bool,
}

/// How many rows were written, table by table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Each table's name and its rows, in the order they were written.
    pub tables: Vec<(&'static str, u64)>,
}

impl Summary {
    /// The rows of one table.
    #[must_use]
    pub fn rows(&self, table: &str) -> u64 {
        self.tables.iter().filter(|(name, _)| *name == table).map(|(_, rows)| rows).sum()
    }

    /// The rows of all tables.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.tables.iter().map(|(_, rows)| rows).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, rows) in &self.tables {
            writeln!(f, "{rows:>10}  {table}")?;
        }
        write!(f, "{:>10}  rows in all", self.total())
    }
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database refused something.
    #[error("cannot {doing}; nothing was written")]
    Database {
        /// What was being done.
        doing: String,
        /// What it answered.
        source: tokio_postgres::Error,
    },
    /// A workspace that would be written is there already.
    #[error(
        "the database already has a workspace \"{workspace}\", and the demo needs one without it; nothing was written"
    )]
    AlreadySeeded {
        /// Its external id.
        workspace: String,
    },
    /// The scale is zero or above [`MAX_SCALE`].
    #[error("the scale is {0}, it must be from 1 to {MAX_SCALE}")]
    Scale(u32),
    /// The primary keys of a table are nearly used up.
    #[error("the primary keys of {table} are nearly used up; nothing was written")]
    NoRoom {
        /// The table's name.
        table: &'static str,
    },
}

impl SeedError {
    fn doing(what: &str) -> impl FnOnce(tokio_postgres::Error) -> Self {
        move |source| Self::Database { doing: what.to_owned(), source }
    }

    fn writing(table: &'static str) -> impl Fn(tokio_postgres::Error) -> Self + Copy {
        move |source| Self::Database { doing: format!("write {table}"), source }
    }
}

/// Fills the database, whose schema must be up to date, with demo data: all of it or nothing. Tables may hold other
/// rows already, as long as none of the demo's workspaces is among them.
///
/// # Errors
///
/// See [`SeedError`].
pub async fn demo(client: &mut Client, options: &SeedOptions) -> Result<Summary, SeedError> {
    load::demo(client, options).await
}

/// Writes the least one can work with: the workspace `main` and its owner, the subject `owner@main`.
///
/// # Errors
///
/// See [`SeedError`].
pub async fn minimal(client: &mut Client) -> Result<(), SeedError> {
    load::minimal(client).await
}

/// Whether the database has no workspace yet, not even a deleted one.
///
/// # Errors
///
/// See [`SeedError`].
pub async fn is_empty(client: &Client) -> Result<bool, SeedError> {
    let row = client
        .query_one("SELECT NOT EXISTS (SELECT FROM core_api.workspaces)", &[])
        .await
        .map_err(SeedError::doing("look for workspaces"))?;
    row.try_get(0).map_err(SeedError::doing("look for workspaces"))
}
