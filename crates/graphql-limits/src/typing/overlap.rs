//! Whether fields with the same name in the answer can be merged, at every depth.
//!
//! The specification compares pairs; here the fields of one name are compared as a group, and what they select is
//! merged and looked at once. First for all that could ever meet in one place of the answer, whose values must have the
//! same shape; then for all that do meet, because their parents may be the same object: they must be the same field with
//! the same arguments. This is linear in the expanded document but for fields of interfaces, which meet the fields of
//! each object, so that the steps are counted.

use std::collections::{HashMap, HashSet};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, ExecutableDocument, Field, Selection, SelectionSet, Type};
use async_graphql::{Pos, Positioned};
use async_graphql_value::Value;

use super::types::{Known, Types, named};
use super::values::short;
use super::violation;
use crate::{Code, Violation};

/// Selections and values looked at before a document counts as too tangled; the guard lets through at most a third as
/// many as need no second look.
const MAX_STEPS: usize = 50_000;

/// Checks that the fields of every operation can be merged.
pub(super) fn check(types: &Types, document: &ExecutableDocument) -> Result<(), Violation> {
    let mut merging = Merging { types, document, steps: 0 };
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        let root = [Part { set: &operation.selection_set.node, of: Some(types.root(operation.ty)) }];
        merging.shapes(&root)?;
        merging.fields(&root)?;
    }
    Ok(())
}

/// A selection set that is merged with others, and the type it selects from, where that is known.
#[derive(Clone, Copy)]
struct Part<'a> {
    set: &'a SelectionSet,
    of: Option<&'a str>,
}

/// A field in a merged selection set.
#[derive(Clone, Copy)]
struct Selected<'a> {
    field: &'a Field,
    at: Pos,
    of: Option<&'a str>,
    ty: Option<&'a Type>,
}

impl<'a> Selected<'a> {
    /// What it selects, unless that is nothing.
    fn below(self) -> Option<Part<'a>> {
        let set = &self.field.selection_set.node;
        (!set.items.is_empty()).then(|| Part { set, of: self.ty.map(|ty| named(ty).as_str()) })
    }

    fn conflict(self, why: &str) -> Violation {
        let key = short(&self.field.response_key().node);
        violation(Code::ValidationFailed, format!("The fields {key} cannot be merged: {why}."), self.at)
    }
}

/// The fields of each name.
type Groups<'a> = IndexMap<&'a str, Vec<Selected<'a>>>;

struct Merging<'a> {
    types: &'a Types,
    document: &'a ExecutableDocument,
    steps: usize,
}

