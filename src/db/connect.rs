//! One way to the database: for the pool, cancel requests, migrations, the seed and whoever listens.

mod cancel;
mod endpoint;
mod session;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::BuildError;
use diesel_async::AsyncPgConnection;
use rand::seq::SliceRandom;
use tokio_postgres::config::{Host, LoadBalanceHosts, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Client, Config, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use endpoint::Endpoint;
use endpoint::Named;
use session::Wanted;
pub use tls::with_ca_file;

/// How long a server may take to accept a connection, and to confirm what was sent to it, unless the URL says.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a request to cancel a statement may be open: a pooler needs a connection for it.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(60);

/// The half of a connection that does the work: the client waits until somebody polls it.
pub type Driver = Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// A connection that was just made.
pub struct Opened {
    /// What sends statements.
    pub client: Client,
    /// What does the work.
    pub driver: Driver,
    /// Where it leads to.
    pub endpoint: Endpoint,
}

/// Makes connections to one database, encrypted as its URL asks for.
#[derive(Clone)]
pub struct Connector {
    config: Config,
    hosts: Arc<[Named]>,
    wanted: Wanted,
    tls: MakeRustlsConnect,
}

impl Connector {
    /// Connections to the database of this URL. Besides what the driver knows, it may say `sslmode=allow`,
    /// `verify-ca` or `verify-full`, `sslrootcert=<file>` or `system`, and any `target_session_attrs`, which mean what
    /// they mean to `psql`.
    ///
    /// # Errors
    /// When the URL cannot be read, contradicts itself, or names certificates that cannot be read.
    pub fn new(url: &str) -> Result<Self, ConnectError> {
        let (url, security) = tls::split(url)?;
        let (url, wanted) = Wanted::split(&url)?;
        let mut config: Config = url.parse().map_err(ConnectError::Url)?;
        let wanted = wanted.taken_over(&mut config);
        let unix = |host: &Host| matches!(host, Host::Unix(_));
        let local = !config.get_hosts().is_empty() && config.get_hosts().iter().all(unix);
        // No server encrypts a Unix socket.
        config.ssl_mode(if local { SslMode::Disable } else { security.driver_mode() });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(RESPONSE_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(RESPONSE_TIMEOUT);
        }
        if config.get_application_name().is_none() {
            config.application_name(env!("CARGO_PKG_NAME"));
        }
        let hosts = Named::of(&config)?.into();
        Ok(Self { config, hosts, wanted, tls: MakeRustlsConnect::new(security.client_config()?) })
    }

    /// A connection to the first of the hosts that takes it and is what is wanted; else, where that may be, to another.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses.
    pub async fn open(&self) -> Result<Opened, ConnectError> {
        let mut hosts: Vec<&Named> = self.hosts.iter().collect();
        if self.config.get_load_balance_hosts() == LoadBalanceHosts::Random {
            hosts.shuffle(&mut rand::rng());
        }
        // The driver's own limit ends when the server accepts the connection, before it says a word.
        let limit =
            self.config.get_connect_timeout().map_or(RESPONSE_TIMEOUT, |timeout| (*timeout).max(RESPONSE_TIMEOUT));
        let (mut failure, mut other) = (ConnectError::Silent, None);
        for host in hosts {
            match tokio::time::timeout(limit, self.open_at(host)).await {
                Ok(Ok((opened, true))) => return Ok(opened),
                Ok(Ok((opened, false))) => other = other.or(Some(opened)),
                Ok(Err(error)) => failure = error,
                Err(_) => failure = ConnectError::Silent,
            }
        }
        match other {
            Some(opened) if self.wanted.falls_back() => Ok(opened),
            Some(_) => Err(ConnectError::Unfit),
            None => Err(failure),
        }
    }

    /// A connection to a host, and whether that is what is wanted.
    async fn open_at(&self, host: &Named) -> Result<(Opened, bool), ConnectError> {
        let endpoints = host.endpoints(self.config.get_load_balance_hosts()).await.map_err(ConnectError::Name)?;
        let (mut failure, mut other) = (ConnectError::Silent, None);
        for endpoint in endpoints {
            let (client, mut driver) = match endpoint.config(&self.config).connect(self.tls.clone()).await {
                Ok(connected) => connected,
                Err(error) => {
                    failure = ConnectError::Database(error);
                    continue;
                }
            };
            match self.wanted.takes(&client, &mut driver).await {
                Ok(true) => return Ok((Opened { client, driver, endpoint }, true)),
                Ok(false) => other = other.or(Some(Opened { client, driver, endpoint })),
                Err(error) => failure = error,
            }
        }
        other.map(|opened| (opened, false)).ok_or(failure)
    }

    /// Whether all connections lead to one server, as far as the URL tells.
    #[must_use]
    pub fn leads_to_one_server(&self) -> bool {
        self.config.get_hosts().len().max(self.config.get_hostaddrs().len()) <= 1
    }

    /// A connection for SQL as text, and its driver.
    ///
    /// # Errors
    /// As [`Connector::open`].
    pub async fn client(&self) -> Result<(Client, Driver), ConnectError> {
        let Opened { client, driver, .. } = Box::pin(self.open()).await?;
        Ok((client, driver))
    }

    /// A connection for diesel.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses.
    pub async fn connection(&self) -> Result<AsyncPgConnection, ConnectError> {
        let (client, driver) = self.client().await?;
        AsyncPgConnection::try_from_client_and_connection(client, driver).await.map_err(ConnectError::Setup)
    }

    /// Whether the database is away for now: it cannot be reached, or not be written.
    pub async fn is_away(&self) -> bool {
        let (client, driver) = match self.client().await {
            Ok(connected) => connected,
            Err(error) => return error.is_temporary(),
        };
        let driver = tokio::spawn(driver);
        let read_only = client.query_one("SELECT current_setting('transaction_read_only') = 'on'", &[]).await;
        driver.abort();
        read_only.is_ok_and(|row| row.try_get(0).unwrap_or(false))
    }

    /// Ends the statement that a connection to this endpoint runs, if it still does, and waits for that. A request that
    /// takes too long is waited for no longer, but stays open: some poolers end of one whose client has gone.
    pub async fn cancel(&self, statement: CancelToken, endpoint: Endpoint) {
        let tls = self.tls.clone();
        let asked = async move { cancel::cancel(&statement, &endpoint, tls).await };
        let asked = tokio::spawn(tokio::time::timeout(CANCEL_TIMEOUT, asked));
        match tokio::time::timeout(RESPONSE_TIMEOUT, asked).await {
            Ok(Ok(Ok(Ok(())))) => {}
            Ok(Ok(Ok(Err(error)))) => tracing::debug!(%error, "a statement could not be cancelled"),
            Ok(_) | Err(_) => tracing::debug!("a statement could not be cancelled in time"),
        }
    }
}

/// Why there is no connection. The text is for operators: it may name what the URL names.
#[derive(Debug)]
pub enum ConnectError {
    /// The URL cannot be read.
    Url(tokio_postgres::Error),
    /// What the URL says about encryption cannot be.
    Security(String),
    /// What the URL says about hosts cannot be.
    Hosts(String),
    /// The name of a host cannot be resolved.
    Name(std::io::Error),
    /// The certificates cannot be used.
    Tls(rustls::Error),
    /// The database cannot be reached, or refuses.
    Database(tokio_postgres::Error),
    /// The database accepted a connection and said nothing.
    Silent,
    /// None of the servers that were reached is what the URL wants.
    Unfit,
    /// The database does not take the first settings of a session.
    Setup(diesel::ConnectionError),
    /// There can be no pool of connections.
    Pool(BuildError),
}

impl ConnectError {
    /// Whether the same may succeed later: the server is away, starts, stops or has no room. A refusal, be it of a
    /// password or of a certificate, is final.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Database(error) => is_temporary(error),
            Self::Setup(_) | Self::Silent | Self::Unfit | Self::Name(_) => true,
            Self::Url(_) | Self::Security(_) | Self::Hosts(_) | Self::Tls(_) | Self::Pool(_) => false,
        }
    }
}

