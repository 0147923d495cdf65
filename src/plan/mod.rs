//! The short way: what a selection asks for, read in one statement per list and written straight as JSON.
//!
//! The executor of the library makes a future, a context and a value of every field of every row. Most selections do
//! not need that: they name columns, to-one relations and pages of to-many relations. Such a selection is compiled
//! into a [`level::Level`], the columns and joins of one statement, and a `Shape`, how its rows are written.
//! What a level's rows have many of is a level of its own, read for all of them at once.
//!
//! A plan is only ever a quicker way to the same answer. A selection that asks for anything else (a protected field, a
//! computed one, statistics) is left to the library as a whole, and so is one whose plan fails below its own rows, since
//! the library says which field of which row failed. Rows come from the same [`Scoped`](crate::db::scope::Scoped)
//! conditions either way, joined rows too.

mod connection;
mod field;
mod level;
mod selection;

use std::sync::Arc;

use async_graphql::OutputType;
use futures_util::future::BoxFuture;

use self::connection::ConnectionPlan;
pub use self::connection::pages;
pub use self::field::{Column, KeyReader, Relation, Written, key_reader, names, write_enum, writer};
pub use self::level::Level;
pub use self::level::join;
use self::level::shape;
pub use self::selection::{Operation, Selected};
use crate::db::scope::{Identified, Read, Record, Scope};
use crate::error::{Error, Result};
use crate::id::Id;
use crate::page::{Args, Listed};

/// An object that can be written by a plan: its columns are known from [`Record::column`], its relations from here.
pub trait Planned: Record + OutputType {
    /// The relation that a field is.
    fn relation(field: &str) -> Option<Relation>;
}

/// How large an answer may be, in bytes.
pub const LARGEST_ANSWER: usize = 16 * 1_048_576;

/// An answer is larger than it may be.
#[derive(Clone, Copy, Debug)]
pub struct TooLarge;

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an answer is too large")
    }
}

impl std::error::Error for TooLarge {}

/// Checks how large an answer has become, in bytes.
///
/// # Errors
/// When it is too large to go on.
pub const fn check_size(bytes: usize) -> std::result::Result<(), TooLarge> {
    if bytes > LARGEST_ANSWER { Err(TooLarge) } else { Ok(()) }
}

impl From<TooLarge> for Error {
    fn from(_: TooLarge) -> Self {
        Self::too_large()
    }
}

/// The JSON that a root field is answered with, once it is read.
pub type Answer<'a> = BoxFuture<'a, Result<Vec<u8>>>;

/// Plans a root field; nothing where only the library can answer it. Nothing is read before the answer is awaited.
pub type Root = for<'a> fn(&'a Scope, Selected<'a>) -> Option<Answer<'a>>;

/// The root fields of an entity.
pub trait Roots {
    /// How the field of this name is planned.
    fn root(field: &str) -> Option<Root>;
}

/// Plans the row with the id that a field is given.
#[must_use]
pub fn row<'a, R: Planned + Listed + Identified>(scope: &'a Scope, field: Selected<'a>) -> Option<Answer<'a>> {
    scope.require(R::READ).ok()?;
    let id: Id<R> = field.argument("id")?;
    let mut level = Level::of::<R>();
    let shape = shape::<R>(&mut level, scope, &[field])?;
    Some(Box::pin(async move {
        let rows = scope.read(Read::by_keys(scope.rows(), R::with_ids(vec![id.uuid()]), &level)).await?;
        match rows.first() {
            Some(row) => level.write_one(scope, &shape, row).await,
            None => Ok(b"null".to_vec()),
        }
    }))
}

/// Plans a page of all rows of the workspace.
#[must_use]
pub fn page<'a, N: Planned + Listed>(scope: &'a Scope, field: Selected<'a>) -> Option<Answer<'a>> {
    scope.require(N::READ).ok()?;
    let args = Arc::new(Args::<N>::read(field.arguments())?);
    let plan = ConnectionPlan::compile(scope, args.clone(), &[field])?;
    Some(Box::pin(async move {
        let (rows, window) = (args.rows(scope)?, plan.window(scope)?);
        let wanted = plan.wants_rows().then(|| Read::page(rows, window, plan.level()));
        let rows = scope.read_all(wanted.into_iter().collect()).await?.pop().unwrap_or_default();
        plan.write(scope, rows).await
    }))
}
