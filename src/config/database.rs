//! Settings of the database.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{milliseconds, text, yes_or_no};
use crate::db::pooler::Pooler;

/// Where the data is.
#[derive(Args, Clone, Debug)]
pub struct DatabaseArgs {
    /// The PostgreSQL database, as a URL. Without it a private server is started in the data folder.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_parser = text, global = true)]
    pub database_url: Option<String>,
    /// A file (PEM) with the authority that the database's certificate is checked with. It makes TLS a must, as
    /// `sslmode=verify-full` in the URL does with the authorities of the system.
    #[arg(long, env = "WELL_DATABASE_CA_FILE", requires = "database_url", global = true)]
    pub database_ca_file: Option<PathBuf>,
    /// The connection pooler that this URL leads through: `none`, `session` or `transaction`, by what it lends a connection
    /// for. Unless it is set, the start finds out, and refuses one that lends for a transaction.
    #[arg(long, env = "DATABASE_POOLER", value_enum, requires = "database_url", global = true)]
    pub database_pooler: Option<Pooler>,
    /// The same database without a pooler, as a URL, for migrations, the change feed and counts of rows. A must where the
    /// pooler lends for a transaction.
    #[arg(long, env = "DATABASE_DIRECT_URL", requires = "database_url", hide_env_values = true, value_parser = text, global = true)]
    pub database_direct_url: Option<String>,
    /// Be ready while the database cannot be written, as a standby: readiness then says `read-only` with 200.
    #[arg(long, env = "WELL_ALLOW_READ_ONLY", value_parser = yes_or_no(), global = true)]
    pub allow_read_only: bool,
    /// The folder of the private PostgreSQL server, its data and the generated secrets.
    #[arg(long, env = "WELL_DATA_DIR", default_value = "data", global = true)]
    pub data_dir: PathBuf,
    /// Connections to the database at the most.
    #[arg(long, env = "WELL_DB_CONNECTIONS", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000), global = true)]
    pub db_connections: u16,
    /// Connections to the database that one person or API key has at once, at least 2; the next operation waits. Half of
    /// those that are not shared unless it is set.
    #[arg(long, env = "WELL_DB_CONNECTIONS_PER_SUBJECT", value_parser = clap::value_parser!(u16).range(2..=1000), global = true)]
    pub db_connections_per_subject: Option<u16>,
    /// How long a request waits for a connection, in milliseconds.
    #[arg(long, env = "WELL_DB_WAIT_MS", default_value = "2000", value_parser = milliseconds, global = true)]
    pub db_wait_ms: Duration,
}
