//! The parts of an input that are stored as JSON, and what is checked of any part.

use async_graphql::InputObject;
use serde_json::{Map, Value, json};

use super::{jsonata, tool_args};
use crate::mutation::{UserError, check_json, check_length, check_text};
use crate::scalar::Json;

/// How long hints may be, in characters.
const LONGEST_INSTRUCTIONS: usize = 10_000;
/// How long a tool's name may be, in characters; it is part of an index, whose entries are limited.
const LONGEST_TOOL: usize = 500;
/// How long a fingerprint may be, in characters.
const LONGEST_FINGERPRINT: usize = 128;
/// How long a key path may be, in characters.
const LONGEST_KEY_PATH: usize = 1_000;
/// How many key paths a schema may have.
const MOST_KEY_PATHS: usize = 10_000;
/// How large a part of known shape may be, in bytes.
const LARGEST_JSON: usize = 65_536;

/// How a mapping's expression was judged when it was generated. At most 64 KiB as JSON.
#[derive(InputObject, Debug)]
pub struct ConnectorMappingAuditTrailInput {
    /// The jury that judged.
    pub jury_name: Option<String>,
    /// The members of the jury, each as the pipeline notes it.
    pub panelists: Option<Vec<Json>>,
    /// Why the judge decided as it did.
    pub judge_reasoning: Option<String>,
    /// How far the members were apart, as the jury scores it; higher is further.
    pub disagreement_score: Option<f64>,
    /// How long the judging took, in milliseconds.
    pub duration_ms: Option<i32>,
    /// Whether the expression was put together from several proposals.
    pub synthesized: Option<bool>,
    /// What else is noted: an object whose keys are none of the above, written `jury_name`, `panelists`,
    /// `judge_reasoning`, `disagreement_score`, `duration_ms` and `synthesized`.
    pub extra: Option<Json>,
}

/// How a tool pages its response. At most 64 KiB as JSON.
#[derive(InputObject, Debug)]
pub struct ConnectorMappingPaginationSpecInput {
    /// The kind of paging, in the pipeline's words.
    #[graphql(name = "type")]
    pub kind: Option<String>,
    /// The tool's argument that says which page is wanted.
    pub page_param: Option<String>,
    /// The tool's argument that says how many entities a page has.
    pub per_page_param: Option<String>,
    /// How many entities a page has.
    pub per_page: Option<i32>,
    /// What else is noted: an object whose keys are none of the above, written `type`, `page_param`, `per_page_param`
    /// and `per_page`.
    pub extra: Option<Json>,
}

/// A part of known shape, which is stored as one JSON object.
pub(super) trait Noted: Sized {
    /// The object, checked.
    fn into_json(self, path: &str) -> Result<Json, UserError>;
}

impl Noted for ConnectorMappingAuditTrailInput {
    fn into_json(self, path: &str) -> Result<Json, UserError> {
        let known = [
            ("jury_name", self.jury_name.map(Value::from)),
            ("panelists", self.panelists.map(|panelists| panelists.iter().map(Json::value).collect())),
            ("judge_reasoning", self.judge_reasoning.map(Value::from)),
            ("disagreement_score", self.disagreement_score.map(|score| json!(score))),
            ("duration_ms", self.duration_ms.map(Value::from)),
            ("synthesized", self.synthesized.map(Value::from)),
        ];
        noted(path, known, self.extra)
    }
}

impl Noted for ConnectorMappingPaginationSpecInput {
    fn into_json(self, path: &str) -> Result<Json, UserError> {
        let known = [
            ("type", self.kind.map(Value::from)),
            ("page_param", self.page_param.map(Value::from)),
            ("per_page_param", self.per_page_param.map(Value::from)),
            ("per_page", self.per_page.map(Value::from)),
        ];
        noted(path, known, self.extra)
    }
}

fn noted<const N: usize>(
    path: &str,
    known: [(&str, Option<Value>); N],
    extra: Option<Json>,
) -> Result<Json, UserError> {
    let refused = |message: String| Err(UserError::bad_input(&format!("{path}.extra"), message));
    let mut all = match extra {
        None => Map::new(),
        Some(extra) => match extra.value() {
            Some(Value::Object(extra)) => extra,
            _ => return refused("It must be a JSON object.".to_owned()),
        },
    };
    for (key, value) in known {
        if all.contains_key(key) {
            return refused(format!("`{key}` has a field of its own."));
        }
        if let Some(value) = value {
            all.insert(key.to_owned(), value);
        }
    }
    let all = Json::from(Value::Object(all));
    check_json(path, &all, LARGEST_JSON)?;
    Ok(all)
}

pub(super) fn check_expression(expression: &str) -> Result<(), UserError> {
    check_text("expression", expression, usize::MAX)?;
    jsonata::check(expression).map_err(|error| UserError::bad_input("expression", error.describe(expression)))
}

pub(super) fn check_tool(name: &str) -> Result<(), UserError> {
    check_text("toolName", name, LONGEST_TOOL)
}

pub(super) fn check_instructions(instructions: Option<&String>) -> Result<(), UserError> {
    instructions.map_or(Ok(()), |text| check_length("userInstructions", text, LONGEST_INSTRUCTIONS))
}

pub(super) fn check_fingerprint(fingerprint: Option<&String>) -> Result<(), UserError> {
    fingerprint.map_or(Ok(()), |text| check_text("schemaFingerprint", text, LONGEST_FINGERPRINT))
}

pub(super) fn check_key_paths(paths: Option<&Vec<String>>) -> Result<(), UserError> {
    let paths = paths.map(Vec::as_slice).unwrap_or_default();
    if paths.len() > MOST_KEY_PATHS {
        return Err(UserError::bad_input("schemaKeyPaths", format!("There must be no more than {MOST_KEY_PATHS}.")));
    }
    let mut paths = paths.iter().enumerate();
    paths.try_for_each(|(index, path)| check_text(&format!("schemaKeyPaths.{index}"), path, LONGEST_KEY_PATH))
}

pub(super) fn check_tool_args(args: Option<&Json>) -> Result<(), UserError> {
    let Some(args) = args else { return Ok(()) };
    if let Some(size) = args.value().as_ref().and_then(tool_args::too_large) {
        let message =
            format!("The tool's arguments take {size} bytes where they are stored; they must take fewer than 65,536.");
        return Err(UserError::bad_input("toolArgs", message));
    }
    check_json("toolArgs", args, usize::MAX)
}
