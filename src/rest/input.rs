//! The input of a mutation, from what a resource object has.

use std::borrow::Cow;

use super::definitions::{Definitions, Field};
use super::filter::enumerated;
use super::model::{REST, ResourceType};
use super::names::{camel, snake};
use crate::json::{Kind, Text, write_string};

/// An object of JSON that is being written.
pub(super) struct Input(String);

impl Input {
    /// Without members.
    pub fn new() -> Self {
        Self("{".to_owned())
    }

    /// Adds a member, whose value is JSON.
    pub fn add(&mut self, name: &str, json: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        write_string(name, &mut self.0);
        self.0.push(':');
        self.0.push_str(json);
    }

    /// Adds a member that is a text.
    pub fn text(&mut self, name: &str, text: &str) {
        let mut json = String::new();
        write_string(text, &mut json);
        self.add(name, &json);
    }

    /// The whole of it.
    pub fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// What of a resource object a field of an input is.
pub(super) enum InputMember {
    /// An attribute of this name.
    Attribute(String),
    /// A relationship, by its index.
    Relationship(usize),
}

/// What a field of an input is in the body; nothing for what stands elsewhere in the request.
pub(super) fn member(of: &ResourceType, field: &Field) -> Option<InputMember> {
    if matches!(field.name.as_str(), "id" | "expectedUpdatedAt" | "idempotencyKey") {
        return None;
    }
    let relationship = field.name.strip_suffix("Id").filter(|_| field.ty == "ID");
    let relationship = relationship.and_then(|name| of.relationship(&snake(name)));
    Some(relationship.map_or_else(|| InputMember::Attribute(snake(&field.name)), InputMember::Relationship))
}

/// A value as the schema writes it.
pub(super) fn value<'t>(definitions: &Definitions, field: &Field, value: Text<'t>) -> Result<Cow<'t, str>, String> {
    if let (Some(values), Some(Ok(text))) = (definitions.values(&field.ty), value.string()) {
        return Ok(enumerated(&text, values)?.to_string().into());
    }
    if !definitions.is_composite(&field.ty) || value.kind() == Kind::Null {
        return Ok(value.as_str().into());
    }
    let Some(members) = value.members() else {
        let mut input = Input::new();
        input.add(REST, value.as_str());
        return Ok(input.end().into());
    };
    let (mut input, mut rest) = (Input::new(), Input::new());
    for (key, value) in members {
        let name = key.string().and_then(Result::ok).ok_or("A key is no text.")?;
        let known = camel(&name).filter(|name| name != REST);
        match known.filter(|name| definitions.field(&field.ty, name).is_some()) {
            Some(name) => input.add(&name, value.as_str()),
            None => rest.add(&name, value.as_str()),
        }
    }
    if rest.0.len() > 1 {
        input.add(REST, &rest.end());
    }
    Ok(input.end().into())
}
