//! What becomes of rows, delivered to those who follow them.
//!
//! Triggers write what became of which row into the database's change feed, whichever program writes the row. One task
//! of the server, the [`Feed`], reads it and publishes it by workspace. Each follower then loads the row through its
//! own scope, and delivers it or does not.

mod cursor;
mod feed;
mod follower;
mod generations;
mod query;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{ID, MaybeUndefined, Object, TypeName};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt};
use uuid::Uuid;

pub use self::feed::{Feed, FeedSettings};
use self::follower::{Follower, Next};
pub(crate) use self::generations::{Generation, Generations};
pub use self::query::ChangeQuery;
use crate::db::changes::{Change, ChangeKind, Entity, FeedPosition};
use crate::db::loader::ByPk;
use crate::db::scope::{Identified, Scope};
use crate::error::{Error, Result};
use crate::filter::given_list;
use crate::id::Id;
use crate::page::Paginated;

/// An entity whose changes can be followed.
pub trait Followed: Paginated {
    /// As the feed names it.
    const ENTITY: Entity;

    /// Its public id, also when the row is gone.
    #[must_use]
    fn id_of(change: &Change, scope: &Scope) -> Option<ID> {
        let _ = scope;
        change.id.map(|id| ID(id.to_string()))
    }

    /// Whether only the database knows the workspace connectors that the row belongs to, rather than the change.
    const LOOKS_UP_CONNECTORS: bool = false;

    /// The workspace connectors that the row belongs to, from the database.
    ///
    /// # Errors
    /// When the database fails.
    #[must_use]
    fn connectors(scope: &Scope, change: &Change) -> impl Future<Output = Result<HashSet<i32>>> + Send {
        let _ = scope;
        std::future::ready(Ok(change.workspace_connector_pk.into_iter().collect()))
    }
}

/// What of an entity's changes is wanted.
#[derive(Default)]
pub struct Wanted {
    kind: Option<ChangeKind>,
    ids: Option<HashSet<Uuid>>,
    connectors: Option<HashSet<i32>>,
}

impl Wanted {
    /// Only what was created.
    #[must_use]
    pub fn created() -> Self {
        Self { kind: Some(ChangeKind::Created), ..Self::default() }
    }

    /// Only these rows, when any are given.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for null, and for too many.
    pub fn with_ids<N>(mut self, ids: &MaybeUndefined<Vec<Id<N>>>) -> Result<Self> {
        self.ids = given_list("ids", ids)?.map(|ids| ids.iter().map(|id| id.uuid()).collect());
        Ok(self)
    }

    /// Only rows of these workspace connectors, when any are given.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for null, and for too many; when the database fails.
    pub async fn of_connectors<C: Identified>(
        mut self,
        scope: &Scope,
        ids: &MaybeUndefined<Vec<Id<C>>>,
    ) -> Result<Self> {
        if let Some(ids) = given_list("workspace_connector_ids", ids)? {
            let ids = ids.iter().map(|id| id.uuid()).collect();
            let connectors = scope.load::<C>(scope.rows().filter(C::with_ids(ids))).await?;
            self.connectors = Some(connectors.iter().map(C::pk).collect());
        }
        Ok(self)
    }

    /// Whether the change is wanted. What has to be looked up for that is paid for, once for all that the caller follows.
    async fn takes<N: Followed>(&self, scope: &Scope, limiter: &dyn EventLimiter, next: &Next) -> Result<bool> {
        let change = &next.change;
        let wanted = self.kind.is_none_or(|kind| kind == change.kind)
            && self.ids.as_ref().is_none_or(|ids| change.id.is_some_and(|id| ids.contains(&id)));
        match &self.connectors {
            Some(connectors) if wanted && N::LOOKS_UP_CONNECTORS => {
                let found = next.batch.connectors.of(scope.caller().principal(), change.position);
                let found = found
                    .get_or_try_init(async || {
                        let _permit = limiter.permit_look_up().await?;
                        N::connectors(scope, change).await
                    })
                    .await?;
                Ok(!connectors.is_disjoint(found))
            }
            Some(connectors) => Ok(wanted && change.workspace_connector_pk.is_some_and(|pk| connectors.contains(&pk))),
            None => Ok(wanted),
        }
    }
}

/// Limits how fast the events of a subscription are delivered. Whoever executes the subscription gives it one.
pub trait EventLimiter: Send + Sync {
    /// Waits for the permit of the next event, which is paid for.
    ///
    /// # Errors
    /// When the subscription may not go on.
    fn permit(&self) -> BoxFuture<'_, Result<EventPermit>>;

