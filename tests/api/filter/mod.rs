//! What a filter finds: each operator of each kind of filter, and how they are joined.

mod joined;
mod refusals;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::kit::{Answer, App, Row, make};

/// What an admin is answered to a list with a filter, each row by one of its fields.
async fn ask(app: &App, ty: &str, list: &str, field: &str, filter: &Value) -> Answer {
    let query = format!(
        "query ($filter: {ty}Filter) {{ found: {list}(first: 100, filter: $filter) {{
            totalCount nodes {{ key: {field} }}
        }} }}"
    );
    app.admin().ask(&query, json!({ "filter": filter })).await
}

/// The rows that a filter finds, in alphabetical order.
async fn found(app: &App, ty: &str, list: &str, field: &str, filter: &Value) -> Vec<String> {
    let answer = ask(app, ty, list, field, filter).await;
    assert!(answer.errors().is_empty(), "{filter}: {}", answer.text);
    let mut keys = answer.each("/found/nodes", "key");
    assert_eq!(answer.at("/found/totalCount"), &json!(keys.len()), "{filter}");
    keys.sort();
    keys
}

/// Asserts what each filter finds among the documents, by file name; the names are given in alphabetical order.
async fn documents(app: &App, table: &[(Value, &[&str])]) {
    for (filter, expected) in table {
        assert_eq!(found(app, "Document", "documents", "filename", filter).await, *expected, "{filter}");
    }
}

/// Asserts the same of tasks, by title.
async fn tasks(app: &App, table: &[(Value, &[&str])]) {
    for (filter, expected) in table {
        assert_eq!(found(app, "Task", "tasks", "title", filter).await, *expected, "{filter}");
    }
}

async fn connected(app: &App) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, &app.here, &connector, json!({})).await
}

