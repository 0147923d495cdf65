//! The few look-ups that come before any scope: whom a credential stands for.

use chrono::{TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::expression::{AsExpression, SqlLiteral};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Db;
use super::roles::StoredRole;
use super::schema::core_api::{api_keys, memberships, sql_types::MembershipStatusEnum, workspaces};
use super::sqlstate::{Meaning, meaning};
use crate::auth::{Directory, KnownApiKey, KnownMembership, KnownWorkspace, Role};
use crate::error::{Chain, Result};
use crate::scalar::DateTime;

/// A workspace that a person may act in.
#[derive(Queryable, Clone, Debug)]
pub struct OpenWorkspace {
    /// Its public id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The person's role there; none when this version does not know it.
    #[diesel(deserialize_as = StoredRole)]
    pub role: Option<Role>,
    /// Whether it is the person's default.
    pub is_default: bool,
}

impl Db {
    /// The workspaces the subject is an active member of, its default one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn workspaces_open_to(&self, subject: &str) -> Result<Vec<OpenWorkspace>> {
        let open = memberships::table
            .inner_join(workspaces::table)
            .filter(memberships::subject.eq(subject))
            .filter(memberships::status.eq(Active))
            .filter(memberships::deleted_at.is_null())
            .filter(workspaces::deleted_at.is_null())
            .order((memberships::is_default.desc(), memberships::created_at, memberships::pk))
            .select((workspaces::workspace_id, workspaces::name, memberships::role, memberships::is_default));
        let mut outdated = None;
        loop {
            let mut lease = self.connection_since(outdated).await?;
            let found = lease.run(async |connection| open.clone().load(connection).await).await;
            if let Some(found) = lease.settled(found, &mut outdated) {
                return found;
            }
        }
    }

    /// Notes that the key is used, at most once a minute. It lets in all the same where that fails, as in a database
    /// that cannot be written.
    async fn note_use(&self, pk: i32, last_used_at: Option<DateTime>) {
        let now = self.now();
        let lately = DateTime::from(now - TimeDelta::minutes(1));
        if last_used_at.is_some_and(|at| at >= lately) {
            return;
        }
        let unnoted = api_keys::last_used_at.is_null().or(api_keys::last_used_at.lt(lately));
        let row = api_keys::table.filter(api_keys::pk.eq(pk)).filter(unnoted);
        let note = diesel::update(row).set(api_keys::last_used_at.eq(DateTime::from(now)));
        // Whoever has no connection for it does without.
        let Ok(mut lease) = self.connection().await else { return };
        match lease.run(async |connection| note.execute(connection).await).await {
            Ok(_) => lease.done(),
            // A connection that cannot write is of no use to the next one.
            Err(error) => tracing::warn!(error = %Chain(&error), "that an API key is used could not be noted"),
        }
    }
}

impl Directory for Db {
    async fn memberships_of(&self, subject: &str) -> Result<Vec<KnownMembership>> {
        type Row = (i32, StoredRole, Option<i32>, (bool, bool, bool), (i32, Uuid, Option<String>));
        let active = memberships::table
            .inner_join(workspaces::table)
            .filter(memberships::subject.eq(subject))
            .filter(memberships::status.eq(Active))
            .filter(memberships::deleted_at.is_null())
            .filter(workspaces::deleted_at.is_null())
            .order((memberships::is_default.desc(), memberships::created_at, memberships::pk))
            .select((
                memberships::pk,
                memberships::role,
                memberships::person_pk,
                (memberships::is_default, memberships::is_accepted, accepted_elsewhere()),
                (memberships::workspace_pk, workspaces::workspace_id, workspaces::external_workspace_id),
            ));
        let mut outdated = None;
        let rows: Vec<Row> = loop {
            let mut lease = self.connection_since(outdated).await?;
            let found = lease.run(async |connection| active.clone().load(connection).await).await;
            // A subject that cannot be stored is nobody's.
            if found.as_ref().is_err_and(|error| meaning(error) == Some(Meaning::Unencodable)) {
                lease.done();
                return Ok(Vec::new());
            }
            if let Some(found) = lease.settled(found, &mut outdated) {
                break found?;
            }
        };
        let known = rows.into_iter().map(|(pk, role, person_pk, stage, place)| {
            let (is_default, is_accepted, is_accepted_elsewhere) = stage;
            let (role, workspace) = (role.into(), workspace(place));
            KnownMembership { pk, role, person_pk, is_default, is_accepted, is_accepted_elsewhere, workspace }
        });
        Ok(known.collect())
    }

    async fn accept(&self, subject: &str, membership_pk: i32) {
        let accepted = memberships::pk.eq(membership_pk);
        let others =
            memberships::table.filter(memberships::subject.eq(subject)).filter(memberships::is_accepted.ne(accepted));
        let note = diesel::update(others).set(memberships::is_accepted.eq(accepted));
        // Whoever names its workspace is let in all the same.
        let Ok(mut lease) = self.connection().await else { return };
        match lease.run(async |connection| note.execute(connection).await).await {
            Ok(_) => lease.done(),
            Err(error) => tracing::warn!(error = %Chain(&error), "that a membership is accepted could not be noted"),
        }
    }

    /// Notes that the key is used, at most once a minute.
    async fn api_key_with(&self, hash: &[u8]) -> Result<Option<KnownApiKey>> {
        type Row = (i32, StoredRole, Option<i32>, Option<DateTime>, Option<DateTime>, (i32, Uuid, Option<String>));
        let key = api_keys::table
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
                (api_keys::workspace_pk, workspaces::workspace_id, workspaces::external_workspace_id),
            ));
        let mut outdated = None;
        let found: Option<Row> = loop {
            let mut lease = self.connection_since(outdated).await?;
            let found = lease.run(async |connection| key.first(connection).await.optional()).await;
            if let Some(found) = lease.settled(found, &mut outdated) {
                break found?;
            }
        };
        let Some((pk, role, person_pk, expires_at, last_used_at, place)) = found else { return Ok(None) };
        self.note_use(pk, last_used_at).await;
        let expires_at = expires_at.map(DateTime::shown);
        Ok(Some(KnownApiKey { pk, role: role.into(), person_pk, expires_at, workspace: workspace(place) }))
    }

    fn now(&self) -> chrono::DateTime<Utc> {
        Self::now(self)
    }
}

/// The status of a membership that lets its subject in.
#[derive(AsExpression, Clone, Copy, Debug)]
#[diesel(sql_type = MembershipStatusEnum)]
struct Active;

impl ToSql<MembershipStatusEnum, Pg> for Active {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        std::io::Write::write_all(out, b"active")?;
        Ok(IsNull::No)
    }
}

/// Whether the subject of a membership has come in to another workspace.
#[expect(clippy::disallowed_methods, reason = "a table beside itself")]
fn accepted_elsewhere() -> SqlLiteral<Bool> {
    sql("EXISTS (SELECT FROM core_api.memberships AS other WHERE other.subject = memberships.subject
        AND other.is_accepted AND other.workspace_pk <> memberships.workspace_pk)")
}

fn workspace((pk, id, external_id): (i32, Uuid, Option<String>)) -> KnownWorkspace {
    KnownWorkspace { pk, id, external_id }
}
