//! A PostgreSQL server of one test's own, to be stopped, killed and started again.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio_postgres::Client;
use well_ingestion::db::embedded::{Embedded, Options};

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
        let file = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        process::signal(file.lines().next().unwrap().parse().unwrap(), "KILL").await;
        self.stop().await;
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

async fn started(options: Options) -> Embedded {
    tokio::task::spawn_blocking(move || Embedded::start(&options)).await.unwrap().unwrap()
}

/// The data need not be where the folder is.
fn discard(data: &Path) {
    let _ = fs::remove_dir_all(data);
}
