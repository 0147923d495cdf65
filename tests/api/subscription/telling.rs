//! Whoever does it, it is told: created, updated, deleted, with the row as it is now.

use serde_json::{Value, json};

use super::following::{COLLECTS, CONNECTORS, DIAGNOSTICS, DOCUMENTS, LINKS, MAPPINGS, SYNC_LOGS};
use super::{FIELDS, Field, Following, connected, id_of, kinds};
use crate::change::done;
use crate::kit::{App, Asker, make};

const LIFE: [&str; 3] = ["CREATED", "UPDATED", "DELETED"];

/// Asserts that all this became of the row, as far as the field tells of it.
#[track_caller]
fn assert_told(field: &Field, events: &[Value], id: &str, life: &[&str]) {
    let expected = if field.changes { life } else { &["CREATED"] };
    assert_eq!(kinds(events), expected, "{}: {events:?}", field.name);
    for event in events {
        assert_eq!(event["id"], id, "{}", field.name);
        let node = if event["kind"] == "DELETED" { json!(null) } else { json!(id) };
        assert_eq!(event["node"].get("id").unwrap_or(&json!(null)), &node, "{}", field.name);
    }
}

/// A mutation, the entity that it answers with, and its input.
type Step = (&'static str, &'static str, Value);

/// Does the mutations one after another, each once the one before was told, and gives what was told.
async fn told_of(app: &App, asker: &Asker, field: &'static Field, steps: [Step; 3]) -> (Vec<Value>, String) {
    let mut following = Following::all(app, asker, field).await;
    let (mut events, mut id) = (Vec::new(), String::new());
    for (mutation, entity, mut input) in steps {
        if !id.is_empty() {
            input["id"] = json!(id);
        }
        let answer = done(asker, mutation, &format!("{entity} {{ id }}"), input).await;
        answer.str(&format!("/done/{entity}/id")).clone_into(&mut id);
        events.extend(following.told(app).await);
    }
    (events, id)
}

#[tokio::test]
async fn what_mutations_do_is_told() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let catalogue = make::connector(&app, None, json!({})).await;
    let document = make::document(&app, &app.here, json!({})).await;
    let (member, admin, service) = (app.member(), app.admin(), app.service());
    let of_connector = json!({ "workspaceConnectorId": connector.id });
    let with = |mut input: Value, more: Value| {
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    let mapping = json!({ "targetModel": "INVOICE", "toolName": "tool", "expression": "$" });
    let diagnostic = json!({ "targetModel": "INVOICE", "reason": "JURY_RUN", "detail": "x" });
    let link = json!({ "documentId": document.id, "direction": "INPUT" });
    let cases: [(&Asker, &'static Field, [Step; 3]); 7] = [
        (
            &member,
            COLLECTS,
            [
                ("createCollect", "collect", json!({})),
                ("updateCollect", "collect", json!({ "status": "IN_PROGRESS" })),
                ("deleteCollect", "collect", json!({})),
            ],
        ),
        (
            &member,
            DOCUMENTS,
            [
                ("createDocument", "document", json!({ "filename": "a.pdf" })),
                ("updateDocument", "document", json!({ "filename": "b.pdf" })),
                ("deleteDocument", "document", json!({})),
            ],
        ),
        (
            &admin,
            CONNECTORS,
            [
                ("connectWorkspaceConnector", "workspaceConnector", json!({ "connectorId": catalogue.id })),
                ("updateWorkspaceConnector", "workspaceConnector", json!({ "accountLabel": "an account" })),
                ("disconnectWorkspaceConnector", "workspaceConnector", json!({})),
            ],
        ),
        (
            &service,
            SYNC_LOGS,
            [
                ("createWorkspaceConnectorSyncLog", "workspaceConnectorSyncLog", of_connector.clone()),
                ("startWorkspaceConnectorSyncLog", "workspaceConnectorSyncLog", json!({})),
                ("deleteWorkspaceConnectorSyncLog", "workspaceConnectorSyncLog", json!({})),
            ],
        ),
        (
            &service,
            MAPPINGS,
            [
                ("createConnectorMapping", "connectorMapping", with(of_connector.clone(), mapping)),
                ("updateConnectorMapping", "connectorMapping", json!({ "needsRegeneration": true })),
                ("deleteConnectorMapping", "connectorMapping", json!({})),
            ],
        ),
        (
            &service,
            DIAGNOSTICS,
            [
                ("createConnectorSyncDiagnostic", "connectorSyncDiagnostic", with(of_connector.clone(), diagnostic)),
                ("updateConnectorSyncDiagnostic", "connectorSyncDiagnostic", json!({ "detail": "y" })),
                ("deleteConnectorSyncDiagnostic", "connectorSyncDiagnostic", json!({})),
            ],
        ),
        (
            &service,
            LINKS,
            [
                ("createDocumentWorkspaceConnector", "documentWorkspaceConnector", with(of_connector, link)),
                ("updateDocumentWorkspaceConnector", "documentWorkspaceConnector", json!({ "direction": "OUTPUT" })),
                ("deleteDocumentWorkspaceConnector", "documentWorkspaceConnector", json!({})),
            ],
        ),
    ];
    for (asker, field, steps) in cases {
        let (events, id) = told_of(&app, asker, field, steps).await;
        // A connector that is disconnected stays.
        let life = if field.name == CONNECTORS.name { ["CREATED", "UPDATED", "UPDATED"] } else { LIFE };
        assert_told(field, &events, &id, &life);
    }
}

#[tokio::test]
async fn what_other_programs_do_is_told() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    for field in FIELDS {
        let mut following = Following::all(&app, &app.service(), field).await;
        let table = field.table;
        let change = async |change: &str, pk: i32| app.execute(&format!("{change} WHERE pk = {pk}")).await;
        // The same once with a mark and once for real.
        for delete in
            [format!("UPDATE core_api.{table} SET deleted_at = now()"), format!("DELETE FROM core_api.{table}")]
        {
            let row = field.row(&app, &connector, json!({})).await;
            let created = following.told(&app).await;
            change(&format!("UPDATE core_api.{table} SET updated_at = NULL"), row.pk).await;
            let updated = following.told(&app).await;
            if table == "documents" {
                app.execute(&format!(
                    "DELETE FROM core_api.document_workspace_connectors WHERE document_pk = {}",
                    row.pk
                ))
                .await;
            }
            change(&delete, row.pk).await;
            let deleted = following.told(&app).await;
            let events = [created, updated, deleted].concat();
            assert_eq!(events.first().map(id_of), Some(row.id.as_str()), "{}: {events:?}", field.name);
            let id = events[0]["id"].as_str().unwrap().to_owned();
            assert_told(field, &events, &id, &LIFE);
        }
    }
}

