//! One way to page: keyset paging over any entity, forwards and backwards, at the root and under each parent.

mod aggregate;
mod connection;
mod to_many;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::{Context, InputType, ObjectType, OutputType, Value};
use diesel::pg::Pg;
use diesel::result::QueryResult;
use diesel::row::Row;

pub(crate) use self::aggregate::Count;
pub use self::aggregate::{Aggregate, Listing};
pub use self::connection::{CONNECTION_OF_ROWS, Connection, EDGE_OF_ROWS, ListEdge, OF_ROWS, PageInfo};
pub(crate) use self::to_many::ParentCondition;
pub use self::to_many::ToMany;
use crate::auth::Access;
use crate::db::key_value::{KeyReader, KeyValue};
use crate::db::scope::{Owned, Record, Scope, Scoped, Window};
use crate::db::statement::Term;
use crate::error::{Code, Error, Result};
use crate::filter::Filter;

/// Rows of a page unless asked otherwise.
pub const DEFAULT_SIZE: usize = graphql_limits::cost::PAGE as usize;
/// Rows of a page at the most.
pub const MAX_PAGE_SIZE: usize = graphql_limits::cost::MAX_PAGE as usize;
/// Parts of an `orderBy` at the most.
const MAX_ORDER_FIELDS: usize = 3;

/// An entity that comes in lists.
pub trait Paginated: Record + OutputType {
    /// Who may read it.
    const READ: Access;
    /// What its lists can be narrowed by.
    type Filter: Filter<Self::Table>;
    /// What its lists can be ordered by.
    type OrderBy: OrderBy<Self>;
    /// What its connections have beyond the usual fields.
    type Extra: ObjectType + From<Listing<Self>>;
}

/// The columns an entity can be ordered by, and the order when nobody asks for one.
pub trait OrderBy<N>: InputType + Clone + Eq + Hash + 'static {
    /// Newest first.
    fn default_order() -> Self;
    /// The columns in the schema's words; part of what a cursor is bound to.
    fn name(&self) -> &'static str;
    /// The column.
    fn term(&self) -> Term;
    /// Its value in a row.
    fn value(&self, row: &N) -> KeyValue;
    /// How its value is read from the column.
    fn reader(&self) -> KeyReader;
}

/// Whether anything is asked of a page's rows, rather than of the list as a whole.
#[must_use]
pub fn asks_for_rows(ctx: &Context<'_>) -> bool {
    ctx.field().selection_set().any(|field| matches!(field.name(), "nodes" | "edges" | "pageInfo"))
}

/// Sort direction.
#[derive(async_graphql::Enum, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OrderDirection {
    /// Smallest or earliest first; rows without a value last.
    Asc,
    /// Largest or latest first; rows without a value first.
    #[default]
    Desc,
}

/// What a list field was asked for.
#[derive(Debug)]
pub struct Args<N: Paginated> {
    /// The filter, empty when none was given.
    pub filter: Option<N::Filter>,
    order: Vec<N::OrderBy>,
    backwards: bool,
    size: usize,
    after: Option<String>,
    before: Option<String>,
}

impl<N: Paginated> PartialEq for Args<N> {
    fn eq(&self, other: &Self) -> bool {
        self.filter == other.filter
            && self.order == other.order
            && self.backwards == other.backwards
            && self.size == other.size
            && self.after == other.after
            && self.before == other.before
    }
}

impl<N: Paginated> Eq for Args<N> {}

impl<N: Paginated> Hash for Args<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.filter, &self.order, self.backwards, self.size, &self.after, &self.before).hash(state);
    }
}

impl<N: Paginated> Args<N> {
    /// Checks what was asked for.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a size out of range, both directions at once, or too long an order.
    pub fn new(
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<N::Filter>,
        order: Option<Vec<N::OrderBy>>,
    ) -> Result<Self> {
        let (name, size) = match (first, last) {
            (Some(_), Some(_)) => return Err(Error::bad_input("Give `first` or `last`, not both.")),
            (None, Some(last)) => ("last", Some(last)),
            (first, None) => ("first", first),
        };
        let size = match size {
            None => DEFAULT_SIZE,
            Some(size) => usize::try_from(size)
                .ok()
                .filter(|size| (1..=MAX_PAGE_SIZE).contains(size))
                .ok_or_else(|| Error::bad_input(format!("`{name}` must be from 1 to {MAX_PAGE_SIZE}.")))?,
        };
        let mut order = order.unwrap_or_default();
        if order.len() > MAX_ORDER_FIELDS {
            return Err(Error::bad_input(format!("`orderBy` takes at most {MAX_ORDER_FIELDS} fields.")));
        }
        if order.is_empty() {
            order.push(N::OrderBy::default_order());
        }
        Ok(Self { filter, order, backwards: last.is_some(), size, after, before })
    }

