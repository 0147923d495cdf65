//! Collects.

pub mod write;
