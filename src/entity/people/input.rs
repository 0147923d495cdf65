//! What mutations are given.

use super::People;
use crate::id::Id;
use crate::scalar::DateTime;
use async_graphql::{InputObject, MaybeUndefined};

/// A person to make known.
#[derive(InputObject, Debug)]
pub struct CreatePeopleInput {
    /// The name as it is written out, at most 255 characters.
    pub full_name: Option<String>,
    /// The given name, at most 255 characters.
    pub first_name: Option<String>,
    /// The family name, at most 255 characters.
    pub last_name: Option<String>,
    /// What the person does in their organisation, at most 255 characters.
    pub job_title: Option<String>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a person.
#[derive(InputObject, Debug)]
pub struct UpdatePeopleInput {
    /// The person.
    pub id: Id<People>,
    /// The name as it is written out, at most 255 characters; null clears it.
    pub full_name: MaybeUndefined<String>,
    /// The given name, at most 255 characters; null clears it.
    pub first_name: MaybeUndefined<String>,
    /// The family name, at most 255 characters; null clears it.
    pub last_name: MaybeUndefined<String>,
    /// What the person does in their organisation, at most 255 characters; null clears it.
    pub job_title: MaybeUndefined<String>,
    /// Refuse with `CONFLICT` when the person has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A person to delete.
#[derive(InputObject, Debug)]
pub struct DeletePeopleInput {
    /// The person.
    pub id: Id<People>,
    /// Refuse with `CONFLICT` when the person has changed since.
    pub expected_updated_at: Option<DateTime>,
}
