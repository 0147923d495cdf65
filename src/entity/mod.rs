//! The entities, a folder each.

pub(crate) mod follow;
pub(crate) mod macros;
pub mod owned;
pub mod stored;

pub mod api_key;
pub mod collect;
pub mod connector;
pub mod connector_mapping;
pub mod connector_sync_diagnostic;
pub mod document;
pub mod document_workspace_connector;
pub mod membership;
pub mod node;
pub mod people;
pub mod task;
pub mod viewer;
pub mod workspace;
pub mod workspace_connector;
pub mod workspace_connector_sync_log;
