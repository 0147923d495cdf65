//! What every mutation shares: user errors, payloads, optimistic concurrency.

mod idempotency;
mod repeatable;

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
use crate::json::stored_bytes;
use crate::scalar::{DateTime, Json};

pub use self::idempotency::{claim, claim_all, replay, replay_all};
pub use self::repeatable::Repeatable;

/// A refusal that belongs to the input of a mutation. Nothing was changed.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
pub struct UserError {
    /// The kind of refusal.
    pub code: UserErrorCode,
    /// The reason, for people.
    pub message: String,
    /// The path in the arguments, such as `["input", "links", "3", "documentId"]`.
    pub path: Vec<String>,
}

impl UserError {
    /// A refusal of what stands at the path below `input`, written `links.3.documentId`; empty for all of it.
    pub fn new(code: UserErrorCode, path: &str, message: impl Into<String>) -> Self {
        let below = path.split('.').filter(|part| !part.is_empty()).map(str::to_owned);
        Self { code, message: message.into(), path: std::iter::once("input".to_owned()).chain(below).collect() }
    }

    /// What the field names does not exist in the workspace.
    #[must_use]
    pub fn not_found(path: &str) -> Self {
        Self::new(UserErrorCode::NotFound, path, format!("`{}` does not exist in this workspace.", field_of(path)))
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

/// The field that a path ends with.
fn field_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// Why a change was not made.
#[derive(Debug)]
pub enum MutationError<R> {
    /// The input's fault: user errors, and for a conflict the row as it now is.
    Input(Vec<UserError>, Option<R>),
    /// Ours, or a matter of permission: a top-level error.
    Fault(Error),
}

/// The outcome of a change: a value, or why it was not made, with a row of `R` as it now is.
pub type MutationResult<T, R = T> = Result<T, MutationError<R>>;

impl<R> MutationError<R> {
    /// The same for a change that gives another row, of which nothing is known.
    pub fn of<S>(self) -> MutationError<S> {
        match self {
            Self::Input(errors, _) => MutationError::Input(errors, None),
            Self::Fault(error) => MutationError::Fault(error),
        }
    }
}

impl<R> From<UserError> for MutationError<R> {
    fn from(error: UserError) -> Self {
        Self::Input(vec![error], None)
    }
}

impl<R> From<Error> for MutationError<R> {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl<R> From<diesel::result::Error> for MutationError<R> {
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
            pub fn of(change: $crate::mutation::MutationResult<$row>) -> $crate::error::Result<Self> {
                match change {
                    Ok(row) => Ok(Self { $field: Some(row), user_errors: Vec::new() }),
                    Err($crate::mutation::MutationError::Input(user_errors, row)) => Ok(Self { $field: row, user_errors }),
                    Err($crate::mutation::MutationError::Fault(error)) => Err(error),
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
) -> MutationResult<R>
where
    R::Table: HasTable<Table = R::Table>,
    C: AsChangeset<Target = R::Table> + Send,
    C::Changeset: QueryFragment<Pg> + Send + 'static,
{
    if let Some(updated) = tx.update::<R, C>(unchanged::<R>(row.clone(), expected_updated_at), changes).await?.pop() {
        return Ok(updated);
    }
    Err(stale(tx.find::<R>(row).await?))
}

/// Marks the row as deleted, if it is still as the client last saw it.
///
/// # Errors
/// As [`update`].
pub async fn delete<R: Identified>(
    scope: &Scope,
    id: Id<R>,
    expected_updated_at: Option<DateTime>,
) -> MutationResult<R> {
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
) -> MutationResult<R> {
    if let Some(deleted) = tx.delete::<R>(unchanged::<R>(row.clone(), expected_updated_at)).await?.pop() {
        return Ok(deleted);
    }
    Err(stale(tx.find::<R>(row).await?))
}

/// The row, if it is still as the client last saw it.
#[must_use]
pub fn unchanged<R: Record>(row: Scoped<R::Table>, expected_updated_at: Option<DateTime>) -> Scoped<R::Table> {
    match expected_updated_at {
        Some(expected) => row.filter(R::Table::last_updated_at(expected)),
        None => row,
    }
}

/// Whether a row is not as the client last saw it: moments are compared as they were shown.
#[must_use]
pub fn is_stale(expected_updated_at: Option<DateTime>, updated_at: Option<DateTime>) -> bool {
    expected_updated_at.is_some_and(|expected| updated_at.map(DateTime::shown) != Some(expected.shown()))
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
pub fn stale<R>(current: Option<R>) -> MutationError<R> {
    match current {
        None => UserError::not_found("id").into(),
        Some(current) => {
            let message = "The row has changed since `expectedUpdatedAt`. It is returned as it is now.";
            MutationError::Input(vec![UserError::conflict("expectedUpdatedAt", message)], Some(current))
        }
    }
}

/// How many things one call may make.
const MAX_BULK_ITEMS: usize = 1_000;

/// Checks how many things a call is to make.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_bulk(path: &str, count: usize) -> Result<(), UserError> {
    if (1..=MAX_BULK_ITEMS).contains(&count) {
        return Ok(());
    }
    Err(UserError::bad_input(path, format!("`{path}` must have 1 to 1,000 items.")))
}

/// Checks a text: not empty, not longer than `longest` characters, and storable.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_text(path: &str, text: &str, longest: usize) -> Result<(), UserError> {
    if text.trim().is_empty() {
        return Err(UserError::bad_input(path, format!("`{path}` must not be empty.")));
    }
    check_length(path, text, longest)
}

/// The same for a text that may be empty.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_length(path: &str, text: &str, longest: usize) -> Result<(), UserError> {
    if text.chars().count() > longest {
        return Err(UserError::bad_input(path, format!("`{path}` must not be longer than {longest} characters.")));
    }
    if text.contains('\0') {
        return Err(UserError::bad_input(path, format!("`{path}` must not contain the character U+0000.")));
    }
    Ok(())
}

/// Checks a code, which programs compare: a text that neither begins nor ends with white space and has no character in
/// it that nobody sees.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_code(path: &str, code: &str, longest: usize) -> Result<(), UserError> {
    check_text(path, code, longest)?;
    if code.trim() != code {
        return Err(UserError::bad_input(path, format!("`{path}` must not begin or end with white space.")));
    }
    if code.chars().any(char::is_control) {
        return Err(UserError::bad_input(path, format!("`{path}` must not have control characters in it.")));
    }
    if let Some(invisible) = code.chars().find(|character| is_invisible(*character)) {
        let character = u32::from(invisible);
        let message = format!("`{path}` must not have the invisible character U+{character:04X} in it.");
        return Err(UserError::bad_input(path, message));
    }
    Ok(())
}

/// Whether a character has no width and no sign of its own: byte order marks, joiners, marks of direction and the like
/// (Unicode's default ignorable code points, but for selectors of variants, which change what is seen).
const fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}'
    )
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
        None => Err(UserError::bad_input(
            path,
            format!("`{path}` must be an address such as https://example.com/picture.png."),
        )),
    }
}

/// Checks a JSON value: not larger than `largest` bytes as it is answered, and storable.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_json(path: &str, json: &Json, largest: usize) -> Result<(), UserError> {
    let refused = |message: &str| Err(UserError::bad_input(path, format!("`{path}` {message}")));
    match stored_bytes(json.as_json()) {
        Err(unstorable) => refused(unstorable.as_str()),
        Ok(bytes) if bytes > largest => {
            refused(&format!("must not be larger than {largest} bytes, with its numbers written out."))
        }
        Ok(_) => Ok(()),
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
        MaybeUndefined::Null => {
            Err(UserError::bad_input(path, format!("`{path}` must not be null. Leave it out to keep its value.")))
        }
        MaybeUndefined::Value(value) => Ok(Some(value)),
    }
}
