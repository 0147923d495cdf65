//! Whether a text is a `JSONata` expression.
//!
//! [`check`] takes what the reference implementation, npm's `jsonata` in the release [`REFERENCE`], compiles, and
//! refuses what it refuses, with the reason that it gives first. Nothing is evaluated. Time and memory are linear in
//! the length of the text, whatever stands in it, and the call stack does not grow with it.
//!
//! - `lexer`: words.
//! - `parser`: operator precedence, after Pratt, on a stack of its own.
//! - `shape`: what is remembered of an expression that was read, instead of a tree: what the reference's second pass
//!   asks of the left side of an operator, and where a parent operator may find its parent.
//! - `regex`, `signature`: what stands between slashes, and behind the parameters of a function.
//!
//! Three things are decided here, because the reference leaves them to the program that runs it: how deep expressions
//! nest ([`MAX_DEPTH`]), how many steps all look-ups of parents may take ([`MAX_PARENT_STEPS`]), and the dialect of
//! regular expressions, which is that of ECMAScript 2024: what later editions add is refused.

mod error;
mod lexer;
mod parser;
mod regex;
mod shape;
mod signature;
#[cfg(test)]
mod tests;

pub use error::SyntaxError;

/// The release of npm's `jsonata` that is followed.
pub const REFERENCE: &str = "2.2.2";

/// How many expressions may stand within each other; brackets count, and so does the left side of an operator.
///
/// The reference goes as far as the call stack of its process allows. With Node.js's usual stack that is between 1,430
/// levels (`[1..[1..`) and 5,126 (`a.b.c`).
pub const MAX_DEPTH: usize = 5_500;

/// How many steps of paths all parent operators of an expression together may look at. The reference has no limit, and
/// takes quadratic time.
pub const MAX_PARENT_STEPS: usize = 10_000_000;

/// Whether the text is one expression.
///
/// # Errors
///
/// The first error that the reference gives.
pub fn check(source: &str) -> Result<(), SyntaxError> {
    parser::parse(source)
}
