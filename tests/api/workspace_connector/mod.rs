//! Workspace connectors.

mod health;
pub mod write;
