//! Root fields that read.

use super::ConnectorSyncDiagnostic;
use crate::entity::macros::root_fields;

root_fields! {
    ConnectorSyncDiagnosticQuery for ConnectorSyncDiagnostic {
        /// One sync diagnostic; null when there is none with this id in the workspace. For members and up, and the
        /// pipeline.
        connector_sync_diagnostic;
        /// The sync diagnostics of the workspace. For members and up, and the pipeline.
        connector_sync_diagnostics;
    }
}
