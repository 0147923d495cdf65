//! Root fields that read.

use super::Connector;
use crate::entity::macros::root_fields;

root_fields! {
    ConnectorQuery for Connector {
        /// One connector; null when neither the catalogue nor the workspace has one with this id.
        connector;
        /// The connectors of the catalogue, and those that are private to the workspace.
        connectors;
    }
}
