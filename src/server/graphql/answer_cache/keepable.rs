//! Which query documents have answers that may be kept: those that select nothing but what is made of rows.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, ExecutableDocument, Field, Selection, SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Name, parser};
use async_graphql_value::Value;

use crate::api::is_of_rows;

/// The root type of queries.
const QUERY: &str = "Query";
/// The field whose answer ends where the rows do, unless it is told both its ends.
const SERIES: (&str, [&str; 2]) = ("series", ["from", "to"]);

/// The fields of the schema that are made of rows, by their types, each with the type that it leads to.
pub struct Keepable(HashMap<String, HashMap<String, String>>);

impl Keepable {
    /// Reads the schema that the server itself exports.
    ///
    /// # Errors
    /// When it is not one.
    pub fn from_sdl(sdl: &str) -> Result<Self, parser::Error> {
        let mut types = HashMap::new();
        for definition in parser::parse_schema(sdl)?.definitions {
            let TypeSystemDefinition::Type(definition) = definition else { continue };
            let TypeKind::Object(object) = definition.node.kind else { continue };
            let name = definition.node.name.node.as_str();
            let fields = object.fields.iter().map(|field| &field.node);
            let kept: HashMap<_, _> = fields
                .filter(|field| is_of_rows(name, &field.name.node))
                .map(|field| (field.name.node.to_string(), named(&field.ty.node).to_owned()))
                .collect();
            if !kept.is_empty() {
                types.insert(name.to_owned(), kept);
            }
        }
        Ok(Self(types))
    }

    /// The variables that must have values so that the answers of a document of queries may be kept; nothing when they may
    /// not be kept at all.
    pub fn conditions(&self, document: &ExecutableDocument) -> Option<Vec<Name>> {
        let operations = document.operations.iter().map(|(_, operation)| (QUERY, &operation.node.selection_set.node));
        let fragments = document
            .fragments
            .values()
            .map(|fragment| (fragment.node.type_condition.node.on.node.as_str(), &fragment.node.selection_set.node));
        let mut variables = Vec::new();
        let mut sets: Vec<(&str, &SelectionSet)> = operations.chain(fragments).collect();
        while let Some((type_name, set)) = sets.pop() {
            let fields = self.0.get(type_name)?;
            for selection in &set.items {
                match &selection.node {
                    Selection::Field(field) if field.node.name.node == "__typename" => {}
                    Selection::Field(field) => {
                        let leads_to = fields.get(field.node.name.node.as_str())?;
                        require_ends(&field.node, &mut variables)?;
                        if !field.node.selection_set.node.items.is_empty() {
                            sets.push((leads_to, &field.node.selection_set.node));
                        }
                    }
                    Selection::InlineFragment(inline) => {
                        let on = inline.node.type_condition.as_ref();
                        let on = on.map_or(type_name, |condition| condition.node.on.node.as_str());
                        sets.push((on, &inline.node.selection_set.node));
                    }
                    // Each fragment is looked at by itself.
                    Selection::FragmentSpread(_) => {}
                }
            }
        }
        Some(variables)
    }
}

/// Notes the variables that a series has its ends from; nothing when it has not both.
fn require_ends(field: &Field, variables: &mut Vec<Name>) -> Option<()> {
    if field.name.node != SERIES.0 {
        return Some(());
    }
    for end in SERIES.1 {
        match &field.get_argument(end)?.node {
            Value::Variable(name) => variables.push(name.clone()),
            Value::Null => return None,
            _ => {}
        }
    }
    Some(())
}

fn named(mut ty: &Type) -> &str {
    loop {
        match &ty.base {
            BaseType::Named(name) => return name,
            BaseType::List(item) => ty = item,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::collections::BTreeSet;

    use super::*;
    use crate::api;

    /// What depends on more than rows, with all that it leads to.
    const NOT_OF_ROWS: [&str; 8] = [
        "ConnectorMapping.predecessor",
        "Query.changeCursor",
        "Query.membership",
        "Query.memberships",
        "Query.node",
        "Query.nodes",
        "Query.viewer",
        "WorkspaceConnector.health",
    ];

    fn conditions(query: &str) -> Option<Vec<String>> {
        let keepable = Keepable::from_sdl(&api::sdl()).unwrap();
        let conditions = keepable.conditions(&parser::parse_query(query).unwrap())?;
        Some(conditions.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_field_that_a_query_can_reach_is_of_rows_or_known_not_to_be() {
        let schema = parser::parse_schema(api::sdl()).unwrap();
        let mut objects = HashMap::new();
        for definition in schema.definitions {
            if let TypeSystemDefinition::Type(definition) = definition
                && let TypeKind::Object(object) = definition.node.kind
            {
                let fields = object.fields.iter().map(|field| &field.node);
                let fields: Vec<_> =
                    fields.map(|field| (field.name.node.to_string(), named(&field.ty.node).to_owned())).collect();
                objects.insert(definition.node.name.node.to_string(), fields);
            }
        }
        let keepable = Keepable::from_sdl(&api::sdl()).unwrap();
        let (mut seen, mut others, mut next) = (BTreeSet::new(), BTreeSet::new(), vec![QUERY.to_owned()]);
        while let Some(name) = next.pop() {
            let Some(fields) = objects.get(&name) else { continue };
            if !seen.insert(name.clone()) {
                continue;
            }
            for (field, leads_to) in fields {
                let is_kept = keepable.0.get(&name).is_some_and(|kept| kept.contains_key(field));
                // What leads to a type of which nothing is kept is not kept either.
                if is_kept && (!objects.contains_key(leads_to) || keepable.0.contains_key(leads_to)) {
                    next.push(leads_to.clone());
                } else {
                    others.insert(format!("{name}.{field}"));
                }
            }
        }
        assert_eq!(others, NOT_OF_ROWS.map(str::to_owned).into());
        assert!(seen.len() > 40, "{} types were seen", seen.len());
    }

    #[test]
    fn a_document_is_kept_when_all_that_it_selects_is() {
        for kept in [
            "{ __typename documents { nodes { id __typename } } }",
            "{ d: documents(first: 1) { ...rows ... on DocumentConnection { totalCount } } } fragment rows on
                DocumentConnection { edges { node { source { connector { name isPrivate } } } cursor } }",
            "query A { workspace { name } } query B { apiKeys { nodes { keyHint } } }",
        ] {
            assert_eq!(conditions(kept), Some(Vec::new()), "{kept}");
        }
        for not in [
            "{ viewer { role } }",
            "{ changeCursor }",
            "{ __schema { queryType { name } } }",
            "{ workspaceConnectors { nodes { id health { state } } } }",
            "{ memberships { totalCount } }",
            "{ membership(id: \"x\") { __typename } }",
            "{ node(id: \"x\") { id } }",
            "{ documents { nodes { id } } viewer { role } }",
            "query A { workspace { name } } query B { viewer { role } }",
            "mutation { deleteDocument(input: {id: \"x\"}) { userErrors { code } } }",
        ] {
            assert_eq!(conditions(not), None, "{not}");
        }
    }

    #[test]
    fn a_series_is_kept_when_it_has_both_its_ends() {
        let series = |arguments: &str| {
            conditions(&format!("{{ collects {{ statistics {{ series(bucket: DAY {arguments}) {{ total }} }} }} }}"))
        };
        assert_eq!(series("from: \"2026-01-01T00:00:00Z\", to: \"2026-02-01T00:00:00Z\""), Some(vec![]));
        assert_eq!(series("from: $a, to: $b"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(series("from: $a"), None);
        assert_eq!(series("from: $a, to: null"), None);
        assert_eq!(series(""), None);
    }
}
