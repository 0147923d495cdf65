//! Where the values of a query document's variables come from, so that what is wrong with one is told of that.

use super::names::snake;
use super::problem::{Problem, Source};
use crate::error::Code;

/// What a client is told whose `If-Match` is not that of the resource.
pub(super) const STALE: &str = "The resource has changed since its `ETag` was read.";

/// Paths in the variables, each with what of the request it stands for.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    known: Vec<(String, Source)>,
    /// The path of the list whose items have what is known of `$input`.
    list: Option<String>,
}

impl Origins {
    /// The items of a list of the input, by its field, are those of the body's `data`.
    pub fn items(&mut self, list: &str) {
        self.list = Some(format!("$input.{list}["));
    }

    /// The value at a path, such as `$filter.status.eq`, is that of a parameter.
    pub fn parameter(&mut self, path: String, name: &str) {
        self.known.push((path, Source::Parameter(name.to_owned())));
    }

    /// The value at a path is that at a pointer in the body.
    pub fn pointer(&mut self, path: String, pointer: String) {
        self.known.push((path, Source::Pointer(pointer)));
    }

    /// The value at a path is that of a header.
    pub fn header(&mut self, path: String, name: &'static str) {
        self.known.push((path, Source::Header(name)));
    }

    /// The longest path that this one begins with, and what it stands for.
    fn longest(&self, path: &str) -> Option<(&str, &Source)> {
        let begins =
            |known: &str| path.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
        let fitting = self.known.iter().filter(|(known, _)| begins(known));
        fitting.max_by_key(|(known, _)| known.len()).map(|(known, source)| (known.as_str(), source))
    }

    /// What the value at a path stands for.
    #[must_use]
    pub fn source(&self, path: &str) -> Option<Source> {
        let item = self.list.as_deref().and_then(|list| path.strip_prefix(list)).and_then(|rest| rest.split_once(']'));
        if let Some((index, rest)) = item {
            return match self.source(&format!("$input{rest}")) {
                Some(Source::Pointer(pointer)) => {
                    let within = pointer.strip_prefix("/data").unwrap_or(&pointer);
                    Some(Source::Pointer(format!("/data/{index}{within}")))
                }
                other => other,
            };
        }
        let (known, source) = self.longest(path)?;
        let rest = path.get(known.len()..).unwrap_or_default();
        Some(match source {
            Source::Pointer(pointer) => {
                Source::Pointer(format!("{pointer}{}", rest.replace(['.', '['], "/").replace(']', "")))
            }
            other => other.clone(),
        })
    }

    /// A message in the words of the REST API: fields of the input by the names that they have in the body.
    #[must_use]
    pub fn words(&self, message: &str) -> String {
        let mut out = String::with_capacity(message.len());
        for (index, part) in message.split('`').enumerate() {
            if index > 0 {
                out.push('`');
            }
            let is_name = index % 2 == 1 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !is_name {
                out.push_str(part);
                continue;
            }
            match self.source(&format!("$input.{part}")) {
                Some(Source::Pointer(pointer)) => {
                    let mut steps = pointer.rsplit('/').filter(|step| *step != "data");
                    out.push_str(steps.next().unwrap_or(part));
                }
                Some(Source::Header(name)) => out.push_str(name),
                _ => out.push_str(&snake(part)),
            }
        }
        out
    }

    /// A problem with a variable, such as `$filter.status.eq: …`, told of what the variable stands for.
    #[must_use]
    pub fn explain(&self, problem: Problem) -> Problem {
        let Some((path, message)) = problem.detail.split_once(": ").filter(|(path, _)| path.starts_with('$')) else {
            return problem;
        };
        let Some(source) = self.source(path) else { return problem };
        // What is no state that a resource can have is none that it has.
        if source == Source::Header("If-Match") {
            return Problem::new(Code::Conflict, STALE).status(412).about(source);
        }
        let status = if matches!(source, Source::Pointer(_)) { 422 } else { 400 };
        Problem::new(Code::BadUserInput, self.words(message)).status(status).about(source)
    }
}
