//! Inputs, payloads, and the root field that writes.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{Workspace, write};
use crate::db::scope::Scope;
use crate::error::Result;
use crate::payload;
use crate::scalar::DateTime;

/// A change of the workspace that the request acts in.
#[derive(InputObject, Debug)]
pub struct UpdateWorkspaceInput {
    /// What people call it, 1 to 255 characters.
    pub name: MaybeUndefined<String>,
    /// What it is for, in free text, at most 5,000 characters; null clears it.
    pub description: MaybeUndefined<String>,
    /// The colour to show where there is no picture: `#` and six hexadecimal digits, such as `#1e90ff`; null clears
    /// it.
    pub avatar_color: MaybeUndefined<String>,
    /// The address of its picture, `http` or `https`, at most 2,048 characters; null clears it.
    pub avatar_image: MaybeUndefined<String>,
    /// The IANA name of the time zone its people work in, such as `Europe/Paris`; null clears it.
    pub timezone: MaybeUndefined<String>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

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
        Some(UpdateWorkspacePayload::of(write::update(scope, input).await))
    }
}
