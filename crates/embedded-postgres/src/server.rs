//! The running server and the shell that supervises it.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use super::{
    EmbeddedError, Result,
    account::Account,
    cluster,
    install::Install,
    life::{Life, Start},
    processes::{self, wait_until},
};

/// Recovery after a crash can take a while.
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// Starts the server, and stops it when the program's end of the pipe is closed. Its own end follows the server's.
///
/// Only the server keeps the standard output, so its end of file means that no process of the server is left. A job in
/// the background begins with the interrupt ignored, and one that has not yet got to its own handlers heeds TERM only:
/// hence both.
const SUPERVISOR: &str = r#"
signal=$1 rubbish=$2
shift 2
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
trap '' HUP INT TERM
echo "$server"
exec >/dev/null
{
    read -r line <&3
    kill -s TERM "$server"
    kill -s "$signal" "$server"
} 2>/dev/null &
reader=$!
exec 3<&-
wait "$server"
kill -s KILL "$reader" 2>/dev/null
[ -z "$rubbish" ] || rm -rf -- "$rubbish"
"#;

/// What to run and where.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) install: Install,
    pub(super) account: Account,
    pub(super) data: PathBuf,
    pub(super) socket_dir: PathBuf,
    pub(super) settings: Vec<String>,
    pub(super) log: PathBuf,
    /// The folder to delete after the server, when it is a throwaway one.
    pub(super) rubbish: Option<PathBuf>,
}

/// A running server. Dropping it stops the server and waits for that.
#[derive(Debug)]
pub(super) struct Server {
    /// Closed to stop it.
    pipe: Option<ChildStdin>,
    life: Arc<Life>,
    number: Start,
    account: Account,
    data: PathBuf,
    rubbish: Option<PathBuf>,
}

impl Server {
    /// Starts the server and waits until it takes connections.
    pub(super) fn start(plan: &Plan, life: &Arc<Life>) -> Result<Self> {
        let before = processes::pid_file(&plan.data);
        let log = File::options()
            .create(true)
            .append(true)
            .open(&plan.log)
            .map_err(EmbeddedError::io(format!("open {}", plan.log.display())))?;
        let _ = plan.account.give_open(&log);
        let log_start = log.metadata().map_or(0, |found| found.len());

        let mut supervisor = spawn(plan, log).map_err(EmbeddedError::io("run /bin/sh"))?;
        let mut output = supervisor.stdout.take().map(BufReader::new);
        let process = output.as_mut().and_then(first_line);
        let server = Self {
            pipe: supervisor.stdin.take(),
            life: Arc::clone(life),
            number: life.start(),
            account: plan.account.clone(),
            data: plan.data.clone(),
            rubbish: plan.rubbish.clone(),
        };
        watch(supervisor, output, Arc::clone(life), server.number);
        let failed = |reason: &str| {
            let said = cluster::last_lines(&text_from(&plan.log, log_start));
            let log = if said.is_empty() { reason.to_owned() } else { said };
            Err(EmbeddedError::Start { log })
        };
        let Some(process) = process else {
            return failed("its supervisor ended at once");
        };
        let mut ready = false;
        let settled = wait_until(START_LIMIT, || {
            let now = processes::pid_file(&server.data);
            ready = now != before && processes::is_ready(&now, process);
            ready || life.is_stopping() || !life.is_running(server.number)
        });
        match (settled, ready) {
            (_, true) => Ok(server),
            (true, false) => failed("it ended without a word"),
            (false, false) => failed("it took too long"),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let ended = self.life.ends(self.number, STOP_LIMIT);
        // The supervisor may have been killed, and a busy process outlive its server for a moment.
        let gone = ended && self.life.leaves(self.number, Duration::from_millis(200));
        if !gone && let Err(error) = processes::clear(&self.data, &self.account) {
            tracing::error!(%error, "the private PostgreSQL server does not stop");
        }
        if let Some(rubbish) = &self.rubbish
            && rubbish.exists()
        {
            let _ = fs::remove_dir_all(rubbish);
        }
    }
}

fn spawn(plan: &Plan, log: File) -> io::Result<Child> {
    let mut command = plan.account.command("/bin/sh");
    command.args(["-c", SUPERVISOR, "sh"]);
    match &plan.rubbish {
        Some(rubbish) => command.arg("QUIT").arg(rubbish),
        None => command.args(["INT", ""]),
    };
    command.arg(plan.install.program("postgres")).arg("-D").arg(&plan.data);
    command.arg("-k").arg(&plan.socket_dir);
    command.args(["-c", "listen_addresses=", "-c", "port=5432", "-c", "unix_socket_permissions=0700"]);
    command.args(["-c", "logging_collector=off", "-c", "cluster_name=well-ingestion"]);
    for setting in &plan.settings {
        command.args(["-c", setting]);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        // An interrupt from the terminal is the program's: its own graceful end still needs the database.
        .process_group(0)
        .spawn()
}

fn first_line(output: &mut BufReader<ChildStdout>) -> Option<u32> {
    let mut line = String::new();
    output.read_line(&mut line).ok()?;
    line.trim().parse().ok()
}

/// Notes the end of the supervisor, which is the server's, and then that of the last process of the server.
fn watch(mut supervisor: Child, output: Option<BufReader<ChildStdout>>, life: Arc<Life>, number: Start) {
    thread::spawn(move || {
        let _ = supervisor.wait();
        life.end(number);
        if let Some(mut output) = output {
            let _ = io::copy(&mut output, &mut io::sink());
        }
        life.leave(number);
    });
}

fn text_from(log: &Path, start: u64) -> String {
    let mut bytes = Vec::new();
    let _ = File::open(log).and_then(|mut file| {
        io::Seek::seek(&mut file, io::SeekFrom::Start(start))?;
        file.read_to_end(&mut bytes)
    });
    String::from_utf8_lossy(&bytes).into_owned()
}
