//! Plans answer as the library does.

pub mod reference;
pub mod selections;
