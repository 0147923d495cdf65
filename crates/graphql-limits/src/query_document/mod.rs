//! The guard before the GraphQL library: what a document may be before any recursive code sees it.
//!
//! [`check`] reads the text once into tokens, once more into a flat outline, and then adds the outline up. Nothing here
//! recurses, and every step is linear in the text, so the guard itself costs at most a few milliseconds whatever it is
//! given. The grammar is that of the September 2025 edition; where the library's grammar is narrower or reads a text
//! differently, the text is rewritten without changing its meaning, or refused:
//!
//! | text | the library alone | here |
//! |---|---|---|
//! | descriptions of operations, fragments and variables | syntax error | blanked |
//! | `\u{1F600}`, surrogate pairs | syntax error | the character itself |
//! | block strings | `\"""` and short blank lines read wrongly | the same value as a plain string |
//! | `[ Int ! ]`, a comment behind `on` | syntax error, or another meaning | closed up, blanked |
//! | `1e400` | an error | `0`, and what is written in [`Checked::numbers`] |
//! | `queryA {…}`, `[00]`, `[""" x"]`, `fragment on on T` | accepted | refused |
//! | repeated input fields, aliases with `__`, fragments in a cycle | accepted, or found too late | refused |
//!
//! A rewritten text keeps its lines, and every later token its column, so the library's errors point into the text as
//! it was sent.
//!
//! **Operations that are not executed** must keep the same limits as the one that is. The work of validating them all,
//! every fragment included, is bounded too: with everything expanded, and once more for what each selection set merges,
//! a document may have no more than three times as many selections as it may have tokens.

use std::borrow::Cow;

mod chosen;
mod lexer;
mod limits;
mod measure;
mod numbers;
mod outline;
mod reader;
mod rewrite;
mod strings;
mod subscription;
mod values;
mod variables;
mod violation;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

pub use chosen::{chosen, chosen_mut};
pub use limits::Limits;
pub use numbers::Numbers;
pub use outline::Kind;
pub use subscription::single_root;
pub use variables::check_variables;
pub use violation::{Code, Violation};

use outline::Outline;
use violation::Fault;

/// A document that passed, as the library may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked<'a> {
    /// The text for the library: the one given, unless something in it had to be rewritten.
    pub text: Cow<'a, str>,
    /// What the selected operation is.
    pub kind: Kind,
    /// The name of the selected operation, when it has one.
    pub operation_name: Option<&'a str>,
    /// Fields of the selected operation with its fragments expanded, introspection left out.
    pub fields: usize,
    /// How deep they are nested.
    pub depth: usize,
    /// Fields at the operation's root, introspection included.
    pub root_fields: usize,
    /// Fields of the selected operation inside of `__schema` and `__type`, these included.
    pub introspection_fields: usize,
    /// Tokens of the whole text.
    pub tokens: usize,
    /// Numbers that the library keeps otherwise than they are written.
    pub numbers: Numbers,
}

/// Checks a document before the library parses it.
///
/// `operation_name` selects the operation as the request does; without it, the document must have exactly one.
///
/// # Errors
///
/// The first rule that the document breaks, with where it does.
pub fn check<'a>(text: &'a str, operation_name: Option<&str>, limits: &Limits) -> Result<Checked<'a>, Violation> {
    inspect(text, operation_name, limits).map_err(|fault| fault.located(text))
}

/// The names of a document's operations; `None` for one without a name.
///
/// # Errors
///
/// When the text is not a document.
pub fn operation_names<'a>(text: &'a str, limits: &Limits) -> Result<Vec<Option<&'a str>>, Violation> {
    let read = lexer::tokens(text, limits).and_then(|tokens| reader::read(text, &tokens));
    let outline = read.map_err(|fault| fault.located(text))?.outline;
    Ok(outline.operations().map(|(_, operation)| operation.name).collect())
}

fn inspect<'a>(text: &'a str, operation_name: Option<&str>, limits: &Limits) -> Result<Checked<'a>, Fault> {
    if text.len() > limits.document_bytes {
        let message = format!("The document has {} bytes; at most {} are allowed.", text.len(), limits.document_bytes);
        return Err(Fault::new(Code::RequestTooLarge, message, 0));
    }
    let tokens = lexer::tokens(text, limits)?;
    let reader::Read { outline, edits, numbers } = reader::read(text, &tokens)?;
    let selected = select(&outline, operation_name)?;
    let total = measure::within_limits(&outline, selected, limits)?;
    let definition = outline.definitions.get(selected);
    Ok(Checked {
        text: rewrite::apply(text, &edits),
        kind: definition.and_then(|one| one.kind).unwrap_or(Kind::Query),
        operation_name: definition.and_then(|one| one.name),
        fields: total.fields,
        depth: total.depth,
        root_fields: total.root_fields,
        introspection_fields: total.introspection_fields,
        tokens: tokens.len(),
        numbers: numbers.located(text),
    })
}

/// The operation that the request runs, as an index of the definitions.
fn select(outline: &Outline<'_>, operation_name: Option<&str>) -> Result<usize, Fault> {
    let invalid = |message: String, at| Err(Fault::new(Code::ValidationFailed, message, at));
    let mut operations = outline.operations();
    match (operation_name, operations.next(), operations.next()) {
        (_, None, _) if outline.definitions.is_empty() => {
            Err(Fault::new(Code::ParseFailed, "The document is empty.".to_owned(), 0))
        }
        (_, None, _) => invalid("The document has no operation.".to_owned(), 0),
        (Some(wanted), Some(_), _) => {
            match outline.operations().find(|(_, operation)| operation.name == Some(wanted)) {
                Some((index, _)) => Ok(index),
                None => invalid("The document has no operation with the given operationName.".to_owned(), 0),
            }
        }
        (None, Some((index, _)), None) => Ok(index),
        (None, Some(_), Some((_, second))) => {
            invalid("The document has several operations; operationName must select one.".to_owned(), second.at)
        }
    }
}
