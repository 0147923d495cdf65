//! Its relations.

use async_graphql::Context;

use super::Task;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::collect::{self, Collect};
use crate::entity::macros::edges;
use crate::entity::people::People;
use crate::entity::workspace::Workspace;
use crate::error::Result;

edges! {
    impl Task {
        /// The collects that were done for it.
        many collects: collect::OfTask => Collect;
        /// The tasks that are part of it.
        many subtasks: super::OfParent => Task;
    }
    {
        /// The workspace it belongs to.
        async fn workspace(&self, ctx: &Context<'_>) -> Option<Result<Workspace>> {
            ctx.data_unchecked::<Scope>().get(ByPk::new(self.workspace_pk)).await.transpose()
        }

        /// The person who is to do it; null when it is nobody's, or the person was deleted.
        async fn assigned_to(&self, ctx: &Context<'_>) -> Option<Result<People>> {
            let pk = self.assigned_to_pk?;
            ctx.data_unchecked::<Scope>().get(ByPk::new(pk)).await.transpose()
        }

        /// The person who made it; null when that is not known, or the person was deleted.
        async fn created_by(&self, ctx: &Context<'_>) -> Option<Result<People>> {
            let pk = self.created_by_pk?;
            ctx.data_unchecked::<Scope>().get(ByPk::new(pk)).await.transpose()
        }

        /// The task it is part of; null when it stands alone, or that was deleted.
        async fn parent(&self, ctx: &Context<'_>) -> Option<Result<Task>> {
            let pk = self.parent_task_pk?;
            ctx.data_unchecked::<Scope>().get(ByPk::new(pk)).await.transpose()
        }
    }
}
