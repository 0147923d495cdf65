//! The body of a write: a resource object, or several.

use std::borrow::Cow;

use super::problem::Problem;
use crate::json::{Kind, LoneSurrogate, Text};

/// A resource object that a client sends.
#[derive(Debug, Default)]
pub struct ResourceObject<'a> {
    /// Where it stands in the body, as a JSON pointer.
    pub pointer: String,
    /// Its type.
    pub ty: Option<Cow<'a, str>>,
    /// Its id.
    pub id: Option<Cow<'a, str>>,
    /// Whether it has an id that only the client knows, or one at all.
    pub has_id: bool,
    /// Its attributes.
    pub attributes: Vec<(Cow<'a, str>, Text<'a>)>,
    /// Its relationships, each to a resource or to nothing.
    pub relationships: Vec<(Cow<'a, str>, Option<Linkage<'a>>)>,
}

/// A resource that a relationship leads to.
#[derive(Debug)]
pub struct Linkage<'a> {
    /// Its type.
    pub ty: Cow<'a, str>,
    /// Its id.
    pub id: Cow<'a, str>,
}

/// Reads a body whose `data` is one resource object.
///
/// # Errors
/// What is wrong with it, and where.
pub fn one(body: &[u8]) -> Result<ResourceObject<'_>, Problem> {
    resource(data(body)?, "/data")
}

/// Reads a body whose `data` is a list of them.
///
/// # Errors
/// What is wrong with it, and where.
pub fn many(body: &[u8]) -> Result<Vec<ResourceObject<'_>>, Problem> {
    let data = data(body)?;
    let elements = data.elements().ok_or_else(|| shape("/data", "must be an array of resource objects"))?;
    (0_usize..).zip(elements).map(|(index, element)| resource(element, &format!("/data/{index}"))).collect()
}

fn data(body: &[u8]) -> Result<Text<'_>, Problem> {
    let text = Text::read(body).map_err(|malformed| shape("", &malformed.to_string()))?;
    let mut found = members(text, "")?.into_iter().filter(|(name, _)| name == "data");
    found.next().map(|(_, data)| data).ok_or_else(|| shape("", "must have a member `data`"))
}

fn resource<'a>(text: Text<'a>, pointer: &str) -> Result<ResourceObject<'a>, Problem> {
    let mut object = ResourceObject { pointer: pointer.to_owned(), ..ResourceObject::default() };
    for (name, value) in members(text, pointer)? {
        let at = format!("{pointer}/{name}");
        match &*name {
            "type" => object.ty = Some(string(value, &at)?),
            "id" => (object.id, object.has_id) = (Some(string(value, &at)?), true),
            "lid" => object.has_id = true,
            "attributes" => object.attributes = members(value, &at)?,
            "relationships" => {
                let relationships = members(value, &at)?.into_iter();
                let relationships = relationships.map(|(name, value)| {
                    let at = format!("{at}/{name}");
                    Ok((name, linkage(value, &at)?))
                });
                object.relationships = relationships.collect::<Result<_, Problem>>()?;
            }
            _ => {}
        }
    }
    Ok(object)
}

fn linkage<'a>(text: Text<'a>, pointer: &str) -> Result<Option<Linkage<'a>>, Problem> {
    let mut found = members(text, pointer)?.into_iter().filter(|(name, _)| name == "data");
    let data = found.next().map(|(_, data)| data).ok_or_else(|| shape(pointer, "must have a member `data`"))?;
    let pointer = format!("{pointer}/data");
    if data.kind() == Kind::Null {
        return Ok(None);
    }
    let (mut ty, mut id) = (None, None);
    for (name, value) in members(data, &pointer)? {
        match &*name {
            "type" => ty = Some(string(value, &format!("{pointer}/type"))?),
            "id" => id = Some(string(value, &format!("{pointer}/id"))?),
            _ => {}
        }
    }
    match (ty, id) {
        (Some(ty), Some(id)) => Ok(Some(Linkage { ty, id })),
        _ => Err(shape(&pointer, "must be null, or have the members `type` and `id`")),
    }
}

/// The members of an object, by their names.
pub(super) fn members<'a>(text: Text<'a>, pointer: &str) -> Result<Vec<(Cow<'a, str>, Text<'a>)>, Problem> {
    let members = text.members().ok_or_else(|| {
        let message = format!("must be an object, not {}", text.kind().as_str());
        shape(pointer, &message)
    })?;
    let mut named: Vec<(Cow<'a, str>, Text<'a>)> = Vec::with_capacity(members.len());
    for (key, value) in members {
        let Some(Ok(key)) = key.string() else { return Err(shape(pointer, "has a key that is no text")) };
        if named.iter().any(|(known, _)| *known == key) {
            return Err(shape(&format!("{pointer}/{key}"), "must be there only once"));
        }
        named.push((key, value));
    }
    Ok(named)
}

fn string<'a>(text: Text<'a>, pointer: &str) -> Result<Cow<'a, str>, Problem> {
    match text.string() {
        Some(Ok(string)) => Ok(string),
        Some(Err(LoneSurrogate)) => Err(shape(pointer, LoneSurrogate::MESSAGE.trim_end_matches('.'))),
        None => Err(shape(pointer, &format!("must be a string, not {}", text.kind().as_str()))),
    }
}

/// The body is no document of JSON:API.
pub(super) fn shape(pointer: &str, message: &str) -> Problem {
    let subject = if pointer.is_empty() { "The body".to_owned() } else { format!("`{pointer}`") };
    Problem::value(pointer, format!("{subject} {message}.")).status(400)
}
