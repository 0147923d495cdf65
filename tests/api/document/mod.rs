//! Documents.

pub mod write;
