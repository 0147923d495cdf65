//! What a follower does not want, it is not told.

use serde_json::{Value, json};
use uuid::Uuid;

use super::following::{DIAGNOSTICS, DOCUMENTS, SYNC_LOGS};
use super::{FIELDS, Following, connected, id_of, kinds};
use crate::kit::{App, make};

#[tokio::test]
async fn only_rows_with_the_ids_that_were_given_are_told_of() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    for field in FIELDS.into_iter().filter(|field| field.by_id) {
        let wanted = field.row(&app, &connector, json!({})).await;
        let other = field.row(&app, &connector, json!({})).await;
        let ids = |mut marks: Vec<String>| {
            marks.push(wanted.id.clone());
            json!({ "ids": marks })
        };
        let mut following = Following::some(&app, &app.service(), field, &connector, ids, "").await;
        for row in [&other, &wanted] {
            app.execute(&format!("UPDATE core_api.{} SET updated_at = NULL WHERE pk = {}", row.table, row.pk)).await;
            app.execute(&format!("UPDATE core_api.{} SET deleted_at = now() WHERE pk = {}", row.table, row.pk)).await;
        }
        let events = following.told(&app).await;
        assert!(events.iter().all(|event| id_of(event) == wanted.id), "{}: {events:?}", field.name);
        assert_eq!(events.last().unwrap()["kind"], "DELETED", "{}", field.name);
    }
}

#[tokio::test]
async fn only_rows_of_the_workspace_connectors_that_were_given_are_told_of() {
    let app = App::start().await;
    let (wanted, other) = (connected(&app, &app.here).await, connected(&app, &app.here).await);
    for field in FIELDS.into_iter().filter(|field| field.by_connector) {
        let connectors = |_: Vec<String>| json!({ "connectors": [wanted.id] });
        let mut following = Following::some(&app, &app.service(), field, &wanted, connectors, "").await;
        let (mut expected, table) = (Vec::new(), field.table);
        for connector in [&other, &wanted] {
            let row = field.row(&app, connector, json!({})).await;
            app.execute(&format!("UPDATE core_api.{table} SET updated_at = NULL WHERE pk = {}", row.pk)).await;
            if connector.id == wanted.id {
                let told = following.told(&app).await;
                assert!(!told.is_empty(), "{}", field.name);
                assert!(told.iter().all(|event| id_of(event) == row.id), "{}: {told:?}", field.name);
                if field.changes {
                    expected.push("DELETED");
                }
            }
            app.execute(&format!("UPDATE core_api.{table} SET deleted_at = now() WHERE pk = {}", row.pk)).await;
        }
        assert_eq!(kinds(&following.told(&app).await), expected, "{}", field.name);
    }
}

#[tokio::test]
async fn a_removed_row_is_still_known_by_its_workspace_connector() {
    let app = App::start().await;
    let (wanted, other) = (connected(&app, &app.here).await, connected(&app, &app.here).await);
    let log = make::sync_log(&app, &wanted, json!({})).await;
    make::sync_log(&app, &other, json!({})).await;
    let connectors = |_: Vec<String>| json!({ "connectors": [wanted.id] });
    let mut following = Following::some(&app, &app.guest(), SYNC_LOGS, &wanted, connectors, "").await;
    app.execute(&format!(
        "DELETE FROM core_api.workspace_connector_sync_logs
         WHERE deleted_at IS NULL AND (pk = {} OR workspace_connector_pk = {})",
        log.pk, other.pk
    ))
    .await;
    let events = following.told(&app).await;
    assert_eq!(kinds(&events), ["DELETED"]);
    assert_eq!(events[0]["id"], log.id);
}

#[tokio::test]
async fn a_document_is_one_of_a_workspace_connector_once_it_is_linked_to_it() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let connectors = |_: Vec<String>| json!({ "connectors": [connector.id] });
    let mut following = Following::some(&app, &app.guest(), DOCUMENTS, &connector, connectors, "").await;
    let document = make::document(&app, &app.here, json!({})).await;
    assert_eq!(following.told(&app).await, Vec::<Value>::new());
    make::link(&app, &document, &connector, json!({ "direction": "output" })).await;
    app.execute(&format!("UPDATE core_api.documents SET filename = 'b.pdf' WHERE pk = {}", document.pk)).await;
    let events = following.told(&app).await;
    assert_eq!(kinds(&events), ["UPDATED"]);
    assert_eq!(events[0]["id"], document.id);
}

#[tokio::test]
async fn what_no_row_can_have_is_told_of_nothing() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let foreign = connected(&app, &app.elsewhere).await;
    let gone = make::workspace_connector(
        &app,
        &app.here,
        &make::connector(&app, None, json!({})).await,
        json!({ "deleted_at": "2026-01-01T00:00:00Z" }),
    )
    .await;
    let mut everything = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let mut socket = app.guest().socket().await;
    let nobodys = Uuid::new_v4();
    for (id, variables) in [
        ("none", json!({ "connectors": [] })),
        ("no ids", json!({ "ids": [] })),
        ("nobody's", json!({ "connectors": [nobodys] })),
        ("foreign", json!({ "connectors": [foreign.id] })),
        ("gone", json!({ "connectors": [gone.id] })),
    ] {
        socket.subscribe(id, &SYNC_LOGS.document(""), variables).await;
    }
    for of in [&connector, &foreign, &gone] {
        make::sync_log(&app, of, json!({})).await;
    }
    assert_eq!(everything.told(&app).await.len(), 2);
    socket.silent().await;
}

#[tokio::test]
async fn arguments_that_cannot_be_used_are_refused() {
    let app = App::start().await;
    let many = vec![Uuid::new_v4(); 201];
    for (field, variables) in [
        (SYNC_LOGS, json!({ "ids": null })),
        (SYNC_LOGS, json!({ "connectors": null })),
        (SYNC_LOGS, json!({ "ids": ["17"] })),
        (SYNC_LOGS, json!({ "ids": many })),
        (DIAGNOSTICS, json!({ "connectors": many })),
    ] {
        let mut socket = app.service().socket().await;
        socket.subscribe("1", &field.document(""), variables.clone()).await;
        assert_eq!(socket.failure("1").await, ["BAD_USER_INPUT"], "{variables}");
    }
}
