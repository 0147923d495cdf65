//! The short way: what a selection asks for, read in one statement per list and written straight as JSON.
//!
//! The executor of the library makes a future, a context and a value of every field of every row. Most selections do
//! not need that: they name columns, to-one relations and pages of to-many relations. Such a selection is compiled
//! into a [`select_stage::SelectStage`], the columns and joins of one statement, and a `ObjectLayout`, how its rows are written.
//! What a stage's rows have many of is a stage of its own, read for all of them at once.
//!
//! A plan is only ever a quicker way to the same answer. A selection that asks for anything else (a protected field, a
//! computed one, statistics) is left to the library as a whole, and so is one whose plan fails below its own rows, since
//! the library says which field of which row failed. Rows come from the same [`Scoped`](crate::db::scope::Scoped)
//! conditions either way, joined rows too.

mod connection;
mod field;
mod select_stage;
mod selection;

use std::sync::Arc;

use async_graphql::OutputType;
use futures_util::future::BoxFuture;

use self::connection::ConnectionPlan;
pub use self::connection::pages;
pub use self::field::{Column, Relation, WriteJson, names, write_enum, writer};
pub use self::select_stage::SelectStage;
pub use self::select_stage::join;
use self::select_stage::layout;
pub use self::selection::{Operation, Selected};
use crate::db::scope::{Identified, Read, Record, Scope};
use crate::error::Result;
use crate::id::Id;
use crate::page::{Args, Paginated};

/// A row some fields of which are columns as they stand; implemented by `record!`.
pub trait PlannedColumns: Record {
    /// The column that a field of the schema is, if it is one.
    fn column(field: &str) -> Option<Column>;
}

/// An object that can be written by a plan.
pub trait Planned: PlannedColumns + OutputType {
    /// The relation that a field is.
    fn relation(field: &str) -> Option<Relation>;

    /// Whether a field that is neither column nor relation is made of rows of the workspace, or of the catalogue, and of
    /// nothing else.
    #[must_use]
    fn is_of_rows(field: &str) -> bool {
        let _ = field;
        false
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
pub fn row<'a, R: Planned + Paginated + Identified>(scope: &'a Scope, field: Selected<'a>) -> Option<Answer<'a>> {
    scope.require(R::READ).ok()?;
    let id: Id<R> = field.argument("id")?;
    let mut stage = SelectStage::of::<R>();
    let layout = layout::<R>(&mut stage, scope, &[field])?;
    Some(Box::pin(async move {
        let rows = scope.read(Read::by_keys(scope.rows(), R::with_ids(vec![id.uuid()]), stage.projection())).await?;
        match rows.first() {
            Some(row) => stage.write_one(scope, &layout, row).await,
            None => Ok(b"null".to_vec()),
        }
    }))
}

/// Plans a page of all rows of the workspace.
#[must_use]
pub fn page<'a, N: Planned + Paginated>(scope: &'a Scope, field: Selected<'a>) -> Option<Answer<'a>> {
    scope.require(N::READ).ok()?;
    let args = Arc::new(Args::<N>::read(field.arguments())?);
    let plan = ConnectionPlan::compile(scope, args.clone(), &[field])?;
    Some(Box::pin(async move {
        let (rows, window) = (args.rows(scope)?, plan.window(scope)?);
        let wanted = plan.wants_rows().then(|| Read::page(rows, window, plan.stage().projection()));
        let rows = scope.read_all(wanted.into_iter().collect()).await?.pop().unwrap_or_default();
        plan.write(scope, rows).await
    }))
}
