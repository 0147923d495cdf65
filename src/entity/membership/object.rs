//! What it computes, and its relations.

use async_graphql::Context;

use super::Membership;
use crate::auth::Principal;
use crate::db::schema::core_api::memberships;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::people::People;
use crate::entity::workspace::Workspace;
use crate::error::{Code, Error, Result};

edges! {
    impl Membership of memberships {
        one {
            /// The person the member is in this workspace; null when there is none.
            person: person_pk => People;
            /// The workspace it lets in to.
            workspace: workspace_pk => Workspace;
        }
    }
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
    }
}