    /// The same from a field's arguments as they stand in a document; nothing when one is malformed.
    #[must_use]
    pub fn read<'a>(arguments: impl Iterator<Item = (&'a str, Value)>) -> Option<Self> {
        let (mut first, mut after, mut last, mut before, mut filter, mut order) = (None, None, None, None, None, None);
        for (name, value) in arguments {
            match name {
                "first" => first = InputType::parse(Some(value)).ok()?,
                "after" => after = InputType::parse(Some(value)).ok()?,
                "last" => last = InputType::parse(Some(value)).ok()?,
                "before" => before = InputType::parse(Some(value)).ok()?,
                "filter" => filter = InputType::parse(Some(value)).ok()?,
                "orderBy" => order = InputType::parse(Some(value)).ok()?,
                _ => return None,
            }
        }
        Self::new(first, after, last, before, filter, order).ok()
    }

    /// The order that was asked for.
    #[must_use]
    pub fn order(&self) -> &[N::OrderBy] {
        &self.order
    }

    /// How many rows the page has at the most.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// The live rows in the workspace that pass the filter.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a filter that cannot be used.
    pub fn rows(&self, scope: &Scope) -> Result<Scoped<N::Table>> {
        rows::<N>(scope, self.filter.as_ref())
    }

    /// The order with its unique end.
    fn terms(&self) -> Vec<Term> {
        let mut terms: Vec<Term> = self.order.iter().map(OrderBy::term).collect();
        let descending = terms.last().is_none_or(|term| term.descending);
        terms.push(Term { column: <N::Table as Owned>::pk(), nullable: false, descending });
        terms
    }

    /// What its cursors are bound to: the list's type, its order, and the workspace.
    fn cursor_context(&self, scope: &Scope) -> Vec<u8> {
        let mut context = format!("cursor\0{}\0{}", scope.caller().workspace_pk(), N::type_name());
        for (order, term) in self.order.iter().zip(self.terms()) {
            context.push(if term.descending { '-' } else { '+' });
            context.push_str(order.name());
        }
        context.into_bytes()
    }

    fn seal_cursor(&self, scope: &Scope, row: &N) -> Result<String> {
        self.seal_values(scope, self.order.iter().map(|order| order.value(row)).collect(), row.pk())
    }

    /// The cursor of a row with these values in the order's columns.
    ///
    /// # Errors
    /// When the values cannot be written, which would be a defect.
    pub fn seal_values(&self, scope: &Scope, mut values: Vec<KeyValue>, pk: i32) -> Result<String> {
        values.push(KeyValue::Integer(pk));
        let plain = serde_json::to_vec(&values).map_err(Error::internal)?;
        Ok(scope.sealer().seal(&self.cursor_context(scope), &plain))
    }

    fn open_cursor(&self, scope: &Scope, name: &str, cursor: Option<&String>) -> Result<Option<Vec<KeyValue>>> {
        let Some(cursor) = cursor else { return Ok(None) };
        scope
            .sealer()
            .open(&self.cursor_context(scope), cursor)
            .and_then(|plain| serde_json::from_slice::<Vec<KeyValue>>(&plain).ok())
            .filter(|values| values.len() == self.order.len() + 1)
            .map(Some)
            .ok_or_else(|| Error::new(Code::BadCursor, format!("`{name}` is not a cursor of this list in this order.")))
    }

    /// One row more than the page, to know whether it goes on.
    ///
    /// # Errors
    /// `BAD_CURSOR` for a cursor that is none of this list's.
    pub fn window(&self, scope: &Scope) -> Result<Window> {
        Ok(Window {
            order: self.terms(),
            reversed: self.backwards,
            after: self.open_cursor(scope, "after", self.after.as_ref())?,
            before: self.open_cursor(scope, "before", self.before.as_ref())?,
            limit: self.size + 1,
        })
    }

    /// The page of the rows that [`Args::window`] gave.
    #[must_use]
    pub fn slice<T>(&self, mut rows: Vec<T>) -> Slice<T> {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        if self.backwards {
            rows.reverse();
        }
        let (previous, next) = if self.backwards {
            (more || self.after.is_some(), self.before.is_some())
        } else {
            (self.after.is_some(), more || self.before.is_some())
        };
        Slice { rows: rows.into(), previous, next }
    }
}

fn rows<N: Paginated>(scope: &Scope, filter: Option<&N::Filter>) -> Result<Scoped<N::Table>> {
    let rows = scope.rows::<N::Table>();
    match filter {
        Some(filter) => Ok(rows.filter(filter.condition(scope, 1)?)),
        None => Ok(rows),
    }
}

/// The rows of one page.
#[derive(Debug)]
pub struct Slice<N> {
    rows: Arc<[N]>,
    previous: bool,
    next: bool,
}

impl<N> Slice<N> {
    /// Its rows, in the order asked for.
    #[must_use]
    pub fn rows(&self) -> &[N] {
        &self.rows
    }

    /// Whether there are rows before it.
    #[must_use]
    pub const fn has_previous(&self) -> bool {
        self.previous
    }

    /// Whether there are rows after it.
    #[must_use]
    pub const fn has_next(&self) -> bool {
        self.next
    }
}

impl<N> Clone for Slice<N> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), previous: self.previous, next: self.next }
    }
}

/// Reads a row whose types are `ST`.
///
/// # Errors
/// When a value does not fit its type.
pub fn read_row<'a, ST, T>(row: &impl Row<'a, Pg>) -> QueryResult<T>
where
    T: diesel::deserialize::FromSqlRow<ST, Pg>,
{
    T::build_from_row(row).map_err(diesel::result::Error::DeserializationError)
}
