//! What every mutation shares: user errors, payloads, optimistic concurrency.

use std::collections::{HashMap, HashSet};

use async_graphql::{MaybeUndefined, SimpleObject};
use diesel::QueryResult;
use diesel::associations::HasTable;
use diesel::pg::Pg;
use diesel::query_builder::{AsChangeset, QueryFragment};
use uuid::Uuid;

use crate::db::constraint;
use crate::db::scope::{Identified, Owned, Record, Scope, Scoped};
use crate::db::tx::Tx;
use crate::error::{Error, UserErrorCode};
use crate::id::Id;
use crate::scalar::{DateTime, Json};

/// A refusal that belongs to the input of a mutation. Nothing was changed.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// What kind of refusal it is.
    pub code: UserErrorCode,
    /// What is wrong, for people.
    pub message: String,
    /// Where in the arguments, such as `["input", "links", "3", "documentId"]`.
    pub path: Vec<String>,
}

impl UserError {
    /// A refusal of what stands at the path below `input`, written `links.3.documentId`; empty for all of it.
    pub fn new(code: UserErrorCode, path: &str, message: impl Into<String>) -> Self {
        let below = path.split('.').filter(|part| !part.is_empty()).map(str::to_owned);
        Self { code, message: message.into(), path: std::iter::once("input".to_owned()).chain(below).collect() }
    }

    /// What the input names there does not exist in the workspace.
    #[must_use]
    pub fn not_found(path: &str) -> Self {
        Self::new(UserErrorCode::NotFound, path, "It does not exist in this workspace.")
    }

    /// A malformed value.
    pub fn bad_input(path: &str, message: impl Into<String>) -> Self {
        Self::new(UserErrorCode::BadUserInput, path, message)
    }

    /// Somebody else was first.
    pub fn conflict(path: &str, message: impl Into<String>) -> Self {
        Self::new(UserErrorCode::Conflict, path, message)
    }

    /// The entity's state does not allow it.
    pub fn invalid_state(message: impl Into<String>) -> Self {
        Self::new(UserErrorCode::InvalidState, "", message)
    }
}

/// Why a change was not made.
#[derive(Debug)]
pub enum Refused<R> {
    /// The input's fault: user errors, and for a conflict the row as it now is.
    Input(Vec<UserError>, Option<R>),
    /// Ours, or a matter of permission: a top-level error.
    Fault(Error),
}

/// What became of a change.
pub type Change<R> = Result<R, Refused<R>>;

impl<R> Refused<R> {
    /// The same for a change that gives another row, of which nothing is known.
    pub fn of<S>(self) -> Refused<S> {
        match self {
            Self::Input(errors, _) => Refused::Input(errors, None),
            Self::Fault(error) => Refused::Fault(error),
        }
    }
}

impl<R> From<UserError> for Refused<R> {
    fn from(error: UserError) -> Self {
        Self::Input(vec![error], None)
    }
}

impl<R> From<Error> for Refused<R> {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl<R> From<diesel::result::Error> for Refused<R> {
    fn from(error: diesel::result::Error) -> Self {
        match constraint::broken(&error) {
            Some((code, message)) => UserError::new(code, "", message).into(),
            None => Self::Fault(error.into()),
        }
    }
}

/// Declares a mutation's payload: the entity and the user errors.
#[macro_export]
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* $field:ident: $row:ty }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject, Debug)]
        pub struct $name {
            $(#[$field_doc])*
            pub $field: Option<$row>,
            /// Why the input was refused; empty when it was not.
            pub user_errors: Vec<$crate::mutation::UserError>,
        }

        impl $name {
            /// The payload of what became of the change.
            ///
            /// # Errors
            /// When it failed for a reason that is not the input's.
            pub fn of(change: $crate::mutation::Change<$row>) -> $crate::error::Result<Self> {
                match change {
                    Ok(row) => Ok(Self { $field: Some(row), user_errors: Vec::new() }),
                    Err($crate::mutation::Refused::Input(user_errors, row)) => Ok(Self { $field: row, user_errors }),
                    Err($crate::mutation::Refused::Fault(error)) => Err(error),
                }
            }
        }
    };
}

