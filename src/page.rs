//! One way to page: keyset paging over any entity, forwards and backwards, at the root and under each parent.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_graphql::{Context, InputType, Object, ObjectType, OutputType, SimpleObject, TypeName};
use diesel::pg::Pg;
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Integer};

use crate::auth::Access;
use crate::db::condition::{Condition, Sql};
use crate::db::loader::Key;
use crate::db::scope::{Owned, Record, Scope, Scoped, Window};
use crate::db::statement::{KeyValue, Term};
use crate::error::{Code, Error, Result};
use crate::filter::Filter;

/// Rows of a page unless asked otherwise.
pub const DEFAULT_SIZE: usize = 20;
/// Rows of a page at the most.
pub const LARGEST_SIZE: usize = 100;
/// Parts of an `orderBy` at the most.
const LONGEST_ORDER: usize = 3;

/// An entity that comes in lists.
pub trait Listed: Record + OutputType {
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
}

/// Which way to sort.
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
pub struct Args<N: Listed> {
    /// The filter, empty when none was given.
    pub filter: Option<N::Filter>,
    order: Vec<N::OrderBy>,
    backwards: bool,
    size: usize,
    after: Option<String>,
    before: Option<String>,
}

impl<N: Listed> PartialEq for Args<N> {
    fn eq(&self, other: &Self) -> bool {
        self.filter == other.filter
            && self.order == other.order
            && self.backwards == other.backwards
            && self.size == other.size
            && self.after == other.after
            && self.before == other.before
    }
}

impl<N: Listed> Eq for Args<N> {}

impl<N: Listed> Hash for Args<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.filter, &self.order, self.backwards, self.size, &self.after, &self.before).hash(state);
    }
}

impl<N: Listed> Args<N> {
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
                .filter(|size| (1..=LARGEST_SIZE).contains(size))
                .ok_or_else(|| Error::bad_input(format!("`{name}` must be from 1 to {LARGEST_SIZE}.")))?,
        };
        let mut order = order.unwrap_or_default();
        if order.len() > LONGEST_ORDER {
            return Err(Error::bad_input(format!("`orderBy` takes at most {LONGEST_ORDER} fields.")));
        }
        if order.is_empty() {
            order.push(N::OrderBy::default_order());
        }
        Ok(Self { filter, order, backwards: last.is_some(), size, after, before })
    }

    /// The live rows in the workspace that pass the filter.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a filter that cannot be used.
    fn rows(&self, scope: &Scope) -> Result<Scoped<N::Table>> {
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
        let mut values: Vec<KeyValue> = self.order.iter().map(|order| order.value(row)).collect();
        values.push(KeyValue::Integer(row.pk()));
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
    fn window(&self, scope: &Scope) -> Result<Window> {
        Ok(Window {
            order: self.terms(),
            reversed: self.backwards,
            after: self.open_cursor(scope, "after", self.after.as_ref())?,
            before: self.open_cursor(scope, "before", self.before.as_ref())?,
            limit: self.size + 1,
        })
    }

    /// The page of the rows that [`Args::window`] gave.
    fn slice(&self, mut rows: Vec<N>) -> Slice<N> {
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

fn rows<N: Listed>(scope: &Scope, filter: Option<&N::Filter>) -> Result<Scoped<N::Table>> {
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

impl<N> Clone for Slice<N> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), previous: self.previous, next: self.next }
    }
}

/// A to-many relation: which rows belong to a parent.
pub trait Edge: 'static {
    /// What the parent has many of.
    type Node: Listed;

    /// The condition that ties a row to the parent, whose key is [`crate::db::condition::ParentPk`].
    fn tie(scope: &Scope) -> Condition<<Self::Node as Record>::Table>;
}

/// An [`Edge`] as a value.
struct Tie<N: Record> {
    edge: TypeId,
    condition: fn(&Scope) -> Condition<N::Table>,
}

impl<N: Record> Tie<N> {
    fn of<E: Edge<Node = N>>() -> Self {
        Self { edge: TypeId::of::<E>(), condition: E::tie }
    }
}

#[expect(clippy::expl_impl_clone_on_copy, reason = "a derived one would demand it of the node")]
impl<N: Record> Clone for Tie<N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Record> Copy for Tie<N> {}

impl<N: Record> PartialEq for Tie<N> {
    fn eq(&self, other: &Self) -> bool {
        self.edge == other.edge
    }
}

impl<N: Record> Eq for Tie<N> {}

impl<N: Record> Hash for Tie<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.edge.hash(state);
    }
}

/// The page of one parent.
#[derive(Clone, PartialEq, Eq, Hash)]
struct PageKey<Q> {
    parent: i32,
    question: Q,
}

/// What was asked of a parent. All parents that were asked the same are answered by one statement.
struct PageOf<N: Listed> {
    tie: Tie<N>,
    args: Arc<Args<N>>,
}