#[tokio::test]
async fn ids_are_compared() {
    let app = App::start().await;
    let a = make::document(&app, &app.here, json!({ "filename": "a" })).await.id;
    let b = make::document(&app, &app.here, json!({ "filename": "b" })).await.id;
    let unknown = Uuid::new_v4().to_string();
    documents(
        &app,
        &[
            (json!({ "id": { "eq": a } }), &["a"]),
            (json!({ "id": { "eq": a.to_uppercase() } }), &["a"]),
            (json!({ "id": { "eq": unknown } }), &[]),
            (json!({ "id": { "in": [a, b, unknown] } }), &["a", "b"]),
            (json!({ "id": { "in": [] } }), &[]),
            (json!({ "id": { "notIn": [a] } }), &["b"]),
            (json!({ "id": { "notIn": [] } }), &["a", "b"]),
            (json!({ "id": { "isNull": true } }), &[]),
            (json!({ "id": { "isNull": false } }), &["a", "b"]),
            (json!({}), &["a", "b"]),
            (json!(null), &["a", "b"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn relations_are_compared_by_the_id_of_what_they_lead_to() {
    let app = App::start().await;
    let one = make::task(&app, &app.here, json!({ "title": "one" })).await;
    let two = make::task(&app, &app.here, json!({ "title": "two" })).await;
    make::task(&app, &app.here, json!({ "title": "one's", "parent_task_pk": one.pk })).await;
    make::task(&app, &app.here, json!({ "title": "two's", "parent_task_pk": two.pk })).await;
    let table: [(Value, &[&str]); 6] = [
        (json!({ "parent": { "eq": one.id } }), &["one's"]),
        (json!({ "parent": { "in": [one.id, two.id] } }), &["one's", "two's"]),
        (json!({ "parent": { "notIn": [one.id] } }), &["two's"]),
        (json!({ "parent": { "isNull": true } }), &["one", "two"]),
        (json!({ "parent": { "isNull": false } }), &["one's", "two's"]),
        (json!({ "parent": { "isNull": false, "notIn": [two.id] } }), &["one's"]),
    ];
    tasks(&app, &table).await;
    app.execute(&format!("UPDATE core_api.tasks SET deleted_at = now() WHERE pk = {}", one.pk)).await;
    tasks(&app, &[(json!({ "parent": { "isNull": true } }), &["one's", "two"])]).await;
}

#[tokio::test]
async fn enums_are_compared() {
    let app = App::start().await;
    let of = connected(&app).await;
    for (error, trigger) in [("a", Some("manual")), ("b", Some("cloud_task")), ("c", None)] {
        let values = json!({
            "status": "error", "completed_at": "2026-01-01T00:00:00Z", "error": error, "trigger_type": trigger,
        });
        make::sync_log(&app, &of, values).await;
    }
    let table: [(Value, &[&str]); 7] = [
        (json!({ "triggerType": { "eq": "MANUAL" } }), &["a"]),
        (json!({ "triggerType": { "in": ["MANUAL", "CLOUD_TASK"] } }), &["a", "b"]),
        (json!({ "triggerType": { "notIn": ["MANUAL"] } }), &["b"]),
        (json!({ "triggerType": { "isNull": true } }), &["c"]),
        (json!({ "triggerType": { "isNull": false } }), &["a", "b"]),
        (json!({ "status": { "eq": "SUCCESS" } }), &[]),
        (json!({ "status": { "notIn": ["SUCCESS"] }, "triggerType": { "eq": "CLOUD_TASK" } }), &["b"]),
    ];
    for (filter, expected) in table {
        let ty = "WorkspaceConnectorSyncLog";
        assert_eq!(found(&app, ty, "workspaceConnectorSyncLogs", "error", &filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn texts_are_compared() {
    let app = App::start().await;
    for (filename, document_type) in [("Invoice.PDF", Some("380")), ("invoice.txt", Some("381")), ("Note", None)] {
        make::document(&app, &app.here, json!({ "filename": filename, "document_type": document_type })).await;
    }
    documents(
        &app,
        &[
            (json!({ "filename": { "eq": "Note" } }), &["Note"]),
            (json!({ "filename": { "eq": "note" } }), &[]),
            (json!({ "filename": { "in": ["Note", "Invoice.PDF"] } }), &["Invoice.PDF", "Note"]),
            (json!({ "filename": { "in": [] } }), &[]),
            (json!({ "filename": { "contains": "voice." } }), &["Invoice.PDF", "invoice.txt"]),
            (json!({ "filename": { "contains": "PDf" } }), &["Invoice.PDF"]),
            (json!({ "filename": { "contains": "" } }), &["Invoice.PDF", "Note", "invoice.txt"]),
            (json!({ "filename": { "startsWith": "INVOICE" } }), &["Invoice.PDF", "invoice.txt"]),
            (json!({ "filename": { "startsWith": "nvoice" } }), &[]),
            (json!({ "filename": { "startsWith": "i", "contains": "txt" } }), &["invoice.txt"]),
            (json!({ "documentType": { "isNull": true } }), &["Note"]),
            (json!({ "documentType": { "isNull": false } }), &["Invoice.PDF", "invoice.txt"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn long_lists_mean_what_short_ones_do() {
    let app = App::start().await;
    let mut ids = Vec::new();
    for (filename, document_type) in [("a", Some("380")), ("b", Some("381")), ("c", None)] {
        let values = json!({ "filename": filename, "document_type": document_type });
        ids.push(make::document(&app, &app.here, values).await.id);
    }
    let codes = |of: &str| (0..199).map(|number| format!("x{number}")).chain([of.to_owned()]).collect::<Vec<_>>();
    let strangers: Vec<_> = (0..198).map(|_| Uuid::new_v4().to_string()).collect();
    let with = |known: &[&String]| strangers.iter().chain(known.iter().copied()).cloned().collect::<Vec<String>>();
    documents(
        &app,
        &[
            (json!({ "documentType": { "in": codes("380") } }), &["a"]),
            (json!({ "not": { "documentType": { "in": codes("380") } } }), &["b", "c"]),
            (
                json!({ "or": [{ "documentType": { "in": codes("381") } }, { "filename": { "in": codes("c") } }] }),
                &["b", "c"],
            ),
            (json!({ "documentType": { "in": vec!["380"; 200] } }), &["a"]),
            (json!({ "id": { "in": with(&[&ids[0], &ids[2]]) } }), &["a", "c"]),
            (json!({ "id": { "notIn": with(&[&ids[0], &ids[2]]) } }), &["b"]),
            (json!({ "not": { "id": { "notIn": with(&[&ids[1]]) } } }), &["b"]),
        ],
    )
    .await;
    let task = make::task(&app, &app.here, json!({ "title": "parent" })).await;
    make::task(&app, &app.here, json!({ "title": "child", "parent_task_pk": task.pk })).await;
    tasks(
        &app,
        &[
            (json!({ "parent": { "in": with(&[&task.id]) } }), &["child"]),
            (json!({ "parent": { "notIn": with(&[]) } }), &["child"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_text_that_is_looked_for_is_no_pattern() {
    let app = App::start().await;
    for filename in ["100%", "100x", "a_b", "axb", "c\\d", "cd", "\\%_"] {
        make::document(&app, &app.here, json!({ "filename": filename })).await;
    }
    documents(
        &app,
        &[
            (json!({ "filename": { "contains": "0%" } }), &["100%"]),
            (json!({ "filename": { "contains": "%" } }), &["100%", "\\%_"]),
            (json!({ "filename": { "contains": "a_b" } }), &["a_b"]),
            (json!({ "filename": { "contains": "_" } }), &["\\%_", "a_b"]),
            (json!({ "filename": { "contains": "\\" } }), &["\\%_", "c\\d"]),
            (json!({ "filename": { "contains": "c\\d" } }), &["c\\d"]),
            (json!({ "filename": { "startsWith": "\\%_" } }), &["\\%_"]),
            (json!({ "filename": { "startsWith": "%" } }), &[]),
            (json!({ "filename": { "startsWith": "_" } }), &[]),
            (json!({ "filename": { "startsWith": "100%" } }), &["100%"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn instants_are_compared() {
    let app = App::start().await;
    for (filename, uploaded) in
        [("a", Some("2026-01-01T00:00:00Z")), ("b", Some("2026-01-02T00:00:00.000001Z")), ("c", None)]
    {
        make::document(&app, &app.here, json!({ "filename": filename, "uploaded_at": uploaded })).await;
    }
    let by = |operator: &str, time: &str| json!({ "uploadedAt": { operator: time } });
    documents(
        &app,
        &[
            (by("eq", "2026-01-01T00:00:00Z"), &["a"]),
            (by("eq", "2026-01-01T02:00:00+02:00"), &["a"]),
            (by("gt", "2026-01-01T00:00:00Z"), &["b"]),
            (by("gte", "2026-01-01T00:00:00Z"), &["a", "b"]),
            (by("lt", "2026-01-02T00:00:00.000001Z"), &["a"]),
            (by("lte", "2026-01-02T00:00:00.000001Z"), &["a", "b"]),
            (by("gt", "2026-01-02T00:00:00Z"), &["b"]),
            (json!({ "uploadedAt": { "gte": "2026-01-01T00:00:00Z", "lt": "2026-01-02T00:00:00Z" } }), &["a"]),
            (json!({ "uploadedAt": { "isNull": true } }), &["c"]),
            (json!({ "uploadedAt": { "isNull": false } }), &["a", "b"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn large_numbers_are_compared() {
    let app = App::start().await;
    for (filename, size) in [("a", Some(1)), ("b", Some(5_000_000_000_i64)), ("c", None)] {
        make::document(&app, &app.here, json!({ "filename": filename, "size": size })).await;
    }
    documents(
        &app,
        &[
            (json!({ "size": { "eq": 5_000_000_000_i64 } }), &["b"]),
            (json!({ "size": { "eq": "5000000000" } }), &["b"]),
            (json!({ "size": { "gt": 1 } }), &["b"]),
            (json!({ "size": { "gte": 1 } }), &["a", "b"]),
            (json!({ "size": { "lt": 5_000_000_000_i64 } }), &["a"]),
            (json!({ "size": { "lte": 5_000_000_000_i64 } }), &["a", "b"]),
            (json!({ "size": { "isNull": true } }), &["c"]),
            (json!({ "size": { "isNull": false } }), &["a", "b"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn numbers_are_compared() {
    let app = App::start().await;
    let of = connected(&app).await;
    for (detail, status) in [("a", Some(404)), ("b", Some(500)), ("c", None)] {
        make::diagnostic(&app, &of, json!({ "detail": detail, "http_status": status })).await;
    }
    let table: [(Value, &[&str]); 7] = [
        (json!({ "eq": 404 }), &["a"]),
        (json!({ "gt": 404 }), &["b"]),
        (json!({ "gte": 404 }), &["a", "b"]),
        (json!({ "lt": 500 }), &["a"]),
        (json!({ "lte": 500 }), &["a", "b"]),
        (json!({ "isNull": true }), &["c"]),
        (json!({ "isNull": false }), &["a", "b"]),
    ];
    for (operators, expected) in table {
        let (ty, list) = ("ConnectorSyncDiagnostic", "connectorSyncDiagnostics");
        let filter = json!({ "httpStatus": operators });
        assert_eq!(found(&app, ty, list, "detail", &filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn days_are_compared() {
    let app = App::start().await;
    for (title, due) in [("a", Some("2026-02-28")), ("b", Some("2026-03-01")), ("c", None)] {
        make::task(&app, &app.here, json!({ "title": title, "due_date": due })).await;
    }
    tasks(
        &app,
        &[
            (json!({ "dueDate": { "eq": "2026-02-28" } }), &["a"]),
            (json!({ "dueDate": { "gt": "2026-02-28" } }), &["b"]),
            (json!({ "dueDate": { "gte": "2026-02-28" } }), &["a", "b"]),
            (json!({ "dueDate": { "lt": "2026-03-01" } }), &["a"]),
            (json!({ "dueDate": { "lte": "2026-03-01" } }), &["a", "b"]),
            (json!({ "dueDate": { "isNull": true } }), &["c"]),
            (json!({ "dueDate": { "isNull": false } }), &["a", "b"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn truths_are_compared() {
    let app = App::start().await;
    let of = connected(&app).await;
    for (tool, stale) in [("a", true), ("b", false)] {
        make::mapping(&app, &of, json!({ "tool_name": tool, "needs_regeneration": stale })).await;
    }
    for (filter, expected) in [
        (json!({ "needsRegeneration": { "eq": true } }), vec!["a"]),
        (json!({ "needsRegeneration": { "eq": false } }), vec!["b"]),
    ] {
        assert_eq!(
            found(&app, "ConnectorMapping", "connectorMappings", "toolName", &filter).await,
            expected,
            "{filter}"
        );
    }
}
