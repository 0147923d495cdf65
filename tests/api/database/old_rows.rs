//! Rows that were there before the rules were.

use serde_json::json;

use crate::change::count;
use crate::kit::{App, make};

const UP: &str = include_str!("../../../migrations/2026-11-27-000020_spare_old_rows/up.sql");
const DOWN: &str = include_str!("../../../migrations/2026-11-27-000020_spare_old_rows/down.sql");

/// As the first migrations leave a database whose rows break their rules.
async fn take_rules_away(app: &App) {
    app.execute(
        "ALTER TABLE core_api.workspace_connector_sync_logs
             DROP CONSTRAINT workspace_connector_sync_logs_cloud_task_only_from_queue,
             DROP CONSTRAINT workspace_connector_sync_logs_error_only_on_error;
         ALTER TABLE core_api.connector_mappings DROP CONSTRAINT connector_mappings_schema_key_paths_is_array;
         DROP INDEX core_api.workspace_connector_sync_logs_wc_cloud_task_unique",
    )
    .await;
}

async fn give_rules_back(app: &App) {
    app.execute(
        "ALTER TABLE core_api.workspace_connector_sync_logs
             ADD CONSTRAINT workspace_connector_sync_logs_cloud_task_only_from_queue CHECK
                 (cloud_task_id IS NULL OR (trigger_type IS NOT NULL AND trigger_type = 'cloud_task')) NOT VALID,
             ADD CONSTRAINT workspace_connector_sync_logs_error_only_on_error CHECK
                 (error IS NULL OR status = 'error') NOT VALID;
         ALTER TABLE core_api.connector_mappings ADD CONSTRAINT connector_mappings_schema_key_paths_is_array CHECK
             (jsonb_typeof(schema_key_paths) = 'array') NOT VALID",
    )
    .await;
}

#[tokio::test]
async fn old_rows_that_break_a_rule_can_still_be_changed() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    take_rules_away(&app).await;
    let run =
        json!({ "status": "in_progress", "started_at": "2026-11-01T00:00:00Z", "cloud_task_id": "old", "error": "?" });
    let log = make::sync_log(&app, &connected, run).await;
    let mut mappings = Vec::new();
    for paths in [json!({}), json!("a"), json!({ "a": [] })] {
        mappings.push(make::mapping(&app, &connected, json!({ "schema_key_paths": paths })).await);
    }
    give_rules_back(&app).await;
    app.execute(UP).await;

    let regenerate = "mutation ($id: ID!) { regenerateConnectorMapping(input: { id: $id, expression: \"b\" }) {
        connectorMapping { schemaKeyPaths } userErrors { message } } }";
    let answer = app.service().ask(regenerate, json!({ "id": mappings[0].id })).await;
    let expected = json!({ "connectorMapping": { "schemaKeyPaths": null }, "userErrors": [] });
    assert_eq!(answer.at("/regenerateConnectorMapping"), &expected);
    for mutation in [
        format!("recordConnectorMappingPersistCount(input: {{ id: \"{}\", persistCount: 3 }})", mappings[1].id),
        format!("deleteConnectorMapping(input: {{ id: \"{}\" }})", mappings[1].id),
        format!("markWorkspaceConnectorSyncLogError(input: {{ id: \"{}\", error: \"lost\" }})", log.id),
        format!("deleteWorkspaceConnectorSyncLog(input: {{ id: \"{}\" }})", log.id),
        format!("disconnectWorkspaceConnector(input: {{ id: \"{}\" }})", connected.id),
    ] {
        let answer = app.service().say(&format!("mutation {{ m: {mutation} {{ userErrors {{ message }} }} }}")).await;
        assert_eq!(answer.at("/m/userErrors"), &json!([]), "{mutation}");
    }
    let live = "SELECT count(*) FROM core_api.connector_mappings WHERE deleted_at IS NULL";
    assert_eq!(count(&app, live).await, 0);

    // Of new rows they hold.
    let new = format!(
        "INSERT INTO core_api.workspace_connector_sync_logs (cloud_task_id, workspace_connector_pk, workspace_pk)
         VALUES ('new', {}, {})",
        connected.pk, app.here.pk
    );
    let refused = app.sql().batch_execute(&new).await.unwrap_err();
    let refused = refused.as_db_error().unwrap();
    assert_eq!(refused.constraint(), Some("workspace_connector_sync_logs_cloud_task_only_from_queue"));
    // And the way back is there.
    app.execute(DOWN).await;
    assert_eq!(count(&app, "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND NOT convalidated").await, 3);
    app.execute(UP).await;
}

#[tokio::test]
async fn a_task_that_was_scheduled_twice_is_not_scheduled_again() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    take_rules_away(&app).await;
    for task in ["twice", "twice", "once"] {
        make::sync_log(&app, &connected, json!({ "trigger_type": "cloud_task", "cloud_task_id": task })).await;
    }
    give_rules_back(&app).await;
    app.execute(UP).await;
    for task in ["twice", "once", "new", "new"] {
        let create = format!(
            "mutation {{ createWorkspaceConnectorSyncLog(input: {{ workspaceConnectorId: \"{}\",
                triggerType: CLOUD_TASK, cloudTaskId: \"{task}\" }}) {{
                workspaceConnectorSyncLog {{ cloudTaskId }} userErrors {{ message }} }} }}",
            connected.id
        );
        let made = app.service().say(&create).await;
        assert_eq!(made.str("/createWorkspaceConnectorSyncLog/workspaceConnectorSyncLog/cloudTaskId"), task);
    }
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.workspace_connector_sync_logs").await, 4);
    app.execute(DOWN).await;
    app.execute(UP).await;
}
