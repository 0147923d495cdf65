//! Workspaces.

pub mod write;
