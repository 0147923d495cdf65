//! A PgBouncer of one test's own.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

use crate::program::until;

/// Debian has it where users need not look.
const PLACES: [&str; 3] = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];

/// Whether there is one. Without it, a test is left out, which it says; but not in CI.
pub fn is_installed() -> bool {
    let found = program().is_some();
    assert!(found || std::env::var_os("CI").is_none(), "PgBouncer is not installed");
    if !found {
        eprintln!("this test is left out: it needs PgBouncer");
    }
    found
}

fn program() -> Option<&'static str> {
    PLACES.into_iter().find(|place| Path::new(place).exists())
}

/// A pooler before one database, which it enters as the role of the database's URL.
pub struct PgBouncer {
    pub url: String,
    address: String,
    folder: TempDir,
    account: Option<(u32, u32)>,
    child: Child,
}

impl PgBouncer {
    /// One that lends connections in this way, so many at the most.
    pub async fn before(database: &str, mode: &str, connections: u16) -> Self {
        let config: Config = database.parse().unwrap();
        let (host, account) = match &config.get_hosts()[0] {
            Host::Tcp(host) => (host.clone(), None),
            // Only its owner may enter the folder of the socket.
            Host::Unix(folder) => (folder.display().to_string(), Some(owner(folder))),
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let (name, user) = (config.get_dbname().unwrap(), config.get_user().unwrap());
        let listen = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let mut settings = format!("[databases]\n{name} = host={host} port={port} user={user}");
        if let Some(password) = config.get_password() {
            write!(settings, " password={}", String::from_utf8_lossy(password)).unwrap();
        }
        write!(
            settings,
            "\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {listen}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {mode}\ndefault_pool_size = {connections}\nmax_client_conn = 300\n\
             logfile = {0}/log\npidfile = {0}/pid\n",
            folder.path().display()
        )
        .unwrap();
        fs::write(folder.path().join("ini"), settings).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let child = start(folder.path(), account);
        let address = format!("127.0.0.1:{listen}");
        let it = Self { url: format!("postgresql://{user}@{address}/{name}"), address, folder, account, child };
        it.listening().await;
        it
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it: its connections are cut.
    pub fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again.
    pub async fn resume(&mut self) {
        let _ = fs::remove_file(self.folder.path().join("pid"));
        self.child = start(self.folder.path(), self.account);
        self.listening().await;
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    async fn listening(&self) {
        until("PgBouncer listens", async || TcpStream::connect(&self.address).await.is_ok()).await;
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The user and the group that a folder belongs to.
fn owner(folder: &Path) -> (u32, u32) {
    let found = fs::metadata(folder).unwrap();
    (found.uid(), found.gid())
}

/// It refuses to run as root.
fn start(folder: &Path, account: Option<(u32, u32)>) -> Child {
    let mut command = Command::new(program().unwrap());
    command.arg("-q").arg(folder.join("ini")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some((user, group)) = account {
        std::os::unix::process::CommandExt::uid(&mut command, user);
        std::os::unix::process::CommandExt::gid(&mut command, group);
    }
    command.spawn().unwrap()
}
