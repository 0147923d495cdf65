//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{CreatePeopleInput, DeletePeopleInput, UpdatePeopleInput};
use super::{People, rules};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

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
        #[graphql(desc = "The person.")] input: Repeatable<CreatePeopleInput>,
    ) -> Option<Result<CreatePeoplePayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreatePeoplePayload::of(rules::create(scope, input).boxed().await))
    }

    /// Changes what is known about a person. For members and up, and the pipeline.
    async fn update_people(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which person, and what changes.")] input: UpdatePeopleInput,
    ) -> Option<Result<UpdatePeoplePayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdatePeoplePayload::of(rules::update(scope, input).boxed().await))
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
        Some(DeletePeoplePayload::of(deleted.boxed().await))
    }
}
