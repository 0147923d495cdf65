//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{CreateConnectorInput, DeleteConnectorInput, UpdateConnectorInput};
use super::{Connector, rules};
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

payload! {
    /// What `createConnector` did.
    CreateConnectorPayload {
        /// The new connector.
        connector: Connector
    }
}

payload! {
    /// What `updateConnector` did.
    UpdateConnectorPayload {
        /// The connector as it now is.
        connector: Connector
    }
}

payload! {
    /// What `deleteConnector` did.
    DeleteConnectorPayload {
        /// The connector as it was.
        connector: Connector
    }
}

/// Root fields that write connectors.
#[derive(Default)]
pub struct ConnectorMutation;

/// Root fields.
#[Object]
impl ConnectorMutation {
    /// Makes a connector that is private to the workspace, or, for the pipeline, a global one. For admins and owners,
    /// and the pipeline.
    async fn create_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tool.")] input: Repeatable<CreateConnectorInput>,
    ) -> Option<Result<CreateConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateConnectorPayload::of(rules::create(scope, input).boxed().await))
    }

    /// Changes a connector that is private to the workspace, for admins and owners and the pipeline, or a global one,
    /// for the pipeline: to others that is `FORBIDDEN`.
    async fn update_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which connector, and what changes.")] input: UpdateConnectorInput,
    ) -> Option<Result<UpdateConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateConnectorPayload::of(rules::update(scope, input).boxed().await))
    }

    /// Deletes a connector that is private to the workspace, for admins and owners and the pipeline, or a global one,
    /// for the pipeline: to others that is `FORBIDDEN`. `INVALID_STATE` while the workspace has a workspace connector
    /// of it that is not `DISABLED`. Workspace connectors that remain show no connector any more; to take a global
    /// connector out of use and keep it shown, set its status to `UNAVAILABLE`.
    async fn delete_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which connector.")] input: DeleteConnectorInput,
    ) -> Option<Result<DeleteConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(DeleteConnectorPayload::of(rules::delete(scope, input).boxed().await))
    }
}
