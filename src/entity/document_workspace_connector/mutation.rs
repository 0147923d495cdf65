//! Inputs, payloads, and the root fields that write.

use async_graphql::{Context, Object};
use futures_util::FutureExt;

use super::input::{
    CreateDocumentWorkspaceConnectorInput, DeleteDocumentWorkspaceConnectorInput,
    StageDocumentWorkspaceConnectorsInput, UpdateDocumentWorkspaceConnectorInput,
};
use super::{DocumentWorkspaceConnector, rules};
use crate::db::scope::Scope;
use crate::error::Result;
use crate::mutation::Repeatable;
use crate::payload;

payload! {
    /// What `createDocumentWorkspaceConnector` did.
    CreateDocumentWorkspaceConnectorPayload {
        /// The new link.
        document_workspace_connector: DocumentWorkspaceConnector
    }
}

payload! {
    /// What `stageDocumentWorkspaceConnectors` did.
    StageDocumentWorkspaceConnectorsPayload {
        /// The new links, in the order of the input; null when any of them was refused, and then none was noted.
        document_workspace_connectors: Vec<DocumentWorkspaceConnector>
    }
}

payload! {
    /// What `updateDocumentWorkspaceConnector` did.
    UpdateDocumentWorkspaceConnectorPayload {
        /// The link as it now is.
        document_workspace_connector: DocumentWorkspaceConnector
    }
}

payload! {
    /// What `deleteDocumentWorkspaceConnector` did.
    DeleteDocumentWorkspaceConnectorPayload {
        /// The link as it was.
        document_workspace_connector: DocumentWorkspaceConnector
    }
}

/// Root fields that write links of documents and workspace connectors.
#[derive(Default)]
pub struct DocumentWorkspaceConnectorMutation;

/// Root fields.
#[Object]
impl DocumentWorkspaceConnectorMutation {
    /// Notes that a document passed through a workspace connector, now. For the pipeline.
    async fn create_document_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The link.")] input: Repeatable<CreateDocumentWorkspaceConnectorInput>,
    ) -> Option<Result<CreateDocumentWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(CreateDocumentWorkspaceConnectorPayload::of(rules::create(scope, input).boxed().await))
    }

    /// Notes up to 1,000 passages of documents through workspace connectors, now: all of them, or none when one is
    /// refused. Every link that is refused has its own user errors, whose path holds its index. For the pipeline.
    async fn stage_document_workspace_connectors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The links.")] input: Repeatable<StageDocumentWorkspaceConnectorsInput>,
    ) -> Option<Result<StageDocumentWorkspaceConnectorsPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(StageDocumentWorkspaceConnectorsPayload::of(rules::stage(scope, input).boxed().await))
    }

    /// Changes a link. For the pipeline.
    async fn update_document_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link, and what changes.")] input: UpdateDocumentWorkspaceConnectorInput,
    ) -> Option<Result<UpdateDocumentWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(UpdateDocumentWorkspaceConnectorPayload::of(rules::update(scope, input).boxed().await))
    }

    /// Deletes a link that was noted by mistake. It is kept for audit, but no longer shown. For the pipeline.
    async fn delete_document_workspace_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which link.")] input: DeleteDocumentWorkspaceConnectorInput,
    ) -> Option<Result<DeleteDocumentWorkspaceConnectorPayload>> {
        let scope = ctx.data_unchecked::<Scope>();
        Some(DeleteDocumentWorkspaceConnectorPayload::of(rules::delete(scope, input).boxed().await))
    }
}
