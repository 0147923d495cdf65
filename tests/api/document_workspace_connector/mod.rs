//! Links of documents and workspace connectors.

mod workspace;
pub mod write;
