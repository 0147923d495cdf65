//! What an operation selects, as the library would see it when it executes the operation.

use std::collections::HashMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Directive, ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet};
use async_graphql::{InputType, Name, Pos, Positioned, Value, Variables};
use async_graphql_value::Value as Given;
use graphql_limits::chosen;

/// An operation with all that its selections refer to.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    selections: &'a SelectionSet,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    variables: &'a Variables,
}

/// A field that is selected.
#[derive(Clone, Copy)]
pub struct Selected<'a> {
    field: &'a Positioned<Field>,
    of: Operation<'a>,
}

impl<'a> Operation<'a> {
    /// The operation that the name chooses, or the only one. Variables have their defaults already.
    #[must_use]
    pub fn chosen(document: &'a ExecutableDocument, name: Option<&'a str>, variables: &'a Variables) -> Option<Self> {
        let operation = chosen(document, name).next()?;
        Some(Self { selections: &operation.selection_set.node, fragments: &document.fragments, variables })
    }

    /// The fields at its root.
    #[must_use]
    pub fn fields(self) -> Vec<Selected<'a>> {
        let mut fields = Vec::new();
        self.collect(self.selections, &mut fields);
        fields
    }

    /// Collects the fields of a set in their order, those of fragments in the fragment's place. The guard has seen that
    /// fragments do not go in circles.
    fn collect(self, set: &'a SelectionSet, fields: &mut Vec<Selected<'a>>) {
        for selection in set.items.iter().filter(|selection| !self.is_skipped(selection.node.directives())) {
            match &selection.node {
                Selection::Field(field) => fields.push(Selected { field, of: self }),
                Selection::InlineFragment(inline) => self.collect(&inline.node.selection_set.node, fields),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.collect(&fragment.node.selection_set.node, fields);
                    }
                }
            }
        }
    }

    fn is_skipped(self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let included = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => return false,
            };
            let given = directive.node.get_argument("if").and_then(|given| self.value(&given.node));
            bool::parse(given).is_ok_and(|given| given != included)
        })
    }

    /// A value with its variables filled in; nothing for a variable that has no value.
    fn value(self, given: &Given) -> Option<Value> {
        Some(match given {
            Given::Variable(name) => return self.variables.get(name).cloned(),
            Given::Null => Value::Null,
            Given::Number(number) => Value::Number(number.clone()),
            Given::String(text) => Value::String(text.clone()),
            Given::Boolean(value) => Value::Boolean(*value),
            Given::Binary(bytes) => Value::Binary(bytes.clone()),
            Given::Enum(name) => Value::Enum(name.clone()),
            Given::List(items) => {
                Value::List(items.iter().map(|item| self.value(item).unwrap_or(Value::Null)).collect())
            }
            Given::Object(fields) => {
                let given = fields.iter().filter_map(|(name, value)| Some((name.clone(), self.value(value)?)));
                Value::Object(given.collect::<IndexMap<_, _>>())
            }
        })
    }
}

impl<'a> Selected<'a> {
    /// Its name in the schema.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.field.node.name.node.as_str()
    }

    /// Its name in the answer.
    #[must_use]
    pub fn key(&self) -> &'a Name {
        &self.field.node.response_key().node
    }

    /// Where it stands in the document.
    #[must_use]
    pub const fn position(&self) -> Pos {
        self.field.pos
    }

    /// The same, to be executed by the library.
    #[must_use]
    pub fn selection(&self) -> Positioned<Selection> {
        Positioned::new(Selection::Field(self.field.clone()), self.field.pos)
    }

    /// The fields that are selected of it.
    #[must_use]
    pub fn fields(&self) -> Vec<Self> {
        let mut fields = Vec::new();
        self.of.collect(&self.field.node.selection_set.node, &mut fields);
        fields
    }

    /// Its arguments, as far as they are given.
    pub fn arguments(&self) -> impl Iterator<Item = (&'a str, Value)> {
        let (given, of) = (&self.field.node.arguments, self.of);
        given.iter().filter_map(move |(name, value)| Some((name.node.as_str(), of.value(&value.node)?)))
    }

    /// One of its arguments.
    #[must_use]
    pub fn argument<T: InputType>(&self, name: &str) -> Option<T> {
        let value = self.arguments().find(|(given, _)| *given == name).map(|(_, value)| value);
        T::parse(value).ok()
    }
}
