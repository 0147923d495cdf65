//! What is known of a document from its selections alone.

use std::collections::HashSet;

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
use graphql_limits::chosen;

/// The schema's one interface.
const INTERFACE: &str = "Node";

/// Whether all response keys of the operation's root are selected once. What is selected twice is merged by the library,
/// field by field.
pub(super) fn has_plain_root(document: &ExecutableDocument, name: Option<&str>) -> bool {
    let mut sets = Vec::from_iter(chosen(document, name).next().map(|operation| &operation.selection_set.node));
    let mut keys = HashSet::new();
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) if !keys.insert(field.node.response_key().node.as_str()) => return false,
                Selection::Field(_) => {}
                Selection::InlineFragment(inline) => sets.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let fragment = document.fragments.get(&spread.node.fragment_name.node);
                    sets.extend(fragment.map(|fragment| &fragment.node.selection_set.node));
                }
            }
        }
    }
    true
}

/// Whether a fragment is on an interface, in which fragments on any other type may stand. A plan takes every fragment for
/// one on the object that it stands in.
pub(super) fn asks_interfaces(document: &ExecutableDocument) -> bool {
    let on = |name: &Name| name.as_str() == INTERFACE;
    let fragments = || document.fragments.values().map(|fragment| &fragment.node);
    let mut sets = operations(document);
    sets.extend(fragments().map(|fragment| &fragment.selection_set.node));
    let mut found = fragments().any(|fragment| on(&fragment.type_condition.node.on.node));
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => sets.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => {
                    found |= inline.node.type_condition.as_ref().is_some_and(|condition| on(&condition.node.on.node));
                    sets.push(&inline.node.selection_set.node);
                }
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    found
}

/// How often a document asks for all types of the schema, a fragment counted each time it is spread.
pub(super) fn lists_of_types(document: &ExecutableDocument) -> usize {
    let mut sets = operations(document);
    let mut lists = 0;
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    lists += usize::from(field.node.name.node == "types");
                    sets.push(&field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => sets.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let fragment = document.fragments.get(&spread.node.fragment_name.node);
                    sets.extend(fragment.map(|fragment| &fragment.node.selection_set.node));
                }
            }
        }
    }
    lists
}

fn operations(document: &ExecutableDocument) -> Vec<&SelectionSet> {
    document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node).collect()
}
