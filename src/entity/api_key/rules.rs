//! How API keys are made.

use diesel::prelude::*;

use super::input::{CreateApiKeyInput, RevokeApiKeyInput};
use super::{ApiKey, ApiKeyRole};
use crate::auth::{Access, ApiKeySecret, Role};
use crate::db::idempotency::Keyed;
use crate::db::schema::core_api::api_keys;
use crate::db::scope::{Identified, OwnWorkspace, Scope};
use crate::entity::people;
use crate::entity::stored::Stored;
use crate::error::Error;
use crate::mutation::{self, MutationError, MutationResult, Repeatable, UserError, check_text};
use crate::scalar::DateTime;

/// How long a name may be, in characters.
const MAX_NAME_LENGTH: usize = 255;

#[derive(Insertable)]
#[diesel(table_name = api_keys)]
struct NewApiKey {
    name: String,
    key_hash: Vec<u8>,
    key_hint: String,
    role: ApiKeyRole,
    expires_at: Option<DateTime>,
    created_at: DateTime,
    person_pk: Option<i32>,
    workspace_pk: OwnWorkspace,
}

/// A key, with its secret when it was made just now.
pub(super) struct Made {
    pub key: ApiKey,
    pub secret: Option<ApiKeySecret>,
}

/// Makes a key.
pub(super) async fn create(scope: &Scope, input: Repeatable<CreateApiKeyInput>) -> MutationResult<Made> {
    let (input, request) = input.request("createApiKey");
    scope.require(Access::Admin)?;
    require_rank(scope, input.role.into())?;
    // The pipeline's keys reach beyond the workspace, to the catalogue, so its operator makes them: `api-key create`.
    if input.role == ApiKeyRole::Service {
        return Err(Error::forbidden().into());
    }
    check_text("name", &input.name, MAX_NAME_LENGTH)?;
    let mut tx = scope.begin().await?;
    let keyed = mutation::claim(&mut tx, request).await?;
    if let Keyed::Replay(pk) = keyed {
        let key = mutation::replay(&mut tx, pk).await.map_err(MutationError::of)?;
        return Ok(Made { key, secret: None });
    }
    let now = DateTime::from(scope.now());
    if input.expires_at.is_some_and(|expires_at| expires_at <= now) {
        return Err(UserError::bad_input("expiresAt", "`expiresAt` must lie in the future.").into());
    }
    let person_pk = match input.person_id {
        Some(id) => Some(people::named(&mut tx, "personId", id).await?.pk),
        None => None,
    };
    let secret = ApiKeySecret::generate();
    let new = NewApiKey {
        name: input.name,
        key_hash: secret.hash().to_vec(),
        key_hint: secret.hint(),
        role: input.role,
        expires_at: input.expires_at,
        created_at: now,
        person_pk,
        workspace_pk: scope.workspace(),
    };
    let inserted = tx.insert(diesel::insert_into(api_keys::table).values(new)).await?.pop();
    let key: ApiKey = inserted.ok_or_else(|| Error::internal("an insert returned no row"))?;
    tx.note(keyed, key.pk).await?;
    tx.commit().await?;
    Ok(Made { key, secret: Some(secret) })
}

/// Revokes a key.
pub(super) async fn revoke(scope: &Scope, input: RevokeApiKeyInput) -> MutationResult<ApiKey> {
    scope.require(Access::Admin)?;
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(ApiKey::with_ids(vec![input.id.uuid()]));
    let key: ApiKey = tx.lock(row.clone()).await?.ok_or_else(|| UserError::not_found("id"))?;
    require_rank(scope, key.role)?;
    let revoked = mutation::delete_row(&mut tx, row, input.expected_updated_at).await?;
    tx.commit().await?;
    Ok(revoked)
}

/// Only owners make and revoke the keys of owners, and those of unknown roles, which may be able to do as much.
fn require_rank(scope: &Scope, role: Stored<ApiKeyRole>) -> Result<(), Error> {
    if matches!(role, Stored::Known(ApiKeyRole::Owner) | Stored::Unknown) && scope.role() != Role::Owner {
        return Err(Error::forbidden());
    }
    Ok(())
}
