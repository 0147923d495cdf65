//! The operations that run on one socket.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use graphql_limits::Kind;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::task::AbortOnDropHandle;

use crate::error::{Code, Error, Result};
use crate::server::App;
use crate::server::graphql::request::GraphqlRequest;
use crate::server::transport::delivery::{Event, forward};
use crate::server::transport::reauthentication::Admission;

/// Events that wait to be written before the operations wait.
const WAITING: usize = 16;

/// Queries and mutations that run at once. Further ones wait, so that one socket does not have all of its principal's
/// turns.
const AT_ONCE: usize = 8;

/// Bytes of what the running operations were asked with, in requests of the largest size.
const MAX_REQUESTS_SIZE: usize = 4;

/// The operations of a socket. They end when it is dropped.
pub(super) struct Operations {
    app: App,
    running: HashMap<Arc<str>, Running>,
    /// Tells an operation from an earlier one with the same id.
    serial: u64,
    turns: Arc<Semaphore>,
    tell: mpsc::Sender<LogRecord>,
    told: mpsc::Receiver<LogRecord>,
}

struct Running {
    serial: u64,
    bytes: usize,
    _task: AbortOnDropHandle<()>,
}

struct LogRecord {
    id: Arc<str>,
    serial: u64,
    event: Event,
}

impl Operations {
    pub fn new(app: App) -> Self {
        let (tell, told) = mpsc::channel(WAITING);
        Self { app, running: HashMap::new(), serial: 0, turns: Arc::new(Semaphore::new(AT_ONCE)), tell, told }
    }

    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether an operation of this id runs.
    pub fn has(&self, id: &str) -> bool {
        self.running.contains_key(id)
    }

    /// Starts an operation that was asked for with so many bytes.
    ///
    /// # Errors
    /// `MAX_OPERATIONS_LIMIT`.
    pub fn start(&mut self, id: &str, asked: GraphqlRequest, bytes: usize, admission: Arc<Admission>) -> Result<()> {
        let settings = &self.app.0.settings;
        let most = settings.sockets.operations;
        if self.running.len() >= most {
            let message = format!("At most {most} operations may run on a socket.");
            return Err(Error::new(Code::MaxOperationsLimit, message));
        }
        let held: usize = self.running.values().map(|running| running.bytes).sum();
        if held + bytes > settings.max_body_bytes * MAX_REQUESTS_SIZE {
            return Err(Error::new(Code::MaxOperationsLimit, "The operations that run on the socket are too large."));
        }
        self.serial += 1;
        let (id, serial): (Arc<str>, _) = (id.into(), self.serial);
        let events = stream::once(perform(self.app.clone(), admission, asked, Arc::clone(&self.turns))).flatten();
        let told = {
            let id = Arc::clone(&id);
            move |event| LogRecord { id: Arc::clone(&id), serial, event }
        };
        let running = Running { serial, bytes, _task: forward(events, self.tell.clone(), told) };
        self.running.insert(id, running);
        Ok(())
    }

    /// Ends an operation, if it runs. Nothing more is told of it.
    pub fn end(&mut self, id: &str) {
        self.running.remove(id);
    }

    /// The next event of an operation that runs, with its id. Waits while there is none.
    pub async fn next(&mut self) -> (Arc<str>, Event) {
        loop {
            // The channel is open for as long as this side has a sender.
            let Some(LogRecord { id, serial, event }) = self.told.recv().await else { std::future::pending().await };
            if self.running.get(&id).is_some_and(|running| running.serial == serial) {
                if event.is_last() {
                    self.end(&id);
                }
                return (id, event);
            }
        }
    }
}

/// Checks and runs an operation.
async fn perform(
    app: App,
    admission: Arc<Admission>,
    asked: GraphqlRequest,
    turns: Arc<Semaphore>,
) -> BoxStream<'static, Event> {
    let turn = turns.acquire_owned().await;
    let began = Instant::now();
    let ready = match admission.check(&app).await {
        Ok(()) => app
            .prepare(asked, admission.caller().workspace_pk(), |_| Ok(()))
            .map_err(|caught| Event::from(app.refused(began, caught))),
        Err(disconnect_reason) => Err(Event::Cut(disconnect_reason)),
    };
    let operation = match ready {
        Ok(operation) => operation,
        Err(event) => return stream::iter([event]).boxed(),
    };
    let turn = (operation.kind() != Kind::Subscription).then_some(turn);
    let events = app.events(operation, admission);
    // The turn lasts until the answer is on its way.
    let held = stream::unfold((events, turn), |(mut events, turn)| async {
        events.next().await.map(|event| (event, (events, turn)))
    });
    held.boxed()
}