impl<'a> Merging<'a> {
    /// Checks that values of the same name have the same shape, whichever objects they are of.
    fn shapes(&mut self, parts: &[Part<'a>]) -> Result<(), Violation> {
        for group in self.groups(parts)?.into_values() {
            let mut typed = group.iter().filter_map(|one| Some((one, one.ty?)));
            if let Some((_, first)) = typed.next()
                && let Some((other, _)) = typed.find(|(_, ty)| !self.have_same_shape(first, ty))
            {
                return Err(other.conflict("their types differ"));
            }
            self.below(&group, Self::shapes)?;
        }
        Ok(())
    }

    /// Checks that what has the same name is the same field with the same arguments, where it may be of the same object.
    fn fields(&mut self, parts: &[Part<'a>]) -> Result<(), Violation> {
        for group in self.groups(parts)?.into_values() {
            let (mut anywhere, mut objects) = (Vec::new(), IndexMap::<&str, Vec<_>>::new());
            for one in group {
                match one.of {
                    Some(of) if self.is_object(of) => objects.entry(of).or_default().push(one),
                    _ => anywhere.push(one),
                }
            }
            if objects.is_empty() {
                self.same(&anywhere)?;
            }
            for mut together in objects.into_values() {
                together.extend(&anywhere);
                self.same(&together)?;
            }
        }
        Ok(())
    }

    fn same(&mut self, group: &[Selected<'a>]) -> Result<(), Violation> {
        let Some((first, others)) = group.split_first() else { return Ok(()) };
        for other in others {
            if first.field.name.node != other.field.name.node {
                return Err(other.conflict("they are different fields"));
            }
            if !std::ptr::eq(first.field, other.field) && !self.have_same_arguments(first.field, other.field)? {
                return Err(other.conflict("their arguments differ"));
            }
        }
        self.below(group, Self::fields)
    }

    /// Goes on with what the fields of a group select together.
    fn below(
        &mut self,
        group: &[Selected<'a>],
        check: fn(&mut Self, &[Part<'a>]) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        let parts: Vec<Part<'a>> = group.iter().filter_map(|one| one.below()).collect();
        if parts.is_empty() { Ok(()) } else { check(self, &parts) }
    }

    /// The fields of merged selection sets, those of their fragments included, in the order of the document.
    fn groups(&mut self, parts: &[Part<'a>]) -> Result<Groups<'a>, Violation> {
        let (mut groups, mut seen) = (Groups::new(), HashSet::new());
        let mut open: Vec<Part<'a>> = parts.iter().rev().copied().collect();
        while let Some(part) = open.pop() {
            let mut inner = Vec::new();
            for Positioned { node: selection, pos } in &part.set.items {
                self.step(1, *pos)?;
                match selection {
                    Selection::Field(field) => {
                        let field = &field.node;
                        let ty = part.of.and_then(|of| self.types.field(of, &field.name.node)).map(|known| &known.ty);
                        let one = Selected { field, at: *pos, of: part.of, ty };
                        groups.entry(field.response_key().node.as_str()).or_default().push(one);
                    }
                    Selection::InlineFragment(inline) => {
                        let on = inline.node.type_condition.as_ref().map(|on| on.node.on.node.as_str());
                        inner.push(Part { set: &inline.node.selection_set.node, of: on.or(part.of) });
                    }
                    Selection::FragmentSpread(spread) => {
                        let name = &spread.node.fragment_name.node;
                        if let Some(fragment) = self.document.fragments.get(name)
                            && seen.insert(name.as_str())
                        {
                            let of = Some(fragment.node.type_condition.node.on.node.as_str());
                            inner.push(Part { set: &fragment.node.selection_set.node, of });
                        }
                    }
                }
            }
            open.extend(inner.into_iter().rev());
        }
        Ok(groups)
    }

    fn have_same_arguments(&mut self, one: &Field, other: &Field) -> Result<bool, Violation> {
        if one.arguments.len() != other.arguments.len() {
            return Ok(false);
        }
        let others: HashMap<&str, &Value> =
            other.arguments.iter().map(|(name, value)| (name.node.as_str(), &value.node)).collect();
        for (name, value) in &one.arguments {
            self.step(size(&value.node), value.pos)?;
            if others.get(name.node.as_str()) != Some(&&value.node) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn have_same_shape(&self, one: &Type, other: &Type) -> bool {
        one.nullable == other.nullable
            && match (&one.base, &other.base) {
                (BaseType::List(one), BaseType::List(other)) => self.have_same_shape(one, other),
                (BaseType::Named(one), BaseType::Named(other)) => {
                    one == other || (self.is_composite(one) && self.is_composite(other))
                }
                _ => false,
            }
    }

    fn is_composite(&self, name: &str) -> bool {
        matches!(self.types.get(name), Some(Known::Composite(_)))
    }

    fn is_object(&self, name: &str) -> bool {
        matches!(self.types.get(name), Some(Known::Composite(composite)) if composite.is_object)
    }

    fn step(&mut self, steps: usize, at: Pos) -> Result<(), Violation> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            let message = "Too many fields of this document are merged with each other.".to_owned();
            return Err(violation(Code::Fields, message, at));
        }
        Ok(())
    }
}

/// The values in a value, itself included.
fn size(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(size).fold(1, usize::saturating_add),
        Value::Object(fields) => fields.values().map(size).fold(1, usize::saturating_add),
        _ => 1,
    }
}
