//! What mutations are given.

use super::{Collect, CollectStatus};
use crate::entity::task::Task;
use crate::id::Id;
use crate::scalar::DateTime;
use async_graphql::{InputObject, MaybeUndefined};

/// A collect to begin, or to note when it has begun or ended elsewhere.
#[derive(InputObject, Debug)]
pub struct CreateCollectInput {
    /// The key of the tool or surface it gathers from, such as `linkedin`, at most 255 characters.
    pub provider: Option<String>,
    /// The status.
    #[graphql(default_with = "CollectStatus::Todo")]
    pub status: CollectStatus,
    /// When it went to work; only unless its status is `TODO`. The present moment when left out with the status
    /// `IN_PROGRESS` or `FINALIZED`. At most 5 minutes ahead of the server's clock.
    pub started_at: Option<DateTime>,
    /// When it came to its end, not before it started; only with the status `FINALIZED` or `ERROR`, and the present
    /// moment when left out. At most 5 minutes ahead of the server's clock.
    pub ended_at: Option<DateTime>,
    /// The task it is done for.
    pub task_id: Option<Id<Task>>,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a collect. Once it has ended, only the task it was done for can change.
#[derive(InputObject, Debug)]
pub struct UpdateCollectInput {
    /// The collect.
    pub id: Id<Collect>,
    /// The key of the tool or surface it gathers from, at most 255 characters; null clears it.
    pub provider: MaybeUndefined<String>,
    /// The status: `TODO` becomes `IN_PROGRESS` or `ERROR`, `IN_PROGRESS` becomes `FINALIZED` or `ERROR`. It cannot
    /// be cleared.
    pub status: MaybeUndefined<CollectStatus>,
    /// When it went to work; not while its status is `TODO`. The present moment when left out, or null, as the status
    /// becomes `IN_PROGRESS`; null clears it while the status stays that. At most 5 minutes ahead of the server's clock.
    pub started_at: MaybeUndefined<DateTime>,
    /// When it came to its end, not before it started; only as the status becomes `FINALIZED` or `ERROR`, and the present
    /// moment when left out, or null, then. At most 5 minutes ahead of the server's clock.
    pub ended_at: MaybeUndefined<DateTime>,
    /// The task it is done for; null when it is for none.
    pub task_id: MaybeUndefined<Id<Task>>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A collect to delete.
#[derive(InputObject, Debug)]
pub struct DeleteCollectInput {
    /// The collect.
    pub id: Id<Collect>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}
