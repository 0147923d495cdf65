//! The REST API: requests and answers of JSON:API, as query documents of the schema and their answers.
//!
//! Nothing is decided here that the schema decides: a request becomes an operation, which runs as any other, and its
//! answer is written anew. Entities declare in a few lines what the schema does not say ([`resource`]).

pub mod body;
pub mod call;
mod checks;
mod declared;
pub mod definitions;
mod document;
mod filter;
mod input;
pub mod list;
pub mod model;
pub mod names;
pub mod openapi;
pub mod origins;
mod parameters;
pub mod payload;
pub mod problem;
pub mod resource;
pub mod selection;
pub mod write;
