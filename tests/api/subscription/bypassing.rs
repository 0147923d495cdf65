//! What goes round the rules of the tables: sessions in the role of a replica, emptied tables, rows that are moved.

use serde_json::{Value, json};

use super::{COLLECTS, DIAGNOSTICS, FIELDS, Following, LINKS, change_cursor, connected, id_of, kinds};
use crate::kit::database::connect;
use crate::kit::{App, make};

#[tokio::test]
async fn what_is_written_in_the_role_of_a_replica_is_told() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let replica = connect(app.database()).await;
    replica.batch_execute("SET session_replication_role = replica").await.unwrap();
    for field in FIELDS {
        let row = field.row(&app, &connector, json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await;
        let mut following = Following::all(&app, &app.service(), field).await;
        for change in ["SET deleted_at = NULL", "SET updated_at = now()", "SET deleted_at = now()"] {
            let sql = format!("UPDATE core_api.{} {change} WHERE pk = {}", field.table, row.pk);
            replica.batch_execute(&sql).await.unwrap();
            let expected = match change {
                "SET deleted_at = NULL" => vec!["CREATED"],
                _ if !field.changes => Vec::new(),
                "SET deleted_at = now()" => vec!["DELETED"],
                _ => vec!["UPDATED"],
            };
            assert_eq!(kinds(&following.told(&app).await), expected, "{}: {change}", field.name);
        }
    }
}

#[tokio::test]
async fn whoever_follows_what_is_emptied_is_sent_back_to_the_lists() {
    let app = App::start().await;
    for field in FIELDS.into_iter().filter(|field| field.changes) {
        let connector = connected(&app, &app.here).await;
        let cursor = change_cursor(&app.service()).await;
        let mut here = Following::all(&app, &app.service(), field).await;
        let mut elsewhere = app.service_elsewhere().socket().await;
        let theirs = change_cursor(&app.service_elsewhere()).await;
        elsewhere.subscribe("1", &field.document(""), json!({ "after": theirs })).await;
        field.row(&app, &connector, json!({})).await;
        app.execute(&format!("TRUNCATE core_api.{} CASCADE", field.table)).await;
        // What was told before comes before.
        let end = loop {
            let message = here.socket.hear().await;
            if message["type"] != "next" {
                break message;
            }
        };
        assert_eq!(end["payload"][0]["extensions"]["code"], "BAD_CURSOR", "{}", field.name);
        assert_eq!(elsewhere.failure("1").await, ["BAD_CURSOR"], "{}", field.name);
        let mut back = app.service().socket().await;
        back.subscribe("1", &field.document(""), json!({ "after": cursor })).await;
        let end = loop {
            let message = back.hear().await;
            if message["type"] != "next" {
                break message;
            }
        };
        assert_eq!(end["payload"][0]["extensions"]["code"], "BAD_CURSOR", "{}", field.name);
        // A cursor from after it holds.
        let cursor = change_cursor(&app.service()).await;
        let mut anew = app.service().socket().await;
        anew.subscribe("1", &field.document(""), json!({ "after": cursor })).await;
        let row = field.row(&app, &connected(&app, &app.here).await, json!({})).await;
        while id_of(&anew.answer("1").await["event"]) != row.id {}
    }
}

#[tokio::test]
async fn whoever_follows_something_else_goes_on_when_a_table_is_emptied() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut collects = Following::all(&app, &app.guest(), COLLECTS).await;
    let cursor = change_cursor(&app.guest()).await;
    app.execute("TRUNCATE core_api.connector_mappings, core_api.workspace_connector_sync_logs").await;
    assert_eq!(collects.told(&app).await, Vec::<Value>::new());
    let mut socket = app.guest().socket().await;
    socket.subscribe("1", &COLLECTS.document(""), json!({ "after": cursor })).await;
    let collect = make::collect(&app, &app.here, &app.person, json!({})).await;
    while id_of(&socket.answer("1").await["event"]) != collect.id {}
    // Nobody is told of the removal of diagnostics and links, one by one or at once.
    for field in [DIAGNOSTICS, LINKS] {
        let mut following = Following::all(&app, &app.service(), field).await;
        let row = field.row(&app, &connector, json!({})).await;
        assert_eq!(following.told(&app).await.len(), 1);
        app.execute(&format!("DELETE FROM core_api.{} WHERE pk = {}", row.table, row.pk)).await;
        assert_eq!(following.told(&app).await, Vec::<Value>::new(), "{}", field.name);
    }
}

