//! The values that a document writes down, and the places where it puts its variables.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet, Type,
    VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned, Value as ConstValue};
use async_graphql_value::Value;

use super::types::{Slots, Types, named};
use super::values::{Fitting, Place, short};
use super::violation;
use crate::{Code, Violation};

/// Checks every value and every variable of a document.
pub(super) fn check(types: &Types, document: &ExecutableDocument) -> Result<(), Violation> {
    let mut fragments = HashMap::new();
    for (name, fragment) in &document.fragments {
        let fragment = &fragment.node;
        let mut read = Reader::new(types);
        read.directives(&fragment.directives)?;
        read.selections(&fragment.selection_set.node, Some(&fragment.type_condition.node.on.node))?;
        fragments.insert(name.as_str(), read.definition);
    }
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        let mut read = Reader::new(types);
        read.defaults(operation)?;
        read.directives(&operation.directives)?;
        read.selections(&operation.selection_set.node, Some(types.root(operation.ty)))?;
        check_usages(operation, &read.definition, &fragments)?;
    }
    Ok(())
}

/// Where variables stand in an operation or a fragment, and what it spreads.
#[derive(Default)]
struct Definition<'a> {
    usages: Vec<Usage<'a>>,
    spreads: Vec<&'a str>,
}

struct Usage<'a> {
    variable: &'a str,
    place: Place<'a>,
    at: Pos,
}

/// Reads one definition, and checks its values as it goes.
struct Reader<'a> {
    types: &'a Types,
    definition: Definition<'a>,
}

impl<'a> Reader<'a> {
    fn new(types: &'a Types) -> Self {
        Self { types, definition: Definition::default() }
    }

    fn selections(&mut self, set: &'a SelectionSet, of: Option<&'a str>) -> Result<(), Violation> {
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            match &selection.node {
                Selection::Field(field) => {
                    check_typename(field)?;
                    let field = &field.node;
                    let known = of.and_then(|of| self.types.field(of, &field.name.node));
                    if let Some(known) = known {
                        self.arguments(&field.arguments, &known.arguments)?;
                    }
                    self.selections(&field.selection_set.node, known.map(|known| named(&known.ty).as_str()))?;
                }
                Selection::InlineFragment(inline) => {
                    let on = inline.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                    self.selections(&inline.node.selection_set.node, on.or(of))?;
                }
                Selection::FragmentSpread(spread) => self.definition.spreads.push(&spread.node.fragment_name.node),
            }
        }
        Ok(())
    }

    fn directives(&mut self, directives: &'a [Positioned<Directive>]) -> Result<(), Violation> {
        directives.iter().map(|directive| &directive.node).try_for_each(|directive| {
            let Some(slots) = self.types.directive(&directive.name.node) else { return Ok(()) };
            self.arguments(&directive.arguments, slots)
        })
    }

    fn arguments(
        &mut self,
        arguments: &'a [(Positioned<Name>, Positioned<Value>)],
        slots: &'a Slots,
    ) -> Result<(), Violation> {
        for (name, value) in arguments {
            let Some(slot) = slots.get(name.node.as_str()) else { continue };
            let mut fitting = Fitting::new(self.types);
            fitting
                .fit(&value.node, slot.into())
                .map_err(|misfit| violation(misfit.code, misfit.told(&name.node), value.pos))?;
            let usages = fitting.variables.into_iter();
            self.definition.usages.extend(usages.map(|(variable, place)| Usage { variable, place, at: value.pos }));
        }
        Ok(())
    }

    fn defaults(&mut self, operation: &'a OperationDefinition) -> Result<(), Violation> {
        for variable in operation.variable_definitions.iter().map(|variable| &variable.node) {
            self.directives(&variable.directives)?;
            let Some(default) = &variable.default_value else { continue };
            // As a literal: what is written in a document is an enum value only without quotes.
            let literal = default.node.clone().into_value();
            Fitting::new(self.types).fit(&literal, Place::of(&variable.var_type.node)).map_err(|misfit| {
                violation(misfit.code, misfit.told(&format!("${}", variable.name.node)), default.pos)
            })?;
        }
        Ok(())
    }
}

/// Checks that `__typename` has neither arguments nor fields.
fn check_typename(field: &Positioned<Field>) -> Result<(), Violation> {
    let Field { name, arguments, selection_set, .. } = &field.node;
    if name.node != "__typename" || (arguments.is_empty() && selection_set.node.items.is_empty()) {
        return Ok(());
    }
    let message = "The field __typename has neither arguments nor fields.".to_owned();
    Err(violation(Code::ValidationFailed, message, field.pos))
}

/// Checks the places of an operation's variables, those in its fragments too.
fn check_usages<'a>(
    operation: &'a OperationDefinition,
    definition: &Definition<'a>,
    fragments: &HashMap<&'a str, Definition<'a>>,
) -> Result<(), Violation> {
    let variables =
        operation.variable_definitions.iter().map(|variable| (variable.node.name.node.as_str(), &variable.node));
    let variables: HashMap<&str, &VariableDefinition> = variables.collect();
    let (mut open, mut seen) = (vec![definition], HashSet::new());
    while let Some(definition) = open.pop() {
        for usage in &definition.usages {
            let Some(variable) = variables.get(usage.variable) else { continue };
            if !is_allowed(variable, usage.place) {
                let (name, ty) = (short(usage.variable), variable.var_type.node.to_string());
                let message = format!(
                    "The variable ${name} of the type {} stands where {} is wanted.",
                    short(&ty),
                    usage.place.ty
                );
                return Err(violation(Code::ValidationFailed, message, usage.at));
            }
        }
        let new = definition.spreads.iter().filter(|name| seen.insert(**name));
        open.extend(new.filter_map(|name| fragments.get(name)));
    }
    Ok(())
}

/// Whether a variable may stand in a place; a default on either side makes up for a null that must not be there.
fn is_allowed(variable: &VariableDefinition, place: Place<'_>) -> bool {
    let ty = &variable.var_type.node;
    if place.one_of && ty.nullable {
        return false;
    }
    if place.ty.nullable || !ty.nullable {
        return is_compatible(ty, place.ty);
    }
    let has_default = variable.default_value.as_ref().is_some_and(|default| default.node != ConstValue::Null);
    (has_default || place.has_default) && is_compatible_base(&ty.base, &place.ty.base)
}

fn is_compatible(variable: &Type, place: &Type) -> bool {
    (place.nullable || !variable.nullable) && is_compatible_base(&variable.base, &place.base)
}

fn is_compatible_base(variable: &BaseType, place: &BaseType) -> bool {
    match (variable, place) {
        (BaseType::List(variable), BaseType::List(place)) => is_compatible(variable, place),
        (BaseType::Named(variable), BaseType::Named(place)) => variable == place,
        _ => false,
    }
}
