//! What a GraphQL query document may be, and what it may cost, decided before a GraphQL library executes it.
//!
//! - [`check`]: the guard. It reads a query document before any recursive code does, and holds it to [`Limits`].
//! - [`typing`]: whether query documents and variables fit the schema, where the library would not see it in time.
//! - [`cost`]: what an operation may have the database read, known before any SQL.
//!
//! The schema is given as its definition. What that does not say, its owner hands in: how scalars are parsed
//! ([`typing::Scalar`]), and which fields are expensive ([`cost::Hints`]). Whatever is refused is a [`Violation`], with a
//! code and a place in the text.

pub mod cost;
mod query_document;
pub mod typing;

pub use query_document::{
    Checked, Code, Kind, Limits, Numbers, Violation, check, check_variables, chosen, chosen_mut, operation_names,
    single_root,
};