#[tokio::test]
async fn a_row_that_is_moved_is_deleted_here_and_created_there() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let theirs = connected(&app, &app.elsewhere).await;
    let mover = connect(app.database()).await;
    mover.batch_execute("SET session_replication_role = replica").await.unwrap();
    for field in FIELDS.into_iter().filter(|field| field.name != LINKS.name) {
        let row = field.row(&app, &connector, json!({})).await;
        let stays = field.row(&app, &connector, json!({})).await;
        let cursors = (change_cursor(&app.service()).await, change_cursor(&app.service_elsewhere()).await);
        let change = format!(
            "UPDATE core_api.{table} SET workspace_pk = CASE pk WHEN {pk} THEN {to} ELSE workspace_pk END
             WHERE pk IN ({pk}, {other})",
            table = field.table,
            pk = row.pk,
            to = app.elsewhere.pk,
            other = stays.pk
        );
        mover.batch_execute(&change).await.unwrap();
        let mut here = app.service().socket().await;
        here.subscribe("1", &field.document(""), json!({ "after": cursors.0 })).await;
        // A collect of a person of elsewhere is seen by nobody.
        if field.name != COLLECTS.name {
            let mut there = app.service_elsewhere().socket().await;
            there.subscribe("1", &field.document(""), json!({ "after": cursors.1 })).await;
            let event = there.answer("1").await["event"].take();
            assert_eq!((event["kind"].as_str(), id_of(&event)), (Some("CREATED"), row.id.as_str()), "{}", field.name);
        }
        if field.changes {
            let gone = loop {
                // The cursor may be of a moment at which they were not there yet.
                let event = here.answer("1").await["event"].take();
                if event["kind"] != "CREATED" {
                    break event;
                }
            };
            assert_eq!((gone["kind"].as_str(), id_of(&gone)), (Some("DELETED"), row.id.as_str()), "{}", field.name);
            let kept = here.answer("1").await["event"].take();
            assert_eq!((kept["kind"].as_str(), id_of(&kept)), (Some("UPDATED"), stays.id.as_str()), "{}", field.name);
        }
    }
    // A link gets to another workspace with both its ends, which the rules allow.
    let link = LINKS.row(&app, &connector, json!({})).await;
    let document = make::document(&app, &app.elsewhere, json!({})).await;
    let cursor = change_cursor(&app.service_elsewhere()).await;
    app.execute(&format!(
        "UPDATE core_api.document_workspace_connectors SET document_pk = {}, workspace_connector_pk = {} WHERE pk = {}",
        document.pk, theirs.pk, link.pk
    ))
    .await;
    let mut there = app.service_elsewhere().socket().await;
    there.subscribe("1", &LINKS.document(""), json!({ "after": cursor })).await;
    let event = there.answer("1").await["event"].take();
    assert_eq!((event["kind"].as_str(), id_of(&event)), (Some("CREATED"), document.id.as_str()));
}

#[tokio::test]
async fn an_old_collect_that_gets_a_workspace_is_created_there() {
    let app = App::start().await;
    let collect = make::collect(&app, &app.here, &app.person, json!({ "workspace_pk": null })).await;
    let mut following = Following::all(&app, &app.guest(), COLLECTS).await;
    let adopted = format!(
        "SET session_replication_role = replica;
         UPDATE core_api.collects SET workspace_pk = {} WHERE pk = {};
         RESET session_replication_role",
        app.here.pk, collect.pk
    );
    app.execute(&adopted).await;
    let events = following.told(&app).await;
    assert_eq!((kinds(&events), id_of(&events[0])), (vec!["CREATED", "UPDATED"], collect.id.as_str()));
}
