//! The database that a command works on: the one that was named, or our own.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;

use super::Failure;
use crate::config::{AuthArgs, DatabaseArgs};
use crate::db::connect::{self, Connector};
use crate::db::embedded::{Embedded, EmbeddedError, Options};
use crate::error::Chain;

/// The database, started if it is our own.
pub(super) struct Data {
    url: String,
    embedded: Option<Embedded>,
    note: Option<PathBuf>,
}

impl Data {
    /// The database that the settings name; else our own, which is started here; else our own, started by
    /// another command that is still running.
    pub(super) async fn open(args: &DatabaseArgs) -> Result<Self, Failure> {
        match Self::start(args).await {
            Err(Failure::Run(error)) if matches!(error.downcast_ref(), Some(EmbeddedError::InUse { .. })) => {
                match fs::read_to_string(note(args)) {
                    Ok(url) => Ok(Self { url, embedded: None, note: None }),
                    Err(_) => Err(Failure::Run(error)),
                }
            }
            started => started,
        }
    }

    /// The same, but nobody else may be running on our own database.
    pub(super) async fn start(args: &DatabaseArgs) -> Result<Self, Failure> {
        if let Some(url) = &args.database_url {
            let url = match &args.database_ca_file {
                Some(file) => connect::with_ca_file(url, file),
                None => Ok(url.clone()),
            };
            let usable = |url: String| Connector::new(&url).map(|_| url);
            let url = url.and_then(usable).map_err(|error| Failure::Settings(Chain(&error).to_string()))?;
            return Ok(Self { url, embedded: None, note: None });
        }
        let options = Options::persistent(&args.data_dir)
            .with_environment()
            .map_err(|error| Failure::Settings(error.to_string()))?;
        let embedded = tokio::task::spawn_blocking(move || Embedded::start(&options)).await??;
        let note = note(args);
        write_private(&note, embedded.url())?;
        Ok(Self { url: embedded.url().to_owned(), embedded: Some(embedded), note: Some(note) })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Whether the database is our own, started by this command.
    pub(super) const fn is_embedded(&self) -> bool {
        self.embedded.is_some()
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        if let Some(note) = &self.note {
            // Gone already is as good.
            let _ = fs::remove_file(note);
        }
    }
}

/// Where a running command says how to reach its database.
fn note(args: &DatabaseArgs) -> PathBuf {
    args.data_dir.join("database-url")
}

/// The secret of HS256 tokens. With our own database one is made at the first start and kept.
pub(super) fn jwt_secret(auth: &AuthArgs, database: &DatabaseArgs) -> Result<Option<String>, Failure> {
    if let Some(known) = known_jwt_secret(auth, database)? {
        return Ok(Some(known));
    }
    if database.database_url.is_some() {
        return Ok(None);
    }
    let mut bytes = [0; 32];
    rand::rng().fill_bytes(&mut bytes);
    let secret = URL_SAFE_NO_PAD.encode(bytes);
    fs::create_dir_all(&database.data_dir)
        .and_then(|()| write_private(&kept_secret(database), &secret))
        .map_err(|error| Failure::Settings(format!("--data-dir {}: {error}", database.data_dir.display())))?;
    Ok(Some(secret))
}

/// The same without making one.
pub(super) fn known_jwt_secret(auth: &AuthArgs, database: &DatabaseArgs) -> Result<Option<String>, Failure> {
    if auth.jwt_secret.is_some() || database.database_url.is_some() {
        return Ok(auth.jwt_secret.clone());
    }
    match fs::read_to_string(kept_secret(database)) {
        Ok(secret) => Ok(Some(secret.trim().to_owned())),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(Failure::Settings(format!("--data-dir {}: {error}", database.data_dir.display()))),
    }
}

fn kept_secret(database: &DatabaseArgs) -> PathBuf {
    database.data_dir.join("jwt-secret")
}

/// Writes a file that only its owner may read.
pub(super) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(text.as_bytes())?;
    fs::rename(new, path)
}
