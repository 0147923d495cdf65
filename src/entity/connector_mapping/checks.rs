//! The parts of an input that are stored as JSON, and what is checked of any part.

use super::input::{ConnectorMappingAuditTrailInput, ConnectorMappingPaginationSpecInput};
use std::collections::BTreeMap;

use serde_json::Value;
use tokio::task::spawn_blocking;

use super::{ConnectorMapping, tool_args};
use crate::error::Error;
use crate::mutation::{MutationError, UserError, check_code, check_json, check_length, check_text};
use crate::scalar::Json;

/// How long hints may be, in characters.
const MAX_INSTRUCTIONS_LENGTH: usize = 10_000;
/// How long a tool's name may be, in characters; it is part of an index, whose entries are limited.
const MAX_TOOL_LENGTH: usize = 500;
/// How long a fingerprint may be, in characters.
const MAX_FINGERPRINT_LENGTH: usize = 128;
/// How long a key path may be, in characters.
const MAX_KEY_PATH_LENGTH: usize = 1_000;
/// How many key paths a schema may have.
const MAX_KEY_PATHS: usize = 10_000;
/// How long an expression may be that is checked on the executor's thread, in bytes.
const MAX_INLINE_EXPRESSION: usize = 16_384;
/// How large a part of known shape may be, in bytes.
const MAX_JSON_SIZE: usize = 65_536;
/// How large a tool's arguments may be as they are answered, in bytes: where they are stored, a large number is small.
const MAX_ARGS_SIZE: usize = 1_048_576;

/// A part of known shape, which is stored as one JSON object.
pub(super) trait Noted: Sized {
    /// The object, checked.
    fn into_json(self, path: &str) -> Result<Json, UserError>;
}

impl Noted for ConnectorMappingAuditTrailInput {
    fn into_json(self, path: &str) -> Result<Json, UserError> {
        check_noted_code(path, "juryName", self.jury_name.as_ref())?;
        let known = [
            ("jury_name", self.jury_name.map(plain)),
            ("panelists", self.panelists.map(|panelists| Json::array(&panelists))),
            ("judge_reasoning", self.judge_reasoning.map(plain)),
            ("disagreement_score", self.disagreement_score.map(plain)),
            ("duration_ms", self.duration_ms.map(plain)),
            ("synthesized", self.synthesized.map(plain)),
        ];
        noted(path, known, self.extra)
    }
}

impl Noted for ConnectorMappingPaginationSpecInput {
    fn into_json(self, path: &str) -> Result<Json, UserError> {
        for (name, code) in
            [("type", &self.kind), ("pageParam", &self.page_param), ("perPageParam", &self.per_page_param)]
        {
            check_noted_code(path, name, code.as_ref())?;
        }
        let known = [
            ("type", self.kind.map(plain)),
            ("page_param", self.page_param.map(plain)),
            ("per_page_param", self.per_page_param.map(plain)),
            ("per_page", self.per_page.map(plain)),
        ];
        noted(path, known, self.extra)
    }
}

/// What has no limit of its own is limited by the part it is in.
fn check_noted_code(path: &str, name: &str, code: Option<&String>) -> Result<(), UserError> {
    code.map_or(Ok(()), |code| check_code(&format!("{path}.{name}"), code, usize::MAX))
}

fn plain(value: impl Into<Value>) -> Json {
    Json::from(value.into())
}

fn noted<const N: usize>(path: &str, known: [(&str, Option<Json>); N], extra: Option<Json>) -> Result<Json, UserError> {
    let refused = |message: String| Err(UserError::bad_input(&format!("{path}.extra"), message));
    let mut all = match extra.map(|extra| extra.members()) {
        None => BTreeMap::new(),
        Some(Some(extra)) => extra,
        Some(None) => return refused("`extra` must be a JSON object.".to_owned()),
    };
    for (key, value) in known {
        if all.contains_key(key) {
            return refused(format!("`{key}` has a field of its own."));
        }
        if let Some(value) = value {
            all.insert(key.to_owned(), value);
        }
    }
    let all = Json::object(&all);
    check_json(path, &all, MAX_JSON_SIZE)?;
    Ok(all)
}

/// Whether npm's `jsonata` in the release `jsonata_syntax::REFERENCE` compiles it. That is linear in its length, but one
/// that fills a body takes a tenth of a second and more.
pub(super) async fn check_expression(expression: &str) -> Result<(), MutationError<ConnectorMapping>> {
    check_text("expression", expression, usize::MAX)?;
    let checked = if expression.len() <= MAX_INLINE_EXPRESSION {
        jsonata_syntax::check(expression)
    } else {
        let expression = expression.to_owned();
        let checked = spawn_blocking(move || jsonata_syntax::check(&expression)).await;
        checked.map_err(|error| MutationError::Fault(Error::internal(error)))?
    };
    checked.map_err(|error| {
        let why = error.describe(expression);
        UserError::bad_input("expression", format!("`expression` is not JSONata 2.2: {why}.")).into()
    })
}

pub(super) fn check_tool(name: &str) -> Result<(), UserError> {
    check_code("toolName", name, MAX_TOOL_LENGTH)
}

pub(super) fn check_instructions(instructions: Option<&String>) -> Result<(), UserError> {
    instructions.map_or(Ok(()), |text| check_length("userInstructions", text, MAX_INSTRUCTIONS_LENGTH))
}

pub(super) fn check_fingerprint(fingerprint: Option<&String>) -> Result<(), UserError> {
    fingerprint.map_or(Ok(()), |text| check_code("schemaFingerprint", text, MAX_FINGERPRINT_LENGTH))
}

pub(super) fn check_key_paths(paths: Option<&Vec<String>>) -> Result<(), UserError> {
    let paths = paths.map(Vec::as_slice).unwrap_or_default();
    if paths.len() > MAX_KEY_PATHS {
        return Err(UserError::bad_input(
            "schemaKeyPaths",
            format!("`schemaKeyPaths` must have at most {MAX_KEY_PATHS} items."),
        ));
    }
    let mut paths = paths.iter().enumerate();
    paths.try_for_each(|(index, path)| check_text(&format!("schemaKeyPaths.{index}"), path, MAX_KEY_PATH_LENGTH))
}

pub(super) fn check_tool_args(args: Option<&Json>) -> Result<(), UserError> {
    let Some(args) = args else { return Ok(()) };
    check_json("toolArgs", args, MAX_ARGS_SIZE)?;
    if let Some(size) = tool_args::too_large(args.as_json()) {
        let message =
            format!("The tool's arguments take {size} bytes where they are stored; they must take fewer than 65,536.");
        return Err(UserError::bad_input("toolArgs", message));
    }
    Ok(())
}
