//! An operation as a series of events, for clients that stay connected: sockets and event streams.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;

use async_graphql::{Response, ServerError, Value};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::App;
use super::admission::{Admission, Lapse};
use super::answer::MOST_ERRORS;
use super::operation::{Caught, Executed, Operation};
use crate::document::Kind;
use crate::error::Error;

/// What becomes of an operation. Nothing follows an event other than `Next`.
pub(super) enum Event {
    /// An answer.
    Next(Response),
    /// It ended.
    Complete,
    /// It could not be started, or it cannot go on.
    Failed(Vec<ServerError>),
    /// It ends with its connection.
    Cut(Lapse),
}

impl Event {
    /// Whether it is the last one.
    pub fn is_last(&self) -> bool {
        !matches!(self, Self::Next(_))
    }

    /// An answer, unless it says that there is none: errors that belong to nothing that was executed, or to the source
    /// of a subscription's events itself.
    fn of(response: Response) -> Self {
        let sourceless = response.data == Value::Null && response.errors.iter().all(|error| error.path.len() < 2);
        if !response.is_executed() || sourceless { Self::failed(response.errors) } else { Self::Next(response) }
    }

    fn failed(mut errors: Vec<ServerError>) -> Self {
        errors.truncate(MOST_ERRORS);
        Self::Failed(errors)
    }
}

impl From<Caught> for Event {
    fn from(caught: Caught) -> Self {
        Self::failed(caught.into_response().errors)
    }
}

impl App {
    /// Runs an operation of any kind. A subscription's caller is looked up again before each answer.
    pub(super) fn events(&self, operation: Operation, admission: Arc<Admission>) -> BoxStream<'static, Event> {
        let (app, caller) = (self.clone(), admission.caller().clone());
        let complete = stream::iter([Event::Complete]);
        if operation.kind() != Kind::Subscription {
            let event = async move {
                match app.run(operation, caller).await {
                    Ok(response) if response.is_executed() => Event::Next(response),
                    Ok(response) => Event::failed(response.errors),
                    Err(error) => Caught::from(error).into(),
                }
            };
            return stream::once(event).chain(complete).boxed();
        }
        let stopping = stream::once(self.stopping()).map(|()| Event::Cut(Lapse::Stopping));
        let answers = self.follow(operation, caller).then(move |response| {
            let (app, admission) = (app.clone(), Arc::clone(&admission));
            async move { admission.check(&app).await.map_or_else(Event::Cut, |()| Event::of(response)) }
        });
        stream::select(stopping, answers.chain(complete)).boxed()
    }
}

/// Passes events on up to the last one, in a task of its own, so that a client that is slow to take them holds up
/// nothing but its own answers. Dropping the handle ends the operation.
pub(super) fn forward<T: Send + 'static>(
    events: impl Stream<Item = Event> + Send + 'static,
    to: mpsc::Sender<T>,
    told: impl Fn(Event) -> T + Send + 'static,
) -> AbortOnDropHandle<()> {
    let task = async move {
        let mut events = pin!(AssertUnwindSafe(events).catch_unwind());
        while let Some(event) = events.next().await {
            let event = event.unwrap_or_else(|_| Caught::from(Error::internal("an operation panicked")).into());
            let last = event.is_last();
            if to.send(told(event)).await.is_err() || last {
                break;
            }
        }
    };
    AbortOnDropHandle::new(tokio::spawn(task.in_current_span()))
}
