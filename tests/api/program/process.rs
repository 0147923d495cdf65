//! The program, started as an operator starts it.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use crate::kit::{Answer, Asker, SECRET, token};

/// What the program may see of the environment that the tests run in.
const ENVIRONMENT: [&str; 7] = ["PATH", "HOME", "USER", "TMPDIR", "PG_BINDIR", "WELL_PG_SOURCE", "WELL_NO_DOWNLOAD"];

/// A running program, which is killed when the test ends before it.
pub struct Program {
    pub url: String,
    child: Child,
    log: Lines,
}

type Lines = Arc<Mutex<String>>;

/// The program with these settings in its environment.
pub fn command(arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_well-ingestion"));
    command.args(arguments).env_clear().env("JWT_SECRET", SECRET).stdin(Stdio::null()).kill_on_drop(true);
    command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs(settings.iter().copied());
    command
}

/// How the program ends with these settings, and what it says.
pub async fn ended(arguments: &[&str], settings: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = command(arguments, settings).output();
    let output = tokio::time::timeout(Duration::from_secs(60), output).await.expect("it ends").unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

impl Program {
    /// The server on a free port over this database, which gets one workspace with the owner `owner@main`.
    pub async fn over(database: &str, settings: &[(&str, &str)]) -> Self {
        Self::start(&[&[("DATABASE_URL", database)], settings].concat()).await
    }

    /// The server on a free port.
    pub async fn start(settings: &[(&str, &str)]) -> Self {
        let mut command = command(&["--no-demo", "--listen", "127.0.0.1:0"], settings);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (output, log) = (Lines::default(), Lines::default());
        let mut said = follow(child.stdout.take().unwrap(), Arc::clone(&output));
        follow(child.stderr.take().unwrap(), Arc::clone(&log));
        let url = async {
            loop {
                if let Some((_, rest)) = output.lock().unwrap().split_once("Listening on ") {
                    break rest.split_whitespace().next().unwrap().to_owned();
                }
                said.changed().await.unwrap_or_else(|_| panic!("it ended: {}", log.lock().unwrap()));
            }
        };
        let url = tokio::time::timeout(Duration::from_secs(60), url).await.expect("it starts");
        Self { url, child, log }
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Its number.
    pub fn process(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// Sends it a signal.
    pub async fn signal(&self, name: &str) {
        signal(self.process(), name).await;
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        let ended = tokio::time::timeout(Duration::from_secs(30), self.child.wait()).await;
        ended.expect("it ends").unwrap()
    }

    pub fn owner(&self) -> Asker {
        Asker::bearer(&self.url, &token("owner@main", None))
    }

    /// What it answers to `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.owner().get(path).await
    }

    /// Waits until it is ready.
    pub async fn ready(&self) {
        until("it is ready", async || self.get("/health/ready").await.status == 200).await;
    }
}

/// Sends a signal to a process.
pub async fn signal(process: u32, name: &str) {
    assert!(signalled(process, name).await, "there is no process {process}");
}

/// Whether the process is there.
pub async fn is_running(process: u32) -> bool {
    signalled(process, "0").await
}

async fn signalled(process: u32, name: &str) -> bool {
    let kill = format!("kill -s {name} {process}");
    Command::new("/bin/sh").args(["-c", &kill]).stderr(Stdio::null()).status().await.unwrap().success()
}

/// How long a condition that nothing tells of is left alone between two looks at it: the program that shall fulfil it
/// needs the processors, too.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Waits until something holds, and tells how long that took.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) -> Duration {
    let began = std::time::Instant::now();
    let settled = async {
        while !holds().await {
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), settled).await.unwrap_or_else(|_| panic!("never: {what}"));
    began.elapsed()
}

/// Gathers what is said, and tells whenever there is more of it.
fn follow(output: impl AsyncRead + Send + Unpin + 'static, into: Lines) -> watch::Receiver<()> {
    let (tell, told) = watch::channel(());
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut all = into.lock().unwrap();
            all.push_str(&line);
            all.push('\n');
            drop(all);
            tell.send_replace(());
        }
    });
    told
}
