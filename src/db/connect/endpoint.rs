//! The hosts that a URL names, tried one after the other: so it is known where a connection leads to.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use rand::seq::SliceRandom;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, LoadBalanceHosts};

use super::ConnectError;

/// Where PostgreSQL listens unless the URL says.
const USUAL_PORT: u16 = 5432;

/// A server as the URL names it.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// The name that its certificate is for.
    name: Option<Host>,
    /// What is connected to: the name, or the address that the URL gives beside it.
    host: Host,
    port: u16,
}

/// Where a connection leads to.
#[derive(Clone, Debug)]
pub struct Endpoint {
    pub(super) name: Option<Host>,
    pub(super) address: Address,
}

/// The address of a server.
#[derive(Clone, Debug)]
pub(super) enum Address {
    Tcp(SocketAddr),
    /// The folder of its socket, and its port.
    Unix(PathBuf, u16),
}

impl Named {
    /// The servers that the URL names, in its order.
    pub fn of(config: &Config) -> Result<Vec<Self>, ConnectError> {
        let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
        let count = hosts.len().max(addresses.len());
        let refuse = |reason: &str| Err(ConnectError::Hosts(reason.to_owned()));
        if count == 0 {
            return refuse("the URL of the database names no host");
        }
        if !hosts.is_empty() && !addresses.is_empty() && hosts.len() != addresses.len() {
            return refuse("the URL of the database names more hosts than addresses, or fewer");
        }
        if ports.len() > 1 && ports.len() != count {
            return refuse("the URL of the database names more hosts than ports, or fewer");
        }
        let named = (0..count).filter_map(|index| {
            let (name, address) = (hosts.get(index), addresses.get(index));
            let host = address.map(|address| Host::Tcp(address.to_string())).or_else(|| name.cloned())?;
            let port = ports.get(index).or_else(|| ports.first()).copied().unwrap_or(USUAL_PORT);
            Some(Self { name: name.cloned(), host, port })
        });
        Ok(named.collect())
    }

    /// Where it can be reached.
    pub async fn endpoints(&self, balance: LoadBalanceHosts) -> io::Result<Vec<Endpoint>> {
        let endpoint = |address| Endpoint { name: self.name.clone(), address };
        match &self.host {
            Host::Unix(folder) => Ok(vec![endpoint(Address::Unix(folder.clone(), self.port))]),
            Host::Tcp(host) => {
                let found = tokio::net::lookup_host((host.as_str(), self.port)).await?;
                let mut found: Vec<_> = found.map(|address| endpoint(Address::Tcp(address))).collect();
                if balance == LoadBalanceHosts::Random {
                    found.shuffle(&mut rand::rng());
                }
                Ok(found)
            }
        }
    }
}

impl Endpoint {
    /// The URL's settings for this endpoint alone.
    pub(super) fn config(&self, url: &Config) -> Config {
        let mut config = Config::new();
        match &self.address {
            Address::Tcp(address) => {
                if let Some(Host::Tcp(name)) = &self.name {
                    config.host(name);
                }
                config.hostaddr(address.ip()).port(address.port());
            }
            Address::Unix(folder, port) => {
                config.host_path(folder).port(*port);
            }
        }
        url.get_user().map(|user| config.user(user));
        url.get_password().map(|password| config.password(password));
        url.get_dbname().map(|name| config.dbname(name));
        url.get_options().map(|options| config.options(options));
        url.get_application_name().map(|name| config.application_name(name));
        url.get_connect_timeout().map(|timeout| config.connect_timeout(*timeout));
        url.get_tcp_user_timeout().map(|timeout| config.tcp_user_timeout(*timeout));
        url.get_keepalives_interval().map(|interval| config.keepalives_interval(interval));
        url.get_keepalives_retries().map(|retries| config.keepalives_retries(retries));
        config
            .ssl_mode(url.get_ssl_mode())
            .ssl_negotiation(url.get_ssl_negotiation())
            .keepalives(url.get_keepalives())
            .keepalives_idle(url.get_keepalives_idle())
            .channel_binding(url.get_channel_binding());
        config
    }
}
