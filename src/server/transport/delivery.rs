//! An operation as a series of events, for clients that stay connected: sockets and event streams.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Response, ServerError, Value};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt};
use graphql_limits::Kind;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use crate::error::Error;
use crate::server::App;
use crate::server::graphql::operation::{Executed, Operation, RequestError};
use crate::server::graphql::response::MAX_ERRORS;
use crate::server::transport::reauthentication::{Admission, DisconnectReason};

/// What becomes of an operation. Nothing follows an event other than `Next`.
pub(in crate::server) enum Event {
    /// An answer.
    Next(Response),
    /// It ended.
    Complete,
    /// It could not be started, or it cannot go on.
    Failed(Vec<ServerError>),
    /// It ends with its connection.
    Cut(DisconnectReason),
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
        errors.truncate(MAX_ERRORS);
        Self::Failed(errors)
    }
}

impl From<RequestError> for Event {
    fn from(caught: RequestError) -> Self {
        Self::failed(caught.into_response().errors)
    }
}

impl App {
    /// Runs an operation of any kind. A subscription's caller is looked up again before each answer.
    pub(in crate::server) fn events(
        &self,
        operation: Operation,
        admission: Arc<Admission>,
    ) -> BoxStream<'static, Event> {
        let (app, caller) = (self.clone(), admission.caller().clone());
        let complete = stream::iter([Event::Complete]);
        if operation.kind() != Kind::Subscription {
            let event = async move {
                match app.run(operation, caller, Duration::ZERO).await {
                    Ok(response) if response.is_executed() => Event::Next(response),
                    Ok(response) => Event::failed(response.errors),
                    Err(error) => RequestError::from(error).into(),
                }
            };
            return stream::once(event).chain(complete).boxed();
        }
        let stopping = stream::once(self.stopping()).map(|()| Event::Cut(DisconnectReason::Stopping));
        let answers = self.follow(operation, caller).then(move |response| {
            let (app, admission) = (app.clone(), Arc::clone(&admission));
            async move {
                match Event::of(response) {
                    // It tells of nothing that a caller may not know.
                    failed @ Event::Failed(_) => failed,
                    event => admission.check(&app).await.map_or_else(Event::Cut, |()| event),
                }
            }
        });
        stream::select(stopping, answers.chain(complete)).boxed()
    }
}

/// Passes events on up to the last one, in a task of its own, so that a client that is slow to take them holds up
/// nothing but its own answers. Dropping the handle ends the operation.
pub(in crate::server) fn forward<T: Send + 'static>(
    events: impl Stream<Item = Event> + Send + 'static,
    to: mpsc::Sender<T>,
    told: impl Fn(Event) -> T + Send + 'static,
) -> AbortOnDropHandle<()> {
    let task = async move {
        let mut events = pin!(AssertUnwindSafe(events).catch_unwind());
        while let Some(event) = events.next().await {
            let event = event.unwrap_or_else(|_| RequestError::from(Error::internal("an operation panicked")).into());
            let last = event.is_last();
            if to.send(told(event)).await.is_err() || last {
                break;
            }
        }
    };
    AbortOnDropHandle::new(tokio::spawn(task.in_current_span()))
}
