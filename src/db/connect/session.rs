//! What the URL wants of the server behind a connection, as `target_session_attrs` says it to `psql`.

use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::{Client, Config, SimpleQueryMessage};

use super::{ConnectError, Driver, tls};

const PARAMETER: &str = "target_session_attrs";

/// Which servers a connection may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Any.
    Any,
    /// One that can be written.
    ReadWrite,
    /// One that cannot be written.
    ReadOnly,
    /// One that is no standby.
    Primary,
    /// A standby.
    Standby,
    /// A standby, or else any.
    PreferStandby,
}

/// What a server is.
struct Server {
    is_standby: bool,
    is_read_only: bool,
}

impl Wanted {
    /// Takes it out of a URL: the driver knows only a part of it.
    pub fn split(url: &str) -> Result<(String, Self), ConnectError> {
        let (rest, value) = tls::without_parameter(url, PARAMETER);
        let wanted = match value.as_deref() {
            None | Some("any") => Self::Any,
            Some("read-write") => Self::ReadWrite,
            Some("read-only") => Self::ReadOnly,
            Some("primary") => Self::Primary,
            Some("standby") => Self::Standby,
            Some("prefer-standby") => Self::PreferStandby,
            Some(other) => {
                let known = "any, read-write, read-only, primary, standby or prefer-standby";
                return Err(ConnectError::Hosts(format!("{PARAMETER}={other} is none of {known}")));
            }
        };
        Ok((rest, wanted))
    }

    /// The same, from what the driver has read: that is asked for here, not there.
    pub fn taken_over(self, config: &mut Config) -> Self {
        let told = match config.get_target_session_attrs() {
            TargetSessionAttrs::ReadWrite => Self::ReadWrite,
            TargetSessionAttrs::ReadOnly => Self::ReadOnly,
            _ => self,
        };
        config.target_session_attrs(TargetSessionAttrs::Any);
        told
    }

    /// Whether a connection leads to such a server.
    ///
    /// # Errors
    /// When the server does not say what it is.
    pub async fn takes(self, client: &Client, driver: &mut Driver) -> Result<bool, ConnectError> {
        if self == Self::Any {
            return Ok(true);
        }
        let server = tokio::select! {
            server = Server::ask(client) => server?,
            ended = driver => return Err(ended.err().map_or(ConnectError::Silent, ConnectError::Database)),
        };
        Ok(match self {
            Self::Any => true,
            Self::ReadWrite => !server.is_read_only,
            Self::ReadOnly => server.is_read_only,
            Self::Primary => !server.is_standby,
            Self::Standby | Self::PreferStandby => server.is_standby,
        })
    }

    /// Whether another server will do where none is such a one. A standby can be read while the primary is missing, which
    /// is more than `psql` would do.
    pub const fn falls_back(self) -> bool {
        matches!(self, Self::ReadWrite | Self::Primary | Self::PreferStandby)
    }
}

impl Server {
    /// Asks as text, in one message: a pooler may be between.
    async fn ask(client: &Client) -> Result<Self, ConnectError> {
        const QUESTION: &str = "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')";
        let answer = client.simple_query(QUESTION).await.map_err(ConnectError::Database)?;
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some((row.get(0) == Some("t"), row.get(1) == Some("on"))),
            _ => None,
        });
        let (is_standby, by_default) = row.ok_or(ConnectError::Silent)?;
        Ok(Self { is_standby, is_read_only: is_standby || by_default })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn it_is_taken_out_of_the_url() {
        for (url, rest, wanted) in [
            ("postgres://a,b/db", "postgres://a,b/db", Wanted::Any),
            ("postgres://a,b/db?target_session_attrs=primary", "postgres://a,b/db", Wanted::Primary),
            (
                "postgres://a,b/db?sslmode=require&target_session_attrs=prefer-standby&x=1",
                "postgres://a,b/db?sslmode=require&x=1",
                Wanted::PreferStandby,
            ),
        ] {
            assert_eq!(Wanted::split(url).unwrap(), (rest.to_owned(), wanted), "{url}");
        }
        let refused = Wanted::split("postgres://a/db?target_session_attrs=master").unwrap_err().to_string();
        assert!(refused.contains("target_session_attrs=master is none of any, read-write"), "{refused}");
    }

    #[test]
    fn what_the_driver_read_is_taken_over() {
        let mut config: Config = "host=a target_session_attrs=read-write".parse().unwrap();
        assert_eq!(Wanted::Any.taken_over(&mut config), Wanted::ReadWrite);
        assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::Any);
    }
}
