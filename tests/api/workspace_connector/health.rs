//! How well a workspace connector syncs, as its logs tell.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use crate::kit::{App, Row, make};

async fn connected(app: &App, hours_ago: i64) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, &app.here, &connector, json!({ "created_at": ago(hours_ago) })).await
}

fn ago(hours: i64) -> String {
    (Utc::now() - TimeDelta::hours(hours)).to_rfc3339()
}

async fn health(app: &App, of: &Row) -> Value {
    let fields = "status stale hung neverDispatched silent lastSuccessAt inProgressSince scheduledSince";
    let query = format!("{{ workspaceConnector(id: \"{}\") {{ health {{ {fields} }} }} }}", of.id);
    app.guest().say(&query).await.at("/workspaceConnector/health").clone()
}

/// A run that succeeded, as somebody noted it.
async fn success(app: &App, of: &Row, hours_ago: i64, metadata: Value) -> Row {
    let at = ago(hours_ago);
    let run =
        json!({ "status": "success", "started_at": at, "completed_at": at, "created_at": at, "metadata": metadata });
    make::sync_log(app, of, run).await
}

#[tokio::test]
async fn the_worst_finding_is_the_status() {
    let app = App::start().await;
    let one = connected(&app, 25).await;
    let status = async || health(&app, &one).await["status"].as_str().unwrap().to_owned();
    assert_eq!(status().await, "HEALTHY");
    success(&app, &one, 27, json!({ "records_synced": 3 })).await;
    assert_eq!(status().await, "STALE");
    let latest = success(&app, &one, 2, json!(null)).await;
    success(&app, &one, 5, json!(null)).await;
    assert_eq!(status().await, "HEALTHY");
    make::sync_log(&app, &one, json!({ "status": "scheduled", "created_at": ago(2) })).await;
    assert_eq!(status().await, "NEVER_DISPATCHED");
    // One of another program, without the time it began at.
    make::sync_log(&app, &one, json!({ "status": "in_progress", "created_at": ago(4) })).await;
    make::sync_log(&app, &one, json!({ "status": "in_progress", "created_at": ago(1), "started_at": ago(1) })).await;
    let all = health(&app, &one).await;
    let flags = ["stale", "hung", "neverDispatched", "silent"].map(|flag| all[flag].as_bool().unwrap());
    assert_eq!((all["status"].as_str(), flags), (Some("HUNG"), [false, true, true, false]), "{all}");
    let at = format!("{{ workspaceConnectorSyncLog(id: \"{}\") {{ completedAt }} }}", latest.id);
    let at = app.guest().say(&at).await.str("/workspaceConnectorSyncLog/completedAt").to_owned();
    assert_eq!(all["lastSuccessAt"], at, "{all}");
    assert!(all["inProgressSince"].as_str() < all["scheduledSince"].as_str(), "{all}");
    // Deleted logs tell nothing.
    app.execute("UPDATE core_api.workspace_connector_sync_logs SET deleted_at = now()").await;
    let none = json!({ "status": "HEALTHY", "stale": false, "hung": false, "neverDispatched": false, "silent": false,
        "lastSuccessAt": null, "inProgressSince": null, "scheduledSince": null });
    assert_eq!(health(&app, &one).await, none);
}

#[tokio::test]
async fn it_is_silent_until_a_record_is_noted_or_a_document_linked() {
    let app = App::start().await;
    for (metadata, silent) in [
        (json!(null), true),
        (json!({}), true),
        (json!({ "records_synced": 0 }), true),
        (json!({ "records_synced": -1 }), true),
        (json!({ "records_synced": null }), true),
        (json!({ "records_synced": "7" }), true),
        (json!({ "records_synced": true }), true),
        (json!({ "records_synced": [7] }), true),
        (json!([7]), true),
        (json!({ "records_synced": 1 }), false),
        (json!({ "records_synced": 0.5 }), false),
    ] {
        let one = connected(&app, 3).await;
        success(&app, &one, 2, metadata.clone()).await;
        let health = health(&app, &one).await;
        assert_eq!(health["silent"], silent, "{metadata}: {health}");
        assert_eq!(health["status"], if silent { "SILENT" } else { "HEALTHY" }, "{metadata}: {health}");
    }
    let one = connected(&app, 3).await;
    success(&app, &one, 2, json!({})).await;
    let document = make::document(&app, &app.here, json!({})).await;
    make::link(&app, &document, &one, json!({})).await;
    assert_eq!(health(&app, &one).await["silent"], false);
    app.execute("UPDATE core_api.document_workspace_connectors SET deleted_at = now()").await;
    assert_eq!(health(&app, &one).await["silent"], true);
}
