//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{
    CreateConnectorSyncDiagnosticInput, CreateConnectorSyncDiagnosticsInput, DeleteConnectorSyncDiagnosticInput,
    UpdateConnectorSyncDiagnosticInput,
};
use super::{ConnectorSyncDiagnostic, Retention, rules};
use crate::auth::Access;
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

payload! {
    /// What `createConnectorSyncDiagnostic` did.
    CreateConnectorSyncDiagnosticPayload {
        /// The new diagnostic.
        connector_sync_diagnostic: ConnectorSyncDiagnostic
    }
}

payload! {
    /// What `createConnectorSyncDiagnostics` did.
    CreateConnectorSyncDiagnosticsPayload {
        /// The new diagnostics, in the order of the input; null when any of them was refused, and then none was
        /// recorded.
        connector_sync_diagnostics: Vec<ConnectorSyncDiagnostic>
    }
}

payload! {
    /// What `updateConnectorSyncDiagnostic` did.
    UpdateConnectorSyncDiagnosticPayload {
        /// The diagnostic as it now is.
        connector_sync_diagnostic: ConnectorSyncDiagnostic
    }
}

payload! {
    /// What `deleteConnectorSyncDiagnostic` did.
    DeleteConnectorSyncDiagnosticPayload {
        /// The diagnostic as it was.
        connector_sync_diagnostic: ConnectorSyncDiagnostic
    }
}

/// Root fields that write sync diagnostics.
#[derive(Default)]
pub struct ConnectorSyncDiagnosticMutation;

/// Root fields.
#[Object]
impl ConnectorSyncDiagnosticMutation {
    /// Records something that happened during a sync. About one call in 20, unless the server is set up otherwise, also
    /// removes the workspace connector's old diagnostics. For the pipeline.
    async fn create_connector_sync_diagnostic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What happened.")] input: Repeatable<CreateConnectorSyncDiagnosticInput>,
    ) -> Option<Result<CreateConnectorSyncDiagnosticPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let retention = ctx.data_opt::<Retention>().cloned().unwrap_or_default();
        Some(CreateConnectorSyncDiagnosticPayload::of(rules::create(scope, &retention, input).boxed().await))
    }

    /// Records up to 1,000 things that happened during syncs: all of them, or none when one is refused. Every
    /// diagnostic that is refused has its own user errors, whose path holds its index. About one call in 20, unless the
    /// server is set up otherwise, also removes the old diagnostics of the workspace connectors it names. For the
    /// pipeline.
    async fn create_connector_sync_diagnostics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What happened.")] input: Repeatable<CreateConnectorSyncDiagnosticsInput>,
    ) -> Option<Result<CreateConnectorSyncDiagnosticsPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let retention = ctx.data_opt::<Retention>().cloned().unwrap_or_default();
        Some(CreateConnectorSyncDiagnosticsPayload::of(rules::create_all(scope, &retention, input).boxed().await))
    }

    /// Changes how a diagnostic is told. For the pipeline.
    async fn update_connector_sync_diagnostic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which diagnostic, and what changes.")] input: UpdateConnectorSyncDiagnosticInput,
    ) -> Option<Result<UpdateConnectorSyncDiagnosticPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateConnectorSyncDiagnosticPayload::of(rules::update(scope, input).boxed().await))
    }

    /// Deletes a diagnostic. It is no longer shown, and removed for good when it is old. For the pipeline.
    async fn delete_connector_sync_diagnostic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which diagnostic.")] input: DeleteConnectorSyncDiagnosticInput,
    ) -> Option<Result<DeleteConnectorSyncDiagnosticPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        let deleted = async {
            scope.require(Access::Service)?;
            crate::mutation::delete(scope, input.id, input.expected_updated_at).await
        };
        Some(DeleteConnectorSyncDiagnosticPayload::of(deleted.boxed().await))
    }
}
