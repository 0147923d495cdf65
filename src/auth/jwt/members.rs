//! The JSON objects that a token consists of.

use std::borrow::Cow;

use super::Rejected::{self, Invalid};
use crate::json::{Kind, Text};

/// The members of a JSON object. One that is there twice must be the same twice, and null is as one that is not there.
pub(super) struct Members<'a>(pub(super) Vec<(Cow<'a, str>, Text<'a>)>);

impl<'a> Members<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Rejected> {
        Self::read(Text::read(bytes).map_err(|_| Invalid("not a JSON object"))?)
    }

    pub(super) fn read(object: Text<'a>) -> Result<Self, Rejected> {
        let members = object.members().ok_or(Invalid("not a JSON object"))?.into_iter();
        let named = members.map(|(name, value)| Some((name.string()?.ok()?, value)));
        Ok(Self(named.collect::<Option<_>>().ok_or(Invalid("not a JSON object"))?))
    }

    /// Whether there is one of this name, null or not.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<Text<'a>>, Rejected> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| *value);
        let Some(value) = values.next() else { return Ok(None) };
        if values.any(|other| other != value) {
            return Err(Invalid("a member is there twice with different values"));
        }
        Ok(Some(value).filter(|value| value.kind() != Kind::Null))
    }

    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Rejected> {
        self.get(name)?.map(|value| text(value).map(Cow::into_owned)).transpose()
    }
}

/// The text that a value must be.
pub(super) fn text(value: Text<'_>) -> Result<Cow<'_, str>, Rejected> {
    match value.string() {
        Some(Ok(text)) => Ok(text),
        _ => Err(Invalid("a member of another type")),
    }
}
