//! The sync log that a collect leaves when it ends.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::collect::write::{COLLECT, update};
use crate::kit::{App, Row, make};
use crate::writable::{soon, stored};

const START: &str = "2026-11-01T08:00:00.000000Z";
const END: &str = "2026-11-01T08:00:01.500000Z";

/// A connected tool of the catalogue.
async fn connected(app: &App, service_id: &str) -> Row {
    let connector = make::connector(app, None, json!({ "service_id": service_id })).await;
    make::workspace_connector(app, &app.here, &connector, json!({})).await
}

async fn running(app: &App, provider: &str) -> Row {
    let values = json!({ "provider": provider, "status": "in_progress", "started_at": START });
    make::collect(app, &app.here, &app.person, values).await
}

/// Every sync log of the workspace, oldest first.
async fn logs(app: &App) -> Vec<Value> {
    let query = "{ workspaceConnectorSyncLogs(orderBy: [{ field: CREATED_AT, direction: ASC }]) { nodes {
        status triggerType startedAt completedAt durationMs error metadata cloudTaskId
        workspaceConnector { id lastSuccessfulSyncAt }
    } } }";
    app.owner().say(query).await.at("/workspaceConnectorSyncLogs/nodes").as_array().unwrap().clone()
}

async fn last_sync(app: &App, connected: &Row) -> Value {
    let query = format!("{{ workspaceConnector(id: {}) {{ lastSuccessfulSyncAt }} }}", json!(connected.id));
    app.member().say(&query).await.at("/workspaceConnector/lastSuccessfulSyncAt").clone()
}

#[tokio::test]
async fn a_collect_that_ends_leaves_a_sync_log() {
    let app = App::start().await;
    let connected = connected(&app, "linkedin").await;
    let row = running(&app, "linkedin").await;
    for _ in 0..2 {
        update(&app, &row.id, json!({ "status": "FINALIZED", "endedAt": END })).await.row();
        let [log] = &logs(&app).await[..] else { panic!("it is one log") };
        assert_eq!((&log["status"], &log["triggerType"]), (&json!("SUCCESS"), &json!("MANUAL")));
        assert_eq!((&log["startedAt"], &log["completedAt"]), (&json!(START), &json!(END)));
        assert_eq!(
            (&log["durationMs"], &log["error"], &log["cloudTaskId"]),
            (&json!(1_500), &json!(null), &json!(null))
        );
        assert_eq!(log["metadata"], json!({ "collect_id": row.id, "provider": "linkedin" }));
        assert_eq!(log["workspaceConnector"], json!({ "id": connected.id, "lastSuccessfulSyncAt": END }));
    }

    // A failure, one that was never started, one that is noted when all is over, and one that the pipeline ends.
    let row = running(&app, "linkedin").await;
    update(&app, &row.id, json!({ "status": "ERROR", "endedAt": "2026-11-02T00:00:00Z" })).await.row();
    let row = make::collect(&app, &app.here, &app.person, json!({ "provider": "linkedin" })).await;
    update(&app, &row.id, json!({ "status": "ERROR" })).await.row();
    let given = json!({ "provider": "linkedin", "status": "FINALIZED", "startedAt": START, "endedAt": START });
    let created = COLLECT.ask(&app.member(), "create", given).await;
    let row = running(&app, "linkedin").await;
    COLLECT.ask(&app.service(), "update", json!({ "id": row.id, "status": "FINALIZED" })).await.row();
    let logs = logs(&app).await;
    let shown =
        |n: usize| (logs[n]["status"].as_str().unwrap(), logs[n]["durationMs"].as_i64(), logs[n]["error"].is_string());
    assert_eq!(logs.len(), 5);
    assert_eq!(shown(1), ("ERROR", Some(57_600_000), true));
    assert_eq!(shown(2), ("ERROR", None, true));
    assert_eq!(shown(3), ("SUCCESS", Some(0), false));
    assert_eq!(logs[3]["metadata"]["collect_id"], json!(created.id()));
    assert_eq!(shown(4).0, "SUCCESS");
    assert_eq!(logs[4]["completedAt"], last_sync(&app, &connected).await);
}

#[tokio::test]
async fn the_last_successful_sync_moves_forward_only() {
    let app = App::start().await;
    let connected = connected(&app, "linkedin").await;
    for (end, last) in [("2026-11-05", "2026-11-05"), ("2026-11-03", "2026-11-05"), ("2026-11-06", "2026-11-06")] {
        let row = running(&app, "linkedin").await;
        let changes = json!({ "status": "FINALIZED", "endedAt": format!("{end}T00:00:00Z") });
        update(&app, &row.id, changes).await.row();
        assert_eq!(last_sync(&app, &connected).await, json!(format!("{last}T00:00:00.000000Z")));
    }
}

