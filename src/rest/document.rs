//! Writes the answer of a query document as a document of JSON:API, in one pass over its text.

use std::collections::HashSet;

use super::model::{Attribute, Member, Model, Source, Value};
use super::selection::{Related, Selection};
use crate::json::{Cursor, Kind, Text, write_string};

/// The answer is not what was selected, which would be a defect.
#[derive(Debug)]
pub struct Unexpected;

/// A resource that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its id, as it stands in JSON.
    pub id: String,
    /// When it was last changed, if that was asked for.
    pub stamp: Option<String>,
}

/// Writes resources.
#[derive(Debug)]
pub struct Resources<'m, 'a> {
    model: &'m Model,
    primary: HashSet<(usize, &'a str)>,
    /// Other rows, each once, in the order in which they were met.
    included: Vec<((usize, &'a str), String)>,
    seen: HashSet<(usize, &'a str)>,
}

impl<'m, 'a> Resources<'m, 'a> {
    /// None yet.
    pub fn new(model: &'m Model) -> Self {
        Self { model, primary: HashSet::new(), included: Vec::new(), seen: HashSet::new() }
    }

    /// The resources that are included besides those that were written.
    pub fn included(&self) -> impl Iterator<Item = &str> {
        let others = self.included.iter().filter(|(identity, _)| !self.primary.contains(identity));
        others.map(|(_, resource)| resource.as_str())
    }

    /// Writes the row that comes next, and goes on behind it; nothing when there is none.
    ///
    /// # Errors
    /// When it has other fields than were selected.
    pub fn row(
        &mut self,
        cursor: &mut Cursor<'a>,
        selection: &Selection,
        out: &mut String,
    ) -> Result<Option<Row>, Unexpected> {
        let written = self.write(cursor, selection, out)?;
        Ok(written.map(|(id, stamp)| {
            self.primary.insert((selection.ty, id));
            Row { id: id.to_owned(), stamp }
        }))
    }

    fn write(
        &mut self,
        cursor: &mut Cursor<'a>,
        selection: &Selection,
        out: &mut String,
    ) -> Result<Option<(&'a str, Option<String>)>, Unexpected> {
        let model = self.model;
        let ty = model.types().get(selection.ty).ok_or(Unexpected)?;
        let Some(id) = enter(cursor)? else { return Ok(None) };
        out.push_str("{\"type\":\"");
        out.push_str(ty.resource.name);
        out.push_str("\",\"id\":");
        out.push_str(id);
        let mut list = Members::new(",\"attributes\":{");
        for attribute in selection.attributes.iter().filter_map(|index| ty.attributes.get(*index)) {
            list.name(&attribute.name, out);
            write_attribute(cursor, attribute, id, out)?;
        }
        list.end(out);
        let mut list = Members::new(",\"relationships\":{");
        for related in &selection.relationships {
            let relationship = ty.relationships.get(related.relationship).ok_or(Unexpected)?;
            key(cursor, &relationship.field)?;
            let target = self.identity(cursor, related, relationship.target)?;
            if related.named {
                list.name(&relationship.name, out);
                self.write_linkage(relationship.target, target, out);
            }
        }
        list.end(out);
        out.push_str(",\"links\":{\"self\":\"");
        self.push_address(selection.ty, id, out);
        out.push_str("\"}}");
        let stamp = if selection.stamped {
            key(cursor, "stamp")?;
            Some(cursor.value()).and_then(Text::string).and_then(Result::ok).map(std::borrow::Cow::into_owned)
        } else {
            None
        };
        match cursor.member() {
            None => Ok(Some((id, stamp))),
            Some(_) => Err(Unexpected),
        }
    }

    /// The id of the row that a relationship leads to, if there is one. What is included of it is kept.
    fn identity(
        &mut self,
        cursor: &mut Cursor<'a>,
        related: &Related,
        target: usize,
    ) -> Result<Option<&'a str>, Unexpected> {
        let Some(selection) = &related.included else {
            let id = enter(cursor)?;
            return match id.and_then(|_| cursor.member()) {
                None => Ok(id),
                Some(_) => Err(Unexpected),
            };
        };
        let mut resource = String::new();
        let Some((id, _)) = self.write(cursor, selection, &mut resource)? else { return Ok(None) };
        if self.seen.insert((target, id)) {
            self.included.push(((target, id), resource));
        }
        Ok(Some(id))
    }

    fn write_linkage(&self, target: usize, id: Option<&str>, out: &mut String) {
        let (Some(id), Some(ty)) = (id, self.model.types().get(target)) else {
            out.push_str("{\"data\":null}");
            return;
        };
        out.push_str("{\"data\":{\"type\":\"");
        out.push_str(ty.resource.name);
        out.push_str("\",\"id\":");
        out.push_str(id);
        out.push_str("},\"links\":{\"related\":\"");
        self.push_address(target, id, out);
        out.push_str("\"}}");
    }

    /// The address of a row, whose id stands in JSON.
    pub fn address(&self, ty: usize, id: &str) -> String {
        let mut address = String::new();
        self.push_address(ty, id, &mut address);
        address
    }

    fn push_address(&self, ty: usize, id: &str, out: &mut String) {
        let path = self.model.types().get(ty).map(|ty| ty.resource.path).unwrap_or_default();
        out.push_str("/v1/");
        out.push_str(path);
        out.push('/');
        out.push_str(id.trim_matches('"'));
    }
}

/// Members of an object that is only there when it has some.
struct Members {
    before: Option<&'static str>,
}

impl Members {
    const fn new(before: &'static str) -> Self {
        Self { before: Some(before) }
    }

    fn name(&mut self, name: &str, out: &mut String) {
        out.push_str(self.before.take().unwrap_or(","));
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
    }

    fn end(&self, out: &mut String) {
        if self.before.is_none() {
            out.push('}');
        }
    }
}

/// Goes into the row that comes next, up to its second member. Its id, as it stands in JSON; nothing when there is no row.
fn enter<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a str>, Unexpected> {
    match cursor.kind() {
        Kind::Null => {
            cursor.value();
            return Ok(None);
        }
        Kind::Object => cursor.enter(),
        _ => return Err(Unexpected),
    }
    // A node of another type has no members.
    let Some(name) = cursor.member() else { return Ok(None) };
    if name.as_str() == "\"id\"" { Ok(Some(cursor.value().as_str())) } else { Err(Unexpected) }
}

/// Goes to the value of the next member, which must have this name.
pub(super) fn key(cursor: &mut Cursor<'_>, name: &str) -> Result<(), Unexpected> {
    let found = cursor.member().ok_or(Unexpected)?.as_str();
    let found = found.strip_prefix('"').and_then(|found| found.strip_suffix('"'));
    if found == Some(name) { Ok(()) } else { Err(Unexpected) }
}

fn write_attribute(
    cursor: &mut Cursor<'_>,
    attribute: &Attribute,
    id: &str,
    out: &mut String,
) -> Result<(), Unexpected> {
    let field = match &attribute.source {
        Source::Id => {
            out.push_str(id);
            return Ok(());
        }
        Source::NotDeleted => {
            out.push_str("null");
            return Ok(());
        }
        Source::Field(field) => field,
    };
    key(cursor, field)?;
    match &attribute.value {
        Value::Plain(..) => out.push_str(cursor.value().as_str()),
        Value::Enum(_) => out.extend(cursor.value().as_str().chars().map(|letter| letter.to_ascii_lowercase())),
        Value::Object(members) => write_column(cursor, members, out)?,
    }
    Ok(())
}

/// Writes a column of JSON as it is stored: what the schema knows of it, and the rest.
fn write_column(cursor: &mut Cursor<'_>, members: &[Member], out: &mut String) -> Result<(), Unexpected> {
    if cursor.kind() == Kind::Null {
        out.push_str(cursor.value().as_str());
        return Ok(());
    }
    cursor.enter();
    let (mut written, mut rest) = (Members::new("{"), None);
    for member in members {
        key(cursor, &member.field)?;
        let value = cursor.value();
        if member.rest {
            rest = Some(value).filter(|rest| rest.kind() != Kind::Null);
        } else if value.kind() != Kind::Null {
            written.name(&member.name, out);
            out.push_str(value.as_str());
        }
    }
    let others = rest.and_then(Text::members);
    match (rest, others) {
        // A column that is no object has no members.
        (Some(rest), None) => out.push_str(rest.as_str()),
        (_, others) => {
            for (name, value) in others.unwrap_or_default() {
                out.push_str(written.before.take().unwrap_or(","));
                out.push_str(name.as_str());
                out.push(':');
                out.push_str(value.as_str());
            }
            if written.before.is_some() {
                out.push('{');
            }
            out.push('}');
        }
    }
    cursor.member().map_or(Ok(()), |_| Err(Unexpected))
}

/// Writes `"name":"text"`.
pub(super) fn write_member(name: &str, text: &str, out: &mut String) {
    write_string(name, out);
    out.push(':');
    write_string(text, out);
}
