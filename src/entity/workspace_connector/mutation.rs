//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{ConnectWorkspaceConnectorInput, DisconnectWorkspaceConnectorInput, UpdateWorkspaceConnectorInput};
use super::{WorkspaceConnector, rules};
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

payload! {
    /// What `connectWorkspaceConnector` did.
    ConnectWorkspaceConnectorPayload {
        /// The new workspace connector.
        workspace_connector: WorkspaceConnector
    }
}

payload! {
    /// What `updateWorkspaceConnector` did.
    UpdateWorkspaceConnectorPayload {
        /// The workspace connector as it now is.
        workspace_connector: WorkspaceConnector
    }
}

payload! {
    /// What `disconnectWorkspaceConnector` did.
    DisconnectWorkspaceConnectorPayload {
        /// The workspace connector as it now is.
        workspace_connector: WorkspaceConnector
    }
}

/// Root fields that write workspace connectors.
#[derive(Default)]
pub struct WorkspaceConnectorMutation;

/// Root fields.
#[Object]
impl WorkspaceConnectorMutation {
    /// Connects a connector. The person who is asking is noted as the one who connected it. The same connector may be
    /// connected several times, to several accounts. For admins and owners, and the pipeline.
    async fn connect_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which connector, and to what.")] input: Repeatable<ConnectWorkspaceConnectorInput>,
    ) -> Option<Result<ConnectWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(ConnectWorkspaceConnectorPayload::of(rules::connect(scope, input).boxed().await))
    }

    /// Renames a workspace connector, for admins and owners, or sets its technical state, for the pipeline. The answer
    /// is `FORBIDDEN`, and nothing changes, when the input holds what is not for the caller.
    async fn update_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which workspace connector, and what changes.")] input: UpdateWorkspaceConnectorInput,
    ) -> Option<Result<UpdateWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateWorkspaceConnectorPayload::of(rules::update(scope, input).boxed().await))
    }

    /// Disconnects a workspace connector: its status becomes `DISABLED`, and its mappings are deleted with it or not at
    /// all. It stays visible, with its sync logs, diagnostics and documents. Repeating it is harmless. For admins and
    /// owners, and the pipeline.
    async fn disconnect_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which workspace connector.")] input: DisconnectWorkspaceConnectorInput,
    ) -> Option<Result<DisconnectWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(DisconnectWorkspaceConnectorPayload::of(rules::disconnect(scope, input).boxed().await))
    }
}
