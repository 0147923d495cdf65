//! What mutations are given.

use super::{Membership, MembershipRole, MembershipStatus};
use crate::entity::people::People;
use crate::id::Id;
use crate::scalar::DateTime;
use async_graphql::{InputObject, MaybeUndefined};

/// A member to invite or add.
#[derive(InputObject, Debug)]
pub struct CreateMembershipInput {
    /// The stable id that the identity provider gives the member, 1 to 255 characters. With it the membership is
    /// `ACTIVE` at once; without it it is `PENDING`. `CONFLICT` when the workspace has a member with it. Whoever is, or
    /// was, a member of another workspace comes in by naming this one in `X-Workspace-Id`: requests that name none do
    /// not go where their subject never was.
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
