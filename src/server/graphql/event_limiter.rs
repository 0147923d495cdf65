//! Limits how fast a subscription is delivered: each of its events, and whatever else is read for it, is paid for, waits
//! for a permit among those of the same principal and of the same workspace, and has so much time.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Response;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::auth::{Caller, Principal};
use crate::db::limiter::Permit;
use crate::error::{Error, Result};
use crate::events;
use crate::server::App;
use crate::server::graphql::operation::HttpError;
use crate::server::graphql::response;
use crate::server::limits::answers::AnswerPermit;
use crate::server::limits::rate::Price;
use graphql_limits::Kind;

/// What a statement costs that finds out what there is to deliver.
const LOOK_UP_COST: u64 = 1;

/// The limiter of one subscription. Cheap to clone.
#[derive(Clone)]
pub(in crate::server) struct EventLimiter(Arc<Inner>);

struct Inner {
    app: App,
    principal: Principal,
    workspace_pk: i32,
    /// What each event costs.
    price: Price,
    permit: Arc<AnswerPermit>,
    /// Until when the event that has the permit must have been read.
    until: watch::Sender<Option<Instant>>,
}

/// The permit of the event that is being read.
struct EventPermit {
    limiter: EventLimiter,
    _of_principal: Permit,
    _of_workspace: Permit<i32>,
}

impl EventLimiter {
    pub fn new(app: &App, caller: &Caller, price: Price, permit: Arc<AnswerPermit>) -> Self {
        let (app, principal, workspace_pk) = (app.clone(), caller.principal().clone(), caller.workspace_pk());
        Self(Arc::new(Inner { app, principal, workspace_pk, price, permit, until: watch::Sender::default() }))
    }

    /// What those who tell of events need to know of it.
    pub fn of_events(&self) -> Arc<dyn events::EventLimiter> {
        Arc::new(self.clone())
    }

    /// The answers of the subscription, up to an event that took too long or found no room.
    pub fn keep(self, answers: BoxStream<'static, Response>) -> impl Stream<Item = Result<Response>> + Send {
        stream::unfold(Some((self, answers)), |going_on| async {
            let (limiter, mut answers) = going_on?;
            let mut answer = tokio::select! {
                answer = answers.next() => answer?,
                () = limiter.overdue() => return Some((Err(Error::timeout()), None)),
            };
            if limiter.0.permit.is_refused() {
                return Some((Err(Error::busy()), None));
            }
            match response::write_data(&mut answer, Kind::Subscription, &limiter.0.permit) {
                Ok(()) => Some((Ok(answer), Some((limiter, answers)))),
                Err(error) => Some((Err(error), None)),
            }
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
}

impl EventLimiter {
    /// Waits for a permit of so many points.
    async fn paid(&self, price: Price) -> Result<events::EventPermit> {
        let app = &self.0.app.0;
        if let Some(rates) = &app.rates {
            rates.take(&self.0.principal, price).map_err(|exhausted| HttpError::from(exhausted).error)?;
        }
        self.0.permit.room().await?;
        let of_principal = app.events.acquire(&self.0.principal).await?;
        let of_workspace = app.events_of_workspaces.acquire(&self.0.workspace_pk).await?;
        self.0.until.send_replace(Some(Instant::now() + events::EventLimiter::allowed(self)));
        Ok(Box::new(EventPermit { limiter: self.clone(), _of_principal: of_principal, _of_workspace: of_workspace }))
    }
}

impl events::EventLimiter for EventLimiter {
    fn allowed(&self) -> Duration {
        self.0.app.0.settings.query_timeout
    }

    fn permit(&self) -> BoxFuture<'_, Result<events::EventPermit>> {
        self.paid(self.0.price).boxed()
    }

    fn permit_look_up(&self) -> BoxFuture<'_, Result<events::EventPermit>> {
        self.paid(Price { needed: LOOK_UP_COST, taken: LOOK_UP_COST }).boxed()
    }
}

impl Drop for EventPermit {
    fn drop(&mut self) {
        self.limiter.0.until.send_replace(None);
    }
}
