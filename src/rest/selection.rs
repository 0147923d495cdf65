//! What is read of a resource: the selection in the query document, and the order in which the answer has it.

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::model::{Model, Source, Value};
use super::problem::Problem;
use crate::auth::Role;

/// Relationships within each other that may be included.
const MAX_INCLUDED: usize = 2;

/// Which members of each resource type are wanted, where that is said.
pub type Fieldsets = HashMap<usize, Vec<String>>;

/// The relationships that are included, by their index, with those within them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Included(BTreeMap<usize, Included>);

impl Included {
    /// Adds a path such as `workspace_connector.connector`, from a resource type on.
    ///
    /// # Errors
    /// When there is no such relationship, or the path is too long.
    pub fn add(&mut self, model: &Model, from: usize, path: &str, parameter: &str) -> Result<(), Problem> {
        if path.split('.').count() > MAX_INCLUDED {
            let message = format!("`include` goes at most {MAX_INCLUDED} relationships deep: `{path}`.");
            return Err(Problem::parameter(parameter, message));
        }
        let (mut level, mut at) = (self, from);
        for name in path.split('.') {
            let ty = model.types().get(at);
            let found = ty.and_then(|ty| Some((ty.relationship(name)?, ty)));
            let Some((index, ty)) = found else {
                let known = ty.into_iter().flat_map(|ty| &ty.relationships).map(|it| it.name.as_str());
                let known = known.collect::<Vec<_>>().join("`, `");
                let of = ty.map(|ty| ty.resource.name).unwrap_or_default();
                let message = format!("`{of}` has no relationship `{name}` to include. It has `{known}`.");
                return Err(Problem::parameter(parameter, message));
            };
            at = ty.relationships.get(index).map(|relationship| relationship.target).unwrap_or_default();
            level = level.0.entry(index).or_default();
        }
        Ok(())
    }
}

/// What is read of rows of one resource type.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The resource type.
    pub ty: usize,
    /// Its attributes, by their indexes.
    pub attributes: Vec<usize>,
    /// Its relationships.
    pub relationships: Vec<Related>,
    /// Whether the moment of the last change is read besides, for the `ETag`.
    pub stamped: bool,
}

/// A relationship that is read.
#[derive(Clone, Debug)]
pub struct Related {
    /// Its index.
    pub relationship: usize,
    /// Whether the resource itself names it.
    pub named: bool,
    /// What is included of the row that it leads to; nothing when only its identity is.
    pub included: Option<Selection>,
}

/// What the caller's role may not read of what it would have, by resource type.
pub type Omitted = BTreeMap<&'static str, Vec<String>>;

/// Makes selections for a caller.
#[derive(Debug)]
pub struct Selecting<'a> {
    /// The resource types.
    pub model: &'a Model,
    /// What the caller is.
    pub role: Role,
    /// What it wants of each type.
    pub fieldsets: &'a Fieldsets,
    /// What it may not read of that.
    pub omitted: Omitted,
}

impl Selecting<'_> {
    /// What is read of rows of a type.
    pub fn select(&mut self, ty: usize, included: &Included) -> Selection {
        let mut selection = Selection { ty, attributes: Vec::new(), relationships: Vec::new(), stamped: false };
        let Some(of) = self.model.types().get(ty) else { return selection };
        let fieldset = self.fieldsets.get(&ty);
        let wants = |name: &String, computed: bool| fieldset.map_or(!computed, |names| names.contains(name));
        for (index, attribute) in of.attributes.iter().enumerate() {
            if !wants(&attribute.name, attribute.computed) {
                continue;
            }
            if attribute.is_open_to(self.role) {
                selection.attributes.push(index);
            } else {
                let omitted = self.omitted.entry(of.resource.name).or_default();
                if !omitted.contains(&attribute.name) {
                    omitted.push(attribute.name.clone());
                }
            }
        }
        for (index, relationship) in of.relationships.iter().enumerate() {
            let within = included.0.get(&index);
            let named = wants(&relationship.name, relationship.computed && within.is_none());
            if named || within.is_some() {
                let included = within.map(|within| self.select(relationship.target, within));
                selection.relationships.push(Related { relationship: index, named, included });
            }
        }
        selection
    }
}

impl Selection {
    /// Writes it into a query document.
    pub fn write(&self, model: &Model, out: &mut String) {
        let Some(ty) = model.types().get(self.ty) else { return };
        out.push_str("{id");
        for attribute in self.attributes.iter().filter_map(|index| ty.attributes.get(*index)) {
            let Source::Field(field) = &attribute.source else { continue };
            out.push(' ');
            out.push_str(field);
            if let Value::Object(members) = &attribute.value {
                out.push('{');
                for member in members {
                    out.push_str(&member.field);
                    out.push(' ');
                }
                out.push('}');
            }
        }
        for related in &self.relationships {
            let Some(relationship) = ty.relationships.get(related.relationship) else { continue };
            out.push(' ');
            out.push_str(&relationship.field);
            match &related.included {
                Some(included) => included.write(model, out),
                None => out.push_str("{id}"),
            }
        }
        if self.stamped {
            out.push_str(" stamp:updatedAt");
        }
        out.push('}');
    }
}