    /// Waits for the permit of a statement that finds out what there is to deliver, which is paid for, too.
    ///
    /// # Errors
    /// When the subscription may not go on.
    fn permit_look_up(&self) -> BoxFuture<'_, Result<EventPermit>>;

    /// How long the beginning may take.
    fn allowed(&self) -> Duration;
}

/// The beginning of a subscription, in the time that it has.
///
/// # Errors
/// Those of the beginning, and `SERVICE_UNAVAILABLE` when it takes too long.
pub async fn begun<T>(ctx: &async_graphql::Context<'_>, beginning: impl Future<Output = Result<T>>) -> Result<T> {
    let allowed = ctx.data_unchecked::<Arc<dyn EventLimiter>>().allowed();
    let begun = tokio::time::timeout(allowed, beginning).await;
    begun.unwrap_or_else(|_| Err(Error::unavailable("a subscription did not begin in time")))
}

/// The permit of an event, held until all that is selected of it was read.
pub type EventPermit = Box<dyn Send + Sync>;

/// A change of one row.
pub struct Event<N> {
    kind: ChangeKind,
    id: ID,
    node: Option<N>,
    position: FeedPosition,
    _permit: EventPermit,
}

impl<N: Followed> TypeName for Event<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Change", N::type_name()).into()
    }
}

/// A change of one row.
#[Object(name_type)]
#[allow(clippy::unused_async, reason = "resolvers are async")]
impl<N: Followed> Event<N> {
    /// The kind of change.
    async fn kind(&self) -> ChangeKind {
        self.kind
    }

    /// The id of the row.
    async fn id(&self) -> &ID {
        &self.id
    }

    /// The row as it is now, which may be newer than this change; null when it was deleted.
    async fn node(&self) -> Option<&N> {
        self.node.as_ref()
    }

    /// The cursor of the change; for `after` of the same subscription.
    async fn cursor(&self, ctx: &async_graphql::Context<'_>) -> String {
        cursor::seal(&self.position, ctx.data_unchecked(), Some(N::ENTITY))
    }
}

/// The wanted changes of an entity from now on, or after a cursor. After an error there is nothing more.
///
/// # Errors
/// `FORBIDDEN` when the role may not read the entity, `BAD_CURSOR`, and when the feed cannot be read.
pub async fn follow<N: Followed>(
    ctx: &async_graphql::Context<'_>,
    wanted: Wanted,
    after: Option<String>,
) -> Result<BoxStream<'static, Result<Event<N>>>> {
    let (scope, limiter) =
        (ctx.data_unchecked::<Scope>().clone(), Arc::clone(ctx.data_unchecked::<Arc<dyn EventLimiter>>()));
    scope.require(N::READ)?;
    let after = after.map(|cursor| cursor::open(&scope, N::ENTITY, &cursor)).transpose()?;
    let feed = ctx.data_unchecked::<Feed>().clone();
    let follower = Follower::new(feed, &scope, N::ENTITY, after).await?;
    let events = stream::unfold(Some((scope, limiter, wanted, follower)), async |following| {
        let (scope, limiter, wanted, mut follower) = following?;
        match next_event(&scope, limiter.as_ref(), &wanted, &mut follower).await {
            Ok(event) => Some((Ok(event), Some((scope, limiter, wanted, follower)))),
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(events.boxed())
}

/// The next change that is wanted and that the follower may know of.
async fn next_event<N: Followed>(
    scope: &Scope,
    limiter: &dyn EventLimiter,
    wanted: &Wanted,
    follower: &mut Follower,
) -> Result<Event<N>> {
    loop {
        let next = follower.next(limiter).await?;
        scope.reset_cache();
        if !wanted.takes::<N>(scope, limiter, &next).await? {
            continue;
        }
        let Next { change, position, .. } = next;
        let permit = limiter.permit().await?;
        let node = match change.kind {
            ChangeKind::Deleted => None,
            ChangeKind::Created | ChangeKind::Updated => match scope.get(ByPk::<N>::new(change.pk)).await? {
                Some(node) => Some(node),
                // It is gone, which the next change of it tells.
                None => continue,
            },
        };
        let id = N::id_of(&change, scope).ok_or_else(|| Error::internal("a change has no id"))?;
        return Ok(Event { kind: change.kind, id, node, position, _permit: permit });
    }
}
