//! Its relations.

use async_graphql::Context;

use super::Collect;
use crate::db::schema::core_api::collects;
use crate::db::scope::Scope;
use crate::entity::document::{self, Document};
use crate::entity::macros::edges;
use crate::entity::people::{People, PersonEver};
use crate::entity::task::Task;
use crate::entity::workspace::Workspace;
use crate::error::{Error, Result};

edges! {
    impl Collect of collects {
        one {
            /// The workspace it belongs to.
            workspace: workspace_pk => Workspace;
            /// The task it was done for; null when there is none, or it was deleted.
            task: task_pk => Task;
        }
        many {
            /// The documents it gathered.
            documents: document::OfCollect => Document;
        }
        of_rows { people }
    }
    {
        /// The person who started it, who stays named here even when no longer among the workspace's people.
        async fn people(&self, ctx: &Context<'_>) -> Result<People> {
            let person = ctx.data_unchecked::<Scope>().get(PersonEver(self.people_pk)).await?;
            person.ok_or_else(|| Error::internal("a collect is there whose person is not"))
        }
    }
}
