//! The payload of a mutation, as the answer of a write.

use super::call::{Answer, Failure, Writing};
use super::document::{Unexpected, key};
use super::names::snake;
use super::origins::{Origins, STALE};
use super::problem::{Problem, Source};
use crate::error::Code;
use crate::json::{Cursor, Kind, Text};

/// What a write answers.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The field with the row, or the rows.
    pub row: String,
    /// Whether it is a list.
    pub several: bool,
    /// What the payload says besides, which stands in `meta`: fields, and whether they are values of an enum.
    pub told: Vec<(String, bool)>,
    /// The status when it was done; 204 has no document.
    pub status: u16,
    /// Whether it is done to a row, by the id in the address.
    pub targeted: bool,
    /// Whether there was an `If-Match`.
    pub conditional: bool,
}

impl Payload {
    /// Writes what is selected of it into a query document, around what is selected of the row.
    pub(super) fn write(&self, row: &str, out: &mut String) {
        out.push('{');
        for (field, _) in &self.told {
            out.push_str(field);
            out.push(' ');
        }
        out.push_str("userErrors{code message path}");
        if self.status != 204 {
            out.push(' ');
            out.push_str(&self.row);
            out.push_str(row);
        }
        out.push('}');
    }
}

impl<'a> Writing<'_, 'a> {
    pub(super) fn payload(
        mut self,
        cursor: &mut Cursor<'a>,
        payload: &Payload,
        origins: &Origins,
    ) -> Result<Answer, Failure> {
        cursor.enter();
        for (field, is_enum) in &payload.told {
            key(cursor, field)?;
            let value = cursor.value().as_str();
            let value = if *is_enum { value.to_lowercase() } else { value.to_owned() };
            self.meta(&snake(field), &value);
        }
        key(cursor, "userErrors")?;
        let refusals = cursor.value().elements().ok_or(Unexpected)?;
        if !refusals.is_empty() {
            let problems = refusals.into_iter().map(|refusal| refused(refusal, payload, origins));
            return Err(Failure::Problems(problems.collect::<Result<_, _>>()?));
        }
        if payload.status == 204 {
            return Ok(Answer { status: 204, ..Answer::default() });
        }
        key(cursor, &payload.row)?;
        if payload.several {
            let count = self.rows(cursor)?;
            self.included();
            self.meta("count", &count.to_string());
            return Ok(self.end(payload.status));
        }
        if cursor.kind() == Kind::Null {
            // It was done, and what it made cannot be read.
            return Err(Failure::Problems(self.failed()));
        }
        let layout = self.layout;
        let row = self.resources.row(cursor, layout.selection(), &mut self.out)?.ok_or(Unexpected)?;
        self.included();
        self.self_link(&row.id);
        let location = (payload.status == 201).then(|| self.address(&row.id));
        Ok(Answer { state: row.stamp, location, ..self.end(payload.status) })
    }
}

/// A user error, told of the value in the body that it is about.
fn refused(refusal: Text<'_>, payload: &Payload, origins: &Origins) -> Result<Problem, Unexpected> {
    let members = refusal.members().ok_or(Unexpected)?;
    let mut values = members.into_iter().map(|(_, value)| value);
    let (Some(code), Some(message), Some(path)) = (values.next(), values.next(), values.next()) else {
        return Err(Unexpected);
    };
    let text = |value: Text<'_>| value.string().and_then(Result::ok).map(std::borrow::Cow::into_owned);
    let (code, detail) = (text(code).ok_or(Unexpected)?, text(message).ok_or(Unexpected)?);
    let path: Vec<String> = path.elements().ok_or(Unexpected)?.into_iter().filter_map(text).collect();
    let place = variable(&path);
    let source = origins.source(&place).filter(|_| path.len() > 1);
    let of_row = place == "$input.id";
    let code = match code.as_str() {
        "NOT_FOUND" if of_row => return Ok(Problem::not_found()),
        "NOT_FOUND" => Code::NotFound,
        "CONFLICT" if place == "$input.expectedUpdatedAt" && payload.conditional => {
            return Ok(Problem::new(Code::Conflict, STALE).status(412).about(Source::Header("If-Match")));
        }
        "CONFLICT" => Code::Conflict,
        "INVALID_STATE" => Code::InvalidState,
        _ => Code::BadUserInput,
    };
    let problem = Problem::new(code, origins.words(&detail));
    let of_body = !matches!(source, Some(Source::Header(_) | Source::Parameter(_)));
    let problem = if code == Code::BadUserInput && of_body { problem.status(422) } else { problem };
    Ok(match source {
        Some(source) => problem.about(source),
        None => problem,
    })
}

/// The path of a user error as one of a variable: `["input", "links", "3"]` as `$input.links[3]`.
fn variable(path: &[String]) -> String {
    let mut out = String::from("$");
    for (index, step) in path.iter().enumerate() {
        if step.bytes().all(|byte| byte.is_ascii_digit()) && index > 0 {
            out.push('[');
            out.push_str(step);
            out.push(']');
        } else {
            if index > 0 {
                out.push('.');
            }
            out.push_str(step);
        }
    }
    out
}
