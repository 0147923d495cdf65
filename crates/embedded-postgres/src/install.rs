//! The server's programs: where they are, and which to use.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::{
    BIN_DIR_VARIABLE, EmbeddedError, Options, Result, Source,
    account::Account,
    cluster::{self, Cluster},
    fetch,
};

/// The oldest major version that the program's SQL suits.
const OLDEST: u32 = 15;

/// A folder with a server's programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Install {
    bin_dir: PathBuf,
    pub(super) major: u32,
}

impl Install {
    /// The programs in this folder, if they are complete, run, and are new enough. Else why not.
    pub(super) fn probe(bin_dir: &Path, account: &Account) -> std::result::Result<Self, String> {
        // A link leads to one program; the other lies beside what it leads to.
        let postgres = bin_dir.join("postgres");
        let real = postgres.canonicalize().map_err(|_| format!("{} has no postgres", bin_dir.display()))?;
        let bin_dir = real.parent().unwrap_or(bin_dir).to_owned();
        if !bin_dir.join("initdb").is_file() {
            return Err(format!("{} has no initdb", bin_dir.display()));
        }
        let shown = real.display();
        let output = account
            .command(&real)
            .arg("--version")
            .output()
            .map_err(|error| format!("{shown} does not run: {error}"))?;
        let version = String::from_utf8_lossy(&output.stdout);
        match parse_version(&version) {
            Some(major) if major >= OLDEST => Ok(Self { bin_dir, major }),
            Some(major) => Err(format!("{shown} is PostgreSQL {major}, older than {OLDEST}")),
            None => {
                let complaint = String::from_utf8_lossy(&output.stderr);
                Err(format!("{shown} does not run: {}", complaint.lines().next().unwrap_or_default()))
            }
        }
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }
}

/// The major version in `postgres (PostgreSQL) 15.20 (Debian …)`; there are also `18beta1` and `19devel`.
fn parse_version(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    let end = number.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(number.len());
    number.get(..end)?.parse().ok()
}

/// The programs to use: those of the data that were used last; where there are none yet, the newest of the machine, else
/// the ones to fetch.
pub(super) fn choose(options: &Options, account: &Account, base: Option<&Path>) -> Result<Install> {
    let mut found = Vec::new();
    let mut complaints = Vec::new();
    if let Some(bin_dir) = &options.bin_dir {
        match Install::probe(bin_dir, account) {
            Ok(install) => found.push(install),
            Err(complaint) => {
                let complaint = format!("{BIN_DIR_VARIABLE} is of no use: {complaint}");
                return Err(EmbeddedError::NoServer { found: vec![complaint] });
            }
        }
    } else if options.source != Source::Download {
        (found, complaints) = of_machine(account);
    }

    let may_fetch = options.bin_dir.is_none() && options.source != Source::System;
    let clusters: Vec<_> = base.map(cluster::existing).unwrap_or_default();
    let clusters: Vec<_> = clusters.into_iter().filter(|cluster| cluster.uid == account.uid).collect();
    let wants_fetched = may_fetch && (found.is_empty() || clusters.iter().any(|cluster| cluster.major == fetch::MAJOR));
    if wants_fetched {
        found.extend(fetch::fetched(account));
    }
    if let Some(install) = fitting(&clusters, &found) {
        return Ok(install);
    }
    let last_used = clusters.first();
    let would_fit = last_used.is_none_or(|cluster| cluster.major == fetch::MAJOR);
    let fetched = found.iter().any(|install| install.major == fetch::MAJOR);
    if wants_fetched && would_fit && !fetched && options.allow_download {
        return fetch::fetch(account);
    }
    match (base, last_used) {
        // New data beside them would look as if they were lost.
        (Some(base), Some(cluster)) => Err(EmbeddedError::OtherVersion {
            data_dir: base.join(cluster::name(cluster.major, cluster.uid)),
            data: cluster.major,
            servers: found.iter().map(|install| install.major).collect(),
        }),
        _ if may_fetch => Err(EmbeddedError::DownloadForbidden { found: complaints }),
        _ => Err(EmbeddedError::NoServer { found: complaints }),
    }
}

/// Those for the data that were used last, or, without any, the first.
fn fitting(clusters: &[Cluster], installs: &[Install]) -> Option<Install> {
    match clusters.first() {
        None => installs.first().cloned(),
        Some(cluster) => installs.iter().find(|install| install.major == cluster.major).cloned(),
    }
}

/// The servers of this machine, newest first, and what is wrong with the rest.
fn of_machine(account: &Account) -> (Vec<Install>, Vec<String>) {
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut found = Vec::new();
    let mut complaints = Vec::new();
    for bin_dir in candidates() {
        let Ok(real) = bin_dir.join("postgres").canonicalize() else {
            continue;
        };
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        match Install::probe(&bin_dir, account) {
            Ok(install) => found.push(install),
            Err(complaint) => complaints.push(complaint),
        }
    }
    found.sort_by_key(|install| std::cmp::Reverse(install.major));
    (found, complaints)
}

/// Folders in which servers are installed, whether they exist or not.
fn candidates() -> Vec<PathBuf> {
    let mut folders: Vec<_> =
        env::var_os("PATH").iter().flat_map(env::split_paths).filter(|folder| folder.is_absolute()).collect();
    let pg_config = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output();
    if let Ok(output) = pg_config {
        folders.push(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    // Debian, Red Hat, Alpine, both of Homebrew's, Postgres.app.
    for (parent, prefix, rest) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        let matching = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix));
        folders.extend(matching.map(|entry| entry.path().join(rest)));
    }
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_every_kind_of_release() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)\n"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_version("postgres (PostgreSQL) 19"), Some(19));
        assert_eq!(parse_version("postgres (PostgreSQL) devel"), None);
        assert_eq!(parse_version(""), None);
    }

    #[test]
    fn new_data_goes_to_the_first_server() {
        let install = |major| Install { bin_dir: PathBuf::new(), major };
        assert_eq!(fitting(&[], &[install(17), install(15)]), Some(install(17)));
        assert_eq!(fitting(&[], &[]), None);
    }
}
