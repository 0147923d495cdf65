//! Who asks, once the credential was verified and the membership found.

use chrono::{DateTime, Utc};

use super::Role;

/// Whom the credential stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A person, by the stable subject of its identity.
    Subject(String),
    /// A machine, by its API key.
    ApiKey(i32),
}

/// A verified caller in one workspace. Only this folder makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub(super) principal: Principal,
    pub(super) expires_at: Option<DateTime<Utc>>,
    pub(super) workspace_pk: i32,
    pub(super) role: Role,
    pub(super) membership_pk: Option<i32>,
    pub(super) person_pk: Option<i32>,
}

impl Caller {
    /// Somebody in a workspace, without a person or a membership.
    #[cfg(test)]
    pub(crate) const fn of(principal: Principal, workspace_pk: i32, role: Role) -> Self {
        Self { principal, expires_at: None, workspace_pk, role, membership_pk: None, person_pk: None }
    }

    /// Whom the credential stands for.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// When its credential stops to hold.
    #[must_use]
    pub const fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }

    /// The workspace it acts in.
    #[must_use]
    pub const fn workspace_pk(&self) -> i32 {
        self.workspace_pk
    }

    /// Its role there.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Its membership there; machines have none.
    #[must_use]
    pub const fn membership_pk(&self) -> Option<i32> {
        self.membership_pk
    }

    /// The person it is there, when the membership names one.
    #[must_use]
    pub const fn person_pk(&self) -> Option<i32> {
        self.person_pk
    }
}
