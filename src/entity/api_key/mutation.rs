//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, Object, SimpleObject};

use super::{ApiKey, ApiKeyRole, write};
use crate::db::scope::Scope;
use crate::entity::people::People;
use crate::error::Result;
use crate::id::Id;
use crate::mutation::{Change, Refused, UserError};
use crate::payload;
use crate::scalar::DateTime;

/// An API key to make.
#[derive(InputObject, Debug)]
pub struct CreateApiKeyInput {
    /// What it is for, 1 to 255 characters.
    pub name: String,
    /// What its holder may do. `OWNER` is for owners to give; from others it is `FORBIDDEN`.
    pub role: ApiKeyRole,
    /// The person in whose name it acts.
    pub person_id: Option<Id<People>>,
    /// From when on it is refused, a moment in the future; it does not expire when this is left out.
    pub expires_at: Option<DateTime>,
    /// The same key with the same input, within 24 hours, returns the API key that the first call made, but not its
    /// secret. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// An API key to revoke.
#[derive(InputObject, Debug)]
pub struct RevokeApiKeyInput {
    /// The API key.
    pub id: Id<ApiKey>,
    /// Refuse with `CONFLICT` when it has changed since. That it is used counts as a change, once a minute.
    pub expected_updated_at: Option<DateTime>,
}

/// What `createApiKey` did.
#[derive(SimpleObject)]
pub struct CreateApiKeyPayload {
    /// The API key.
    pub api_key: Option<ApiKey>,
    /// What to send as `Authorization: Bearer`. Keep it: it is never shown again, since the server does not have it
    /// any more. Null when the input was refused, and when the call repeats one that made the key.
    pub secret: Option<String>,
    /// Whether this call made the key; false when it was refused, and when it repeats a call that did.
    pub created: bool,
    /// Why the input was refused; empty when it was not.
    pub user_errors: Vec<UserError>,
}

impl CreateApiKeyPayload {
    fn of(change: Change<write::Made>) -> Result<Self> {
        match change {
            Ok(write::Made { key, secret }) => {
                let secret = secret.map(|secret| secret.reveal().to_owned());
                Ok(Self { api_key: Some(key), created: secret.is_some(), secret, user_errors: Vec::new() })
            }
            Err(Refused::Input(user_errors, _)) => {
                Ok(Self { api_key: None, secret: None, created: false, user_errors })
            }
            Err(Refused::Fault(error)) => Err(error),
        }
    }
}

payload! {
    /// What `revokeApiKey` did.
    RevokeApiKeyPayload {
        /// The API key as it was.
        api_key: ApiKey
    }
}

/// Root fields that write API keys.
#[derive(Default)]
pub struct ApiKeyMutation;

/// Root fields.
#[Object]
impl ApiKeyMutation {
    /// Makes an API key, with which a machine acts in the workspace, and shows its secret this one time. For admins and
    /// owners.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The key.")] input: CreateApiKeyInput,
    ) -> Option<Result<CreateApiKeyPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateApiKeyPayload::of(write::create(scope, input).await))
    }

    /// Revokes an API key for good; within a few seconds its holder is not let in any more. Repeating it is
    /// `NOT_FOUND`. For admins and owners.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeApiKeyInput,
    ) -> Option<Result<RevokeApiKeyPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(RevokeApiKeyPayload::of(write::revoke(scope, input).await))
    }
}
