//! How members come, change and go, and how the workspace keeps an owner.

use async_graphql::MaybeUndefined::{Null, Undefined, Value};
use diesel::prelude::*;

use super::input::{CreateMembershipInput, DeleteMembershipInput, UpdateMembershipInput};
use super::{Membership, MembershipRole, MembershipStatus as Status};
use crate::auth::{Access, Role};
use crate::db::condition::Condition;
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::memberships;
use crate::db::scope::{Identified, OwnWorkspace, Scope, Scoped};
use crate::db::tx::Tx;
use crate::entity::people;
use crate::entity::stored::Stored;
use crate::entity::workspace::Workspace;
use crate::error::Error;
use crate::id::Id;
use crate::mutation::{self, MutationError, MutationResult, Repeatable, UserError, check_code, clearable, required};
use crate::scalar::DateTime;

/// How long a subject may be, in characters.
const MAX_SUBJECT_LENGTH: usize = 255;

#[derive(Insertable)]
#[diesel(table_name = memberships)]
struct NewMembership {
    subject: Option<String>,
    role: MembershipRole,
    status: Status,
    is_accepted: bool,
    created_at: DateTime,
    person_pk: Option<i32>,
    workspace_pk: OwnWorkspace,
}

/// Refuses whoever touches an owner without being one.
/// What an unknown role may do, nobody knows: perhaps as much.
fn only_owners_for(scope: &Scope, role: Stored<MembershipRole>) -> Result<(), Error> {
    let as_much = matches!(role, Stored::Known(MembershipRole::Owner) | Stored::Unknown);
    if as_much && scope.role() != Role::Owner { Err(Error::forbidden()) } else { Ok(()) }
}

/// Adds a member, or invites one.
pub(super) async fn create(scope: &Scope, input: Repeatable<CreateMembershipInput>) -> MutationResult<Membership> {
    let (input, request) = input.request("createMembership");
    scope.require(Access::Admin)?;
    only_owners_for(scope, input.role.into())?;
    if let Some(subject) = &input.subject {
        check_code("subject", subject, MAX_SUBJECT_LENGTH)?;
    }
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        return mutation::replay(&mut tx, pk).await;
    }
    let person_pk = match input.person_id {
        Some(id) => Some(people::named(&mut tx, "personId", id).await?.pk),
        None => None,
    };
    let new = NewMembership {
        status: if input.subject.is_some() { Status::Active } else { Status::Pending },
        subject: input.subject,
        // Whether the subject knows of it, only the subject can tell.
        is_accepted: false,
        role: input.role,
        created_at: DateTime::from(scope.now()),
        person_pk,
        workspace_pk: scope.workspace(),
    };
    let insert = diesel::insert_into(memberships::table).values(new).on_conflict_do_nothing();
    let taken = || UserError::conflict("subject", "`subject` is already a member.");
    let membership: Membership = tx.insert(insert).await?.pop().ok_or_else(taken)?;
    tx.note(keyed, membership.pk).await?;
    tx.commit().await?;
    Ok(membership)
}

/// Changes a membership.
pub(super) async fn update(scope: &Scope, input: UpdateMembershipInput) -> MutationResult<Membership> {
    scope.require(Access::Admin)?;
    let (role, status) = (required("role", input.role)?, required("status", input.status)?);
    role.map_or(Ok(()), |role| only_owners_for(scope, role.into()))?;
    let mut tx = scope.begin().await?;
    let (row, membership) = lock(&mut tx, input.id, input.expected_updated_at).await?;
    let person_pk = match input.person_id {
        Value(id) => Value(people::named(&mut tx, "personId", id).await?.pk),
        Null => Null,
        Undefined => Undefined,
    };
    if status == Some(Status::Active) && membership.status != Status::Active {
        let known = row.clone().filter(Condition::of(memberships::subject.is_not_null()));
        let unknown = || UserError::invalid_state("Nobody has taken this invitation up: it has no subject.");
        tx.find::<Membership>(known).await?.ok_or_else(unknown)?;
    }
    if role.is_some_and(|role| role != MembershipRole::Owner) || status == Some(Status::Pending) {
        keep_an_owner(&mut tx, &membership).await?;
    }
    let changes = (
        role.map(|role| memberships::role.eq(role)),
        status.map(|status| memberships::status.eq(status)),
        clearable(person_pk).map(|person| memberships::person_pk.eq(person)),
    );
    let membership = mutation::update(&mut tx, row, None, changes).await?;
    tx.commit().await?;
    Ok(membership)
}

/// Ends a membership.
pub(super) async fn delete(scope: &Scope, input: DeleteMembershipInput) -> MutationResult<Membership> {
    scope.require(Access::Admin)?;
    let mut tx = scope.begin().await?;
    let (row, membership) = lock(&mut tx, input.id, input.expected_updated_at).await?;
    keep_an_owner(&mut tx, &membership).await?;
    let membership = mutation::delete_row(&mut tx, row, None).await?;
    tx.commit().await?;
    Ok(membership)
}

/// The membership, as the client last saw it, which nobody else changes before the transaction ends. Neither does
/// anybody change another one of the workspace: who may be the last owner can only be told by looking at all.
async fn lock(
    tx: &mut Tx<'_>,
    id: Id<Membership>,
    expected_updated_at: Option<DateTime>,
) -> Result<(Scoped<memberships::table>, Membership), MutationError<Membership>> {
    let scope = tx.scope();
    tx.lock::<Workspace>(scope.rows()).await?;
    let row = scope.rows().filter(Membership::with_ids(vec![id.uuid()]));
    let membership = tx.lock::<Membership>(row.clone()).await?.ok_or_else(|| UserError::not_found("id"))?;
    only_owners_for(scope, membership.role)?;
    if mutation::is_stale(expected_updated_at, membership.updated_at) {
        return Err(mutation::stale(Some(membership)));
    }
    Ok((row, membership))
}

/// Refuses to take the workspace its last active owner.
async fn keep_an_owner(tx: &mut Tx<'_>, leaving: &Membership) -> Result<(), MutationError<Membership>> {
    if leaving.role != MembershipRole::Owner || leaving.status != Status::Active {
        return Ok(());
    }
    let active = memberships::role.eq(MembershipRole::Owner).and(memberships::status.eq(Status::Active));
    let known = memberships::subject.is_not_null().and(memberships::pk.ne(leaving.pk));
    let others = tx.scope().rows().filter(Condition::of(active)).filter(Condition::of(known));
    match tx.find::<Membership>(others).await? {
        Some(_) => Ok(()),
        None => Err(UserError::invalid_state("The workspace needs an active owner, and this is its last one.").into()),
    }
}
