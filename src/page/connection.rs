//! The connection: a page of rows, with its place in the list.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject, TypeName};

use super::aggregate::Count;
use super::to_many::{PageKey, PageOf, ParentCondition};
use super::{Args, Listing, Paginated, Slice, ToMany};
use crate::db::scope::Scope;
use crate::error::Result;

/// What of the types of a list is made of rows alone: answers with it may be kept in memory.
pub const OF_ROWS: &[(&str, &[&str])] =
    &[("PageInfo", &["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"])];
/// The same of connections.
pub const CONNECTION_OF_ROWS: [&str; 5] = ["edges", "nodes", "pageInfo", "totalCount", "statistics"];
/// The same of their edges.
pub const EDGE_OF_ROWS: [&str; 2] = ["cursor", "node"];

/// The position of a page in its list.
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
pub struct Connection<N: Paginated> {
    listing: Listing<N>,
    slice: Slice<N>,
}

/// A row at its place in a list.
pub struct ListEdge<N: Paginated> {
    args: Arc<Args<N>>,
    node: N,
}

impl<N: Paginated> Connection<N> {
    /// A page of all rows of the workspace; without rows when none are wanted.
    ///
    /// # Errors
    /// For arguments that cannot be used, and when the database fails.
    pub async fn of_workspace(scope: &Scope, args: Arc<Args<N>>, wanted: bool) -> Result<Self> {
        let (rows, window) = (args.rows(scope)?, args.window(scope)?);
        let slice = args.slice(if wanted { scope.page(rows, window).await? } else { Vec::new() });
        Ok(Self { listing: Listing { args, parent: None }, slice })
    }

    /// A page of the rows of one parent, loaded together with those of its siblings; without rows when none are wanted.
    ///
    /// # Errors
    /// For arguments that cannot be used, and when the database fails.
    pub async fn of_parent<E: ToMany<Node = N>>(
        scope: &Scope,
        parent: i32,
        args: Args<N>,
        wanted: bool,
    ) -> Result<Self> {
        let args = Arc::new(args);
        let parent_condition = ParentCondition::of::<E>();
        let key = PageKey { parent, query: PageOf { parent_condition, args: args.clone() } };
        let empty = || Slice { rows: Arc::new([]), previous: false, next: false };
        // A cursor that cannot be used is the fault of this field, not of those that are loaded with it.
        args.window(scope)?;
        let slice = if wanted { scope.get(key).await?.unwrap_or_else(empty) } else { empty() };
        Ok(Self { listing: Listing { args, parent: Some((parent_condition, parent)) }, slice })
    }
}

impl<N: Paginated> TypeName for Connection<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

impl<N: Paginated> TypeName for ListEdge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// One page of a list, with its place in it.
#[Object(name_type)]
#[allow(clippy::unused_async, reason = "resolvers are async")]
impl<N: Paginated> Connection<N> {
    /// The rows of the page, each with its cursor.
    async fn edges(&self) -> Vec<ListEdge<N>> {
        let edge = |node: &N| ListEdge { args: self.listing.args.clone(), node: node.clone() };
        self.slice.rows.iter().map(edge).collect()
    }

    /// The rows of the page.
    async fn nodes(&self) -> &[N] {
        &self.slice.rows
    }

    /// Whether the list goes on before and after this page, and the cursors to go on with.
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
impl<N: Paginated> ListEdge<N> {
    /// The cursor of the row; for `after` and `before` of the same list in the same order.
    async fn cursor(&self, ctx: &Context<'_>) -> Result<String> {
        self.args.seal_cursor(ctx.data_unchecked::<Scope>(), &self.node)
    }

    /// The row.
    async fn node(&self) -> &N {
        &self.node
    }
}

impl<N: Paginated> From<Listing<N>> for async_graphql::connection::EmptyFields {
    fn from(_: Listing<N>) -> Self {
        Self
    }
}
