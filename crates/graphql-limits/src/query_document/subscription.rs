//! The root of a subscription: one field, as the specification's `CollectSubscriptionFields` finds it.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Pos, Positioned};

use super::chosen;
use super::violation::{Code, Violation};

#[cfg(test)]
mod tests;

/// The type of its root.
const ROOT: &str = "Subscription";

/// Checks that the selected subscription has one root field, and puts it where the library looks for it.
///
/// The library would follow every field that stands at the root itself, and pass over fragments. A field that comes from
/// a fragment, or of several selections, is therefore put in front; what was written stays behind it, in a fragment, to
/// be validated.
///
/// # Errors
/// Another number of fields, a field of introspection, and `@skip` or `@include` at the root.
pub fn single_root(document: &mut ExecutableDocument, operation_name: Option<&str>) -> Result<(), Violation> {
    let Some(merged) = merged_root(document, operation_name)? else { return Ok(()) };
    let Some(operation) = selected(&mut document.operations, operation_name) else { return Ok(()) };
    let (root, at) = (&mut operation.selection_set, merged.pos);
    let written = std::mem::replace(&mut root.node, SelectionSet { items: Vec::new() });
    let written = InlineFragment {
        type_condition: None,
        directives: Vec::new(),
        selection_set: Positioned::new(written, root.pos),
    };
    root.node.items = vec![
        Positioned::new(Selection::Field(merged), at),
        Positioned::new(Selection::InlineFragment(Positioned::new(written, root.pos)), root.pos),
    ];
    Ok(())
}

/// The one field of the root, unless it stands there by itself.
fn merged_root(document: &ExecutableDocument, name: Option<&str>) -> Result<Option<Positioned<Field>>, Violation> {
    let Some(operation) = chosen(document, name).next() else { return Ok(None) };
    let root = &operation.selection_set.node.items;
    let mut merged: Option<Positioned<Field>> = None;
    let mut waiting: Vec<_> = root.iter().rev().collect();
    while let Some(selection) = waiting.pop() {
        let mut directives = selection.node.directives().iter().map(|directive| directive.node.name.node.as_str());
        if directives.any(|name| matches!(name, "skip" | "include")) {
            return Err(invalid("The root of a subscription may not have @skip or @include.", selection.pos));
        }
        match &selection.node {
            Selection::Field(field) if field.node.name.node.starts_with("__") => {
                return Err(invalid("The root field of a subscription may not be one of introspection.", field.pos));
            }
            Selection::Field(field) => match &mut merged {
                None => merged = Some(field.clone()),
                Some(first) if first.node.response_key().node == field.node.response_key().node => {
                    first.node.selection_set.node.items.extend_from_slice(&field.node.selection_set.node.items);
                }
                Some(_) => return Err(invalid("A subscription must have exactly one root field.", field.pos)),
            },
            Selection::InlineFragment(inline) => {
                let on = inline.node.type_condition.as_ref();
                if on.is_none_or(|on| on.node.on.node == ROOT) {
                    waiting.extend(inline.node.selection_set.node.items.iter().rev());
                }
            }
            Selection::FragmentSpread(spread) => {
                let fragment = document.fragments.get(&spread.node.fragment_name.node);
                let fragment = fragment.filter(|fragment| fragment.node.type_condition.node.on.node == ROOT);
                let items = fragment.into_iter().flat_map(|fragment| &fragment.node.selection_set.node.items);
                waiting.extend(items.rev());
            }
        }
    }
    let stands_there = matches!(root.as_slice(), [Positioned { node: Selection::Field(_), .. }]);
    Ok(merged.filter(|_| !stands_there))
}

fn selected<'d>(operations: &'d mut DocumentOperations, name: Option<&str>) -> Option<&'d mut OperationDefinition> {
    let operation = match (operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get_mut(name),
        (DocumentOperations::Multiple(operations), None) => operations.values_mut().next(),
    };
    operation.map(|operation| &mut operation.node)
}

fn invalid(message: &str, at: Pos) -> Violation {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Violation {
        code: Code::ValidationFailed,
        message: message.to_owned(),
        line: number(at.line),
        column: number(at.column),
    }
}
