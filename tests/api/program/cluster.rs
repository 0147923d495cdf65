//! A PostgreSQL server of one test's own, to be stopped, killed and started again.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use embedded_postgres::{Embedded, Options};
use tempfile::TempDir;
use tokio::process::Command;
use tokio_postgres::Client;

use super::process;
use crate::kit::database::connect;

/// It keeps its data from one start to the next.
pub struct Cluster {
    pub url: String,
    admin: String,
    data: PathBuf,
    options: Options,
    running: Option<Embedded>,
    _folder: TempDir,
}

impl Cluster {
    /// A running server with these settings besides the usual ones.
    pub async fn start(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The account of the server has to pass.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut options = Options::persistent(folder.path()).with_environment().unwrap();
        // What was committed is there after a crash.
        options.settings = vec!["synchronous_commit=on".to_owned()];
        options.settings.extend(settings.iter().map(|&setting| setting.to_owned()));
        let running = started(options.clone()).await;
        let (url, admin) = (running.url().to_owned(), running.admin_url("app"));
        let data = running.data_dir().to_owned();
        Self { url, admin, data, options, running: Some(running), _folder: folder }
    }

    /// Stops it: connections are cut.
    pub async fn stop(&mut self) {
        let running = self.running.take();
        tokio::task::spawn_blocking(move || drop(running)).await.unwrap();
    }

    /// Kills it: nothing of it gets to say a word.
    pub async fn kill(&mut self) {
        process::signal(self.postmaster(), "KILL").await;
        self.stop().await;
    }

    /// The process that makes those that are connected to.
    pub fn postmaster(&self) -> u32 {
        let file = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().parse().unwrap()
    }

    /// Starts it again.
    pub async fn resume(&mut self) {
        self.running = Some(started(self.options.clone()).await);
    }

    /// Starts it again with further settings, to be reached on this port of the machine, too.
    pub async fn resume_on(&mut self, port: u16, settings: &[&str]) {
        let listen = [format!("port={port}"), "listen_addresses=localhost".to_owned()];
        self.options.settings.extend(listen.into_iter().chain(settings.iter().map(|&setting| setting.to_owned())));
        for url in [&mut self.url, &mut self.admin] {
            *url = format!("{url}&port={port}");
        }
        self.resume().await;
    }

    /// A standby that streams from this server, which stopped while its data was copied, and is reached on this port.
    pub async fn standby(&mut self, port: u16) -> Self {
        self.stop().await;
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let data = folder.path().join(self.data.file_name().unwrap());
        copy(&self.data, &data).await;
        self.resume().await;
        let mut options = Options::persistent(folder.path()).with_environment().unwrap();
        options.settings = self.options.settings.clone();
        options.settings.retain(|setting| !setting.starts_with("port=") && !setting.starts_with("listen_addresses="));
        let mut standby =
            Self { url: String::new(), admin: String::new(), data, options, running: None, _folder: folder };
        standby.write("standby.signal", "");
        standby.stream(&format!("host=localhost port={port} user=postgres"));
        standby.resume().await;
        let running = standby.running.as_ref().unwrap();
        (standby.url, standby.admin) = (running.url().to_owned(), running.admin_url("app"));
        standby
    }

    /// Has a standby stream from there once it reads its settings anew; from nowhere, if that is empty.
    pub fn stream(&self, from: &str) {
        self.write("postgresql.auto.conf", &format!("primary_conninfo = '{from}'\n"));
    }

    /// Copies its files as they are while it is stopped.
    pub async fn save(&mut self) -> TempDir {
        self.stop().await;
        let saved = tempfile::tempdir().unwrap();
        copy(&self.data, &saved.path().join("data")).await;
        self.resume().await;
        saved
    }

    /// Puts its files back.
    pub async fn put_back(&mut self, saved: &TempDir) {
        self.stop().await;
        fs::remove_dir_all(&self.data).unwrap();
        copy(&saved.path().join("data"), &self.data).await;
        self.resume().await;
    }

    /// A superuser's connection.
    pub async fn admin(&self) -> Client {
        connect(&self.admin).await
    }

    /// Puts a file into the data folder, as the server wants its files.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let file = self.data.join(name);
        fs::write(&file, content).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let owner = fs::metadata(&self.data).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        file
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.running.take());
        discard(&self.data);
    }
}

/// Copies a folder with the owners and rights of its files.
async fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().await.unwrap().success());
}

async fn started(options: Options) -> Embedded {
    tokio::task::spawn_blocking(move || Embedded::start(&options)).await.unwrap().unwrap()
}

/// The data need not be where the folder is.
fn discard(data: &Path) {
    let _ = fs::remove_dir_all(data);
}
