//! To-many relations: the page of every parent in one statement.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::{Args, Paginated, Slice};
use crate::db::condition::Condition;
use crate::db::loader::Key;
use crate::db::scope::{Record, Scope};
use crate::error::Result;

/// A to-many relation: which rows belong to a parent.
pub trait ToMany: 'static {
    /// What the parent has many of.
    type Node: Paginated;

    /// The condition that ties a row to the parent, whose key is [`crate::db::condition::ParentPk`].
    fn parent_condition(scope: &Scope) -> Condition<<Self::Node as Record>::Table>;
}

/// A [`ToMany`] as a value.
pub(crate) struct ParentCondition<N: Record> {
    edge: TypeId,
    condition: fn(&Scope) -> Condition<N::Table>,
}

impl<N: Record> ParentCondition<N> {
    pub(crate) fn of<E: ToMany<Node = N>>() -> Self {
        Self { edge: TypeId::of::<E>(), condition: E::parent_condition }
    }

    /// What ties a row to its parent.
    pub(crate) fn condition(&self, scope: &Scope) -> Condition<N::Table> {
        (self.condition)(scope)
    }
}

#[expect(clippy::expl_impl_clone_on_copy, reason = "a derived one would demand it of the node")]
impl<N: Record> Clone for ParentCondition<N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Record> Copy for ParentCondition<N> {}

impl<N: Record> PartialEq for ParentCondition<N> {
    fn eq(&self, other: &Self) -> bool {
        self.edge == other.edge
    }
}

impl<N: Record> Eq for ParentCondition<N> {}

impl<N: Record> Hash for ParentCondition<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.edge.hash(state);
    }
}

/// The page of one parent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PageKey<Q> {
    pub(super) parent: i32,
    pub(super) query: Q,
}

/// What was asked of a parent. All parents that were asked the same are answered by one statement.
pub(super) struct PageOf<N: Paginated> {
    pub(super) parent_condition: ParentCondition<N>,
    pub(super) args: Arc<Args<N>>,
}

impl<N: Paginated> Clone for PageOf<N> {
    fn clone(&self) -> Self {
        Self { parent_condition: self.parent_condition, args: self.args.clone() }
    }
}

impl<N: Paginated> PartialEq for PageOf<N> {
    fn eq(&self, other: &Self) -> bool {
        self.parent_condition == other.parent_condition && self.args == other.args
    }
}

impl<N: Paginated> Eq for PageOf<N> {}

impl<N: Paginated> Hash for PageOf<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.parent_condition, &self.args).hash(state);
    }
}

pub(super) fn by_query<Q: Eq + Hash>(keys: Vec<PageKey<Q>>) -> HashMap<Q, Vec<i32>> {
    let mut groups: HashMap<Q, Vec<i32>> = HashMap::new();
    for key in keys {
        groups.entry(key.query).or_default().push(key.parent);
    }
    groups
}

impl<N: Paginated> Key for PageKey<PageOf<N>> {
    type Value = Slice<N>;

    async fn load(scope: &Scope, keys: Vec<Self>) -> Result<HashMap<Self, Self::Value>> {
        let mut pages = HashMap::with_capacity(keys.len());
        for (query, parents) in by_query(keys) {
            let PageOf { parent_condition, args } = &query;
            let rows = args.rows(scope)?.filter(parent_condition.condition(scope));
            let window = args.window(scope)?;
            let mut children: HashMap<i32, Vec<N>> = parents.iter().map(|parent| (*parent, Vec::new())).collect();
            for (parent, row) in scope.page_of_each(parents, rows, window).await? {
                children.entry(parent).or_default().push(row);
            }
            for (parent, rows) in children {
                pages.insert(Self { parent, query: query.clone() }, args.slice(rows));
            }
        }
        Ok(pages)
    }
}
