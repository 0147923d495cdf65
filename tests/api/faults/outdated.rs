//! Tables and types that change while connections know them as they were.

use serde_json::json;
use well_ingestion::server::Settings;

use crate::change::change;
use crate::kit::{App, make};

/// Changes the type of a column, which plans that are kept do not fit any more.
const OTHER_COLUMN: &str = "ALTER TABLE core_api.documents ALTER COLUMN filename TYPE varchar(2000)";
/// A type of the same name and another number, as a restore makes it.
const OTHER_TYPE: &str = "
    ALTER TYPE core_api.document_processing_status_enum RENAME TO old_enum;
    CREATE TYPE core_api.document_processing_status_enum AS ENUM
        ('pending', 'extracting', 'categorized', 'extracted', 'skipped', 'failed', 'rejected');
    ALTER TABLE core_api.documents ALTER COLUMN processing_status DROP DEFAULT,
        ALTER COLUMN processing_status TYPE core_api.document_processing_status_enum
            USING processing_status::text::core_api.document_processing_status_enum,
        ALTER COLUMN processing_status SET DEFAULT 'pending';
    DROP TYPE core_api.old_enum";

#[tokio::test]
async fn what_was_prepared_before_is_read_once_more() {
    let app = App::start().await;
    let document = make::document(&app, &app.here, json!({ "filename": "here.pdf" })).await;
    let general = app.beside(&app.member(), Settings { plans: false, ..Settings::default() }).await;
    let by_id = format!("{{ document(id: \"{}\") {{ filename processingStatus }} }}", document.id);
    let listed = "{ documents(filter: { processingStatus: { in: [PENDING, FAILED] } }) {
        nodes { filename processingStatus } totalCount } }";
    let several = "{ documents { nodes { filename links { totalCount } collect { id } } } people { totalCount } }";
    for meanwhile in ["SELECT", OTHER_COLUMN, "SELECT", OTHER_TYPE] {
        app.execute(meanwhile).await;
        for asker in [app.member(), general.clone()] {
            assert_eq!(asker.say(&by_id).await.str("/document/processingStatus"), "PENDING", "{meanwhile}");
            assert_eq!(asker.say(listed).await.int("/documents/totalCount"), 1, "{meanwhile}");
            assert_eq!(asker.say(several).await.str("/documents/nodes/0/filename"), "here.pdf", "{meanwhile}");
        }
    }
}

#[tokio::test]
async fn what_was_prepared_before_can_be_written_the_next_time() {
    let app = App::start().await;
    let service = app.service();
    let document = make::document(&app, &app.here, json!({})).await;
    for meanwhile in ["SELECT", OTHER_TYPE, OTHER_COLUMN] {
        app.execute(meanwhile).await;
        let failed = json!({ "id": document.id, "processingStatus": "FAILED" });
        let select = "document { processingStatus filename }";
        let mut answer = change(&service, "updateDocument", select, failed.clone()).await;
        if !answer.errors().is_empty() {
            answer.refused("SERVICE_UNAVAILABLE");
            answer = change(&service, "updateDocument", select, failed).await;
        }
        assert_eq!(answer.str("/done/document/processingStatus"), "FAILED", "{meanwhile}");
    }
}

#[tokio::test]
async fn integers_are_read_whatever_their_width() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    for (took, status) in [(-1, 404), (70_000, 500)] {
        let took = took.max(0);
        make::sync_log(&app, &connected, json!({ "duration_ms": took, "status": "success" })).await;
        make::diagnostic(&app, &connected, json!({ "http_status": status })).await;
        make::document(&app, &app.here, json!({ "size": took })).await;
    }
    let order = |field: &str| format!("first: 1, orderBy: [{{ field: {field}, direction: DESC }}]");
    let query = format!(
        "query ($after: String) {{
            workspaceConnectorSyncLogs({}, after: $after) {{ nodes {{ durationMs }} totalCount pageInfo {{ endCursor }}
                statistics {{ total duration {{ min max }} }} }}
            longer: workspaceConnectorSyncLogs(filter: {{ durationMs: {{ gt: 0 }} }}) {{ totalCount }}
            connectorSyncDiagnostics(filter: {{ httpStatus: {{ gte: 500 }} }}) {{ nodes {{ httpStatus }} }}
            documents {{ nodes {{ size }} }} }}",
        order("DURATION_MS")
    );
    let general = app.beside(&app.member(), Settings { plans: false, ..Settings::default() }).await;
    let mut before: Option<String> = None;
    for meanwhile in [
        "SELECT",
        "ALTER TABLE core_api.workspace_connector_sync_logs ALTER COLUMN duration_ms TYPE bigint",
        "ALTER TABLE core_api.connector_sync_diagnostics ALTER COLUMN http_status TYPE smallint",
        "ALTER TABLE core_api.documents ALTER COLUMN size TYPE integer",
        "ALTER TABLE core_api.documents ALTER COLUMN size TYPE bigint",
    ] {
        app.execute(meanwhile).await;
        for asker in [app.member(), general.clone()] {
            let first = asker.ask(&query, json!({})).await;
            assert_eq!(first.int("/workspaceConnectorSyncLogs/nodes/0/durationMs"), 70_000, "{meanwhile}");
            assert_eq!(first.int("/workspaceConnectorSyncLogs/statistics/duration/max"), 70_000, "{meanwhile}");
            assert_eq!(first.int("/connectorSyncDiagnostics/nodes/0/httpStatus"), 500, "{meanwhile}");
            assert_eq!(before.get_or_insert_with(|| first.text.clone()), &first.text, "{meanwhile}");
            let after = first.at("/workspaceConnectorSyncLogs/pageInfo/endCursor");
            let second = asker.ask(&query, json!({ "after": after })).await;
            assert_eq!(second.int("/workspaceConnectorSyncLogs/nodes/0/durationMs"), 0, "{meanwhile}");
        }
    }
    // What cannot be read as it was is not there for now.
    app.execute("ALTER TABLE core_api.documents ALTER COLUMN size TYPE numeric").await;
    for asker in [app.member(), general] {
        asker.say("{ documents { nodes { size } } }").await.refused("SERVICE_UNAVAILABLE");
        assert_eq!(asker.say("{ documents { totalCount } }").await.int("/documents/totalCount"), 2);
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_makes_the_service_unavailable() {
    let app = App::start().await;
    app.execute("ALTER TABLE core_api.documents RENAME TO moved").await;
    for _ in 0..2 {
        app.member().say("{ documents { nodes { id } } }").await.refused("SERVICE_UNAVAILABLE");
    }
    app.execute("ALTER TABLE core_api.moved RENAME TO documents").await;
    assert!(app.member().say("{ documents { nodes { id } } }").await.errors().is_empty());
}
