//! People.

pub mod write;
