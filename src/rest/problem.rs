//! Errors as JSON:API writes them.

use std::fmt::Write as _;

use async_graphql::{ServerError, Value};
use serde_json::{Map, json};

use crate::error::{Code, Error};

/// The version of JSON:API, as every answer says it.
pub(super) const JSONAPI: &str = "\"jsonapi\":{\"version\":\"1.1\"}";

/// Why a request, or a part of it, was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The status of the answer, if this is all that it says.
    pub status: u16,
    /// One of the API's closed list.
    pub code: String,
    /// What is wrong, for people.
    pub detail: String,
    /// What of the request it is about.
    pub source: Option<Source>,
    /// The id under which the log has the cause.
    pub error_id: Option<String>,
}

/// What of a request a problem is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A parameter of the query string, by its name.
    Parameter(String),
    /// A value in the body, as a JSON pointer.
    Pointer(String),
    /// A header.
    Header(&'static str),
}

impl Problem {
    /// A problem of this code, with its usual status.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self::of(code.as_str(), detail.into())
    }

    /// A parameter that cannot be used.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::new(Code::BadUserInput, detail).about(Source::Parameter(name.to_owned()))
    }

    /// A value in the body that cannot be used.
    pub fn value(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(Code::BadUserInput, detail).status(422).about(Source::Pointer(pointer.into()))
    }

    /// Nothing is there.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "There is no such resource.")
    }

    fn of(code: &str, detail: String) -> Self {
        Self { status: status(code), code: code.to_owned(), detail, source: None, error_id: None }
    }

    /// The same with another status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// The same about something of the request.
    #[must_use]
    pub fn about(self, source: Source) -> Self {
        Self { source: Some(source), ..self }
    }

    fn json(&self) -> serde_json::Value {
        let title = self.code.replace('_', " ").to_lowercase();
        let title = title.get(..1).map(str::to_uppercase).unwrap_or_default() + title.get(1..).unwrap_or_default();
        let mut out = Map::new();
        out.insert("status".to_owned(), self.status.to_string().into());
        out.insert("code".to_owned(), self.code.as_str().into());
        out.insert("title".to_owned(), title.into());
        out.insert("detail".to_owned(), self.detail.as_str().into());
        let source = self.source.as_ref().map(|source| match source {
            Source::Parameter(name) => json!({ "parameter": name }),
            Source::Pointer(pointer) => json!({ "pointer": pointer }),
            Source::Header(name) => json!({ "header": name }),
        });
        out.extend(source.map(|source| ("source".to_owned(), source)));
        out.extend(self.error_id.as_ref().map(|id| ("meta".to_owned(), json!({ "error_id": id }))));
        out.into()
    }
}

impl From<&ServerError> for Problem {
    fn from(error: &ServerError) -> Self {
        let text = |name| match error.extensions.as_ref().and_then(|extensions| extensions.get(name)) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let code = text("code").unwrap_or_else(|| Code::InternalServerError.as_str().to_owned());
        Self { error_id: text("errorId"), ..Self::of(&code, error.message.clone()) }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let error_id = error.log().map(|id| id.to_string());
        Self { error_id, ..Self::new(error.code(), error.message()) }
    }
}

/// The status that goes with a code of the closed list.
fn status(code: &str) -> u16 {
    match code {
        "UNAUTHENTICATED" => 401,
        "FORBIDDEN" => 403,
        "NOT_FOUND" => 404,
        "CONFLICT" | "INVALID_STATE" => 409,
        "REQUEST_TOO_LARGE" => 413,
        "MAX_OPERATIONS_LIMIT" | "RATE_LIMITED" => 429,
        "INTERNAL_SERVER_ERROR" => 500,
        "SERVICE_UNAVAILABLE" => 503,
        "REQUEST_TIMEOUT" => 504,
        _ => 400,
    }
}

/// The status of an answer with these problems: theirs, or the class that they have in common.
#[must_use]
pub fn common_status(problems: &[Problem]) -> u16 {
    let mut statuses = problems.iter().map(|problem| problem.status);
    let first = statuses.next().unwrap_or(500);
    if statuses.all(|status| status == first) {
        return first;
    }
    if problems.iter().any(|problem| problem.status >= 500) { 500 } else { 400 }
}

/// Has the pointers lead into this body: what is missing is told of the nearest value that is there, by its name.
pub fn lead_into(problems: &mut [Problem], body: &[u8]) {
    if !problems.iter().any(|problem| matches!(problem.source, Some(Source::Pointer(_)))) {
        return;
    }
    let body: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    for problem in problems {
        let Some(Source::Pointer(pointer)) = &mut problem.source else { continue };
        let Some(body) = &body else {
            problem.source = None;
            continue;
        };
        let mut found = pointer.as_str();
        while body.pointer(found).is_none() {
            found = found.rsplit_once('/').map_or("", |(before, _)| before);
        }
        if found == pointer {
            continue;
        }
        let missing: Vec<_> = pointer[found.len()..].split('/').filter(|step| !step.is_empty()).collect();
        let missing = missing.strip_suffix(&["data"]).unwrap_or(&missing).join(".");
        problem.detail = format!("`{missing}`: {}", problem.detail);
        *pointer = found.to_owned();
    }
}

/// The document that says them.
#[must_use]
pub fn document(problems: &[Problem]) -> Vec<u8> {
    let mut out = String::from("{");
    out.push_str(JSONAPI);
    out.push_str(",\"errors\":");
    write(problems, &mut out);
    out.push('}');
    out.into_bytes()
}

/// Writes them as an array.
pub(super) fn write(problems: &[Problem], out: &mut String) {
    let problems: Vec<_> = problems.iter().map(Problem::json).collect();
    // A value always can be written.
    let _ = write!(out, "{}", serde_json::Value::from(problems));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_pointer_leads_to_what_is_there() {
        let body = br#"{ "data": { "type": "a", "attributes": { "b": null } } }"#;
        for (pointer, found, detail) in [
            ("/data/attributes/b", "/data/attributes/b", "Wrong."),
            ("/data/attributes/c", "/data/attributes", "`c`: Wrong."),
            ("/data/relationships/d/data", "/data", "`relationships.d`: Wrong."),
            ("/data/id", "/data", "`id`: Wrong."),
            ("", "", "Wrong."),
        ] {
            let mut problems = [Problem::value(pointer, "Wrong.")];
            lead_into(&mut problems, body);
            assert_eq!(problems[0].source, Some(Source::Pointer(found.to_owned())), "{pointer}");
            assert_eq!(problems[0].detail, detail, "{pointer}");
        }
        let mut problems = [Problem::value("/data/id", "Wrong."), Problem::parameter("sort", "Wrong.")];
        lead_into(&mut problems, b"");
        assert_eq!((problems[0].source.clone(), problems[1].source.is_some()), (None, true));
    }
}
