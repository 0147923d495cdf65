//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{People, write};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::id::Id;
use crate::payload;
use crate::scalar::DateTime;

/// A person to make known.
#[derive(InputObject, Debug)]
pub struct CreatePeopleInput {
    /// The name as it is written out, at most 255 characters.
    pub full_name: Option<String>,
    /// The given name, at most 255 characters.
    pub first_name: Option<String>,
    /// The family name, at most 255 characters.
    pub last_name: Option<String>,
    /// What the person does in their organisation, at most 255 characters.
    pub job_title: Option<String>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a person.
#[derive(InputObject, Debug)]
pub struct UpdatePeopleInput {
    /// The person.
    pub id: Id<People>,
    /// The name as it is written out, at most 255 characters; null clears it.
    pub full_name: MaybeUndefined<String>,
    /// The given name, at most 255 characters; null clears it.
    pub first_name: MaybeUndefined<String>,
    /// The family name, at most 255 characters; null clears it.
    pub last_name: MaybeUndefined<String>,
    /// What the person does in their organisation, at most 255 characters; null clears it.
    pub job_title: MaybeUndefined<String>,
    /// Refuse with `CONFLICT` when the person has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A person to delete.
#[derive(InputObject, Debug)]
pub struct DeletePeopleInput {
    /// The person.
    pub id: Id<People>,
    /// Refuse with `CONFLICT` when the person has changed since.
    pub expected_updated_at: Option<DateTime>,
}

payload! {
    /// What `createPeople` did.
    CreatePeoplePayload {
        /// The person.
        people: People
    }
}

payload! {
    /// What `updatePeople` did.
    UpdatePeoplePayload {
        /// The person as it now is; on `CONFLICT` as somebody else left it.
        people: People
    }
}

payload! {
    /// What `deletePeople` did.
    DeletePeoplePayload {
        /// The person as it was; on `CONFLICT` as somebody else left it.
        people: People
    }
}

/// Root fields that write people.
#[derive(Default)]
pub struct PeopleMutation;

/// Root fields.
#[Object]
impl PeopleMutation {
    /// Makes a person known to the workspace. For members and up, and the pipeline.
    async fn create_people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The person.")] input: CreatePeopleInput,
    ) -> Option<Result<CreatePeoplePayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreatePeoplePayload::of(write::create(scope, input).await))
    }

    /// Changes what is known about a person. For members and up, and the pipeline.
    async fn update_people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which person, and what changes.")] input: UpdatePeopleInput,
    ) -> Option<Result<UpdatePeoplePayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdatePeoplePayload::of(write::update(scope, input).await))
    }

    /// Deletes a person. The collects that the person started go on naming them. For members and up, and the
    /// pipeline.
    async fn delete_people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which person.")] input: DeletePeopleInput,
    ) -> Option<Result<DeletePeoplePayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let deleted = async {
            scope.require(Access::MemberOrService)?;
            crate::mutation::delete(scope, input.id, input.expected_updated_at).await
        };
        Some(DeletePeoplePayload::of(deleted.await))
    }
}
