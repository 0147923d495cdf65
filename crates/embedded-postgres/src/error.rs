use std::{
    error::Error,
    fmt, io,
    path::{Path, PathBuf},
};

use super::{BIN_DIR_VARIABLE, NO_DOWNLOAD_VARIABLE, SOURCE_VARIABLE};

/// Why the private `PostgreSQL` server did not start, in words for the person who started the program.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// The program cannot run its own server on this operating system.
    UnsupportedSystem,
    /// Another running instance uses this data.
    InUse {
        /// The folder with the data.
        data_dir: PathBuf,
        /// The process that uses it, if it left its number.
        process: Option<u32>,
    },
    /// There is no `PostgreSQL` server on this machine that could be used.
    NoServer {
        /// What was found instead, a sentence each.
        found: Vec<String>,
    },
    /// There is no `PostgreSQL` server on this machine, and fetching one is forbidden.
    DownloadForbidden {
        /// What was found instead, a sentence each.
        found: Vec<String>,
    },
    /// The servers of this machine cannot read the data, which are another major version's.
    OtherVersion {
        /// The folder with the data.
        data_dir: PathBuf,
        /// The major version that they belong to.
        data: u32,
        /// The major versions of this machine.
        servers: Vec<u32>,
    },
    /// Fetching the server failed.
    Download(String),
    /// The program runs as root, as which `PostgreSQL` refuses to run, and there is no other account to use.
    NoAccount,
    /// The variable for the source holds an unknown word.
    UnknownSource(String),
    /// The variable that forbids the download says neither yes nor no.
    NeitherYesNorNo(String),
    /// The data could not be created.
    Init {
        /// The last lines that were said.
        log: String,
    },
    /// The server did not start.
    Start {
        /// The last lines of the server's log.
        log: String,
    },
    /// The server ended again and again.
    Unsteady {
        /// The file that says why.
        log: PathBuf,
    },
    /// A file, folder or program could not be used.
    Io {
        /// What was attempted.
        what: String,
        /// What the operating system answered.
        source: io::Error,
    },
}

impl EmbeddedError {
    /// For `map_err`: what was attempted when the operating system refused.
    pub(super) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

impl fmt::Display for EmbeddedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsupportedSystem => f.write_str(
                "an own PostgreSQL server is not supported on this operating system; \
                 set DATABASE_URL to a server that runs",
            ),
            Self::InUse { data_dir, process } => {
                write!(f, "the data folder {} is in use by another running instance", data_dir.display())?;
                if let Some(process) = process {
                    write!(f, " (process {process})")?;
                }
                f.write_str("; stop it, or choose another data folder")
            }
            Self::NoServer { found } => {
                write_found(f, found)?;
                write_remedies(f)
            }
            Self::DownloadForbidden { found } => {
                write_found(f, found)?;
                write!(f, ", and {NO_DOWNLOAD_VARIABLE} forbids fetching one")?;
                write_remedies(f)
            }
            Self::Download(reason) => {
                write!(f, "no PostgreSQL server is installed, and fetching one failed: {reason}")?;
                write_remedies(f)
            }
            Self::NoAccount => f.write_str(
                "PostgreSQL refuses to run as root, and neither the account 'postgres' nor 'nobody' exists; \
                 run the program as another user, or set DATABASE_URL",
            ),
            Self::UnknownSource(word) => {
                write!(f, "{SOURCE_VARIABLE} is '{word}', but must be auto, system or download")
            }
            Self::NeitherYesNorNo(word) => {
                write!(f, "{NO_DOWNLOAD_VARIABLE} is '{word}', but must be true or false")
            }
            Self::Init { log } => write!(f, "PostgreSQL could not create its data folder:\n{log}"),
            Self::OtherVersion { data_dir, data, servers } => write_other_version(f, data_dir, *data, servers),
            Self::Unsteady { log } => {
                write!(f, "PostgreSQL ended again and again; its log is {}", log.display())
            }
            Self::Start { log } => write!(f, "PostgreSQL did not start:\n{log}"),
            Self::Io { what, source } => write!(f, "cannot {what}: {source}"),
        }
    }
}

impl Error for EmbeddedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

fn write_found(f: &mut fmt::Formatter<'_>, found: &[String]) -> fmt::Result {
    f.write_str("no usable PostgreSQL server was found on this machine")?;
    if !found.is_empty() {
        write!(f, " ({})", found.join("; "))?;
    }
    Ok(())
}

fn write_other_version(f: &mut fmt::Formatter<'_>, data_dir: &Path, data: u32, servers: &[u32]) -> fmt::Result {
    let found = match servers {
        [] => "none".to_owned(),
        some => some.iter().map(u32::to_string).collect::<Vec<_>>().join(", "),
    };
    write!(
        f,
        "the data in {} belong to PostgreSQL {data}, which this machine does not have (it has: {found}); nothing was \
         changed\nInstall PostgreSQL {data} beside it (Debian, Ubuntu: apt install postgresql-{data}), or set \
         {BIN_DIR_VARIABLE} to the folder of its programs. To move to another version, dump the data with {data} \
         (pg_dump) and load them into a new data folder, or use pg_upgrade. To begin anew, move the folder away.",
        data_dir.display()
    )
}

fn write_remedies(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(
        f,
        "\nInstall one (Debian, Ubuntu: apt install postgresql; Fedora: dnf install postgresql-server; \
         Alpine: apk add postgresql; macOS: brew install postgresql@17), \
         or set {BIN_DIR_VARIABLE} to the folder that holds its initdb and postgres, \
         or set DATABASE_URL to a server that runs."
    )
}
