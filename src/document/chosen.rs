//! Which operations of a document a request is about.

use async_graphql::Name;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};

/// The operations that the name chooses: the one, or all when none is named.
pub fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&'a str>,
) -> impl Iterator<Item = &'a OperationDefinition> {
    let named = document.operations.iter().filter(move |(found, _)| name.is_none() || found.map(Name::as_str) == name);
    named.map(|(_, operation)| &operation.node)
}
