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

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{Context, ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use self::connection::ConnectionPlan;
pub use self::connection::pages;
pub use self::field::{Column, KeyReader, Relation, Written, key_reader, names, write_enum, writer};
pub use self::level::Level;
pub use self::level::join;
use self::level::shape;
use crate::db::loader::ById;
use crate::db::scope::{Identified, Read, Record, Scope};
use crate::error::{Code, Error, Result};
use crate::page::{Args, Connection, Listed};

/// An object that can be written by a plan: its columns are known from [`Record::column`], its relations from here.
pub trait Planned: Record + OutputType {
    /// The relation that a field is.
    fn relation(field: &str) -> Option<Relation>;
}

/// Present in a request's data when its root fields may be answered by plans.
pub struct Plans;

/// How large an answer may be, in bytes.
const LARGEST_ANSWER: usize = 16 * 1_048_576;

/// An answer is larger than it may be.
#[derive(Clone, Copy, Debug)]
pub struct TooLarge;

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

/// What a root field answers: an object for the library to resolve, or its JSON.
pub enum Answer<T> {
    /// An object that the library resolves.
    Resolved(T),
    /// The JSON of what was selected of it.
    Written(Vec<u8>),
}

impl<T: OutputType> OutputType for Answer<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        match self {
            Self::Resolved(object) => object.resolve(ctx, field).await,
            // The server writes binary values as they are.
            Self::Written(json) => Ok(Value::Binary(json.clone().into())),
        }
    }
}

/// The row with this id.
///
/// # Errors
/// When the database fails.
pub async fn row<R: Planned + Identified>(ctx: &Context<'_>, key: ById<R>) -> Result<Option<Answer<R>>> {
    let scope = ctx.data_unchecked::<Scope>();
    if ctx.data_opt::<Plans>().is_some() {
        let mut level = Level::of::<R>();
        if let Some(shape) = shape::<R>(&mut level, scope, &[ctx.field()]) {
            let rows = scope.read(Read::rows(scope.rows().filter(R::with_ids(vec![key.uuid()])), &level)).await?;
            let Some(row) = rows.first() else { return Ok(None) };
            if let Some(written) = written(level.write_one(scope, &shape, row).await)? {
                return Ok(Some(Answer::Written(written)));
            }
        }
    }
    Ok(scope.get(key).await?.map(Answer::Resolved))
}

/// A page of all rows of the workspace.
///
/// # Errors
/// For arguments that cannot be used, and when the database fails.
pub async fn page<N: Planned + Listed>(ctx: &Context<'_>, args: Args<N>) -> Result<Answer<Connection<N>>> {
    let scope = ctx.data_unchecked::<Scope>();
    let args = Arc::new(args);
    if ctx.data_opt::<Plans>().is_some()
        && let Some(plan) = ConnectionPlan::compile(scope, args.clone(), &[ctx.field()])
    {
        let (rows, window) = (args.rows(scope)?, plan.window(scope)?);
        let wanted = plan.wants_rows().then(|| Read::page(rows, window, plan.level()));
        let rows = scope.read_all(wanted.into_iter().collect()).await?.pop().unwrap_or_default();
        if let Some(written) = written(plan.write(scope, rows).await)? {
            return Ok(Answer::Written(written));
        }
    }
    Connection::of_workspace(scope, args, asks_for_rows(ctx)).await.map(Answer::Resolved)
}

/// What a plan wrote, or nothing where the library should say what failed: not when it would fail in the same way.
fn written(answer: Result<Vec<u8>>) -> Result<Option<Vec<u8>>> {
    match answer {
        Err(error) if matches!(error.code(), Code::ResponseTooLarge | Code::ServiceUnavailable) => Err(error),
        answer => Ok(answer.ok()),
    }
}

/// Whether anything is asked of a page's rows, rather than of the list as a whole.
#[must_use]
pub fn asks_for_rows(ctx: &Context<'_>) -> bool {
    ctx.field().selection_set().any(|field| matches!(field.name(), "nodes" | "edges" | "pageInfo"))
}
