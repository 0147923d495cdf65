//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{Membership, MembershipRole, MembershipStatus, life};
use crate::db::scope::Scope;
use crate::entity::people::People;
use crate::error::Result;
use crate::id::Id;
use crate::payload;
use crate::scalar::DateTime;

/// A member to invite or add.
#[derive(InputObject, Debug)]
pub struct CreateMembershipInput {
    /// The stable id that the identity provider gives the member, 1 to 255 characters. With it the membership is
    /// `ACTIVE` at once; without it it is `PENDING`. `CONFLICT` when the workspace has a member with it.
    pub subject: Option<String>,
    /// What the member may do. `OWNER` is for owners to give; from others it is `FORBIDDEN`.
    pub role: MembershipRole,
    /// The person the member is in this workspace.
    pub person_id: Option<Id<People>>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a membership.
#[derive(InputObject, Debug)]
pub struct UpdateMembershipInput {
    /// The membership.
    pub id: Id<Membership>,
    /// What the member may do. `OWNER` is for owners to give; from others it is `FORBIDDEN`.
    pub role: MaybeUndefined<MembershipRole>,
    /// Whether the member may come in. `INVALID_STATE` for `ACTIVE` as long as the member has no subject.
    pub status: MaybeUndefined<MembershipStatus>,
    /// The person the member is in this workspace; null for none.
    pub person_id: MaybeUndefined<Id<People>>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A membership to end.
#[derive(InputObject, Debug)]
pub struct DeleteMembershipInput {
    /// The membership.
    pub id: Id<Membership>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

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
        #[graphql(desc = "The member.")] input: CreateMembershipInput,
    ) -> Option<Result<CreateMembershipPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateMembershipPayload::of(life::create(scope, input).await))
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
        Some(UpdateMembershipPayload::of(life::update(scope, input).await))
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
        Some(DeleteMembershipPayload::of(life::delete(scope, input).await))
    }
}
