//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{Collect, CollectStatus, life};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::entity::task::Task;
use crate::error::Result;
use crate::id::Id;
use crate::payload;
use crate::scalar::DateTime;

/// A collect to begin, or to note when it has begun or ended elsewhere.
#[derive(InputObject, Debug)]
pub struct CreateCollectInput {
    /// The key of the tool or surface it gathers from, such as `linkedin`, at most 255 characters.
    pub provider: Option<String>,
    /// Where it stands.
    #[graphql(default_with = "CollectStatus::Todo")]
    pub status: CollectStatus,
    /// When it went to work; only unless its status is `TODO`. The present moment when left out with the status
    /// `IN_PROGRESS` or `FINALIZED`. At most 5 minutes ahead of the server's clock.
    pub started_at: Option<DateTime>,
    /// When it came to its end, not before it started; only with the status `FINALIZED` or `ERROR`, and the present
    /// moment when left out. At most 5 minutes ahead of the server's clock.
    pub ended_at: Option<DateTime>,
    /// The task it is done for.
    pub task_id: Option<Id<Task>>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a collect. Once it has ended, only the task it was done for can change.
#[derive(InputObject, Debug)]
pub struct UpdateCollectInput {
    /// The collect.
    pub id: Id<Collect>,
    /// The key of the tool or surface it gathers from, at most 255 characters; null clears it.
    pub provider: MaybeUndefined<String>,
    /// Where it stands: `TODO` becomes `IN_PROGRESS` or `ERROR`, `IN_PROGRESS` becomes `FINALIZED` or `ERROR`. It cannot
    /// be cleared.
    pub status: MaybeUndefined<CollectStatus>,
    /// When it went to work; not while its status is `TODO`. The present moment when left out, or null, as the status
    /// becomes `IN_PROGRESS`; null clears it while the status stays that. At most 5 minutes ahead of the server's clock.
    pub started_at: MaybeUndefined<DateTime>,
    /// When it came to its end, not before it started; only as the status becomes `FINALIZED` or `ERROR`, and the present
    /// moment when left out, or null, then. At most 5 minutes ahead of the server's clock.
    pub ended_at: MaybeUndefined<DateTime>,
    /// The task it is done for; null when it is for none.
    pub task_id: MaybeUndefined<Id<Task>>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A collect to delete.
#[derive(InputObject, Debug)]
pub struct DeleteCollectInput {
    /// The collect.
    pub id: Id<Collect>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

payload! {
    /// What `createCollect` did.
    CreateCollectPayload {
        /// The collect.
        collect: Collect
    }
}

payload! {
    /// What `updateCollect` did.
    UpdateCollectPayload {
        /// The collect as it now is; on `CONFLICT` as somebody else left it.
        collect: Collect
    }
}

payload! {
    /// What `deleteCollect` did.
    DeleteCollectPayload {
        /// The collect as it was; on `CONFLICT` as somebody else left it.
        collect: Collect
    }
}

/// Root fields that write collects.
#[derive(Default)]
pub struct CollectMutation;

/// Root fields.
#[Object]
impl CollectMutation {
    /// Makes a collect of the person that the caller is in the workspace; `BAD_USER_INPUT` when it is none. One that
    /// has ended already writes a sync log, as with `updateCollect`. For members and up.
    async fn create_collect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The collect.")] input: CreateCollectInput,
    ) -> Option<Result<CreateCollectPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateCollectPayload::of(life::create(scope, input).await))
    }

    /// Changes a collect. `INVALID_STATE` when its status does not lead to the new one, or when it has ended; the status
    /// that it has already changes nothing. Of two that end it at once, one wins; repeating the winner's call returns the
    /// collect as it is, any other gets `CONFLICT`. When it ends and its provider is the `serviceId` of exactly one connector with a workspace connector
    /// here, a sync log of that is written with it: of the newest when the connector was connected repeatedly, one in
    /// use before a disconnected one. For members and up, and the pipeline.
    async fn update_collect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which collect, and what changes.")] input: UpdateCollectInput,
    ) -> Option<Result<UpdateCollectPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateCollectPayload::of(life::update(scope, input).await))
    }

    /// Deletes a collect. The documents that it gathered are left. For members and up.
    async fn delete_collect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which collect.")] input: DeleteCollectInput,
    ) -> Option<Result<DeleteCollectPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let deleted = async {
            scope.require(Access::Member)?;
            crate::mutation::delete(scope, input.id, input.expected_updated_at).await
        };
        Some(DeleteCollectPayload::of(deleted.await))
    }
}
