//! What an operation may cost, known before any SQL: the rows that its pages could return, multiplied down the nesting,
//! and what it has the database count.
//!
//! | selected | counts |
//! |---|---|
//! | an object, or a list that is no page | 1 for each row above it |
//! | a connection | 1, and its page for each of `nodes` and `edges` |
//! | a list asked for by `ids` | the number of ids |
//! | `totalCount`, and each field of `statistics` | [`AGGREGATE`] for each row above the connection |
//! | other scalars, an edge's `node`, `pageInfo`, introspection | nothing |
//!
//! A page is `first` or `last`, else [`PAGE`], and never more than [`MOST_PAGE`]: a larger one is refused elsewhere.
//! Selections that `@skip` or `@include` leaves out count nothing.

use std::collections::HashMap;

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field as Selected, FieldDefinition, OperationType, Selection,
    SelectionSet, Type, TypeKind, TypeSystemDefinition,
};
use async_graphql::{Positioned, Value, Variables, parser};

use super::chosen;
use super::violation::{Code, Violation};

#[cfg(test)]
mod tests;

/// What an operation may cost unless configured otherwise.
pub const MOST_COST: u64 = 10_000;
/// What an event of a subscription may cost unless configured otherwise.
pub const MOST_SUBSCRIPTION_COST: u64 = 500;
/// Rows of a page that asks for no number.
pub const PAGE: u64 = 20;
/// Rows of a page at the most.
pub const MOST_PAGE: u64 = 100;
/// What is computed over all rows of a list, as rows of a page: it may read any number of them, but returns few.
pub const AGGREGATE: u64 = 50;

/// Selections looked at before an operation counts as infinitely dear; the guard lets none come near it.
const MOST_STEPS: usize = 50_000;

/// The fields of the schema that matter to the cost.
#[derive(Clone, Debug)]
pub struct Catalogue {
    types: HashMap<String, HashMap<String, Field>>,
    query: String,
    mutation: String,
    subscription: String,
}

#[derive(Clone, Debug)]
struct Field {
    /// The type it returns, without lists.
    returns: String,
    list: bool,
    connection: bool,
}

impl Catalogue {
    /// Reads the schema definition that the server itself exports.
    ///
    /// # Errors
    ///
    /// When it is not one.
    pub fn from_sdl(sdl: &str) -> Result<Self, parser::Error> {
        let mut catalogue = Self {
            types: HashMap::new(),
            query: "Query".to_owned(),
            mutation: "Mutation".to_owned(),
            subscription: "Subscription".to_owned(),
        };
        for definition in parser::parse_schema(sdl)?.definitions {
            match definition {
                TypeSystemDefinition::Schema(schema) => {
                    let schema = schema.node;
                    for (root, name) in [
                        (&mut catalogue.query, schema.query),
                        (&mut catalogue.mutation, schema.mutation),
                        (&mut catalogue.subscription, schema.subscription),
                    ] {
                        if let Some(name) = name {
                            *root = name.node.to_string();
                        }
                    }
                }
                TypeSystemDefinition::Type(ty) => {
                    let fields = match ty.node.kind {
                        TypeKind::Object(object) => object.fields,
                        TypeKind::Interface(interface) => interface.fields,
                        _ => continue,
                    };
                    let known = catalogue.types.entry(ty.node.name.node.to_string()).or_default();
                    known.extend(fields.into_iter().map(|field| described(&field.node)));
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        Ok(catalogue)
    }

    /// The cost of the operation that `operation_name` selects; nothing, when it selects none. The variables have their
    /// defaults already.
    ///
    /// The document must have passed the guard. One that did not still gets an answer in bounded time.
    #[must_use]
    pub fn cost(&self, document: &ExecutableDocument, operation_name: Option<&str>, variables: &Variables) -> u64 {
        let Some(operation) = chosen(document, operation_name).next() else { return 0 };
        let root = match operation.ty {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        };
        let walk = Walk { catalogue: self, document, values: Values(variables) };
        walk.cost(&operation.selection_set.node, root)
    }

    /// The cost times the [`weight`] of the arguments, unless it is more than `most`.
    ///
    /// # Errors
    ///
    /// When it is.
    pub fn within(
        &self,
        document: &ExecutableDocument,
        operation_name: Option<&str>,
        variables: &Variables,
        weight: u64,
        most: u64,
    ) -> Result<u64, Violation> {
        match self.cost(document, operation_name, variables).max(1).saturating_mul(weight) {
            cost if cost <= most => Ok(cost),
            _ => {
                let message = format!(
                    "The pages of this operation could return too many rows, it has too much counted, or its arguments are \
                     too large for that: it costs more than {most}. Ask for smaller pages with first or last, or for fewer \
                     pages and totals within pages."
                );
                Err(Violation { code: Code::Cost, message, line: 1, column: 1 })
            }
        }
    }
}

/// A field's name and what it returns.
fn described(field: &FieldDefinition) -> (String, Field) {
    let returns = returned(&field.ty.node);
    let paged = field.arguments.iter().any(|argument| matches!(argument.node.name.node.as_str(), "first" | "last"));
    let connection = paged && returns.ends_with("Connection");
    let list = matches!(field.ty.node.base, BaseType::List(_));
    (field.name.node.to_string(), Field { returns, list, connection })
}

fn returned(mut ty: &Type) -> String {
    loop {
        match &ty.base {
            BaseType::Named(name) => return name.to_string(),
            BaseType::List(item) => ty = item,
        }
    }
}

/// The values of arguments, by those of variables.
struct Values<'a>(&'a Variables);

impl Values<'_> {
    fn argument(&self, field: &Selected, name: &str) -> Option<Value> {
        field.get_argument(name)?.node.clone().into_const_with(|variable| self.variable(&variable)).ok()
    }

    fn variable(&self, name: &str) -> Result<Value, ()> {
        self.0.get(name).cloned().ok_or(())
    }

    /// Whether `@skip` and `@include` leave a selection in.
    fn includes(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let leaves_out = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return true,
            };
            let condition = directive.node.get_argument("if").and_then(|value| {
                let value = value.node.clone();
                value.into_const_with(|variable| self.variable(&variable)).ok()
            });
            condition != Some(Value::Boolean(leaves_out))
        })
    }

    /// Rows of the page that a connection field asks for.
    fn page(&self, field: &Selected) -> u64 {
        let asked = ["first", "last"].into_iter().filter_map(|name| match self.argument(field, name)? {
            Value::Number(number) => number.as_u64(),
            _ => None,
        });
        asked.max().unwrap_or(PAGE).min(MOST_PAGE)
    }
}

