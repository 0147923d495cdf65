//! What is known of a server that may be started several times, and who is waiting to know it.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The number of a start, from 1 on.
pub(super) type Start = u64;

/// How far a server has come. Shared by the threads that watch it, keep it running and stop it.
#[derive(Debug, Default)]
pub(super) struct Life {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whether it shall run no more.
    stopping: bool,
    /// The last start.
    started: Start,
    /// The last start that has ended.
    ended: Start,
    /// The last start of which no process is left.
    gone: Start,
}

impl Life {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changed.notify_all();
    }

    /// Waits until it is so, at the most for so long. Says whether it is.
    fn wait(&self, limit: Duration, is_so: impl Fn(&State) -> bool) -> bool {
        let waited = self.changed.wait_timeout_while(self.state(), limit, |state| !is_so(state));
        is_so(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// Numbers the next start.
    pub(super) fn start(&self) -> Start {
        let mut state = self.state();
        state.started += 1;
        state.started
    }

    /// Notes that it shall run no more.
    pub(super) fn stop(&self) {
        self.change(|state| state.stopping = true);
    }

    /// Whether it shall run no more.
    pub(super) fn is_stopping(&self) -> bool {
        self.state().stopping
    }

    /// Notes that what was started then has ended.
    pub(super) fn end(&self, start: Start) {
        self.change(|state| state.ended = state.ended.max(start));
    }

    /// Notes that no process is left of what was started then.
    pub(super) fn leave(&self, start: Start) {
        self.change(|state| state.gone = state.gone.max(start));
    }

    /// Whether what was started then still runs.
    pub(super) fn is_running(&self, start: Start) -> bool {
        self.state().ended < start
    }

    /// Whether the last start still runs.
    pub(super) fn is_last_running(&self) -> bool {
        let state = self.state();
        state.ended < state.started
    }

    /// Waits for the end of what was started then. Says whether it came in time.
    pub(super) fn ends(&self, start: Start, limit: Duration) -> bool {
        self.wait(limit, |state| state.ended >= start)
    }

    /// The same for the last of its processes.
    pub(super) fn leaves(&self, start: Start, limit: Duration) -> bool {
        self.wait(limit, |state| state.gone >= start)
    }

    /// Waits until the last start ends by itself, or it shall run no more, which it says.
    pub(super) fn ends_or_stops(&self) -> bool {
        let goes_on = |state: &mut State| !state.stopping && state.ended < state.started;
        self.changed.wait_while(self.state(), goes_on).unwrap_or_else(PoisonError::into_inner).stopping
    }

    /// Waits for so long, or until it shall run no more, which it says.
    pub(super) fn rest(&self, length: Duration) -> bool {
        self.wait(length, |state| state.stopping)
    }
}