impl<N: Listed> Clone for PageOf<N> {
    fn clone(&self) -> Self {
        Self { tie: self.tie, args: self.args.clone() }
    }
}

impl<N: Listed> PartialEq for PageOf<N> {
    fn eq(&self, other: &Self) -> bool {
        self.tie == other.tie && self.args == other.args
    }
}

impl<N: Listed> Eq for PageOf<N> {}

impl<N: Listed> Hash for PageOf<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.tie, &self.args).hash(state);
    }
}

fn by_question<Q: Eq + Hash>(keys: Vec<PageKey<Q>>) -> HashMap<Q, Vec<i32>> {
    let mut groups: HashMap<Q, Vec<i32>> = HashMap::new();
    for key in keys {
        groups.entry(key.question).or_default().push(key.parent);
    }
    groups
}

impl<N: Listed> Key for PageKey<PageOf<N>> {
    type Value = Slice<N>;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut pages = HashMap::with_capacity(keys.len());
        for (question, parents) in by_question(keys) {
            let PageOf { tie, args } = &question;
            let rows = args.rows(scope)?.filter((tie.condition)(scope));
            let window = args.window(scope)?;
            let mut children: HashMap<i32, Vec<N>> = parents.iter().map(|parent| (*parent, Vec::new())).collect();
            for (parent, row) in scope.page_of_each(parents, rows, window).await? {
                children.entry(parent).or_default().push(row);
            }
            for (parent, rows) in children {
                pages.insert(Self { parent, question: question.clone() }, args.slice(rows));
            }
        }
        Ok(pages)
    }
}

/// Something computed in the database over all rows of a list, whatever its page.
pub trait Aggregate<N: Listed>: Clone + Eq + Hash + Send + Sync + 'static {
    /// One row of the result.
    type Row: Clone + Send + Sync + 'static;

    /// What is selected.
    fn what(&self) -> Sql;

    /// What it is grouped by, when there is more than one row.
    fn group_by(&self) -> Option<Sql>;

    /// What it demands of a row beyond the list's filter.
    fn condition(&self) -> Option<Condition<N::Table>> {
        None
    }

    /// Reads a row of it, with the list's own key in front.
    ///
    /// # Errors
    /// When a value does not fit its type.
    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, Self::Row)>;
}

/// How many rows there are.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Count;

impl<N: Listed> Aggregate<N> for Count {
    type Row = i64;

    fn what(&self) -> Sql {
        Arc::new(diesel::dsl::count_star())
    }

    fn group_by(&self) -> Option<Sql> {
        None
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, i64)> {
        read_row::<(Integer, BigInt), _>(row)
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

/// What is aggregated over which list.
struct AggregateOf<N: Listed, A> {
    tie: Option<Tie<N>>,
    filter: Option<N::Filter>,
    aggregate: A,
}

impl<N: Listed, A: Clone> Clone for AggregateOf<N, A> {
    fn clone(&self) -> Self {
        Self { tie: self.tie, filter: self.filter.clone(), aggregate: self.aggregate.clone() }
    }
}

impl<N: Listed, A: Eq> PartialEq for AggregateOf<N, A> {
    fn eq(&self, other: &Self) -> bool {
        self.tie == other.tie && self.filter == other.filter && self.aggregate == other.aggregate
    }
}

impl<N: Listed, A: Eq> Eq for AggregateOf<N, A> {}

impl<N: Listed, A: Hash> Hash for AggregateOf<N, A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.tie, &self.filter, &self.aggregate).hash(state);
    }
}

impl<N: Listed, A: Aggregate<N>> Key for PageKey<AggregateOf<N, A>> {
    type Value = Arc<[A::Row]>;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut results = HashMap::with_capacity(keys.len());
        for (question, parents) in by_question(keys) {
            let mut rows = rows::<N>(scope, question.filter.as_ref())?;
            if let Some(tie) = question.tie {
                rows = rows.filter((tie.condition)(scope));
            }
            if let Some(condition) = question.aggregate.condition() {
                rows = rows.filter(condition);
            }
            let mut lists: HashMap<i32, Vec<A::Row>> = parents.iter().map(|parent| (*parent, Vec::new())).collect();
            let (what, group_by) = (question.aggregate.what(), question.aggregate.group_by());
            for (parent, row) in scope.aggregate(parents, rows, what, group_by, |row| A::read(row)).await? {
                lists.entry(parent).or_default().push(row);
            }
            for (parent, list) in lists {
                results.insert(Self { parent, question: question.clone() }, list.into());
            }
        }
        Ok(results)
    }
}

/// A list as it was asked for, whatever its page: what totals and statistics are computed over.
pub struct Listing<N: Listed> {
    args: Arc<Args<N>>,
    parent: Option<(Tie<N>, i32)>,
}

