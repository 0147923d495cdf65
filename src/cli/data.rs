//! The database that a command works on: the one that was named, or our own.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use embedded_postgres::{Embedded, EmbeddedError, Options};
use rand::Rng;

use super::Failure;
use crate::config::{AuthArgs, DatabaseArgs};
use crate::db::connect::{self, Connector};
use crate::db::pooler::{self, Pooler};
use crate::error::Chain;

/// Why a pooler in transaction mode is not enough.
const NEEDS: &str = "migrations, the change feed of subscriptions, counts of rows and commands need a connection that is \
    theirs for as long as they are connected";

/// The database, started if it is our own.
pub(super) struct Data {
    url: String,
    direct_url: Option<String>,
    pooler: Pooler,
    embedded: Option<Arc<Embedded>>,
    note: Option<PathBuf>,
}

impl Data {
    /// The database that the settings name; else our own, which is started here; else our own, started by
    /// another command that is still running.
    pub(super) async fn open(args: &DatabaseArgs) -> Result<Self, Failure> {
        match Self::start(args).await {
            Err(Failure::Run(error)) if matches!(error.downcast_ref(), Some(EmbeddedError::InUse { .. })) => {
                match fs::read_to_string(note(args)) {
                    Ok(url) => Ok(Self::at(url)),
                    Err(_) => Err(Failure::Run(error)),
                }
            }
            started => started,
        }
    }

    /// The same, but nobody else may be running on our own database.
    pub(super) async fn start(args: &DatabaseArgs) -> Result<Self, Failure> {
        if let Some(url) = &args.database_url {
            let usable = |url: &String| {
                let url = match &args.database_ca_file {
                    Some(file) => connect::with_ca_file(url, file),
                    None => Ok(url.clone()),
                };
                let usable = url.and_then(|url| Connector::new(&url).map(|_| url));
                usable.map_err(|error| Failure::Settings(Chain(&error).to_string()))
            };
            let direct_url = args.database_direct_url.as_ref().map(usable).transpose()?;
            let pooler = args.database_pooler.unwrap_or_default();
            if pooler == Pooler::Transaction && direct_url.is_none() {
                let message = format!("with DATABASE_POOLER=transaction, DATABASE_DIRECT_URL is needed: {NEEDS}");
                return Err(Failure::Settings(message));
            }
            let mut data = Self::at(usable(url)?);
            (data.direct_url, data.pooler) = (direct_url, pooler);
            return Ok(data);
        }
        let options = Options::persistent(&args.data_dir)
            .with_environment()
            .map_err(|error| Failure::Settings(error.to_string()))?;
        let embedded = tokio::task::spawn_blocking(move || Embedded::start(&options)).await??;
        let note = note(args);
        write_private(&note, embedded.url())?;
        let mut data = Self::at(embedded.url().to_owned());
        (data.embedded, data.note) = (Some(Arc::new(embedded)), Some(note));
        Ok(data)
    }

    /// The database of this URL.
    const fn at(url: String) -> Self {
        Self { url, direct_url: None, pooler: Pooler::None, embedded: None, note: None }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Where a connection is nobody else's for as long as it is open.
    pub(super) fn direct_url(&self) -> &str {
        self.direct_url.as_deref().unwrap_or(&self.url)
    }

    /// The same, if it is another way.
    pub(super) fn other_url(&self) -> Option<&str> {
        self.direct_url.as_deref()
    }

    pub(super) const fn pooler(&self) -> Pooler {
        self.pooler
    }

    /// Refuses a pooler that lends for a transaction where that was not said, or where a connection must be kept.
    pub(super) async fn check_pooler(&self) -> Result<(), Failure> {
        if self.is_embedded() {
            return Ok(());
        }
        let lends = async |url| Ok::<_, Failure>(pooler::lends(&Connector::new(url)?).await?);
        let remedy = format!("set DATABASE_POOLER=transaction, and DATABASE_DIRECT_URL to PostgreSQL itself; {NEEDS}");
        let found = "leads through a pooler in transaction mode";
        match &self.direct_url {
            None if lends(&self.url).await? => Err(Failure::Settings(format!("DATABASE_URL {found}: {remedy}"))),
            Some(direct) if lends(direct).await? => {
                Err(Failure::Settings(format!("DATABASE_DIRECT_URL {found}: {NEEDS}")))
            }
            Some(_) if self.pooler != Pooler::Transaction && lends(&self.url).await? => {
                Err(Failure::Settings(format!("DATABASE_URL {found}: {remedy}")))
            }
            _ => Ok(()),
        }
    }

    /// Starts our own database again whenever it ends by itself, from now on. It ends when that cannot be done.
    pub(super) fn keep_running(&self) -> impl Future<Output = Failure> + use<> {
        let embedded = self.embedded.clone();
        let kept = embedded.map(|embedded| tokio::task::spawn_blocking(move || embedded.keep_running()));
        async move {
            let Some(kept) = kept else { return std::future::pending().await };
            match kept.await {
                Ok(Err(error)) => error.into(),
                Err(error) => error.into(),
                // It was stopped, by which the program ends, too.
                Ok(Ok(())) => std::future::pending().await,
            }
        }
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
        if let Some(embedded) = &self.embedded {
            embedded.stop();
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
