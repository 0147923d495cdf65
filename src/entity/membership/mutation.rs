//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{CreateMembershipInput, DeleteMembershipInput, UpdateMembershipInput};
use super::{Membership, rules};
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

payload! {
    /// What `createMembership` did.
    CreateMembershipPayload {
        /// The new membership.
        membership: Membership
    }
}

payload! {
    /// What `updateMembership` did.
    UpdateMembershipPayload {
        /// The membership as it now is.
        membership: Membership
    }
}

payload! {
    /// What `deleteMembership` did.
    DeleteMembershipPayload {
        /// The membership as it was.
        membership: Membership
    }
}

/// Root fields that write memberships.
#[derive(Default)]
pub struct MembershipMutation;

/// Root fields.
#[Object]
impl MembershipMutation {
    /// Adds a member to the workspace, or invites one. For admins and owners.
    async fn create_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member.")] input: Repeatable<CreateMembershipInput>,
    ) -> Option<Result<CreateMembershipPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateMembershipPayload::of(rules::create(scope, input).boxed().await))
    }

    /// Changes a membership, one's own included; requests in progress and those of the next few seconds may still be
    /// answered by what it was. An owner's may only be changed by owners: to others that is `FORBIDDEN`. The last
    /// active owner of the workspace stays one: else it is `INVALID_STATE`. For admins and owners.
    async fn update_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which membership, and what changes.")] input: UpdateMembershipInput,
    ) -> Option<Result<UpdateMembershipPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateMembershipPayload::of(rules::update(scope, input).boxed().await))
    }

    /// Ends a membership, one's own included; within a few seconds its subject is not let in any more. An owner's may
    /// only be ended by owners: to others that is `FORBIDDEN`. The last active owner of the workspace stays: else it is
    /// `INVALID_STATE`. For admins and owners.
    async fn delete_membership(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which membership.")] input: DeleteMembershipInput,
    ) -> Option<Result<DeleteMembershipPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(DeleteMembershipPayload::of(rules::delete(scope, input).boxed().await))
    }
}
