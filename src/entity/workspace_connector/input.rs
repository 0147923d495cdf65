//! What mutations are given.

use super::{WorkspaceConnector, WorkspaceConnectorStatus};
use crate::entity::connector::Connector;
use crate::id::Id;
use crate::scalar::DateTime;
use async_graphql::{InputObject, MaybeUndefined};

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
