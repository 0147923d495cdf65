//! The row.

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::schema::core_api::workspaces;
use crate::entity::macros::record;
use crate::id::Id;
use crate::plan::{Planned, Relation};
use crate::scalar::DateTime;

/// The tenant: what every other row belongs to, and what every request acts in.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = workspaces)]
pub struct Workspace {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = workspace_id)]
    pub id: Id<Self>,
    /// What people call it.
    pub name: String,
    /// What it is for, in free text.
    pub description: Option<String>,
    /// The colour to show where there is no picture, as CSS writes it.
    pub avatar_color: Option<String>,
    /// The address of its picture.
    pub avatar_image: Option<String>,
    /// Its id in the identity provider.
    pub external_workspace_id: Option<String>,
    /// The IANA name of the time zone its people work in, such as `Europe/Paris`.
    pub timezone: Option<String>,
    /// When it was made.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
}

record!(Workspace of workspaces by workspace_id {
    name, description, avatar_color, avatar_image, external_workspace_id, timezone, created_at, updated_at,
});

impl Planned for Workspace {
    fn relation(_: &str) -> Option<Relation> {
        None
    }
}

impl Workspace {
    /// Who may read it.
    pub const READ: Access = Access::Everyone;
}
