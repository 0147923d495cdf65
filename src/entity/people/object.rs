//! The person's relations.

use async_graphql::Context;

use super::People;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::collect::{self, Collect};
use crate::entity::macros::edges;
use crate::entity::workspace::Workspace;
use crate::error::Result;

edges! {
    impl People {
        /// The collects that the person started.
        many collects: collect::OfPerson => Collect;
    }
    {
        /// The workspace that knows the person.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            let pk = self.workspace_pk?;
            ctx.data_unchecked::<Scope>().get(ByPk::new(pk)).await.transpose()
        }
    }
}
