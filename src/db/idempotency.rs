//! Idempotency keys: the same request twice is done once.

use std::fmt;

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sha2::{Digest, Sha256};

use super::tx::Tx;
use crate::auth::Principal;
use crate::entity::tables::core_api::idempotency_keys as keys;
use crate::error::Result;
use crate::mutation::{Refused, UserError};

/// How long a key is remembered.
const REMEMBERED: TimeDelta = TimeDelta::hours(24);
/// Removes keys that are not remembered any more. None goes while somebody reads it, whatever the clocks say.
pub(super) const FORGET: &str = "
    DELETE FROM core_api.idempotency_keys
    WHERE pk = ANY (ARRAY (
        SELECT pk FROM core_api.idempotency_keys WHERE created_at < now() - interval '25 hours'
        ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED))";
/// How long a key may be, in characters.
const LONGEST: usize = 255;

/// An idempotency key, and what it stands for: the operation and its whole input.
#[derive(Clone, Debug)]
pub struct Request {
    key: String,
    operation: &'static str,
    hash: [u8; 32],
}

impl Request {
    /// The request for an operation with an input; nothing when it has no key.
    pub fn keyed(key: Option<&str>, operation: &'static str, input: &impl fmt::Debug) -> Option<Self> {
        let key = key?.to_owned();
        // As a value of GraphQL, what was left out would be the same as null.
        let text = format!("{operation}\0{input:?}");
        Some(Self { key, operation, hash: Sha256::digest(text).into() })
    }
}

/// Whether a request was made before, and if so the internal key of what it made, or of all that it made.
#[derive(Clone, Copy, Debug)]
pub enum Recalled<M = i32> {
    /// No key was given.
    Unkeyed,
    /// Not yet: what it makes is noted with [`Tx::note`] or [`Tx::note_all`].
    First(i32),
    /// It was, and made this.
    Done(M),
}

/// The columns that say what was made: one row, or a list of them.
type Made = (Option<i32>, Option<serde_json::Value>);

impl Tx<'_> {
    /// Whether this principal made the same request before. Of two at once, the second waits for the first.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when the key was used for another request.
    pub async fn recall<R>(&mut self, request: Option<Request>) -> Result<Recalled, Refused<R>> {
        self.recall_as(request, |(pk, _)| pk).await
    }

    /// The same for a request that makes several rows.
    ///
    /// # Errors
    /// As [`Tx::recall`].
    pub async fn recall_all<R>(&mut self, request: Option<Request>) -> Result<Recalled<Vec<i32>>, Refused<R>> {
        self.recall_as(request, |(_, pks)| serde_json::from_value(pks?).ok()).await
    }

    async fn recall_as<R, M>(
        &mut self,
        request: Option<Request>,
        read: impl FnOnce(Made) -> Option<M> + Send,
    ) -> Result<Recalled<M>, Refused<R>> {
        let Some(Request { key, operation, hash: wanted }) = request else { return Ok(Recalled::Unkeyed) };
        crate::mutation::check_text("idempotencyKey", &key, LONGEST)?;
        let caller = self.scope().caller();
        let workspace_pk = caller.workspace_pk();
        let principal = match caller.principal() {
            Principal::Subject(subject) => format!("subject:{subject}"),
            Principal::ApiKey(pk) => format!("api_key:{pk}"),
        };
        let now = self.scope().now();
        let mine = keys::table
            .filter(keys::workspace_pk.eq(workspace_pk))
            .filter(keys::principal.eq(principal.clone()))
            .filter(keys::key.eq(key.clone()));
        let outdated = mine.clone().filter(keys::created_at.lt(now - REMEMBERED));
        let lease = self.lease()?;
        let deleted = lease.run(async |connection| diesel::delete(outdated).execute(connection).await).await;
        deleted.map_err(|error| lease.noticed(error))?;
        let values = (
            keys::workspace_pk.eq(workspace_pk),
            keys::principal.eq(principal),
            keys::key.eq(key),
            keys::operation.eq(operation),
            keys::request_hash.eq(wanted.to_vec()),
            keys::created_at.eq(now),
        );
        let insert = diesel::insert_into(keys::table).values(values).on_conflict_do_nothing().returning(keys::pk);
        let inserted: Option<i32> =
            lease.run(async |connection| insert.get_result(connection).await).await.optional()?;
        if let Some(pk) = inserted {
            return Ok(Recalled::First(pk));
        }
        let noted = mine.select((keys::request_hash, (keys::result_pk, keys::response)));
        let (hash, made): (Vec<u8>, Made) = lease.run(async |connection| noted.first(connection).await).await?;
        match read(made) {
            Some(made) if hash == wanted => Ok(Recalled::Done(made)),
            _ => Err(UserError::bad_input("idempotencyKey", "This key was used before with another input.").into()),
        }
    }

    /// Notes what the request made, for whoever makes it again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(&mut self, recalled: Recalled, made: i32) -> Result<()> {
        if let Recalled::First(pk) = recalled {
            let noted = diesel::update(keys::table.filter(keys::pk.eq(pk))).set(keys::result_pk.eq(made));
            self.lease()?.run(async |connection| noted.execute(connection).await).await?;
        }
        Ok(())
    }

    /// The same for all the rows that it made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_all(&mut self, recalled: &Recalled<Vec<i32>>, made: &[i32]) -> Result<()> {
        if let Recalled::First(pk) = recalled {
            let noted =
                diesel::update(keys::table.filter(keys::pk.eq(*pk))).set(keys::response.eq(serde_json::json!(made)));
            self.lease()?.run(async |connection| noted.execute(connection).await).await?;
        }
        Ok(())
    }
}
