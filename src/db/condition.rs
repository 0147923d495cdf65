//! Boolean expressions on a table, with diesel's types erased.

use std::marker::PhantomData;
use std::sync::Arc;

use diesel::ExpressionMethods;
use diesel::expression::{AppearsOnTable, Expression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Bool, BoolOrNullableBool, Integer, Nullable};

use super::statement::Joined;
use super::visibility::{VisibleThrough, WhenJoined};

/// SQL of any shape, ready to be written into a statement.
pub type Sql = Arc<dyn QueryFragment<Pg> + Send + Sync>;

/// A condition on rows of the table `T`. It can only be joined with others of the same table.
pub struct Condition<T> {
    sql: Node,
    table: PhantomData<fn() -> T>,
}

#[derive(Clone)]
enum Node {
    Is(Sql),
    VisibleThrough(Arc<VisibleThrough>),
    All(Arc<[Node]>),
    Any(Arc<[Node]>),
    Not(Arc<Node>),
}

impl<T> Clone for Condition<T> {
    fn clone(&self) -> Self {
        Self::from(self.sql.clone())
    }
}

impl<T> From<Node> for Condition<T> {
    fn from(sql: Node) -> Self {
        Self { sql, table: PhantomData }
    }
}

impl<T> Condition<T> {
    /// Any diesel expression that is true or false for a row of `T`.
    pub fn of<E>(expression: E) -> Self
    where
        E: AppearsOnTable<T> + QueryFragment<Pg> + Send + Sync + 'static,
        E::SqlType: BoolOrNullableBool,
    {
        Node::Is(Arc::new(expression)).into()
    }

    /// SQL that was written by the crate itself, column by column, for `T`.
    pub(crate) fn written(sql: impl QueryFragment<Pg> + Send + Sync + 'static) -> Self {
        Node::Is(Arc::new(sql)).into()
    }

    pub(super) fn visible_through(anchor: VisibleThrough) -> Self {
        Node::VisibleThrough(Arc::new(anchor)).into()
    }

    /// The same in a statement that joins these rows.
    pub(super) fn when_joined(self, joins: &[Joined]) -> Self {
        self.sql.when_joined(joins).into()
    }

    /// True when every part is; true without parts.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        Node::All(parts.into_iter().map(|part| part.sql).collect()).into()
    }

    /// True when any part is; false without parts.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        Node::Any(parts.into_iter().map(|part| part.sql).collect()).into()
    }

    /// True for exactly the rows for which this is not: a comparison with a missing value counts as false.
    #[must_use]
    pub fn negate(self) -> Self {
        Node::Not(Arc::new(self.sql)).into()
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::all([self, other])
    }
}

/// Rows whose column has one of these values. A single value is compared as such: PostgreSQL takes a list for a long one
/// when it plans for all values, and would rather plan anew for each short one.
pub fn one_of<T, C, V>(column: C, mut values: Vec<V>) -> Condition<T>
where
    C: Expression + ExpressionMethods + Send + Sync + 'static,
    C::SqlType: diesel::sql_types::SqlType + diesel::sql_types::SingleValue,
    V: diesel::expression::AsExpression<C::SqlType> + Send + Sync + 'static,
    Vec<V>: diesel::expression::array_comparison::AsInExpression<C::SqlType>,
    diesel::dsl::Eq<C, V>: AppearsOnTable<T> + QueryFragment<Pg> + Send + Sync + 'static,
    diesel::dsl::EqAny<C, Vec<V>>: AppearsOnTable<T> + QueryFragment<Pg> + Send + Sync + 'static,
    <diesel::dsl::Eq<C, V> as Expression>::SqlType: BoolOrNullableBool,
    <diesel::dsl::EqAny<C, Vec<V>> as Expression>::SqlType: BoolOrNullableBool,
{
    match values.pop() {
        Some(only) if values.is_empty() => Condition::of(column.eq(only)),
        last => {
            values.extend(last);
            Condition::of(column.eq_any(values))
        }
    }
}

impl Node {
    fn when_joined(self, joins: &[Joined]) -> Self {
        match self {
            Self::VisibleThrough(anchor) if joins.iter().any(|joined| anchor.is_joined_by(joined)) => {
                Self::Is(Arc::new(WhenJoined(anchor)))
            }
            Self::All(parts) => Self::All(parts.iter().map(|part| part.clone().when_joined(joins)).collect()),
            other => other,
        }
    }
}

impl QueryFragment<Pg> for Node {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let (parts, separator, empty) = match self {
            Self::Is(sql) => return sql.walk_ast(out),
            Self::VisibleThrough(anchor) => return anchor.walk_ast(out),
            Self::Not(inner) => {
                out.push_sql("(");
                inner.walk_ast(out.reborrow())?;
                out.push_sql(") IS NOT TRUE");
                return Ok(());
            }
            Self::All(parts) => (parts, " AND ", "TRUE"),
            Self::Any(parts) => (parts, " OR ", "FALSE"),
        };
        if parts.is_empty() {
            out.push_sql(empty);
        }
        for (index, part) in parts.iter().enumerate() {
            out.push_sql(if index == 0 { "(" } else { separator });
            part.walk_ast(out.reborrow())?;
        }
        if !parts.is_empty() {
            out.push_sql(")");
        }
        Ok(())
    }
}

impl<T> QueryFragment<Pg> for Condition<T> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.sql.walk_ast(out)
    }
}

impl<T> Expression for Condition<T> {
    type SqlType = Nullable<Bool>;
}

impl<T> AppearsOnTable<T> for Condition<T> {}

impl<T> ValidGrouping<()> for Condition<T> {
    type IsAggregate = is_aggregate::No;
}

impl<T> QueryId for Condition<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// The `pk` of the parent whose children a statement looks for; see [`super::statement`].
#[derive(Clone, Copy, Debug)]
pub struct ParentPk;

impl QueryFragment<Pg> for ParentPk {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("\"parent\".\"pk\"");
        Ok(())
    }
}

impl Expression for ParentPk {
    type SqlType = Integer;
}

impl<T> AppearsOnTable<T> for ParentPk {}

impl ValidGrouping<()> for ParentPk {
    type IsAggregate = is_aggregate::Never;
}
