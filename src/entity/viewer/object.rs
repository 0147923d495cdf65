//! The caller, as it may see itself.

use async_graphql::{Context, Object, SimpleObject};

use crate::auth::Role;
use crate::db::loader::ByPk;
use crate::db::scope::Scope;
use crate::entity::membership::Membership;
use crate::entity::people::People;
use crate::entity::workspace::Workspace;
use crate::error::{Code, Error, Result};
use crate::id::Id;
use crate::scalar::DateTime;

/// Who is asking: the credential of this request, in the workspace it acts in.
pub struct Viewer;

/// A workspace that the viewer may act in, by sending its id as `X-Workspace-Id`.
#[derive(SimpleObject, Clone, Debug)]
pub struct ViewerWorkspace {
    /// The id, a UUID.
    pub id: Id<Workspace>,
    /// Its name.
    pub name: String,
    /// The viewer's role there.
    pub role: Role,
    /// Whether it is the one that is used when none is named.
    pub is_default: bool,
}

/// The caller: the credential of this request, in the workspace it acts in.
#[Object]
impl Viewer {
    /// The role in this workspace.
    async fn role(&self, ctx: &Context<'_>) -> Role {
        ctx.data_unchecked::<Scope>().role()
    }

    /// When the credential stops to hold; null when it never does.
    async fn expires_at(&self, ctx: &Context<'_>) -> Option<DateTime> {
        ctx.data_unchecked::<Scope>().caller().expires_at().map(DateTime::from)
    }

    /// The workspace that this request acts in.
    async fn workspace(&self, ctx: &Context<'_>) -> Result<Workspace> {
        let scope = ctx.data_unchecked::<Scope>();
        let workspace = scope.get(ByPk::new(scope.caller().workspace_pk())).await?;
        workspace.ok_or_else(|| Error::new(Code::NotFound, "The workspace was deleted."))
    }

    /// The membership that gives the role; null for an API key.
    async fn membership(&self, ctx: &Context<'_>) -> Option<Result<Membership>> {
        let scope = ctx.data_unchecked::<Scope>();
        scope.get(ByPk::new(scope.caller().membership_pk()?)).await.transpose()
    }

    /// The person in this workspace; null when the credential stands for none.
    async fn person(&self, ctx: &Context<'_>) -> Option<Result<People>> {
        let scope = ctx.data_unchecked::<Scope>();
        scope.get(ByPk::new(scope.caller().person_pk()?)).await.transpose()
    }

    /// The workspaces one may switch to, this one among them, the default one first. An API key has only its own
    /// and lists none.
    async fn workspaces(&self, ctx: &Context<'_>) -> Result<Vec<ViewerWorkspace>> {
        let open = ctx.data_unchecked::<Scope>().open_workspaces().await?;
        // A role that is not known lets nobody in.
        let listed = open.into_iter().filter_map(|workspace| {
            Some(ViewerWorkspace {
                id: Id::new(workspace.id),
                name: workspace.name,
                role: workspace.role?,
                is_default: workspace.is_default,
            })
        });
        Ok(listed.collect())
    }
}

/// The root field that tells who is asking.
#[derive(Default)]
pub struct ViewerQuery;

/// Root fields.
#[Object]
impl ViewerQuery {
    /// The caller: the credential of this request, in the workspace it acts in.
    async fn viewer(&self) -> Viewer {
        Viewer
    }
}
