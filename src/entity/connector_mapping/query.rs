//! Root fields that read.

use super::ConnectorMapping;
use crate::entity::macros::root_fields;

root_fields! {
    ConnectorMappingQuery for ConnectorMapping {
        /// One connector mapping; null when there is none with this id in the workspace. For members and up, and the
        /// pipeline.
        connector_mapping;
        /// The live connector mappings of the workspace. For members and up, and the pipeline.
        connector_mappings;
    }
}
