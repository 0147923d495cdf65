//! Idempotency keys: the same request twice is done once.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sha2::{Digest, Sha256};

use super::schema::core_api::idempotency_keys as keys;
use super::tx::{Tx, write_error};
use crate::auth::Principal;
use crate::error::Result;

/// How long a key is valid.
const KEY_TTL: TimeDelta = TimeDelta::hours(24);
/// Removes keys that have expired. None goes while somebody reads it, whatever the clocks say.
pub(super) const PRUNE: &str = "
    DELETE FROM core_api.idempotency_keys
    WHERE pk = ANY (ARRAY (
        SELECT pk FROM core_api.idempotency_keys WHERE created_at < now() - interval '25 hours'
        ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED))";
/// An idempotency key, and what it stands for: the operation and its whole input.
#[derive(Clone, Debug)]
pub struct Request {
    key: String,
    operation: &'static str,
    hash: [u8; 32],
}

impl Request {
    /// The key, as the client gave it.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The request for an operation with an input, in the one form that `HASH_VERSION` stands for.
    #[must_use]
    pub fn new(key: String, operation: &'static str, canonical: &str) -> Self {
        let hash = Sha256::new().chain_update(operation).chain_update([0]).chain_update(canonical).finalize();
        Self { key, operation, hash: hash.into() }
    }

    #[cfg(test)]
    pub(crate) fn hash_hex(&self) -> String {
        data_encoding::HEXLOWER.encode(&self.hash)
    }
}

/// The form of an input that hashes are made of.
///
/// 1 was the text that Rust prints of it, which no other build of the server need print; 2 kept ids, times and the like
/// as they were written. A hash of another version than one's own says nothing: whoever repeats the operation with its
/// key is taken to repeat its input too.
const HASH_VERSION: i16 = 3;

/// What is known of a request with an idempotency key.
#[derive(Clone, Copy, Debug)]
pub enum Keyed<M = i32> {
    /// No key was given.
    Unkeyed,
    /// It is the first with this key: what it makes is noted with [`Tx::note`] or [`Tx::note_all`].
    First(i32),
    /// It was made before, and made what has this internal key, or these.
    Replay(M),
    /// The key was used before with another input or for another operation.
    OtherInput,
}

/// The columns that say what was made: one row, or a list of them.
type Made = (Option<i32>, Option<serde_json::Value>);

impl Tx<'_> {
    /// Claims the request's key, or finds what this principal made with it before. Of two at once, the second waits for the
    /// first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim(&mut self, request: Option<Request>) -> Result<Keyed> {
        self.claim_as(request, |(pk, _)| pk).await
    }

    /// The same for a request that makes several rows.
    ///
    /// # Errors
    /// As [`Tx::claim`].
    pub async fn claim_all(&mut self, request: Option<Request>) -> Result<Keyed<Vec<i32>>> {
        self.claim_as(request, |(_, pks)| serde_json::from_value(pks?).ok()).await
    }

    async fn claim_as<M>(
        &mut self,
        request: Option<Request>,
        read: impl FnOnce(Made) -> Option<M> + Send,
    ) -> Result<Keyed<M>> {
        let Some(Request { key, operation, hash: wanted }) = request else { return Ok(Keyed::Unkeyed) };
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
        let outdated = mine.clone().filter(keys::created_at.lt(now - KEY_TTL));
        let lease = self.lease()?;
        lease.run(async |connection| diesel::delete(outdated).execute(connection).await).await?;
        let values = (
            keys::workspace_pk.eq(workspace_pk),
            keys::principal.eq(principal),
            keys::key.eq(key),
            keys::operation.eq(operation),
            keys::request_hash.eq(wanted.to_vec()),
            keys::hash_version.eq(HASH_VERSION),
            keys::created_at.eq(now),
        );
        let insert = diesel::insert_into(keys::table).values(values).on_conflict_do_nothing().returning(keys::pk);
        let inserted: Option<i32> =
            lease.run(async |connection| insert.get_result(connection).await).await.optional()?;
        if let Some(pk) = inserted {
            return Ok(Keyed::First(pk));
        }
        let of_this_version = keys::hash_version.eq(HASH_VERSION);
        let noted =
            mine.select(((keys::operation, of_this_version, keys::request_hash), (keys::result_pk, keys::response)));
        let (asked, made): ((String, bool, Vec<u8>), Made) =
            lease.run(async |connection| noted.first(connection).await).await?;
        let (asked_for, is_comparable, hash) = asked;
        let is_same = asked_for == operation && (!is_comparable || hash == wanted);
        match read(made) {
            Some(made) if is_same => Ok(Keyed::Replay(made)),
            _ => Ok(Keyed::OtherInput),
        }
    }

    /// Notes what the request made, for whoever makes it again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note(&mut self, keyed: Keyed, made: i32) -> Result<()> {
        if let Keyed::First(pk) = keyed {
            let noted = diesel::update(keys::table.filter(keys::pk.eq(pk))).set(keys::result_pk.eq(made));
            self.lease()?.run(async |connection| noted.execute(connection).await).await.map_err(write_error)?;
        }
        Ok(())
    }

    /// The same for all the rows that it made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_all(&mut self, keyed: &Keyed<Vec<i32>>, made: &[i32]) -> Result<()> {
        if let Keyed::First(pk) = keyed {
            let noted =
                diesel::update(keys::table.filter(keys::pk.eq(*pk))).set(keys::response.eq(serde_json::json!(made)));
            self.lease()?.run(async |connection| noted.execute(connection).await).await.map_err(write_error)?;
        }
        Ok(())
    }
}
