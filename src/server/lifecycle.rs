//! The end of the server: first it is not ready any more, then what is long-lived ends, then it is gone.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TrackedFuture;

use crate::server::App;

/// How far the end has come.
#[derive(Default)]
pub(super) struct Lifecycle {
    retiring: AtomicBool,
    stopping: CancellationToken,
    tasks: TaskTracker,
}

impl App {
    /// Is not ready any more, and goes on as before.
    pub fn start_draining(&self) {
        self.0.lifecycle.retiring.store(true, Ordering::Relaxed);
    }

    /// Whether it is not ready because its end is near.
    #[must_use]
    pub fn is_retiring(&self) -> bool {
        self.0.lifecycle.retiring.load(Ordering::Relaxed)
    }

    /// Begins the end: sockets close. Requests that are running go on.
    pub fn stop(&self) {
        self.start_draining();
        self.0.lifecycle.stopping.cancel();
    }

    /// Waits until the end begins; at once when it has begun.
    pub fn stopping(&self) -> WaitForCancellationFutureOwned {
        self.0.lifecycle.stopping.clone().cancelled_owned()
    }

    /// What goes on after its request was answered, as a socket does, and is waited for at the end. It watches
    /// [`App::stopping`] to come to an end itself.
    pub fn track<F: Future>(&self, task: F) -> TrackedFuture<F> {
        self.0.lifecycle.tasks.track_future(task)
    }

    /// Waits until all that is tracked has ended.
    pub async fn finished(&self) {
        self.0.lifecycle.tasks.close();
        self.0.lifecycle.tasks.wait().await;
    }
}
