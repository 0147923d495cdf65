//! Root fields that read.

use async_graphql::{Context, Object};

use super::Workspace;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::error::{Error, Result};

/// Root fields that read `Workspace`.
#[derive(Default)]
pub struct WorkspaceQuery;

/// Root fields.
#[Object]
impl WorkspaceQuery {
    /// The workspace that this request acts in.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Workspace> {
        let scope = ctx.data_unchecked::<Scope>();
        scope.require(Workspace::READ)?;
        let found = scope.get(ByPk::new(scope.caller().workspace_pk())).await?;
        // It can only have been deleted since the credential was checked: nobody is let in any more.
        found.ok_or_else(Error::forbidden)
    }
}
