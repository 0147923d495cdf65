//! Roles, and the classes of access that the permission table is made of.

use async_graphql::Enum;

use crate::entity::api_key::ApiKeyRole;
use crate::entity::membership::MembershipRole;

/// What a caller is in the workspace it acts in.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Reads the entities that are open to everyone in the workspace.
    Guest,
    /// Reads and works with documents, people, tasks and collects.
    Member,
    /// Also manages the workspace, its connections, members and keys.
    Admin,
    /// The same as an admin, and may not be removed by one.
    Owner,
    /// An API key of the sync pipeline.
    Service,
}

impl From<MembershipRole> for Role {
    fn from(role: MembershipRole) -> Self {
        match role {
            MembershipRole::Owner => Self::Owner,
            MembershipRole::Admin => Self::Admin,
            MembershipRole::Member => Self::Member,
            MembershipRole::Guest => Self::Guest,
        }
    }
}

impl From<ApiKeyRole> for Role {
    fn from(role: ApiKeyRole) -> Self {
        match role {
            ApiKeyRole::Owner => Self::Owner,
            ApiKeyRole::Admin => Self::Admin,
            ApiKeyRole::Member => Self::Member,
            ApiKeyRole::Guest => Self::Guest,
            ApiKeyRole::Service => Self::Service,
        }
    }
}

/// Who may do something. Every line of the permission table is one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Any role of the workspace.
    Everyone,
    /// Members and up, and the pipeline.
    MemberOrService,
    /// Members and up, people only.
    Member,
    /// Admins and owners, and the pipeline.
    AdminOrService,
    /// Admins and owners only.
    Admin,
    /// The pipeline only.
    Service,
}

impl Access {
    /// Whether the role is let in.
    #[must_use]
    pub const fn allows(self, role: Role) -> bool {
        match self {
            Self::Everyone => true,
            Self::MemberOrService => !matches!(role, Role::Guest),
            Self::Member => matches!(role, Role::Member | Role::Admin | Role::Owner),
            Self::AdminOrService => matches!(role, Role::Admin | Role::Owner | Role::Service),
            Self::Admin => matches!(role, Role::Admin | Role::Owner),
            Self::Service => matches!(role, Role::Service),
        }
    }
}
