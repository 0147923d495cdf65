//! A data folder: its name, its creation, its settings.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    time::SystemTime,
};

use super::{DATABASE, EmbeddedError, ROLE, Result, SUPERUSER, account::Account, install::Install, processes};

/// What a persistent server is started with: what was committed lasts, whatever is killed.
pub(super) const PERSISTENT: &[&str] = &[
    "autovacuum=on",
    "fsync=on",
    "full_page_writes=on",
    "jit=off",
    "max_connections=100",
    "max_wal_senders=0",
    "shared_buffers=64MB",
    "synchronous_commit=on",
    "wal_level=minimal",
];

/// What a throwaway server is started with: nothing is safe, and copying a template database is cheap.
pub(super) const THROWAWAY: &[&str] = &[
    "autovacuum=off",
    "checkpoint_timeout=1d",
    "fsync=off",
    "full_page_writes=off",
    "jit=off",
    "max_connections=200",
    "max_parallel_workers_per_gather=0",
    "max_wal_senders=0",
    "max_wal_size=8GB",
    "shared_buffers=64MB",
    "synchronous_commit=off",
    "wal_init_zero=off",
    "wal_level=minimal",
];

/// A data folder that is complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cluster {
    pub(super) major: u32,
    pub(super) uid: u32,
    used: Option<SystemTime>,
}

/// The name of the data folder of a major version and an account: neither can open another's.
pub(super) fn name(major: u32, uid: u32) -> String {
    format!("pg{major}-u{uid}")
}

fn parse_name(name: &str) -> Option<(u32, u32)> {
    let (major, uid) = name.strip_prefix("pg")?.split_once("-u")?;
    Some((major.parse().ok()?, uid.parse().ok()?))
}

/// Whether the folder holds a complete server's data.
pub(super) fn is_initialised(data: &Path) -> bool {
    data.join("PG_VERSION").is_file()
}

/// The data folders below the base, the last used first.
pub(super) fn existing(base: &Path) -> Vec<Cluster> {
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    let mut clusters: Vec<_> = entries
        .filter(|entry| is_initialised(&entry.path()))
        .filter_map(|entry| {
            let (major, uid) = parse_name(entry.file_name().to_str()?)?;
            // Every start writes this file.
            let started = fs::metadata(entry.path().join("postmaster.opts"));
            let used = started.and_then(|file| file.modified()).ok();
            Some(Cluster { major, uid, used })
        })
        .collect();
    clusters.sort_by(|a, b| b.used.cmp(&a.used).then(b.major.cmp(&a.major)));
    clusters
}

/// The data folder below the base that was used last.
pub(super) fn last_used(base: &Path) -> Option<Cluster> {
    existing(base).into_iter().next()
}

/// Creates a data folder with the role and the database of the program. It appears under its name only when it
/// is complete, so that nothing half made is ever taken for a server's data.
pub(super) fn initialise(data: &Path, install: &Install, account: &Account, durable: bool) -> Result<()> {
    let mut draft = data.as_os_str().to_owned();
    draft.push(format!(".new-{}", process::id()));
    let draft = PathBuf::from(draft);
    let done = create(&draft, install, account, durable).and_then(|()| {
        fs::rename(&draft, data).map_err(EmbeddedError::io(format!("create the data folder {}", data.display())))
    });
    if done.is_err() {
        let _ = fs::remove_dir_all(&draft);
    }
    done
}

/// Deletes what killed programs left of their attempts at this data folder. Their `initdb` may live on.
pub(super) fn tidy(data: &Path, account: &Account) {
    for half_made in half_made(data) {
        let _ = processes::clear(&half_made, account);
        let _ = fs::remove_dir_all(half_made);
    }
}

fn half_made(data: &Path) -> Vec<PathBuf> {
    let (Some(base), Some(name)) = (data.parent(), data.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    let prefix = format!("{name}.new-");
    let entries = fs::read_dir(base).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix)).map(|entry| entry.path()).collect()
}

fn create(draft: &Path, install: &Install, account: &Account, durable: bool) -> Result<()> {
    fs::DirBuilder::new()
        .mode(0o700)
        .create(draft)
        .and_then(|()| account.give(draft))
        .map_err(EmbeddedError::io(format!("create the folder {}", draft.display())))?;

    let mut initdb = account.command(install.program("initdb"));
    initdb.arg("-D").arg(draft);
    initdb.args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--wal-segsize=4"]);
    initdb.args(locale(install.major));
    if !durable {
        initdb.arg("--no-sync");
    }
    say(initdb, "")?;

    // A server's programs need not include a client, but the server itself takes commands. A line is a command.
    let rights = if durable { "LOGIN" } else { "LOGIN CREATEDB" };
    let mut single = account.command(install.program("postgres"));
    single.args(["--single", "-c", "lc_messages=C", "-D"]).arg(draft);
    if !durable {
        single.arg("-F");
    }
    single.arg("postgres");
    let commands = format!("CREATE ROLE {ROLE} {rights}\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n");
    let said = say(single, &commands)?;
    // It ends well even when a command failed.
    if said.lines().any(|line| line.contains("ERROR:")) {
        return Err(EmbeddedError::Init { log: last_lines(&said) });
    }
    Ok(())
}

/// The same order and the same meaning of letters on every machine.
fn locale(major: u32) -> &'static [&'static str] {
    if major >= 17 {
        &["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    } else if cfg!(target_os = "linux") {
        &["--locale=C.UTF-8"]
    } else {
        &["--locale=C"]
    }
}

/// Runs a program to its end and returns what it complained about.
fn say(mut command: Command, input: &str) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = || EmbeddedError::io(format!("run {program}"));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed())?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ended early says why itself.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        let stdout = String::from_utf8_lossy(&output.stdout);
        let log = last_lines(&format!("{stdout}{said}{program}: {}", output.status));
        Err(EmbeddedError::Init { log })
    }
}

/// The end of a log, for an error message.
pub(super) fn last_lines(log: &str) -> String {
    let lines: Vec<_> = log.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(12)).copied().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_the_version_and_the_account() {
        assert_eq!(parse_name(&name(15, 1000)), Some((15, 1000)));
        assert_eq!(parse_name("pg15-u1000.lock"), None);
        assert_eq!(parse_name("pg15-u1000.new-7"), None);
        assert_eq!(parse_name("data"), None);
    }

    #[test]
    fn a_long_log_keeps_its_end() {
        let log: String = (0..30).map(|line: u32| line.to_string() + "\n").collect();
        assert!(last_lines(&log).starts_with("18\n"));
        assert!(last_lines(&log).ends_with("\n29"));
        assert_eq!(last_lines("one"), "one");
    }
}