/// Changes the one row, if it is still as the client last saw it.
///
/// # Errors
/// `NOT_FOUND` without such a row; `CONFLICT`, with the row as it now is, when it has changed since.
pub async fn update<R: Record, C>(
    tx: &mut Tx<'_>,
    row: Scoped<R::Table>,
    expected_updated_at: Option<DateTime>,
    changes: C,
) -> Change<R>
where
    R::Table: HasTable<Table = R::Table>,
    C: AsChangeset<Target = R::Table> + Send,
    C::Changeset: QueryFragment<Pg> + Send + 'static,
{
    if let Some(updated) = tx.update::<R, C>(unchanged::<R>(row.clone(), expected_updated_at), changes).await?.pop() {
        return Ok(updated);
    }
    Err(moved_on(tx.find::<R>(row).await?))
}

/// Marks the row as deleted, if it is still as the client last saw it.
///
/// # Errors
/// As [`update`].
pub async fn delete<R: Identified>(scope: &Scope, id: Id<R>, expected_updated_at: Option<DateTime>) -> Change<R> {
    let mut tx = scope.begin().await?;
    let row = scope.rows().filter(R::with_ids(vec![id.uuid()]));
    let deleted = delete_row(&mut tx, row, expected_updated_at).await?;
    tx.commit().await?;
    Ok(deleted)
}

/// The same within a transaction.
///
/// # Errors
/// As [`update`].
pub async fn delete_row<R: Record>(
    tx: &mut Tx<'_>,
    row: Scoped<R::Table>,
    expected_updated_at: Option<DateTime>,
) -> Change<R> {
    if let Some(deleted) = tx.delete::<R>(unchanged::<R>(row.clone(), expected_updated_at)).await?.pop() {
        return Ok(deleted);
    }
    Err(moved_on(tx.find::<R>(row).await?))
}

/// The row, if it is still as the client last saw it.
#[must_use]
pub fn unchanged<R: Record>(row: Scoped<R::Table>, expected_updated_at: Option<DateTime>) -> Scoped<R::Table> {
    match expected_updated_at {
        Some(expected) => row.filter(R::Table::last_updated_at(expected)),
        None => row,
    }
}

/// What an idempotency key made before, as it now is.
///
/// # Errors
/// `NOT_FOUND` when it was deleted since.
pub async fn made_before<R: Record>(tx: &mut Tx<'_>, pk: i32) -> Change<R> {
    let row = tx.scope().rows().filter(R::Table::with_pks(vec![pk]));
    let deleted = || UserError::new(UserErrorCode::NotFound, "idempotencyKey", "What it made was deleted since.");
    Ok(tx.find(row).await?.ok_or_else(deleted)?)
}

/// The same for all that a key made, in the order it was made.
///
/// # Errors
/// `NOT_FOUND` when some of it was deleted since.
pub async fn all_made_before<R: Record>(tx: &mut Tx<'_>, pks: Vec<i32>) -> Change<Vec<R>> {
    let mut rows: Vec<R> = tx.load(tx.scope().rows().filter(R::Table::with_pks(pks.clone()))).await?;
    if rows.len() < pks.len() {
        return Err(UserError::new(
            UserErrorCode::NotFound,
            "idempotencyKey",
            "Some of what it made was deleted since.",
        )
        .into());
    }
    rows.sort_by_key(R::pk);
    Ok(rows)
}

