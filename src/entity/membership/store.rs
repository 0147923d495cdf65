//! The row, and what its lists can be narrowed and ordered by.

use async_graphql::SimpleObject;
use diesel::{Queryable, Selectable};

use crate::auth::Access;
use crate::db::schema::core_api::{memberships, peoples};
use crate::entity::macros::{order_by, pg_enum, record};
use crate::entity::stored::Stored;
use crate::filter::{BooleanFilter, DateTimeFilter, IdFilter};
use crate::id::Id;
use crate::page::Paginated;
use crate::scalar::DateTime;

pg_enum! {
    /// What a member may do in the workspace.
    MembershipRole, MembershipRoleFilter, MembershipRoleEnum {
        /// The same as an admin, and may not be removed by one.
        Owner = "owner",
        /// Also manages the workspace, its connections, members and keys.
        Admin = "admin",
        /// Reads and works with documents, people, tasks and collects.
        Member = "member",
        /// Reads what is open to everyone in the workspace.
        Guest = "guest",
    }
}

pg_enum! {
    /// Whether an invitation to the workspace was taken up.
    MembershipStatus, MembershipStatusFilter, MembershipStatusEnum {
        /// Not yet; it lets nobody in.
        Pending = "pending",
        /// It was, and the member may come in.
        Active = "active",
    }
}

/// What makes an identity a member of the workspace, with a role.
#[derive(SimpleObject, Queryable, Selectable, Clone, Debug)]
#[graphql(complex)]
#[diesel(table_name = memberships)]
pub struct Membership {
    #[graphql(skip)]
    pub(crate) pk: i32,
    /// The id, a UUID.
    #[diesel(column_name = membership_id)]
    pub id: Id<Self>,
    /// What the member may do.
    pub role: Stored<MembershipRole>,
    /// Whether the invitation was taken up.
    pub status: Stored<MembershipStatus>,
    /// Whether the member's requests act in this workspace when they name none.
    pub is_default: bool,
    /// When the member was invited or added.
    pub created_at: DateTime,
    /// When it last changed.
    pub updated_at: Option<DateTime>,
    #[graphql(skip)]
    pub(crate) person_pk: Option<i32>,
    #[graphql(skip)]
    pub(crate) workspace_pk: i32,
}

record!(Membership of memberships by membership_id {
    role, status, is_default, created_at, updated_at,
});

crate::filter! {
    /// A filter of memberships.
    MembershipFilter for memberships {
        /// By id.
        id: IdFilter => membership_id,
        /// By what the member may do.
        role: MembershipRoleFilter => role,
        /// By whether the invitation was taken up.
        status: MembershipStatusFilter => status,
        /// By whether it is the member's default.
        is_default: BooleanFilter => is_default,
        /// By when the member was invited or added.
        created_at: DateTimeFilter => created_at,
        /// By when it last changed.
        updated_at: DateTimeFilter => updated_at,
    }
    relations {
        /// By the person the member is.
        person: person_pk -> peoples::person_id,
    }
}

order_by! {
    Membership of memberships: MembershipOrder, MembershipOrderField {
        /// When the member was invited or added.
        CreatedAt => created_at,
        /// When it last changed.
        UpdatedAt => updated_at "null",
    }
}

impl Paginated for Membership {
    const READ: Access = Access::Everyone;
    type Filter = MembershipFilter;
    type OrderBy = MembershipOrder;
    type Extra = async_graphql::connection::EmptyFields;
}
