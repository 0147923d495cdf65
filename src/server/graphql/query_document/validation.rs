//! What the library says of a document, without executing anything of it.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, InlineFragment, Selection, SelectionSet,
};
use async_graphql::{Positioned, Request, ServerError};

use crate::api::Api;

/// What the library says of a document; nothing when it is valid.
pub(in crate::server) async fn validate(api: &Api, mut document: ExecutableDocument) -> Vec<ServerError> {
    let sets = document.fragments.values_mut().map(|fragment| &mut fragment.node.selection_set.node);
    sets.for_each(set_apart);
    match &mut document.operations {
        DocumentOperations::Single(operation) => set_apart(&mut operation.node.selection_set.node),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                set_apart(&mut operation.node.selection_set.node);
            }
        }
    }
    let mut request = Request::new("");
    request.set_parsed_query(document);
    api.validate(request).await
}

/// Gives the directives of each `__typename` to a fragment around it: the library does not look at those of that field.
fn set_apart(set: &mut SelectionSet) {
    let mut sets = vec![set];
    while let Some(set) = sets.pop() {
        for selection in &mut set.items {
            if let Selection::Field(field) = &mut selection.node
                && field.node.name.node == "__typename"
                && !field.node.directives.is_empty()
            {
                selection.node = Selection::InlineFragment(in_a_fragment(field));
                continue;
            }
            match &mut selection.node {
                Selection::Field(field) => sets.push(&mut field.node.selection_set.node),
                Selection::InlineFragment(inline) => sets.push(&mut inline.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
}

/// A field in a fragment that has its directives.
fn in_a_fragment(field: &mut Positioned<Field>) -> Positioned<InlineFragment> {
    let directives = std::mem::take(&mut field.node.directives);
    let at = field.pos;
    let items = vec![Positioned::new(Selection::Field(field.clone()), at)];
    let selection_set = Positioned::new(SelectionSet { items }, at);
    Positioned::new(InlineFragment { type_condition: None, directives, selection_set }, at)
}
