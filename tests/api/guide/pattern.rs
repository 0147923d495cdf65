//! Comparing an answer with the one that a guide shows, where `<name>` stands for something that differs each time.

use std::collections::HashMap;

use serde_json::Value;

/// What the names of a guide stand for.
#[derive(Default)]
pub struct Names(HashMap<String, String>);

/// A text between names, and the name behind it.
type Piece<'a> = (&'a str, Option<&'a str>);

impl Names {
    /// Sets what a name stands for.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// The text with what its names stand for. Those that stand for nothing yet stay.
    pub fn fill(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
    }

    /// Compares a text with the one that is shown. A name that is new stands from now on for what it stands for there.
    ///
    /// # Errors
    /// What differs.
    pub fn match_text(&mut self, shown: &str, actual: &str) -> Result<(), String> {
        let shown = self.fill(shown);
        let differs = || Err(format!("shown {shown:?}, but it is {actual:?}"));
        let pieces = pieces(&shown);
        let mut rest = actual;
        let mut found = Vec::new();
        for (index, (text, name)) in pieces.iter().enumerate() {
            let Some(behind) = rest.strip_prefix(text) else { return differs() };
            rest = behind;
            let Some(name) = name else { continue };
            let next = pieces.get(index + 1).map_or("", |piece| piece.0);
            let end = if next.is_empty() { Some(rest.len()) } else { rest.find(next) };
            let Some(end) = end.filter(|end| *end > 0) else { return differs() };
            found.push(((*name).to_owned(), rest[..end].to_owned()));
            rest = &rest[end..];
        }
        if !rest.is_empty() {
            return differs();
        }
        self.0.extend(found);
        Ok(())
    }

    /// The same for JSON. The `locations` of an error need not be shown.
    ///
    /// # Errors
    /// What differs, and where.
    pub fn match_json(&mut self, shown: &Value, actual: &Value) -> Result<(), String> {
        let within = |place: &str, difference: String| format!("{place}/{difference}");
        match (shown, actual) {
            (Value::Object(shown), Value::Object(actual)) => {
                for (key, value) in shown {
                    let Some(actual) = actual.get(key) else { return Err(format!("{key} is missing")) };
                    self.match_json(value, actual).map_err(|difference| within(key, difference))?;
                }
                match actual.keys().find(|key| !shown.contains_key(*key) && *key != "locations") {
                    Some(key) => Err(format!("{key} is not shown")),
                    None => Ok(()),
                }
            }
            (Value::Array(shown), Value::Array(actual)) if shown.len() == actual.len() => {
                let mut pairs = shown.iter().zip(actual).enumerate();
                pairs.try_for_each(|(index, (shown, actual))| {
                    self.match_json(shown, actual).map_err(|difference| within(&index.to_string(), difference))
                })
            }
            (Value::String(shown), Value::String(actual)) => self.match_text(shown, actual),
            (shown, actual) if shown == actual => Ok(()),
            (shown, actual) => Err(format!("shown {shown}, but it is {actual}")),
        }
    }
}

/// Cuts a text at its names.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, name, behind)) = name_in(rest) {
        pieces.push((before, Some(name)));
        rest = behind;
    }
    pieces.push((rest, None));
    pieces
}

/// The first name, with what stands before and behind it.
fn name_in(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('<')?;
    let (name, behind) = rest.split_once('>')?;
    name.chars().all(|c| c.is_ascii_lowercase() || c == ' ').then_some((before, name, behind))
}

#[test]
fn names_stand_for_the_same_everywhere() {
    let mut names = Names::default();
    let shown = serde_json::json!({ "id": "<task>", "at": "in <n> seconds", "list": ["<task>", 1] });
    let actual = |task: &str| serde_json::json!({ "id": "a", "at": "in 12 seconds", "list": [task, 1] });
    assert_eq!(names.match_json(&shown, &actual("a")), Ok(()));
    assert_eq!(names.fill("<task> <n> <else>"), "a 12 <else>");
    assert!(names.match_json(&shown, &actual("b")).is_err());
    for (shown, actual) in [("<x>", ""), ("a", "b"), ("in <y>.", "in 1"), ("<z> b", "a c"), ("a", "ab")] {
        assert!(names.match_text(shown, actual).is_err(), "{shown} {actual}");
    }
    let error = serde_json::json!({ "message": "no", "locations": [] });
    assert_eq!(names.match_json(&serde_json::json!({ "message": "no" }), &error), Ok(()));
    assert!(names.match_json(&error, &serde_json::json!({ "message": "no" })).is_err());
    assert!(names.match_json(&serde_json::json!([]), &serde_json::json!([1])).is_err());
}
