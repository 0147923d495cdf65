//! Roles, and the classes of access that the permission table is made of.

use async_graphql::Enum;

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

impl Role {
    const ALL: [Self; 5] = [Self::Guest, Self::Member, Self::Admin, Self::Owner, Self::Service];

    /// As the database writes it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
            Self::Service => "service",
        }
    }

    /// The role that the database writes so; none when this version does not know it.
    #[must_use]
    pub fn of_label(label: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.label().as_bytes() == label)
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
