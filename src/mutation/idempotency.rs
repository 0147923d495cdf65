//! Repeated mutations: what an idempotency key made before is answered again.

use super::{MutationResult, UserError, check_code};
use crate::db::idempotency::{Keyed, Request};
use crate::db::scope::{Owned, Record};
use crate::db::tx::Tx;
use crate::error::UserErrorCode;

/// The input field with the key.
pub(super) const KEY: &str = "idempotencyKey";
/// The length of a key at the most, in characters.
const MAX_KEY_LENGTH: usize = 255;

/// Claims the request's key; of one that was claimed before, finds the internal key of what it made.
///
/// # Errors
/// `BAD_USER_INPUT` for a malformed key, and for one that was used with another input.
pub async fn claim<R>(tx: &mut Tx<'_>, request: Option<Request>) -> MutationResult<Keyed, R> {
    check_key(request.as_ref())?;
    first_or_replay(tx.claim(request).await?)
}

/// The same for a request that makes several rows.
///
/// # Errors
/// As [`claim`].
pub async fn claim_all<R>(tx: &mut Tx<'_>, request: Option<Request>) -> MutationResult<Keyed<Vec<i32>>, R> {
    check_key(request.as_ref())?;
    first_or_replay(tx.claim_all(request).await?)
}

fn check_key(request: Option<&Request>) -> Result<(), UserError> {
    request.map_or(Ok(()), |request| check_code(KEY, request.key(), MAX_KEY_LENGTH))
}

fn first_or_replay<M, R>(keyed: Keyed<M>) -> MutationResult<Keyed<M>, R> {
    match keyed {
        Keyed::OtherInput => {
            Err(UserError::bad_input(KEY, "`idempotencyKey` was used before with another input.").into())
        }
        keyed => Ok(keyed),
    }
}

/// What an idempotency key made before, as it now is.
///
/// # Errors
/// `NOT_FOUND` when it was deleted since.
pub async fn replay<R: Record>(tx: &mut Tx<'_>, pk: i32) -> MutationResult<R> {
    let row = tx.scope().rows().filter(R::Table::with_pks(vec![pk]));
    let deleted =
        || UserError::new(UserErrorCode::NotFound, KEY, "What was made with this `idempotencyKey` has been deleted.");
    Ok(tx.find(row).await?.ok_or_else(deleted)?)
}

/// The same for all that a key made, in the order it was made.
///
/// # Errors
/// `NOT_FOUND` when some of it was deleted since.
pub async fn replay_all<R: Record>(tx: &mut Tx<'_>, pks: Vec<i32>) -> MutationResult<Vec<R>> {
    let mut rows: Vec<R> = tx.load(tx.scope().rows().filter(R::Table::with_pks(pks.clone()))).await?;
    if rows.len() < pks.len() {
        let message = "Some of what was made with this `idempotencyKey` has been deleted.";
        return Err(UserError::new(UserErrorCode::NotFound, KEY, message).into());
    }
    rows.sort_by_key(R::pk);
    Ok(rows)
}
