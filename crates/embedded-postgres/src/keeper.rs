//! Keeping a server running: it is started again when it ends by itself, for as long as that helps.

use std::{
    fs::{self, File},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    EmbeddedError, Options, Result, install,
    life::Life,
    processes,
    server::{Plan, Server},
};

/// A server that ran for so long had no trouble.
const STEADY: Duration = Duration::from_secs(60);
/// Starts, one after the other, that fail or do not last.
const MAX_FAILURES: u32 = 8;
/// The rest after the first of them; each is twice as long as the one before.
const FIRST_REST: Duration = Duration::from_millis(100);

/// The server of one data folder, from its first start to its last end. Dropping it stops the server.
#[derive(Debug)]
pub(super) struct Keeper {
    options: Options,
    plan: Plan,
    life: Arc<Life>,
    server: Mutex<Option<Server>>,
    /// Nobody else may have the data meanwhile.
    _lock: File,
}

impl Keeper {
    /// Starts the server for the first time.
    pub(super) fn start(options: &Options, plan: Plan, lock: File) -> Result<Self> {
        let life = Arc::new(Life::default());
        let server = Server::start(&plan, &life).inspect_err(|_| {
            let _ = fs::remove_dir(&plan.socket_dir);
        })?;
        Ok(Self { options: options.clone(), plan, life, server: Mutex::new(Some(server)), _lock: lock })
    }

    pub(super) fn is_running(&self) -> bool {
        self.life.is_last_running()
    }

    /// Stops the server and waits for that.
    pub(super) fn stop(&self) {
        self.life.stop();
        drop(self.server().take());
    }

    /// Starts the server again whenever it ends by itself, until it is stopped.
    pub(super) fn keep_running(&self) -> Result<()> {
        let (mut began, mut failures, mut rest) = (Instant::now(), 0, FIRST_REST);
        loop {
            if self.life.ends_or_stops() {
                return Ok(());
            }
            tracing::error!(log = %self.plan.log.display(), "the private PostgreSQL server ended by itself");
            if began.elapsed() > STEADY {
                (failures, rest) = (0, FIRST_REST);
            }
            failures += 1;
            let started = match self.start_again() {
                Ok(()) if failures >= MAX_FAILURES => Err(EmbeddedError::Unsteady { log: self.plan.log.clone() }),
                started => started,
            };
            began = Instant::now();
            match started {
                Ok(()) => tracing::warn!("the private PostgreSQL server was started again"),
                Err(_) if self.life.is_stopping() => return Ok(()),
                Err(error) if failures >= MAX_FAILURES => return Err(error),
                Err(error) => tracing::error!(%error, "the private PostgreSQL server cannot be started again yet"),
            }
            if self.life.rest(rest) {
                return Ok(());
            }
            rest *= 2;
        }
    }

    /// Clears away what is left of the server, and starts it once more.
    fn start_again(&self) -> Result<()> {
        let mut server = self.server();
        drop(server.take());
        processes::clear(&self.plan.data, &self.plan.account)?;
        // The machine may have another version by now.
        let base = self.plan.data.parent();
        let install = install::choose(&self.options, &self.plan.account, base)?;
        let plan = Plan { install, ..self.plan.clone() };
        *server = Some(Server::start(&plan, &self.life)?);
        Ok(())
    }

    fn server(&self) -> MutexGuard<'_, Option<Server>> {
        self.server.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop();
        let _ = fs::remove_dir(&self.plan.socket_dir);
    }
}
