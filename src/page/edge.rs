//! To-many relations: the page of every parent in one statement.

use std::any::TypeId;
use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::{Args, Listed, Slice};
use crate::db::condition::Condition;
use crate::db::loader::Key;
use crate::db::scope::{Record, Scope};
use crate::error::Result;

/// A to-many relation: which rows belong to a parent.
pub trait Edge: 'static {
    /// What the parent has many of.
    type Node: Listed;

    /// The condition that ties a row to the parent, whose key is [`crate::db::condition::ParentPk`].
    fn tie(scope: &Scope) -> Condition<<Self::Node as Record>::Table>;
}

/// An [`Edge`] as a value.
pub(crate) struct Tie<N: Record> {
    edge: TypeId,
    condition: fn(&Scope) -> Condition<N::Table>,
}

impl<N: Record> Tie<N> {
    pub(crate) fn of<E: Edge<Node = N>>() -> Self {
        Self { edge: TypeId::of::<E>(), condition: E::tie }
    }

    /// What ties a row to its parent.
    pub(crate) fn condition(&self, scope: &Scope) -> Condition<N::Table> {
        (self.condition)(scope)
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
pub(super) struct PageKey<Q> {
    pub(super) parent: i32,
    pub(super) question: Q,
}

/// What was asked of a parent. All parents that were asked the same are answered by one statement.
pub(super) struct PageOf<N: Listed> {
    pub(super) tie: Tie<N>,
    pub(super) args: Arc<Args<N>>,
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

pub(super) fn by_question<Q: Eq + Hash>(keys: Vec<PageKey<Q>>) -> HashMap<Q, Vec<i32>> {
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
            let rows = args.rows(scope)?.filter(tie.condition(scope));
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
