//! Connectors.

pub mod write;