#[tokio::test]
async fn a_provider_that_is_no_connected_tool_leaves_none() {
    let app = App::start().await;
    let gone = json!({ "deleted_at": "2026-01-01T00:00:00Z" });
    make::connector(&app, None, json!({ "service_id": "unconnected" })).await;
    let elsewhere = make::connector(&app, None, json!({ "service_id": "elsewhere" })).await;
    make::workspace_connector(&app, &app.elsewhere, &elsewhere, json!({})).await;
    let disconnected = make::connector(&app, None, json!({ "service_id": "disconnected" })).await;
    make::workspace_connector(&app, &app.here, &disconnected, gone).await;
    let withdrawn = connected(&app, "withdrawn").await;
    app.execute("UPDATE core_api.connectors SET deleted_at = now() WHERE service_id = 'withdrawn'").await;
    connected(&app, "LinkedIn").await;
    // One of everybody's and one of the workspace's own: nobody knows which.
    connected(&app, "both").await;
    let private = make::connector(&app, Some(&app.here), json!({ "service_id": "both" })).await;
    make::workspace_connector(&app, &app.here, &private, json!({})).await;

    for provider in ["popup", "unconnected", "elsewhere", "disconnected", "withdrawn", "linkedin", "both"] {
        let row = running(&app, provider).await;
        update(&app, &row.id, json!({ "status": "FINALIZED" })).await.row();
        COLLECT.ask(&app.member(), "create", json!({ "provider": provider, "status": "ERROR" })).await.row();
    }
    let manual = make::collect(&app, &app.here, &app.person, json!({ "status": "in_progress" })).await;
    update(&app, &manual.id, json!({ "status": "FINALIZED" })).await.row();
    let all: i64 =
        app.sql().query_one("SELECT count(*) FROM core_api.workspace_connector_sync_logs", &[]).await.unwrap().get(0);
    assert_eq!(all, 0);
    assert!(last_sync(&app, &withdrawn).await.is_null());
}

#[tokio::test]
async fn of_one_tool_and_its_private_namesake_the_connected_one_counts() {
    let app = App::start().await;
    make::connector(&app, Some(&app.here), json!({ "service_id": "linkedin" })).await;
    let global = connected(&app, "linkedin").await;
    // The other workspace's namesake is nothing here.
    let theirs = make::connector(&app, Some(&app.elsewhere), json!({ "service_id": "linkedin" })).await;
    make::workspace_connector(&app, &app.elsewhere, &theirs, json!({})).await;
    let row = running(&app, "linkedin").await;
    update(&app, &row.id, json!({ "status": "FINALIZED" })).await.row();
    assert_eq!(logs(&app).await[0]["workspaceConnector"]["id"], json!(global.id));
}

#[tokio::test]
async fn of_several_connections_the_newest_in_use_counts() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({ "service_id": "linkedin" })).await;
    let connect = |day: u32, status: &'static str| {
        let values = json!({ "created_at": format!("2026-10-{day:02}T00:00:00Z"), "status": status });
        make::workspace_connector(&app, &app.here, &connector, values)
    };
    connect(1, "enabled").await;
    let newest_in_use = connect(3, "error").await;
    connect(2, "enabled").await;
    connect(4, "disabled").await;
    let row = running(&app, "linkedin").await;
    update(&app, &row.id, json!({ "status": "FINALIZED" })).await.row();
    let logs = logs(&app).await;
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0]["workspaceConnector"]["id"], json!(newest_in_use.id));
}

#[tokio::test]
async fn without_its_sync_log_a_collect_does_not_end() {
    let app = App::start().await;
    let connected = connected(&app, "linkedin").await;
    app.execute(
        "ALTER TABLE core_api.workspace_connector_sync_logs
         ADD CONSTRAINT nothing_by_hand CHECK (trigger_type <> 'manual')",
    )
    .await;
    let row = running(&app, "linkedin").await;
    let before = (stored(&app, &row).await, stored(&app, &connected).await);
    let written = update(&app, &row.id, json!({ "status": "FINALIZED" })).await;
    written.refused("BAD_USER_INPUT at input");
    assert!(!written.answer.text.contains("nothing_by_hand"));
    assert_eq!((stored(&app, &row).await, stored(&app, &connected).await), before);

    // The key that was given is free again.
    let given = json!({ "provider": "linkedin", "status": "FINALIZED", "idempotencyKey": "k" });
    COLLECT.ask(&app.member(), "create", given.clone()).await.refused("BAD_USER_INPUT at input");
    app.execute("ALTER TABLE core_api.workspace_connector_sync_logs DROP CONSTRAINT nothing_by_hand").await;
    COLLECT.ask(&app.member(), "create", given.clone()).await.row();
    COLLECT.ask(&app.member(), "create", given).await.row();
    assert_eq!(logs(&app).await.len(), 1);
}

#[tokio::test]
async fn racing_ends_leave_one_sync_log() {
    let app = App::start().await;
    connected(&app, "linkedin").await;
    let row = running(&app, "linkedin").await;
    let end = |n: i32| if n % 2 == 0 { "FINALIZED" } else { "ERROR" };
    let racers = (0..24).map(|n| update(&app, &row.id, json!({ "status": end(n) })));
    soon(join_all(racers)).await;
    let end = update(&app, &row.id, json!({})).await;
    let logs = logs(&app).await;
    assert_eq!(logs.len(), 1);
    let status = if end.row()["status"] == "FINALIZED" { "SUCCESS" } else { "ERROR" };
    assert_eq!(logs[0]["status"], status);
}
