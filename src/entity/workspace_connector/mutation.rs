//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, InputObject, MaybeUndefined, Object};

use super::{WorkspaceConnector, WorkspaceConnectorStatus, life};
use crate::db::scope::Scope;
use crate::entity::connector::Connector;
use crate::error::Result;
use crate::id::Id;
use crate::payload;
use crate::scalar::DateTime;

/// A connector to connect.
#[derive(InputObject, Debug)]
pub struct ConnectWorkspaceConnectorInput {
    /// The connector, from the catalogue or private to the workspace. `INVALID_STATE` unless its status is
    /// `AVAILABLE`.
    pub connector_id: Id<Connector>,
    /// The account it is connected to, as people know it, 1 to 255 characters.
    pub account_label: Option<String>,
    /// The technical state it begins in, not `DISABLED`. Any other than `TO_CONFIGURE` is for the pipeline.
    #[graphql(default_with = "WorkspaceConnectorStatus::ToConfigure")]
    pub status: WorkspaceConnectorStatus,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a workspace connector.
#[derive(InputObject, Debug)]
pub struct UpdateWorkspaceConnectorInput {
    /// The workspace connector.
    pub id: Id<WorkspaceConnector>,
    /// The account it is connected to, as people know it, 1 to 255 characters; null clears it. For admins and owners.
    pub account_label: MaybeUndefined<String>,
    /// Its technical state. `DISABLED` disconnects it, with all that `disconnectWorkspaceConnector` does. For the
    /// pipeline.
    pub status: MaybeUndefined<WorkspaceConnectorStatus>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A workspace connector to disconnect.
#[derive(InputObject, Debug)]
pub struct DisconnectWorkspaceConnectorInput {
    /// The workspace connector.
    pub id: Id<WorkspaceConnector>,
    /// Refuse with `CONFLICT` when it has changed since, unless it is disconnected already.
    pub expected_updated_at: Option<DateTime>,
}

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
        #[graphql(desc = "Which connector, and to what.")] input: ConnectWorkspaceConnectorInput,
    ) -> Option<Result<ConnectWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(ConnectWorkspaceConnectorPayload::of(life::connect(scope, input).await))
    }

    /// Renames a workspace connector, for admins and owners, or sets its technical state, for the pipeline. The answer
    /// is `FORBIDDEN`, and nothing changes, when the input holds what is not for the caller.
    async fn update_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which workspace connector, and what changes.")] input: UpdateWorkspaceConnectorInput,
    ) -> Option<Result<UpdateWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateWorkspaceConnectorPayload::of(life::update(scope, input).await))
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
        Some(DisconnectWorkspaceConnectorPayload::of(life::disconnect(scope, input).await))
    }
}
