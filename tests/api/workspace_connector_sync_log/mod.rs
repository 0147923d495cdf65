//! Sync logs.

pub mod write;
