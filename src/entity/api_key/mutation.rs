//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object, SimpleObject};
use futures_util::FutureExt;

use super::input::{CreateApiKeyInput, RevokeApiKeyInput};
use super::{ApiKey, rules};
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::{MutationError, MutationResult, Repeatable, UserError};
use crate::payload;

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
    fn of(change: MutationResult<rules::Made>) -> Result<Self> {
        match change {
            Ok(rules::Made { key, secret }) => {
                let secret = secret.map(|secret| secret.reveal().to_owned());
                Ok(Self { api_key: Some(key), created: secret.is_some(), secret, user_errors: Vec::new() })
            }
            Err(MutationError::Input(user_errors, _)) => {
                Ok(Self { api_key: None, secret: None, created: false, user_errors })
            }
            Err(MutationError::Fault(error)) => Err(error),
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
        #[graphql(desc = "The key.")] input: Repeatable<CreateApiKeyInput>,
    ) -> Option<Result<CreateApiKeyPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateApiKeyPayload::of(rules::create(scope, input).boxed().await))
    }

    /// Revokes an API key for good; within a few seconds its holder is not let in any more. Repeating it is
    /// `NOT_FOUND`. For admins and owners.
    async fn revoke_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which key.")] input: RevokeApiKeyInput,
    ) -> Option<Result<RevokeApiKeyPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(RevokeApiKeyPayload::of(rules::revoke(scope, input).boxed().await))
    }
}
