//! What the values of variables may be.

use serde_json::Value;

use super::violation::{Code, Violation};

/// How deep lists and objects of a variable may lie within each other.
pub const MOST_VARIABLE_NESTING: usize = 64;

/// Checks that no value in `variables` is nested more than `most` lists and objects deep.
///
/// # Errors
///
/// When one is.
pub fn check_variables(variables: &Value, most: usize) -> Result<(), Violation> {
    let mut open = vec![(variables, 0_usize)];
    while let Some((value, depth)) = open.pop() {
        match value {
            Value::Array(_) | Value::Object(_) if depth > most => {
                let message = format!("The variables are nested more than {most} deep.");
                return Err(Violation { code: Code::Nesting, message, line: 1, column: 1 });
            }
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|field| (field, depth + 1))),
            _ => {}
        }
    }
    Ok(())
}
