//! The few look-ups that come before any scope: whom a credential stands for.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Db, Lease};
use crate::entity::api_key::ApiKeyRole;
use crate::entity::membership::{MembershipRole, MembershipStatus};
use crate::entity::tables::core_api::{api_keys, memberships, workspaces};
use crate::error::{Chain, Result};
use crate::scalar::DateTime;

/// A live, active membership of a subject in a live workspace.
#[derive(Queryable, Clone, Debug)]
pub struct KnownMembership {
    /// Its internal key.
    pub pk: i32,
    /// The role it gives.
    pub role: MembershipRole,
    /// The person it stands for.
    pub person_pk: Option<i32>,
    /// Whether it is the one to use when no workspace is named.
    pub is_default: bool,
    /// The workspace's internal key.
    pub workspace_pk: i32,
    /// The workspace's public id.
    pub workspace_id: Uuid,
    /// The workspace's id in the system that made it.
    pub external_workspace_id: Option<String>,
}

/// A live API key in a live workspace.
#[derive(Queryable, Clone, Debug)]
pub struct KnownApiKey {
    /// Its internal key.
    pub pk: i32,
    /// The role it gives.
    pub role: ApiKeyRole,
    /// The person it acts for.
    pub person_pk: Option<i32>,
    /// When it stops to hold.
    pub expires_at: Option<DateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime>,
    /// The workspace's internal key.
    pub workspace_pk: i32,
    /// The workspace's public id.
    pub workspace_id: Uuid,
    /// The workspace's id in the system that made it.
    pub external_workspace_id: Option<String>,
}

/// A workspace that a person may act in.
#[derive(Queryable, Clone, Debug)]
pub struct OpenWorkspace {
    /// Its public id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The person's role there.
    pub role: MembershipRole,
    /// Whether it is the person's default.
    pub is_default: bool,
}

impl Db {
    /// The workspaces the subject is an active member of, its default one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workspaces_open_to(&self, subject: &str) -> Result<Vec<OpenWorkspace>> {
        let mut lease = self.connection().await?;
        let found = memberships::table
            .inner_join(workspaces::table)
            .filter(memberships::subject.eq(subject))
            .filter(memberships::status.eq(MembershipStatus::Active))
            .filter(memberships::deleted_at.is_null())
            .filter(workspaces::deleted_at.is_null())
            .order((memberships::is_default.desc(), memberships::created_at, memberships::pk))
            .select((workspaces::workspace_id, workspaces::name, memberships::role, memberships::is_default))
            .load(lease.statement()?)
            .await?;
        lease.done();
        Ok(found)
    }

    /// The subject's memberships, its default one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn memberships_of(&self, subject: &str) -> Result<Vec<KnownMembership>> {
        let mut lease = self.connection().await?;
        let found = memberships::table
            .inner_join(workspaces::table)
            .filter(memberships::subject.eq(subject))
            .filter(memberships::status.eq(MembershipStatus::Active))
            .filter(memberships::deleted_at.is_null())
            .filter(workspaces::deleted_at.is_null())
            .order((memberships::is_default.desc(), memberships::created_at, memberships::pk))
            .select((
                memberships::pk,
                memberships::role,
                memberships::person_pk,
                memberships::is_default,
                memberships::workspace_pk,
                workspaces::workspace_id,
                workspaces::external_workspace_id,
            ))
            .load(lease.statement()?)
            .await?;
        lease.done();
        Ok(found)
    }

    /// The API key with this hash. Notes that it was used, at most once a minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn api_key_with(&self, hash: &[u8]) -> Result<Option<KnownApiKey>> {
        let mut lease = self.connection().await?;
        let found: Option<KnownApiKey> = api_keys::table
            .inner_join(workspaces::table)
            .filter(api_keys::key_hash.eq(hash))
            .filter(api_keys::deleted_at.is_null())
            .filter(workspaces::deleted_at.is_null())
            .select((
                api_keys::pk,
                api_keys::role,
                api_keys::person_pk,
                api_keys::expires_at,
                api_keys::last_used_at,
                api_keys::workspace_pk,
                workspaces::workspace_id,
                workspaces::external_workspace_id,
            ))
            .first(lease.statement()?)
            .await
            .optional()?;
        let noted = match &found {
            Some(key) => note_use(&mut lease, key).await,
            None => true,
        };
        // A connection that cannot write is of no use to the next one.
        if noted {
            lease.done();
        }
        Ok(found)
    }
}

/// Notes that the key is used, at most once a minute. It lets in all the same where that fails, as in a database that
/// cannot be written.
async fn note_use(lease: &mut Lease, key: &KnownApiKey) -> bool {
    let now = lease.db.now();
    let lately = DateTime(now - TimeDelta::minutes(1));
    if key.last_used_at.is_some_and(|at| at >= lately) {
        return true;
    }
    let unnoted = api_keys::last_used_at.is_null().or(api_keys::last_used_at.lt(lately));
    let row = api_keys::table.filter(api_keys::pk.eq(key.pk)).filter(unnoted);
    let note = diesel::update(row).set(api_keys::last_used_at.eq(DateTime(now)));
    let noted = lease.run(async |connection| note.execute(connection).await).await;
    if let Err(error) = &noted {
        tracing::warn!(error = %Chain(error), "that an API key is used could not be noted");
    }
    noted.is_ok()
}
