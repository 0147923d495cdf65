//! The `PostgreSQL` processes that work in a data folder, whoever started them.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{EmbeddedError, Result, account::Account};

const PID_FILE: &str = "postmaster.pid";

/// Polls every five milliseconds. Tells whether it came true in time.
pub(super) fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// What the file `postmaster.pid` says; empty when there is none.
pub(super) fn pid_file(data: &Path) -> String {
    fs::read_to_string(data.join(PID_FILE)).unwrap_or_default()
}

/// The first line of a `postmaster.pid`.
fn pid_of(pid_file: &str) -> Option<u32> {
    pid_file.lines().next()?.trim().parse().ok()
}

/// Whether a `postmaster.pid` says that this process takes connections: its eighth line does.
pub(super) fn is_ready(pid_file: &str, process: u32) -> bool {
    let takes = |line: &str| line.starts_with("ready") || line.starts_with("standby");
    pid_of(pid_file) == Some(process) && pid_file.lines().nth(7).is_some_and(takes)
}

/// The server processes whose working directory is the data folder. Zombies have none.
pub(super) fn working_in(data: &Path) -> Vec<u32> {
    let Ok(data) = data.canonicalize() else {
        return Vec::new();
    };
    if Path::new("/proc/self/cwd").exists() { from_proc(&data) } else { from_lsof(&data) }
}

fn from_proc(data: &Path) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let process = entry.file_name().to_str()?.parse().ok()?;
            let cwd = fs::read_link(entry.path().join("cwd")).ok()?;
            let name = fs::read_to_string(entry.path().join("comm")).ok()?;
            (cwd == data && name.trim_end() == "postgres").then_some(process)
        })
        .collect()
}

fn from_lsof(data: &Path) -> Vec<u32> {
    Command::new("lsof")
        .args(["-a", "-c", "postgres", "-d", "cwd", "-Fpn"])
        .stderr(Stdio::null())
        .output()
        .map(|output| parse_lsof(&String::from_utf8_lossy(&output.stdout), data))
        .unwrap_or_default()
}

fn parse_lsof(output: &str, data: &Path) -> Vec<u32> {
    let mut process: Option<u32> = None;
    let mut found = Vec::new();
    for line in output.lines() {
        if let Some(number) = line.strip_prefix('p') {
            process = number.parse().ok();
        } else if let Some(cwd) = line.strip_prefix('n')
            && Path::new(cwd) == data
        {
            found.extend(process);
        }
    }
    found
}

/// Stops whatever server works in the data folder, and clears the way for the next. Only the holder of the
/// folder's lock may call this: then such a server is nobody's.
pub(super) fn clear(data: &Path, account: &Account) -> Result<()> {
    let pid_file = pid_file(data);
    let postmaster = pid_of(&pid_file);
    let left = working_in(data);
    if !left.is_empty() {
        tracing::warn!(processes = ?left, "stopping a PostgreSQL server that an earlier run left behind");
        match postmaster.filter(|process| left.contains(process)) {
            Some(process) => signal(account, &["TERM", "INT"], &[process]),
            None => signal(account, &["TERM"], &left),
        }
        let gone = || working_in(data).is_empty();
        if !wait_until(Duration::from_secs(30), gone) {
            signal(account, &["KILL"], &working_in(data));
            if !wait_until(Duration::from_secs(5), gone) {
                return Err(EmbeddedError::Start { log: format!("processes {left:?} of an earlier run do not stop") });
            }
        }
    }
    // PostgreSQL copes with the number of a process that is gone, and needs that file to clean up after it. It
    // refuses to start when the number is taken, though: by a zombie, or by any process after a restart of the
    // container.
    if let Some(process) = postmaster
        && answers(account, process)
    {
        let file = data.join(PID_FILE);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(EmbeddedError::io(format!("delete {}", file.display()))(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Sends each signal to each process, by the shell's own `kill`: a program of that name is not everywhere.
pub(super) fn signal(account: &Account, signals: &[&str], processes: &[u32]) {
    for signal in signals {
        let _ = account
            .command("/bin/sh")
            .args(["-c", r#"signal=$1; shift; for process; do kill -s "$signal" "$process"; done"#, "sh", signal])
            .args(processes.iter().map(u32::to_string))
            .stderr(Stdio::null())
            .status();
    }
}

fn answers(account: &Account, process: u32) -> bool {
    account
        .command("/bin/sh")
        .args(["-c", r#"kill -0 "$1""#, "sh", &process.to_string()])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_the_eighth_line_of_the_own_process() {
        let file = "42\n/data\n1\n5432\n/tmp\n\n  1 2\nready   \n";
        assert!(is_ready(file, 42));
        assert!(is_ready(&file.replace("ready", "standby"), 42));
        assert!(!is_ready(file, 43));
        assert!(!is_ready(&file.replace("ready", "starting"), 42));
        assert!(!is_ready("", 42));
    }

    #[test]
    fn lsof_lists_a_process_before_its_folder() {
        let output = "p10\nfcwd\nn/other\np11\nfcwd\nn/data\np12\nfcwd\nn/data\n";
        assert_eq!(parse_lsof(output, Path::new("/data")), [11, 12]);
    }
}