/// The internal keys of the rows that an input names, by id. What is missing in it does not exist in the workspace.
///
/// # Errors
/// When the database fails.
pub async fn pks<R: Identified>(
    tx: &mut Tx<'_>,
    ids: impl IntoIterator<Item = Id<R>>,
) -> QueryResult<HashMap<Uuid, i32>> {
    let ids: HashSet<Uuid> = ids.into_iter().map(Id::uuid).collect();
    let rows = tx.load::<R>(tx.scope().rows().filter(R::with_ids(ids.into_iter().collect()))).await?;
    Ok(rows.iter().map(|row| (row.id(), row.pk())).collect())
}

/// Why a row was not changed: it is not there, or somebody else changed it first.
pub fn moved_on<R>(current: Option<R>) -> Refused<R> {
    match current {
        None => UserError::not_found("id").into(),
        Some(current) => {
            let message = "It was changed since you read it; it is returned as it now is.";
            Refused::Input(vec![UserError::conflict("expectedUpdatedAt", message)], Some(current))
        }
    }
}

/// How many things one call may make.
const LARGEST_BULK: usize = 1_000;

/// Checks how many things a call is to make.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_bulk(path: &str, count: usize) -> Result<(), UserError> {
    if (1..=LARGEST_BULK).contains(&count) {
        return Ok(());
    }
    Err(UserError::bad_input(path, "There must be at least one and no more than 1,000."))
}

/// Checks a text: not empty, not longer than `longest` characters, and storable.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_text(path: &str, text: &str, longest: usize) -> Result<(), UserError> {
    if text.trim().is_empty() {
        return Err(UserError::bad_input(path, "It must not be empty."));
    }
    check_length(path, text, longest)
}

/// The same for a text that may be empty.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_length(path: &str, text: &str, longest: usize) -> Result<(), UserError> {
    if text.chars().count() > longest {
        return Err(UserError::bad_input(path, format!("It must not be longer than {longest} characters.")));
    }
    if text.contains('\0') {
        return Err(UserError::bad_input(path, "It may not contain the character U+0000."));
    }
    Ok(())
}

/// Checks the address of a picture or page: `http` or `https`, without a password in it, at most `longest` characters.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_url(path: &str, text: &str, longest: usize) -> Result<(), UserError> {
    check_text(path, text, longest)?;
    // The parser forgives what is left out or put in by mistake; what is stored is exactly what was given.
    let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\');
    let is_web = |url: &reqwest::Url| matches!(url.scheme(), "http" | "https") && url.username().is_empty();
    let url = reqwest::Url::parse(text).ok().filter(|url| is_plain && is_web(url) && url.password().is_none());
    match url {
        Some(_) => Ok(()),
        None => Err(UserError::bad_input(path, "It must be an address such as https://example.com/picture.png.")),
    }
}

/// Checks a JSON value: not larger than `largest` bytes as text, and storable.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_json(path: &str, json: &Json, largest: usize) -> Result<(), UserError> {
    let text = json.text();
    if text.len() > largest {
        return Err(UserError::bad_input(path, format!("It must not be larger than {largest} bytes.")));
    }
    if text.contains("\\u0000") && json.value().as_ref().is_some_and(holds_nul) {
        return Err(UserError::bad_input(path, "It may not contain the character U+0000."));
    }
    Ok(())
}

fn holds_nul(value: &serde_json::Value) -> bool {
    use serde_json::Value;

    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(items) => items.iter().any(holds_nul),
        Value::Object(fields) => fields.iter().any(|(key, value)| key.contains('\0') || holds_nul(value)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// A column of a partial update that may be cleared: absent leaves it, null clears it.
pub fn clearable<V>(given: MaybeUndefined<V>) -> Option<Option<V>> {
    match given {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// A column of a partial update that always has a value: absent leaves it, null is refused.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn required<V>(path: &str, given: MaybeUndefined<V>) -> Result<Option<V>, UserError> {
    match given {
        MaybeUndefined::Undefined => Ok(None),
        MaybeUndefined::Null => Err(UserError::bad_input(path, "It cannot be cleared. Leave it out to keep it.")),
        MaybeUndefined::Value(value) => Ok(Some(value)),
    }
}
