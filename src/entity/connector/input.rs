//! What mutations are given.

use super::{Connector, ConnectorProvider, ConnectorStatus, Direction};
use crate::id::Id;
use crate::scalar::DateTime;
use async_graphql::{InputObject, MaybeUndefined};

/// A tool to offer.
#[derive(InputObject, Debug)]
pub struct CreateConnectorInput {
    /// The stable key of the tool, such as `pennylane`, 1 to 255 characters; it never changes. `CONFLICT` when the
    /// workspace, or for a global connector the catalogue, has one with the same key.
    pub service_id: String,
    /// What people call the tool, 1 to 255 characters.
    pub name: String,
    /// Through whom the tool is reached.
    pub provider: ConnectorProvider,
    /// The key of the category that the catalogue shows it under, 1 to 255 characters.
    pub category_id: Option<String>,
    /// Whether documents come in from the tool or go out to it.
    #[graphql(default_with = "Direction::Input")]
    pub direction: Direction,
    /// Whether it can be connected now.
    #[graphql(default_with = "ConnectorStatus::Available")]
    pub status: ConnectorStatus,
    /// The address of its picture, `http` or `https`, at most 2,048 characters.
    pub logo_url: Option<String>,
    /// The kinds of data the tool holds, such as accounting or banking: at most 50, each of 1 to 100 characters.
    #[graphql(default)]
    pub data_domains: Vec<String>,
    /// Offer it to all workspaces instead of this one only. For the pipeline.
    #[graphql(default)]
    pub global: bool,
    /// The same key with the same input, within 24 hours, returns what the first call made. At most 255 characters.
    pub idempotency_key: Option<String>,
}

/// A change of a connector.
#[derive(InputObject, Debug)]
pub struct UpdateConnectorInput {
    /// The connector.
    pub id: Id<Connector>,
    /// What people call the tool, 1 to 255 characters.
    pub name: MaybeUndefined<String>,
    /// Through whom the tool is reached.
    pub provider: MaybeUndefined<ConnectorProvider>,
    /// The key of the category that the catalogue shows it under, 1 to 255 characters; null clears it.
    pub category_id: MaybeUndefined<String>,
    /// Whether documents come in from the tool or go out to it.
    pub direction: MaybeUndefined<Direction>,
    /// Whether it can be connected now. Workspace connectors that are there already go on.
    pub status: MaybeUndefined<ConnectorStatus>,
    /// The address of its picture, `http` or `https`, at most 2,048 characters; null clears it.
    pub logo_url: MaybeUndefined<String>,
    /// The kinds of data the tool holds, which replace those that are there: at most 50, each of 1 to 100 characters.
    pub data_domains: MaybeUndefined<Vec<String>>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}

/// A connector to delete.
#[derive(InputObject, Debug)]
pub struct DeleteConnectorInput {
    /// The connector.
    pub id: Id<Connector>,
    /// Refuse with `CONFLICT` when it has changed since.
    pub expected_updated_at: Option<DateTime>,
}
