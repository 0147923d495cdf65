//! API keys.

pub mod write;
