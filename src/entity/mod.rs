//! The entities, a folder each.

pub(crate) mod macros;
pub mod owned;
pub mod tables;

pub mod workspace_connector;
pub mod workspace_connector_sync_log;
