//! What must be known of callers, from whoever keeps it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Role;
use crate::error::Result;

/// Where memberships and API keys are looked up.
pub trait Directory: Send + Sync {
    /// The live, active memberships of a subject in live workspaces, its default one first.
    ///
    /// # Errors
    /// When they cannot be read.
    fn memberships_of(&self, subject: &str) -> impl Future<Output = Result<Vec<KnownMembership>>> + Send;

    /// Notes which membership the subject has accepted, in the place of all others, as far as that can be noted.
    fn accept(&self, subject: &str, membership_pk: i32) -> impl Future<Output = ()> + Send;

    /// The live API key with this hash in a live workspace.
    ///
    /// # Errors
    /// When it cannot be read.
    fn api_key_with(&self, hash: &[u8]) -> impl Future<Output = Result<Option<KnownApiKey>>> + Send;

    /// The time by which credentials expire.
    fn now(&self) -> DateTime<Utc>;
}

/// A live, active membership of a subject in a live workspace.
#[derive(Clone, Debug)]
pub struct KnownMembership {
    /// Its internal key.
    pub pk: i32,
    /// The role it gives; none when this version does not know it.
    pub role: Option<Role>,
    /// The person it stands for.
    pub person_pk: Option<i32>,
    /// Whether it is the one to use when no workspace is named.
    pub is_default: bool,
    /// Whether its subject has come in by it, or nothing is known of that.
    pub is_accepted: bool,
    /// Whether its subject has come in to another workspace, by a membership that may have ended.
    pub is_accepted_elsewhere: bool,
    /// Where it holds.
    pub workspace: KnownWorkspace,
}

/// A live API key in a live workspace.
#[derive(Clone, Debug)]
pub struct KnownApiKey {
    /// Its internal key.
    pub pk: i32,
    /// The role it gives; none when this version does not know it.
    pub role: Option<Role>,
    /// The person it acts for.
    pub person_pk: Option<i32>,
    /// When it expires; none when it never does.
    pub expires_at: Option<DateTime<Utc>>,
    /// Where it is valid.
    pub workspace: KnownWorkspace,
}

/// A live workspace.
#[derive(Clone, Debug)]
pub struct KnownWorkspace {
    /// Its internal key.
    pub pk: i32,
    /// Its public id.
    pub id: Uuid,
    /// Its id in the system that made it.
    pub external_id: Option<String>,
}

impl KnownWorkspace {
    /// Whether a request that names its workspace so means this one.
    pub(super) fn is_named(&self, name: &str) -> bool {
        Uuid::parse_str(name).is_ok_and(|id| id == self.id) || self.external_id.as_deref() == Some(name)
    }
}