#[tokio::test]
async fn what_a_deletion_takes_along_is_told() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut followings = Vec::new();
    for field in [SYNC_LOGS, MAPPINGS] {
        followings.push((field, Following::all(&app, &app.service(), field).await));
    }
    let log = make::sync_log(&app, &connector, json!({})).await;
    let mapping = make::mapping(&app, &connector, json!({})).await;
    app.execute(&format!("DELETE FROM core_api.workspace_connectors WHERE pk = {}", connector.pk)).await;
    for ((field, mut following), row) in followings.into_iter().zip([log, mapping]) {
        let events = following.told(&app).await;
        let last = events.last().unwrap();
        assert_eq!((last["kind"].as_str(), id_of(last)), (Some("DELETED"), row.id.as_str()), "{}", field.name);
    }
}

#[tokio::test]
async fn taking_a_deletion_back_is_a_creation_and_changing_a_deleted_row_is_nothing() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let log = make::sync_log(&app, &connector, json!({})).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let set = async |what: &str| {
        app.execute(&format!("UPDATE core_api.workspace_connector_sync_logs SET {what} WHERE pk = {}", log.pk)).await;
    };
    set("deleted_at = now()").await;
    assert_eq!(kinds(&following.told(&app).await), ["DELETED"]);
    set("status = 'in_progress'").await;
    assert_eq!(following.told(&app).await, Vec::<Value>::new());
    set("deleted_at = NULL").await;
    assert_eq!(kinds(&following.told(&app).await), ["CREATED"]);
}

#[tokio::test]
async fn every_event_has_the_row_as_it_is_now() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let selection = "fresh: node { status workspaceConnector { accountLabel syncLogs(first: 1) { totalCount } } }";
    let mut following = Following::some(&app, &app.guest(), SYNC_LOGS, &connector, |_| json!({}), selection).await;
    let log = make::sync_log(&app, &connector, json!({})).await;
    let before = following.next().await;
    assert_eq!(before["fresh"]["status"], "SCHEDULED");
    assert_eq!(before["fresh"]["workspaceConnector"]["accountLabel"], json!(null));
    app.execute(&format!(
        "BEGIN;
         UPDATE core_api.workspace_connectors SET account_label = 'new' WHERE pk = {};
         UPDATE core_api.workspace_connector_sync_logs SET status = 'in_progress', started_at = now() WHERE pk = {1};
         INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk, deleted_at)
             SELECT workspace_connector_pk, workspace_pk, NULL FROM core_api.workspace_connector_sync_logs WHERE pk = {1};
         COMMIT",
        connector.pk, log.pk
    ))
    .await;
    let after = following.next().await;
    let count = |event: &Value| event["fresh"]["workspaceConnector"]["syncLogs"]["totalCount"].as_i64().unwrap();
    assert_eq!((after["kind"].as_str(), &after["id"]), (Some("UPDATED"), &json!(log.id)));
    assert_eq!(after["fresh"]["status"], "IN_PROGRESS");
    assert_eq!(after["fresh"]["workspaceConnector"]["accountLabel"], "new");
    assert_eq!(count(&after), count(&before) + 1);
}

/// The statements of the server for each of ten events.
async fn cost(app: &App, selection: &str) -> u64 {
    let connector = connected(app, &app.here).await;
    let mut following = Following::some(app, &app.guest(), SYNC_LOGS, &connector, |_| json!({}), selection).await;
    following.told(app).await;
    let before = app.statements();
    for _ in 0..10 {
        make::sync_log(app, &connector, json!({})).await;
        following.next().await;
    }
    (app.statements() - before) / 10
}

#[tokio::test]
async fn an_event_costs_one_statement_for_each_level_and_nothing_when_it_is_not_wanted() {
    let app = App::start().await;
    let row_alone = cost(&app, "").await;
    let two_levels_more = cost(&app, "more: node { workspaceConnector { connector { id } } }").await;
    assert_eq!(two_levels_more, row_alone + 2);

    let connector = connected(&app, &app.here).await;
    let mut socket = app.guest().socket().await;
    let mut following = Following::all(&app, &app.guest(), COLLECTS).await;
    socket.subscribe("1", &SYNC_LOGS.document(""), json!({ "ids": [connector.id] })).await;
    following.told(&app).await;
    let before = app.statements();
    for _ in 0..10 {
        make::sync_log(&app, &connector, json!({})).await;
    }
    let after_logs = app.statements();
    following.told(&app).await;
    assert_eq!(after_logs, before, "nobody wants to know of these");
}
