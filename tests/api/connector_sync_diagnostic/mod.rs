//! Sync diagnostics.

pub mod write;