fn is_temporary(error: &tokio_postgres::Error) -> bool {
    use std::error::Error;

    const AWAY: [SqlState; 3] = [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW];

    if let Some(code) = error.code() {
        // Class 08 is about connections, 53 about resources.
        return AWAY.contains(code) || code.code().starts_with("08") || code.code().starts_with("53");
    }
    let transport = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    match transport.map(|error| error.get_ref()) {
        Some(cause) => !cause.is_some_and(<dyn std::error::Error + Send + Sync>::is::<rustls::Error>),
        None => error.is_closed(),
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(_) => f.write_str("the URL of the database cannot be read"),
            Self::Security(reason) | Self::Hosts(reason) => f.write_str(reason),
            Self::Tls(_) => f.write_str("the certificates to check the database with cannot be used"),
            Self::Database(_) | Self::Setup(_) | Self::Name(_) => f.write_str("cannot connect to the database"),
            Self::Silent => f.write_str("the database does not answer a connection in time"),
            Self::Unfit => {
                f.write_str("no server that the URL of the database names is what its `target_session_attrs` wants")
            }
            Self::Pool(_) => f.write_str("cannot make a pool of connections"),
        }
    }
}

impl std::error::Error for ConnectError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Url(error) | Self::Database(error) => Some(error),
            Self::Tls(error) => Some(error),
            Self::Name(error) => Some(error),
            Self::Setup(error) => Some(error),
            Self::Pool(error) => Some(error),
            Self::Security(_) | Self::Hosts(_) | Self::Silent | Self::Unfit => None,
        }
    }
}
