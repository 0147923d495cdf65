//! Whether documents and variables fit the schema, where the library would not see it before it executes.
//!
//! | rule of the specification | the library alone | here |
//! |---|---|---|
//! | Values of Correct Type | wide: integers of any size, scalars for lists and objects, strings for enums | `values` |
//! | values that a scalar cannot hold, in literals and variables | an error of the field, when its parent has run | `scalars` |
//! | All Variable Usages Are Allowed | not checked | `usages` |
//! | Field Selection Merging | not below the first level | `overlap` |
//! | Argument Names, Leaf Field Selections | not of `__typename` | `usages` |
//! | Coercing Variable Values | `5.0` is no integer, JSON loses digits | `variables` |
//! | numbers in JSON literals | lose digits, end at 1e308 | `numbers` |
//!
//! An operand of a filter that is `{}` is refused here too, since later it cannot be told from one whose only variable
//! was left out.
//!
//! Everything else that makes a document invalid is left to the library: a field, type, argument or variable that does
//! not exist is passed over. What recurses here does so as deep as the guard lets a document or a variable be nested.

mod numbers;
mod overlap;
mod scalars;
mod types;
mod usages;
mod values;
mod variables;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{Pos, Variables};

pub use scalars::{Scalar, is_string, is_string_or_integer, plain};
pub use types::Types;

use crate::{Code, Violation};
use values::{Fitting, Place};

impl Types {
    /// Checks that a document that passed the guard fits the schema.
    ///
    /// # Errors
    ///
    /// The first value, variable or pair of fields that does not: `ValidationFailed`, or `BadUserInput` for a value
    /// that is only one its scalar cannot hold.
    pub fn check_document(&self, document: &ExecutableDocument) -> Result<(), Violation> {
        usages::check(self, document)?;
        overlap::check(self, document)
    }

    /// Checks the values that are given for the variables of an operation. One that is missing is passed over.
    ///
    /// # Errors
    ///
    /// `BadUserInput` for the first value that its variable cannot have.
    pub fn check_variables(&self, operation: &OperationDefinition, given: &Variables) -> Result<(), Violation> {
        for variable in &operation.variable_definitions {
            let definition = &variable.node;
            let Some(value) = given.get(&definition.name.node) else { continue };
            Fitting::new(self).fit(value, Place::of(&definition.var_type.node)).map_err(|misfit| {
                let name = format!("${}", definition.name.node);
                violation(Code::BadUserInput, misfit.told(&name), variable.pos)
            })?;
        }
        Ok(())
    }
}

fn violation(code: Code, message: String, at: Pos) -> Violation {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Violation { code, message, line: number(at.line), column: number(at.column) }
}
