//! API keys as the operator manages them from the command line, before any scope.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use super::roles::{ApiKeyRole, StoredRole};
use super::schema::core_api::{api_keys, workspaces};
use crate::auth::Role;
use crate::error::{Error, Result};
use crate::scalar::DateTime;

/// A key as the operator sees it.
#[derive(Queryable, Debug)]
pub struct ListedKey {
    /// Its public id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// The end of its secret.
    pub hint: String,
    /// The role it gives; none when this version does not know it.
    #[diesel(deserialize_as = StoredRole)]
    pub role: Option<Role>,
    /// When it stops to hold.
    pub expires_at: Option<DateTime>,
    /// When it was last used.
    pub last_used_at: Option<DateTime>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime>,
}

/// A key to be.
#[derive(Insertable, Debug)]
#[diesel(table_name = api_keys)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// The SHA-256 of its secret.
    pub key_hash: Vec<u8>,
    /// The end of its secret.
    pub key_hint: String,
    /// The role it gives.
    #[diesel(serialize_as = ApiKeyRole)]
    pub role: Role,
    /// When it stops to hold.
    pub expires_at: Option<DateTime>,
}

impl Db {
    /// Stores a key of the workspace, and gives its public id.
    ///
    /// # Errors
    /// `NOT_FOUND` for an unknown workspace; when the database fails.
    pub async fn add_key(&self, workspace: &str, key: NewKey) -> Result<Uuid> {
        let workspace_pk = self.workspace_named(workspace).await?;
        let mut lease = self.connection().await?;
        let id = diesel::insert_into(api_keys::table)
            .values((key, api_keys::workspace_pk.eq(workspace_pk)))
            .returning(api_keys::api_key_id)
            .get_result(lease.statement()?)
            .await?;
        lease.done();
        Ok(id)
    }

    /// The keys of the workspace, revoked ones included, newest first.
    ///
    /// # Errors
    /// As [`Db::add_key`].
    pub async fn keys(&self, workspace: &str) -> Result<Vec<ListedKey>> {
        let workspace_pk = self.workspace_named(workspace).await?;
        let mut lease = self.connection().await?;
        let keys = api_keys::table
            .filter(api_keys::workspace_pk.eq(workspace_pk))
            .order((api_keys::created_at.desc(), api_keys::pk.desc()))
            .select((
                api_keys::api_key_id,
                api_keys::name,
                api_keys::key_hint,
                api_keys::role,
                api_keys::expires_at,
                api_keys::last_used_at,
                api_keys::deleted_at,
            ))
            .load(lease.statement()?)
            .await?;
        lease.done();
        Ok(keys)
    }

    /// Revokes a key, and tells whether there was one to revoke.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_key(&self, id: Uuid) -> Result<bool> {
        let mut lease = self.connection().await?;
        let live = api_keys::table.filter(api_keys::api_key_id.eq(id)).filter(api_keys::deleted_at.is_null());
        let revoked = diesel::update(live).set(api_keys::deleted_at.eq(self.now())).execute(lease.statement()?).await?;
        lease.done();
        Ok(revoked > 0)
    }

    /// Whether there is a live workspace with this public id, or this id in the system that made it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_workspace(&self, name: &str) -> Result<bool> {
        match self.workspace_named(name).await {
            Err(error) if error.code() == crate::error::Code::NotFound => Ok(false),
            found => found.map(|_| true),
        }
    }

    /// The workspace with this public id, or this id in the system that made it.
    async fn workspace_named(&self, name: &str) -> Result<i32> {
        let mut lease = self.connection().await?;
        let found = workspaces::table
            .filter(workspaces::deleted_at.is_null())
            .filter(
                workspaces::external_workspace_id
                    .eq(name)
                    .or(workspaces::workspace_id.nullable().eq(Uuid::parse_str(name).ok())),
            )
            .select(workspaces::pk)
            .first(lease.statement()?)
            .await
            .optional()?;
        lease.done();
        found.ok_or_else(|| Error::new(crate::error::Code::NotFound, format!("there is no workspace {name:?}")))
    }
}
