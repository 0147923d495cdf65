//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{CreateCollectInput, DeleteCollectInput, UpdateCollectInput};
use super::{Collect, rules};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

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
        #[graphql(desc = "The collect.")] input: Repeatable<CreateCollectInput>,
    ) -> Option<Result<CreateCollectPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateCollectPayload::of(rules::create(scope, input).boxed().await))
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
        Some(UpdateCollectPayload::of(rules::update(scope, input).boxed().await))
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
        Some(DeleteCollectPayload::of(deleted.boxed().await))
    }
}
