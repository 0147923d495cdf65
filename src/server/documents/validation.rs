//! What the library says of a document, without executing anything of it.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, InlineFragment, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Request, Response};

use crate::api::Api;

/// The name that a document's only operation gets for that; nobody gave it, so nobody is told.
const ONLY: &str = "__only";

/// An operation that asks for nothing of the schema.
const NOTHING: &str = "__nothing";

/// What the library says of a document.
pub(in crate::server) async fn validate(api: &Api, mut document: ExecutableDocument) -> Response {
    let sets = document.fragments.values_mut().map(|fragment| &mut fragment.node.selection_set.node);
    sets.for_each(set_apart);
    let Some(document) = with_nothing(document) else { return Response::default() };
    let mut request = Request::new("").operation_name(NOTHING);
    request.set_parsed_query(document);
    let mut response = api.strict().execute(request).await;
    for error in &mut response.errors {
        error.message = error.message.replace(&format!(" by operation \"{ONLY}\""), "");
    }
    response
}

/// The document with one more operation. When that one is executed, the library validates the whole document first.
fn with_nothing(mut document: ExecutableDocument) -> Option<ExecutableDocument> {
    let nothing = parse_query("{ __typename }").ok()?;
    let DocumentOperations::Single(nothing) = nothing.operations else { return None };
    let mut operations = match document.operations {
        DocumentOperations::Single(operation) => [(Name::new(ONLY), operation)].into(),
        DocumentOperations::Multiple(operations) => operations,
    };
    for operation in operations.values_mut() {
        set_apart(&mut operation.node.selection_set.node);
    }
    operations.insert(Name::new(NOTHING), nothing);
    document.operations = DocumentOperations::Multiple(operations);
    Some(document)
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
