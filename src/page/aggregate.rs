//! What is computed over all rows of a list, whatever its page.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use diesel::pg::Pg;
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Integer};

use super::to_many::{PageKey, ParentCondition, by_query};
use super::{Args, Paginated, read_row, rows};
use crate::db::condition::{Condition, Sql};
use crate::db::loader::Key;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::scalar::BigInt as Number;

/// Something computed in the database over all rows of a list, whatever its page.
pub trait Aggregate<N: Paginated>: Clone + Eq + Hash + Send + Sync + 'static {
    /// One row of the result.
    type Row: Clone + Send + Sync + 'static;

    /// What is selected.
    fn what(&self) -> Sql;

    /// What it is grouped by, when there is more than one row.
    fn group_by(&self) -> Option<Sql>;

    /// One row of constants that it looks into, under a name of its own.
    fn constants(&self) -> Option<Sql> {
        None
    }

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
pub(crate) struct Count;

impl<N: Paginated> Aggregate<N> for Count {
    type Row = i64;

    fn what(&self) -> Sql {
        Arc::new(diesel::dsl::count_star())
    }

    fn group_by(&self) -> Option<Sql> {
        None
    }

    fn read<'a>(row: &impl Row<'a, Pg>) -> QueryResult<(i32, i64)> {
        let (list, Number(count)) = read_row::<(Integer, BigInt), _>(row)?;
        Ok((list, count))
    }
}

/// What is aggregated over which list.
struct AggregateOf<N: Paginated, A> {
    parent_condition: Option<ParentCondition<N>>,
    filter: Option<N::Filter>,
    aggregate: A,
}

impl<N: Paginated, A: Clone> Clone for AggregateOf<N, A> {
    fn clone(&self) -> Self {
        Self { parent_condition: self.parent_condition, filter: self.filter.clone(), aggregate: self.aggregate.clone() }
    }
}

impl<N: Paginated, A: Eq> PartialEq for AggregateOf<N, A> {
    fn eq(&self, other: &Self) -> bool {
        self.parent_condition == other.parent_condition
            && self.filter == other.filter
            && self.aggregate == other.aggregate
    }
}

impl<N: Paginated, A: Eq> Eq for AggregateOf<N, A> {}

impl<N: Paginated, A: Hash> Hash for AggregateOf<N, A> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.parent_condition, &self.filter, &self.aggregate).hash(state);
    }
}

impl<N: Paginated, A: Aggregate<N>> Key for PageKey<AggregateOf<N, A>> {
    type Value = Arc<[A::Row]>;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut results = HashMap::with_capacity(keys.len());
        for (query, parents) in by_query(keys) {
            let mut rows = rows::<N>(scope, query.filter.as_ref())?;
            if let Some(parent_condition) = query.parent_condition {
                rows = rows.filter(parent_condition.condition(scope));
            }
            if let Some(condition) = query.aggregate.condition() {
                rows = rows.filter(condition);
            }
            let mut lists: HashMap<i32, Vec<A::Row>> = parents.iter().map(|parent| (*parent, Vec::new())).collect();
            let aggregate = &query.aggregate;
            let what = (aggregate.what(), aggregate.group_by(), aggregate.constants());
            for (parent, row) in scope.aggregate(parents, rows, what, |row| A::read(row)).await? {
                lists.entry(parent).or_default().push(row);
            }
            for (parent, list) in lists {
                results.insert(Self { parent, query: query.clone() }, list.into());
            }
        }
        Ok(results)
    }
}

/// A list as it was asked for, whatever its page: what totals and statistics are computed over.
pub struct Listing<N: Paginated> {
    pub(crate) args: Arc<Args<N>>,
    pub(crate) parent: Option<(ParentCondition<N>, i32)>,
}

impl<N: Paginated> Clone for Listing<N> {
    fn clone(&self) -> Self {
        Self { args: self.args.clone(), parent: self.parent }
    }
}

impl<N: Paginated> Listing<N> {
    /// The aggregate's rows, computed together with those of all sibling lists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn aggregate<A: Aggregate<N>>(&self, scope: &Scope, aggregate: A) -> Result<Arc<[A::Row]>> {
        let query = AggregateOf {
            parent_condition: self.parent.map(|(parent_condition, _)| parent_condition),
            filter: self.args.filter.clone(),
            aggregate,
        };
        // The list of the whole workspace has no parent, so any number stands for it.
        let parent = self.parent.map_or(0, |(_, pk)| pk);
        Ok(scope.get(PageKey { parent, query }).await?.unwrap_or_default())
    }
}
