//! The running server and the shell that supervises it.

use std::{
    fs::{self, File},
    io::{self, BufRead as _, BufReader, Read as _},
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use super::{
    EmbeddedError, Result,
    account::Account,
    cluster,
    install::Install,
    processes::{self, wait_until},
};

/// Recovery after a crash can take a while.
const START_LIMIT: Duration = Duration::from_secs(120);
const STOP_LIMIT: Duration = Duration::from_secs(60);

/// Starts the server and blocks until the program's end of the pipe is closed.
///
/// Only the server keeps the standard output, so its end of file means that the server is gone. A job in the
/// background begins with the interrupt ignored, and one that has not yet got to its own handlers heeds TERM
/// only: hence both.
const SUPERVISOR: &str = r#"
signal=$1 rubbish=$2
shift 2
"$@" </dev/null &
server=$!
trap '' HUP INT TERM
echo "$server"
exec >/dev/null
read -r line
kill -s TERM "$server" 2>/dev/null
kill -s "$signal" "$server" 2>/dev/null
wait "$server"
[ -z "$rubbish" ] || rm -rf -- "$rubbish"
"#;

/// What to run and where.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) install: &'a Install,
    pub(super) account: Account,
    pub(super) data: PathBuf,
    pub(super) socket_dir: PathBuf,
    pub(super) settings: Vec<&'a str>,
    pub(super) log: PathBuf,
    /// The folder to delete after the server, when it is a throwaway one.
    pub(super) rubbish: Option<PathBuf>,
    /// Held as long as the server runs.
    pub(super) lock: File,
}

/// A running server. Dropping it stops the server and waits for that.
#[derive(Debug)]
pub(super) struct Server {
    supervisor: Child,
    /// Ends when no process of the server is left.
    watch: Option<JoinHandle<()>>,
    stopping: Arc<AtomicBool>,
    account: Account,
    data: PathBuf,
    /// Deleted at the end.
    socket_dir: PathBuf,
    rubbish: Option<PathBuf>,
    _lock: File,
}

impl Server {
    /// Starts the server and waits until it takes connections.
    pub(super) fn start(plan: Plan<'_>) -> Result<Self> {
        let before = processes::pid_file(&plan.data);
        let log = File::options()
            .create(true)
            .append(true)
            .open(&plan.log)
            .map_err(EmbeddedError::io(format!("open {}", plan.log.display())))?;
        let _ = plan.account.give_open(&log);
        let log_start = log.metadata().map_or(0, |found| found.len());

        let mut supervisor = spawn(&plan, log).map_err(EmbeddedError::io("run /bin/sh"))?;
        let mut output = supervisor.stdout.take().map(BufReader::new);
        let stopping = Arc::new(AtomicBool::new(false));
        let process = output.as_mut().and_then(first_line);
        let watch = output.map(|output| watch(output, Arc::clone(&stopping), plan.log.clone()));
        let server = Self {
            supervisor,
            watch,
            stopping,
            account: plan.account,
            data: plan.data,
            socket_dir: plan.socket_dir,
            rubbish: plan.rubbish,
            _lock: plan.lock,
        };
        let failed = |reason: &str| {
            server.stopping.store(true, Ordering::Relaxed);
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
            ready || !server.is_running()
        });
        match (settled, ready) {
            (_, true) => Ok(server),
            (true, false) => failed("it ended without a word"),
            (false, false) => failed("it took too long"),
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| !watch.is_finished())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        drop(self.supervisor.stdin.take());
        let supervisor = &mut self.supervisor;
        let ended = wait_until(STOP_LIMIT, || !matches!(supervisor.try_wait(), Ok(None)));
        // The supervisor may have been killed, and a busy process outlive its server for a moment.
        let gone = ended && wait_until(Duration::from_millis(200), || !self.is_running());
        if !gone && let Err(error) = processes::clear(&self.data, &self.account) {
            tracing::error!(%error, "the private PostgreSQL server does not stop");
        }
        if let Some(rubbish) = &self.rubbish
            && rubbish.exists()
        {
            let _ = fs::remove_dir_all(rubbish);
        }
        let _ = fs::remove_dir(&self.socket_dir);
    }
}

fn spawn(plan: &Plan<'_>, log: File) -> io::Result<Child> {
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

/// Waits for the end of the server, and says so in the log when nobody asked for it.
fn watch(mut output: BufReader<ChildStdout>, stopping: Arc<AtomicBool>, log: PathBuf) -> JoinHandle<()> {
    thread::spawn(move || {
        let _ = io::copy(&mut output, &mut io::sink());
        if !stopping.load(Ordering::Relaxed) {
            tracing::error!(log = %log.display(), "the private PostgreSQL server ended on its own");
        }
    })
}

fn text_from(log: &Path, start: u64) -> String {
    let mut bytes = Vec::new();
    let _ = File::open(log).and_then(|mut file| {
        io::Seek::seek(&mut file, io::SeekFrom::Start(start))?;
        file.read_to_end(&mut bytes)
    });
    String::from_utf8_lossy(&bytes).into_owned()
}
