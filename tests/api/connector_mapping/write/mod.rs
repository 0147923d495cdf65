//! The mutations of connector mappings.

mod making;
mod regenerating;
mod upkeep;

use serde_json::{Value, json};

use crate::kit::{App, Row, make};

const CREATE: &str = "createConnectorMapping";
const UPDATE: &str = "updateConnectorMapping";
const REGENERATE: &str = "regenerateConnectorMapping";
const RECORD: &str = "recordConnectorMappingPersistCount";
const COMPARE: &str = "compareConnectorMappingSchema";
const DELETE: &str = "deleteConnectorMapping";
const ALL: &str = "connectorMapping {
    id targetModel toolName expression userInstructions schemaFingerprint schemaKeyPaths needsRegeneration toolArgs
    selectedAt lastPersistCount updatedAt workspaceConnector { id }
    auditTrail { juryName panelists judgeReasoning disagreementScore durationMs synthesized extra }
    paginationSpec { type pageParam perPageParam perPage extra }
}";
const TOTAL: &str = "SELECT count(*) FROM core_api.connector_mappings";
const LIVE: &str = "SELECT count(*) FROM core_api.connector_mappings WHERE deleted_at IS NULL";

async fn connected(app: &App, workspace: &Row) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, workspace, &connector, json!({})).await
}

fn mapping(connector: &str, tool: &str) -> Value {
    json!({ "workspaceConnectorId": connector, "targetModel": "INVOICE", "toolName": tool, "expression": "$.{ 'id': id }" })
}

fn plus(mut input: Value, field: &str, value: impl Into<Value>) -> Value {
    input[field] = value.into();
    input
}

/// Asserts that the pipeline of the other workspace, and an id of nobody, are told the same: there is no such mapping.
async fn is_found_only_here(app: &App, mutation: &str, input: Value) {
    let foreign = crate::change::change(&app.service_elsewhere(), mutation, "", input.clone()).await;
    crate::change::refused(&foreign, "NOT_FOUND", "id");
    let nobodys = plus(input, "id", uuid::Uuid::new_v4().to_string());
    assert_eq!(crate::change::change(&app.service(), mutation, "", nobodys).await.text, foreign.text);
}