impl<N: Listed> Clone for Listing<N> {
    fn clone(&self) -> Self {
        Self { args: self.args.clone(), parent: self.parent }
    }
}

impl<N: Listed> Listing<N> {
    /// The aggregate's rows, computed together with those of all sibling lists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn aggregate<A: Aggregate<N>>(&self, scope: &Scope, aggregate: A) -> Result<Arc<[A::Row]>> {
        let question =
            AggregateOf { tie: self.parent.map(|(tie, _)| tie), filter: self.args.filter.clone(), aggregate };
        // The list of the whole workspace has no parent, so any number stands for it.
        let parent = self.parent.map_or(0, |(_, pk)| pk);
        Ok(scope.get(PageKey { parent, question }).await?.unwrap_or_default())
    }
}

/// Where a page stands in its list.
#[derive(SimpleObject, Clone, Debug)]
pub struct PageInfo {
    /// Whether there are rows after this page.
    pub has_next_page: bool,
    /// Whether there are rows before this page.
    pub has_previous_page: bool,
    /// The cursor of the first row; null when the page is empty.
    pub start_cursor: Option<String>,
    /// The cursor of the last row; null when the page is empty.
    pub end_cursor: Option<String>,
}

/// One page of a list.
pub struct Connection<N: Listed> {
    listing: Listing<N>,
    slice: Slice<N>,
}

/// A row at its place in a list.
pub struct ListEdge<N: Listed> {
    args: Arc<Args<N>>,
    node: N,
}

impl<N: Listed> Connection<N> {
    /// A page of all rows of the workspace.
    ///
    /// # Errors
    /// For arguments that cannot be used, and when the database fails.
    pub async fn of_workspace(scope: &Scope, args: Args<N>) -> Result<Self> {
        let rows = scope.page(args.rows(scope)?, args.window(scope)?).await?;
        let slice = args.slice(rows);
        Ok(Self { listing: Listing { args: Arc::new(args), parent: None }, slice })
    }

    /// A page of the rows of one parent, loaded together with those of its siblings.
    ///
    /// # Errors
    /// For arguments that cannot be used, and when the database fails.
    pub async fn of_parent<E: Edge<Node = N>>(scope: &Scope, parent: i32, args: Args<N>) -> Result<Self> {
        let args = Arc::new(args);
        let tie = Tie::of::<E>();
        let key = PageKey { parent, question: PageOf { tie, args: args.clone() } };
        let empty = || Slice { rows: Arc::new([]), previous: false, next: false };
        let slice = scope.get(key).await?.unwrap_or_else(empty);
        Ok(Self { listing: Listing { args, parent: Some((tie, parent)) }, slice })
    }
}

impl<N: Listed> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

impl<N: Listed> TypeName for ListEdge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// One page of a list, with its place in it.
#[Object(name_type)]
#[allow(clippy::unused_async, reason = "resolvers are async")]
impl<N: Listed> Connection<N> {
    /// The rows of the page, each with its cursor.
    async fn edges(&self) -> Vec<ListEdge<N>> {
        let edge = |node: &N| ListEdge { args: self.listing.args.clone(), node: node.clone() };
        self.slice.rows.iter().map(edge).collect()
    }

    /// The rows of the page.
    async fn nodes(&self) -> &[N] {
        &self.slice.rows
    }

    /// Whether there is more, and the cursors to get it.
    async fn page_info(&self, ctx: &Context<'_>) -> Result<PageInfo> {
        let scope = ctx.data_unchecked::<Scope>();
        let cursor = |row: Option<&N>| row.map(|row| self.listing.args.seal_cursor(scope, row)).transpose();
        Ok(PageInfo {
            has_next_page: self.slice.next,
            has_previous_page: self.slice.previous,
            start_cursor: cursor(self.slice.rows.first())?,
            end_cursor: cursor(self.slice.rows.last())?,
        })
    }

    /// How many rows pass the filter on all pages together. It costs a query of its own.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
        let counted = self.listing.aggregate(ctx.data_unchecked::<Scope>(), Count).await?;
        let total = counted.first().copied().unwrap_or_default();
        Ok(i32::try_from(total).unwrap_or(i32::MAX))
    }

    #[graphql(flatten)]
    async fn extra(&self) -> N::Extra {
        N::Extra::from(self.listing.clone())
    }
}

/// A row at its place in a list.
#[Object(name_type)]
#[allow(clippy::unused_async, reason = "resolvers are async")]
impl<N: Listed> ListEdge<N> {
    /// Where it stands; for `after` and `before` of the same list in the same order.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<String> {
        self.args.seal_cursor(ctx.data_unchecked::<Scope>(), &self.node)
    }

    /// The row.
    async fn node(&self) -> &N {
        &self.node
    }
}

impl<N: Listed> From<Listing<N>> for async_graphql::connection::EmptyFields {
    fn from(_: Listing<N>) -> Self {
        Self
    }
}
