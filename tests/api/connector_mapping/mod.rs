//! Mappings.

pub mod write;