/// Where the walk is: a selection set, its type, and the rows that it is read for.
struct Place<'a> {
    set: &'a SelectionSet,
    of: &'a str,
    rows: u64,
    /// In a connection, the rows of its page.
    page: Option<u64>,
    edge: bool,
    /// In the statistics of a connection.
    statistics: bool,
}

struct Walk<'a> {
    catalogue: &'a Catalogue,
    document: &'a ExecutableDocument,
    values: Values<'a>,
}

impl<'a> Walk<'a> {
    fn cost(&self, set: &'a SelectionSet, root: &'a str) -> u64 {
        let (mut cost, mut steps) = (0_u64, 0_usize);
        let mut places = vec![Place { set, of: root, rows: 1, page: None, edge: false, statistics: false }];
        while let Some(place) = places.pop() {
            for selection in place.set.items.iter().map(|item| &item.node) {
                steps += 1;
                if steps > MOST_STEPS {
                    return u64::MAX;
                }
                if !self.values.includes(selection.directives()) {
                    continue;
                }
                match selection {
                    Selection::Field(field) => {
                        let Some((below, own)) = self.field(&place, &field.node) else { continue };
                        cost = cost.saturating_add(own);
                        places.push(below);
                    }
                    Selection::InlineFragment(inline) => {
                        let of = inline.node.type_condition.as_ref().map_or(place.of, |on| on.node.on.node.as_str());
                        places.push(Place { set: &inline.node.selection_set.node, of, ..place });
                    }
                    Selection::FragmentSpread(spread) => {
                        if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                            let of = fragment.node.type_condition.node.on.node.as_str();
                            places.push(Place { set: &fragment.node.selection_set.node, of, ..place });
                        }
                    }
                }
            }
        }
        cost
    }

    /// What lies below a field, and what the field itself costs; nothing for scalars and introspection.
    fn field(&self, place: &Place<'a>, field: &'a Selected) -> Option<(Place<'a>, u64)> {
        let name = field.name.node.as_str();
        let set = &field.selection_set.node;
        let aggregate = place.statistics || (place.page.is_some() && name == "totalCount");
        if set.items.is_empty() && !aggregate {
            return None;
        }
        let known = self.catalogue.types.get(place.of)?.get(name)?;
        let below = |rows| Place { set, of: &known.returns, rows, page: None, edge: false, statistics: false };
        Some(match (place.page, name) {
            _ if aggregate => (below(place.rows), place.rows.saturating_mul(AGGREGATE)),
            (Some(_), "statistics") => (Place { statistics: true, ..below(place.rows) }, place.rows),
            (Some(page), "nodes" | "edges") => {
                let rows = place.rows.saturating_mul(page);
                (Place { edge: name == "edges", ..below(rows) }, rows)
            }
            (None, "node") if place.edge => (below(place.rows), 0),
            (_, "pageInfo") => (below(place.rows), 0),
            _ if known.connection => {
                let page = Some(self.values.page(field));
                (Place { page, ..below(place.rows) }, place.rows)
            }
            _ => {
                // What follows rows by their ids tells of one at a time.
                let rows = match self.values.argument(field, "ids") {
                    Some(Value::List(ids)) if known.list => {
                        place.rows.saturating_mul(u64::try_from(ids.len()).unwrap_or(u64::MAX))
                    }
                    _ => place.rows,
                };
                (below(rows), rows)
            }
        })
    }
}

/// What makes every row of an operation dearer: arguments that are much larger than usual, which are read anew for each
/// parent. 1 unless the variables, each counted as often as the document names it, have hundreds of values.
#[must_use]
pub fn weight(document: &str, variables: &Variables) -> u64 {
    let named = |name: &str| {
        let variable = format!("${name}");
        let uses = document.match_indices(&variable).filter(|(at, found)| {
            let next = document.get(at + found.len()..).and_then(|rest| rest.chars().next());
            !next.is_some_and(|next| next == '_' || next.is_ascii_alphanumeric())
        });
        // The first is its definition.
        uses.count().saturating_sub(1)
    };
    let values: usize = variables.iter().map(|(name, value)| named(name).saturating_mul(size(value))).sum();
    let literals = document.len().saturating_sub(USUAL_BYTES) / BYTES_OF_A_VALUE;
    1 + u64::try_from((values + literals) / USUAL_VALUES).unwrap_or(u64::MAX)
}

/// Bytes of a document whose literals are not worth counting, and of a literal in a longer one.
const USUAL_BYTES: usize = 8_192;
const BYTES_OF_A_VALUE: usize = 8;
/// Values that arguments may have before they make rows dearer.
const USUAL_VALUES: usize = 100;

/// The values in a value, itself included.
fn size(value: &Value) -> usize {
    let mut open = vec![value];
    let mut count = 0;
    while let Some(value) = open.pop() {
        count += 1;
        match value {
            Value::List(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            _ => {}
        }
    }
    count
}
