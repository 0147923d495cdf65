//! JSON as the text that it is: the one reader of bodies, messages and manifests.
//!
//! Whether a text is JSON says `serde_json`, without recursion and without reading any value. What is read here is known
//! to be JSON, so that nothing but its meaning is left to decide: numbers keep their digits, objects their members in
//! their order, repeated ones included, and a text with half of a surrogate pair is found where it stands.

mod decimal;
mod stored;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;

use serde_json::value::RawValue;

pub use decimal::Decimal;
pub use stored::{Unstorable, stored_bytes};

/// A JSON value, without white space around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a>(&'a str);

/// Why bytes are not JSON, in words that follow what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of value it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number of any size.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// With its article.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }

    const fn of(first: u8) -> Self {
        match first {
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::String,
            b't' | b'f' => Self::Boolean,
            b'n' => Self::Null,
            _ => Self::Number,
        }
    }
}

/// A string that has half of a surrogate pair in it, and so stands for no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoneSurrogate;

impl LoneSurrogate {
    /// What is wrong, in words that follow the name of the value.
    pub const MESSAGE: &'static str = "must not have half of a surrogate pair in it, such as \\ud83d alone.";
}

impl<'a> Text<'a> {
    /// Reads a whole text.
    ///
    /// # Errors
    /// Why and where it is not JSON.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Malformed(format!("is not UTF-8: invalid byte at offset {}", error.valid_up_to())))?;
        if text.starts_with('\u{feff}') {
            return Err(Malformed("is not JSON: it begins with a byte order mark".to_owned()));
        }
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| Malformed(format!("is not JSON: {error}")))?;
        Ok(Self::known(raw.get()))
    }

    /// A text that was read before.
    #[must_use]
    pub fn known(text: &'a str) -> Self {
        Self(text.trim_matches(is_space))
    }

    /// The text itself.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        Cursor::new(self).kind()
    }

    /// How many arrays and objects lie within each other.
    #[must_use]
    pub fn depth(self) -> usize {
        let (mut open, mut deepest) = (0_usize, 0);
        let mut bytes = self.0.bytes();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => {
                    while let Some(byte) = bytes.next().filter(|byte| *byte != b'"') {
                        if byte == b'\\' {
                            bytes.next();
                        }
                    }
                }
                b'{' | b'[' => {
                    open += 1;
                    deepest = deepest.max(open);
                }
                b'}' | b']' => open = open.saturating_sub(1),
                _ => {}
            }
        }
        deepest
    }

    /// The members of an object, in their order; nothing when it is none.
    #[must_use]
    pub fn members(self) -> Option<Vec<(Text<'a>, Text<'a>)>> {
        let mut cursor = Cursor::new(self);
        if cursor.kind() != Kind::Object {
            return None;
        }
        cursor.enter();
        let mut members = Vec::new();
        while let Some(key) = cursor.member() {
            members.push((key, cursor.value()));
        }
        Some(members)
    }

    /// The elements of an array, in their order; nothing when it is none.
    #[must_use]
    pub fn elements(self) -> Option<Vec<Text<'a>>> {
        let mut cursor = Cursor::new(self);
        if cursor.kind() != Kind::Array {
            return None;
        }
        cursor.enter();
        let mut elements = Vec::new();
        while cursor.element() {
            elements.push(cursor.value());
        }
        Some(elements)
    }

    /// What a string says; nothing when it is none.
    #[must_use]
    pub fn string(self) -> Option<Result<Cow<'a, str>, LoneSurrogate>> {
        let inner = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if !inner.contains('\\') {
            return Some(Ok(Cow::Borrowed(inner)));
        }
        Some(serde_json::from_str(self.0).map(Cow::Owned).map_err(|_| LoneSurrogate))
    }

    /// Every string in it is a text, and so is every key.
    ///
    /// # Errors
    /// Where one is not, from the innermost step outwards. Recurses as deep as the value is nested.
    pub fn check_strings(self) -> Result<(), Vec<String>> {
        // Only an escape can write half of a pair.
        if !self.0.contains("\\u") {
            return Ok(());
        }
        let within = |step: String| {
            move |mut path: Vec<String>| {
                path.push(step);
                path
            }
        };
        match self.kind() {
            Kind::String => self.string().unwrap_or(Ok(Cow::Borrowed(""))).map(drop).map_err(|_| Vec::new()),
            Kind::Array => (0_usize..)
                .zip(self.elements().unwrap_or_default())
                .try_for_each(|(index, element)| element.check_strings().map_err(within(format!("[{index}]")))),
            Kind::Object => self.members().unwrap_or_default().into_iter().try_for_each(|(key, value)| {
                let name = key.string().and_then(Result::ok).ok_or_else(Vec::new)?;
                value.check_strings().map_err(within(format!(".{name}")))
            }),
            Kind::Null | Kind::Boolean | Kind::Number => Ok(()),
        }
    }
}

const fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// Goes through a text once.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// At the start of the value.
    #[must_use]
    pub const fn new(text: Text<'a>) -> Self {
        Self { rest: text.0 }
    }

    /// At the start of a value in a text.
    const fn at(rest: &'a str) -> Self {
        Self { rest }
    }

    /// What kind of value comes next.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(self.first())
    }

    fn first(&self) -> u8 {
        self.rest.as_bytes().first().copied().unwrap_or_default()
    }

    fn advance(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches(is_space);
    }

    /// Goes into the array or object that comes next.
    pub fn enter(&mut self) {
        self.advance(1);
    }

    /// The key of the next member of the object that it is in, and on to its value; nothing behind the last.
    pub fn member(&mut self) -> Option<Text<'a>> {
        if !self.element() {
            return None;
        }
        let key = self.value();
        self.skip_space();
        self.advance(1);
        self.skip_space();
        Some(key)
    }

    /// On to the next element of the array that it is in; whether there is one.
    pub fn element(&mut self) -> bool {
        self.skip_space();
        if self.first() == b',' {
            self.advance(1);
            self.skip_space();
        }
        match self.first() {
            b']' | b'}' | 0 => {
                self.advance(1);
                false
            }
            _ => true,
        }
    }

    /// The value that comes next, and on to what is behind it.
    pub fn value(&mut self) -> Text<'a> {
        let end = self.end_of_value();
        let text = self.rest.get(..end).unwrap_or_default();
        self.advance(end);
        Text(text)
    }

    fn end_of_value(&self) -> usize {
        let bytes = self.rest.as_bytes();
        let end_of_string = |start: usize| {
            let mut at = start + 1;
            loop {
                match bytes.get(at) {
                    Some(b'\\') => at += 2,
                    Some(b'"') => return at + 1,
                    Some(_) => at += 1,
                    None => return bytes.len(),
                }
            }
        };
        match self.first() {
            b'"' => end_of_string(0),
            b'{' | b'[' => {
                let (mut at, mut open) = (0, 0_usize);
                while let Some(byte) = bytes.get(at) {
                    match byte {
                        b'"' => {
                            at = end_of_string(at);
                            continue;
                        }
                        b'{' | b'[' => open += 1,
                        b'}' | b']' => open = open.saturating_sub(1),
                        _ => {}
                    }
                    at += 1;
                    if open == 0 {
                        break;
                    }
                }
                at
            }
            _ => bytes
                .iter()
                .position(|byte| matches!(byte, b',' | b']' | b'}' | b':') || is_space(char::from(*byte)))
                .unwrap_or(bytes.len()),
        }
    }
}

/// Writes the value in one form for all texts that mean the same: without white space, members by their keys, of repeated
/// ones the last, which is the one that PostgreSQL keeps, and numbers by their value. Recurses as deep as it is nested.
pub fn write_canonical(text: Text<'_>, out: &mut String) {
    match text.kind() {
        Kind::Null | Kind::Boolean => out.push_str(text.as_str()),
        Kind::Number => out.push_str(&Decimal::of(text.as_str()).to_string()),
        Kind::String => match text.string() {
            Some(Ok(string)) => write_string(&string, out),
            _ => out.push_str(text.as_str()),
        },
        Kind::Array => {
            out.push('[');
            for (index, element) in text.elements().unwrap_or_default().into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_canonical(element, out);
            }
            out.push(']');
        }
        Kind::Object => {
            let named = |(key, value): (Text<'_>, _)| {
                let key = key.string().and_then(Result::ok).map(Cow::into_owned);
                (key.unwrap_or_default(), value)
            };
            let members: std::collections::BTreeMap<String, Text<'_>> =
                text.members().unwrap_or_default().into_iter().map(named).collect();
            out.push('{');
            for (index, (key, value)) in members.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(&key, out);
                out.push(':');
                write_canonical(value, out);
            }
            out.push('}');
        }
    }
}

/// Writes a string as JSON.
pub fn write_string(string: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(string).to_string());
}
