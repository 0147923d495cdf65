//! What is computed over all rows of a list, whatever its page.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use diesel::pg::Pg;
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::sql_types::{BigInt, Integer};

use super::edge::{PageKey, Tie, by_question};
use super::{Args, Listed, read_row, rows};
use crate::db::condition::{Condition, Sql};
use crate::db::loader::Key;
use crate::db::scope::Scope;
use crate::error::Result;

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
pub(crate) struct Count;

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
                rows = rows.filter(tie.condition(scope));
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
    pub(crate) args: Arc<Args<N>>,
    pub(crate) parent: Option<(Tie<N>, i32)>,
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
