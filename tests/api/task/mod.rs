//! Tasks.

pub mod write;
