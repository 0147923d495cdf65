//! What it computes, and its relations.

use async_graphql::Context;

use super::Membership;
use crate::auth::Principal;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::people::People;
use crate::entity::workspace::Workspace;
use crate::error::{Code, Error, Result};

edges! {
    impl Membership {}
    {
        /// The stable id that the identity provider gives the member. Only one's own can be read.
        async fn subject(&self, ctx: &Context<'_>) -> Option<Result<String>> {
            let caller = ctx.data_unchecked::<Scope>().caller();
            Some(match caller.principal() {
                // The caller's own credential said it; the column is never selected.
                Principal::Subject(subject) if caller.membership_pk() == Some(self.pk) => Ok(subject.clone()),
                _ => Err(Error::new(Code::Forbidden, "Only the subject of your own membership can be read.")),
            })
        }

        /// The person the member is in this workspace; null when there is none.
        async fn person(&self, ctx: &Context<'_>) -> Option<Result<People>> {
            let pk = self.person_pk?;
            ctx.data_unchecked::<Scope>().get(ByPk::new(pk)).await.transpose()
        }

        /// The workspace it lets in to.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_pk)).await.transpose()
        }
    }
}
