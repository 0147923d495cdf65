//! Its relations.

use async_graphql::Context;

use super::ApiKey;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::macros::edges;
use crate::entity::people::People;
use crate::entity::workspace::Workspace;
use crate::error::Result;

edges! {
    impl ApiKey {}
    {
        /// The person in whose name it acts; null when it is nobody's, and when that person was deleted.
        async fn person(&self, ctx: &Context<'_>) -> Option<Result<People>> {
            let pk = self.person_pk?;
            ctx.data_unchecked::<Scope>().get(ByPk::new(pk)).await.transpose()
        }

        /// The workspace it acts in.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_pk)).await.transpose()
        }
    }
}
