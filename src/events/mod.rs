//! What becomes of rows, told to those who follow them.
//!
//! Triggers write what became of which row into the database's change feed, whichever program writes the row. One task
//! of the server, the [`Feed`], reads it and hands it out by workspace. Each follower then loads the row through its
//! own scope, and tells of it or does not.

mod feed;
pub(crate) mod field;
mod follower;
mod place;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::{ID, MaybeUndefined, Object, TypeName};
use futures_util::future::BoxFuture;
use futures_util::{Stream, stream};
use uuid::Uuid;

pub use self::feed::{Feed, FeedSettings};
use self::follower::Follower;
use self::place::Place;
use crate::db::changes::{Change, ChangeKind, Entity};
use crate::db::loader::ByPk;
use crate::db::scope::{Identified, Scope};
use crate::entity::workspace_connector::WorkspaceConnector;
use crate::error::{Error, Result};
use crate::filter::given_list;
use crate::id::Id;
use crate::page::Listed;

/// An entity whose changes can be followed.
pub trait Followed: Listed {
    /// As the feed names it.
    const ENTITY: Entity;

    /// Its public id, also when the row is gone.
    #[must_use]
    fn id_of(change: &Change, scope: &Scope) -> Option<ID> {
        let _ = scope;
        change.id.map(|id| ID(id.to_string()))
    }

    /// Whether the row belongs to one of these workspace connectors.
    ///
    /// # Errors
    /// When the database fails.
    #[must_use]
    fn belongs_to(
        scope: &Scope,
        change: &Change,
        connectors: &HashSet<i32>,
    ) -> impl Future<Output = Result<bool>> + Send {
        let _ = scope;
        let belongs = change.workspace_connector_pk.is_some_and(|pk| connectors.contains(&pk));
        std::future::ready(Ok(belongs))
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
    pub async fn of_connectors(
        mut self,
        scope: &Scope,
        ids: &MaybeUndefined<Vec<Id<WorkspaceConnector>>>,
    ) -> Result<Self> {
        if let Some(ids) = given_list("workspace_connector_ids", ids)? {
            let ids = ids.iter().map(|id| id.uuid()).collect();
            let rows = scope.rows().filter(WorkspaceConnector::with_ids(ids));
            let connectors = scope.load::<WorkspaceConnector>(rows).await?;
            self.connectors = Some(connectors.into_iter().map(|connector| connector.pk).collect());
        }
        Ok(self)
    }

    async fn takes<N: Followed>(&self, scope: &Scope, change: &Change) -> Result<bool> {
        let wanted = self.kind.is_none_or(|kind| kind == change.kind)
            && self.ids.as_ref().is_none_or(|ids| change.id.is_some_and(|id| ids.contains(&id)));
        match &self.connectors {
            Some(connectors) if wanted => N::belongs_to(scope, change, connectors).await,
            _ => Ok(wanted),
        }
    }
}

/// When the events of a subscription may be told. Whoever executes the subscription gives it one.
pub trait Pace: Send + Sync {
    /// Waits for the turn of the next event.
    ///
    /// # Errors
    /// When the subscription may not go on.
    fn turn(&self) -> BoxFuture<'_, Result<Turn>>;
}

/// The turn of an event: what its pace keeps until all that is selected of it was read.
pub type Turn = Box<dyn Send + Sync>;

/// What became of one row.
pub struct Event<N> {
    kind: ChangeKind,
    id: ID,
    node: Option<N>,
    place: Place,
    _turn: Turn,
}

impl<N: Followed> TypeName for Event<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Change", N::type_name()).into()
    }
}

/// What became of one row.
#[Object(name_type)]
#[allow(clippy::unused_async, reason = "resolvers are async")]
impl<N: Followed> Event<N> {
    /// What became of it.
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

    /// Where this change stands among all; for `after` of the same subscription.
    async fn cursor(&self, ctx: &async_graphql::Context<'_>) -> String {
        self.place.seal(ctx.data_unchecked::<Scope>(), N::ENTITY)
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
) -> Result<impl Stream<Item = Result<Event<N>>> + use<N>> {
    let (scope, pace) = (ctx.data_unchecked::<Scope>().clone(), Arc::clone(ctx.data_unchecked::<Arc<dyn Pace>>()));
    scope.require(N::READ)?;
    let after = after.map(|cursor| Place::open(&scope, N::ENTITY, &cursor)).transpose()?;
    let feed = scope.feed().clone();
    let follower = Follower::new(feed, scope.caller().workspace_pk(), N::ENTITY, after).await?;
    Ok(stream::unfold(Some((scope, pace, wanted, follower)), async |following| {
        let (scope, pace, wanted, mut follower) = following?;
        match next_event(&scope, pace.as_ref(), &wanted, &mut follower).await {
            Ok(event) => Some((Ok(event), Some((scope, pace, wanted, follower)))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// The next change that is wanted and that the follower may know of.
async fn next_event<N: Followed>(
    scope: &Scope,
    turns: &dyn Pace,
    wanted: &Wanted,
    follower: &mut Follower,
) -> Result<Event<N>> {
    loop {
        let (change, place) = follower.next().await?;
        scope.renew();
        if !wanted.takes::<N>(scope, &change).await? {
            continue;
        }
        let turn = turns.turn().await?;
        let node = match change.kind {
            ChangeKind::Deleted => None,
            ChangeKind::Created | ChangeKind::Updated => match scope.get(ByPk::<N>::new(change.pk)).await? {
                Some(node) => Some(node),
                // It is gone, which the next change of it tells.
                None => continue,
            },
        };
        let id = N::id_of(&change, scope).ok_or_else(|| Error::internal("a change has no id"))?;
        return Ok(Event { kind: change.kind, id, node, place, _turn: turn });
    }
}
