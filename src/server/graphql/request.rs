//! What a client asks for, whichever way it comes: the body of a `POST`, the query string of a `GET`, or the payload of a
//! message on a socket.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use crate::error::{Code, Error};
use crate::json::{Kind, LoneSurrogate, Text};

/// What a client sends.
#[derive(Default, Debug)]
pub(in crate::server) struct GraphqlRequest {
    pub query: Option<String>,
    /// The id of a trusted document, in the place of `query`.
    pub document_id: Option<String>,
    pub operation_name: Option<String>,
    /// A JSON object, as its text.
    pub variables: Option<String>,
    /// The hash of an automatic persisted query.
    pub persisted: Option<String>,
    /// Whether it asks for what its operation costs.
    pub wants_cost: bool,
    /// How many bytes it was sent in.
    pub bytes: usize,
    /// Whether the server itself has written the document, for a request of another kind.
    pub own: bool,
}

/// Why a request cannot be read.
#[derive(Debug)]
pub(in crate::server) enum Unreadable {
    /// It is not a request.
    Shape(Error),
    /// It is one, and something in it has no meaning.
    Value(Error),
}

impl From<Unreadable> for Error {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Shape(error) | Unreadable::Value(error) => error,
        }
    }
}

fn shape(message: impl Into<std::sync::Arc<str>>) -> Unreadable {
    Unreadable::Shape(Error::bad_input(message))
}

impl GraphqlRequest {
    /// Whether it says which document it wants.
    pub const fn names_document(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.persisted.is_some()
    }

    /// Reads the body of a `POST`.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn from_body(body: &[u8]) -> Result<Self, Error> {
        if body.trim_ascii_start().first() == Some(&b'[') {
            return Err(Error::new(Code::BatchingDisabled, "One operation per request."));
        }
        let text = Text::read(body).map_err(|malformed| Error::bad_input(format!("The body {malformed}.")))?;
        match text.kind() {
            Kind::Object => Ok(Self { bytes: body.len(), ..Self::read(text, "")? }),
            other => {
                let other = other.as_str();
                Err(Error::bad_input(format!(
                    "The body must be a JSON object with `query` or `documentId`, not {other}."
                )))
            }
        }
    }

    /// Reads what stands in the query string of a `GET`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_url(query: &str) -> Result<Self, Error> {
        if percent_decode_str(query).decode_utf8().is_err() {
            return Err(Error::bad_input("The query string is not UTF-8."));
        }
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).map_err(|_| Error::bad_input("The query string is malformed."))?;
        let mut members = Members::default();
        for (name, value) in &pairs {
            match name.as_str() {
                "query" | "documentId" => members.text(name, Cow::Borrowed(value), name)?,
                "operationName" if !value.is_empty() => members.text(name, Cow::Borrowed(value), name)?,
                "variables" | "extensions" if !value.is_empty() => {
                    let read = Text::read(value.as_bytes());
                    let json = read.map_err(|malformed| Error::bad_input(format!("`{name}` {malformed}.")))?;
                    members.object(name, json, name)?;
                }
                _ => {}
            }
        }
        Ok(Self { bytes: query.len(), ..members.asked })
    }

    /// Reads a JSON object whose members go by their names behind this prefix.
    ///
    /// # Errors
    /// Which member is wrong, and what it must be.
    pub fn read(text: Text<'_>, prefix: &str) -> Result<Self, Unreadable> {
        let mut members = Members::default();
        for (key, value) in text.members().unwrap_or_default() {
            let Some(Ok(key)) = key.string() else { continue };
            let path = format!("{prefix}{key}");
            match &*key {
                "query" | "documentId" | "operationName" => {
                    if let Some(text) = string(&path, value)? {
                        members.text(&key, text, &path)?;
                    }
                }
                "variables" | "extensions" => members.object(&key, value, &path)?,
                _ => {}
            }
        }
        let mut asked = members.asked;
        asked.operation_name = asked.operation_name.filter(|name| !name.is_empty());
        Ok(asked)
    }
}

/// The members that were read so far.
#[derive(Default)]
struct Members {
    asked: GraphqlRequest,
    has_extensions: bool,
}

impl Members {
    fn text(&mut self, name: &str, text: Cow<'_, str>, path: &str) -> Result<(), Unreadable> {
        let slot = match name {
            "query" => &mut self.asked.query,
            "documentId" => &mut self.asked.document_id,
            _ => &mut self.asked.operation_name,
        };
        match slot.replace(text.into_owned()) {
            Some(_) => Err(repeated(path)),
            None => Ok(()),
        }
    }

    fn object(&mut self, name: &str, value: Text<'_>, path: &str) -> Result<(), Unreadable> {
        let Some(value) = object(path, value)? else { return Ok(()) };
        if name == "variables" {
            return match self.asked.variables.replace(value.as_str().to_owned()) {
                Some(_) => Err(repeated(path)),
                None => Ok(()),
            };
        }
        if std::mem::replace(&mut self.has_extensions, true) {
            return Err(repeated(path));
        }
        for (key, value) in value.members().unwrap_or_default() {
            match key.string() {
                Some(Ok(key)) if key == "cost" => self.asked.wants_cost = value.as_str() == "true",
                Some(Ok(key)) if key == "persistedQuery" => {
                    self.asked.persisted = persisted(&format!("{path}.persistedQuery"), value)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn repeated(name: &str) -> Unreadable {
    shape(format!("`{name}` must be there only once."))
}

/// The hash of an automatic persisted query.
fn persisted(path: &str, value: Text<'_>) -> Result<Option<String>, Unreadable> {
    let Some(value) = object(path, value)? else { return Ok(None) };
    let members = value.members().unwrap_or_default();
    let named = |name: &str| {
        let mut found = members.iter().filter(|(key, _)| key.string().is_some_and(|key| key.as_deref() == Ok(name)));
        found.next_back().map(|(_, value)| *value)
    };
    let hash = named("sha256Hash").and_then(Text::string).and_then(Result::ok);
    match (named("version").map(Text::as_str), hash) {
        (Some("1"), Some(hash)) => Ok(Some(hash.into_owned())),
        _ => Err(shape(format!("`{path}` must be an object with `version`, 1, and `sha256Hash`."))),
    }
}

/// A string, or nothing where it is null.
///
/// # Errors
/// When it is none, or no text.
pub(in crate::server) fn string<'a>(path: &str, value: Text<'a>) -> Result<Option<Cow<'a, str>>, Unreadable> {
    match (value.kind(), value.string()) {
        (Kind::Null, _) => Ok(None),
        (_, Some(Ok(text))) => Ok(Some(text)),
        (_, Some(Err(LoneSurrogate))) => {
            Err(Unreadable::Value(Error::bad_input(format!("`{path}` {}", LoneSurrogate::MESSAGE))))
        }
        (other, None) => Err(shape(format!("`{path}` must be a string, not {}.", other.as_str()))),
    }
}

/// An object, or nothing where it is null.
///
/// # Errors
/// When it is none.
pub(in crate::server) fn object<'a>(path: &str, value: Text<'a>) -> Result<Option<Text<'a>>, Unreadable> {
    match value.kind() {
        Kind::Null => Ok(None),
        Kind::Object => Ok(Some(value)),
        other => Err(shape(format!("`{path}` must be a JSON object, not {}.", other.as_str()))),
    }
}
