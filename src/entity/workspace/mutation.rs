//! Inputs, payloads, and the root field that writes.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::UpdateWorkspaceInput;
use super::{Workspace, rules};
use crate::db::scope::Scope;
use crate::error::Result;
use crate::payload;

payload! {
    /// What `updateWorkspace` did.
    UpdateWorkspacePayload {
        /// The workspace as it now is.
        workspace: Workspace
    }
}

/// Root fields that write the workspace.
#[derive(Default)]
pub struct WorkspaceMutation;

/// Root fields.
#[Object]
impl WorkspaceMutation {
    /// Changes the workspace that the request acts in. For admins and owners.
    async fn update_workspace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What changes.")] input: UpdateWorkspaceInput,
    ) -> Option<Result<UpdateWorkspacePayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateWorkspacePayload::of(rules::update(scope, input).boxed().await))
    }
}
