//! What mutations are given.

use super::{ApiKey, ApiKeyRole};
use crate::entity::people::People;
use crate::id::Id;
use crate::scalar::DateTime;
use async_graphql::InputObject;

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
