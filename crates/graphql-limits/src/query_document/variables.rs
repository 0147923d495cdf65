//! What the values of variables may be.

use json_text::Text;

use super::violation::{Code, Violation};

/// How deep lists and objects of a variable may lie within each other.
const MAX_NESTING: usize = 64;

/// Checks that no value in the object `variables` is nested too deep.
///
/// # Errors
///
/// When one is.
pub fn check_variables(variables: Text<'_>) -> Result<(), Violation> {
    // The object itself is one more.
    if variables.depth() <= MAX_NESTING + 1 {
        return Ok(());
    }
    let message = format!("The variables are nested more than {MAX_NESTING} deep.");
    Err(Violation { code: Code::Nesting, message, line: 1, column: 1 })
}
