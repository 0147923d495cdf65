//! The pace of a subscription: each of its events is paid for, waits for its turn among those of the same principal, and
//! has so much time.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Response;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::App;
use super::operation::Refusal;
use crate::auth::Principal;
use crate::db::turns::Turn;
use crate::error::{Error, Result};
use crate::events;

/// The pace of one subscription. Cheap to clone.
#[derive(Clone)]
pub(super) struct Pace(Arc<Inner>);

struct Inner {
    app: App,
    principal: Principal,
    /// What each event costs.
    cost: u64,
    /// Until when the event that has its turn must have been read.
    until: watch::Sender<Option<Instant>>,
}

/// The turn of the event that is being read.
struct Reading {
    pace: Pace,
    _turn: Turn,
}

impl Pace {
    pub fn new(app: &App, principal: &Principal, cost: u64) -> Self {
        let (app, principal) = (app.clone(), principal.clone());
        Self(Arc::new(Inner { app, principal, cost, until: watch::Sender::default() }))
    }

    /// What those who tell of events need to know of it.
    pub fn of_events(&self) -> Arc<dyn events::Pace> {
        Arc::new(self.clone())
    }

    /// The answers of the subscription, up to an event that took too long.
    pub fn keep(self, answers: BoxStream<'static, Response>) -> impl Stream<Item = Result<Response>> + Send {
        stream::unfold(Some((self, answers)), |going_on| async {
            let (pace, mut answers) = going_on?;
            let answer = tokio::select! {
                answer = answers.next() => answer?,
                () = pace.overdue() => return Some((Err(Error::timeout()), None)),
            };
            Some((Ok(answer), Some((pace, answers))))
        })
    }

    /// Waits until an event has taken too long.
    async fn overdue(&self) {
        let mut until = self.0.until.subscribe();
        loop {
            let moment = *until.borrow_and_update();
            let changed = match moment {
                Some(moment) => match timeout_at(moment, until.changed()).await {
                    Ok(changed) => changed,
                    Err(_) => return,
                },
                None => until.changed().await,
            };
            if changed.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    fn allowed(&self) -> Duration {
        self.0.app.0.settings.query_timeout
    }
}

impl events::Pace for Pace {
    fn turn(&self) -> BoxFuture<'_, Result<events::Turn>> {
        let app = &self.0.app.0;
        let turn = async move {
            if let Some(rates) = &app.rates {
                let paid = rates.take(&self.0.principal, self.0.cost);
                paid.map_err(|exhausted| Refusal::from(exhausted).error)?;
            }
            let turn = app.events.wait(&self.0.principal).await?;
            self.0.until.send_replace(Some(Instant::now() + self.allowed()));
            let reading: events::Turn = Box::new(Reading { pace: self.clone(), _turn: turn });
            Ok(reading)
        };
        turn.boxed()
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.pace.0.until.send_replace(None);
    }
}
