//! Every field that follows an entity × every kind of outsider.

use serde_json::{Value, json};

use crate::kit::{App, make};
use crate::subscription::{
    COLLECTS, DIAGNOSTICS, FIELDS, Field, Following, LINKS, MAPPINGS, change_cursor, connected, id_of,
};

#[tokio::test]
async fn nothing_of_another_workspace_is_told() {
    let app = App::start().await;
    let (own, foreign) = (connected(&app, &app.here).await, connected(&app, &app.elsewhere).await);
    for field in FIELDS {
        let row = field.row(&app, &foreign, json!({})).await;
        // Whoever names what is not theirs is told of it as little as whoever does not.
        for named in [false, true] {
            let variables = |mut ids: Vec<String>| {
                ids.push(row.id.clone());
                if named { json!({ "ids": ids, "connectors": [own.id, foreign.id] }) } else { json!({}) }
            };
            let mut following = Following::some(&app, &app.service(), field, &own, variables, "").await;
            let born = field.row(&app, &foreign, json!({})).await;
            for change in ["updated_at = NULL", "deleted_at = now()", "deleted_at = NULL"] {
                let set = format!("UPDATE core_api.{} SET {change} WHERE pk IN ({}, {})", row.table, row.pk, born.pk);
                app.execute(&set).await;
            }
            assert_eq!(following.told(&app).await, Vec::<Value>::new(), "{}", field.name);
        }
    }
}

#[tokio::test]
async fn a_change_cursor_holds_in_its_own_workspace_only() {
    let app = App::start().await;
    let foreign = change_cursor(&app.admin_elsewhere()).await;
    let own = connected(&app, &app.here).await;
    for (role, asker) in app.by_role() {
        let cursor = change_cursor(&asker).await;
        for field in FIELDS.into_iter().filter(|field| may_follow(role, field)) {
            let mut socket = asker.socket().await;
            socket.subscribe("1", &field.document(""), json!({ "after": foreign })).await;
            assert_eq!(socket.failure("1").await, ["BAD_CURSOR"], "{role}: {}", field.name);
            // What was made since then elsewhere is not told with the own one either.
            field.row(&app, &connected(&app, &app.elsewhere).await, json!({})).await;
            let row = field.row(&app, &own, json!({})).await;
            socket.subscribe("2", &field.document(""), json!({ "after": cursor })).await;
            loop {
                let event = socket.answer("2").await["event"].take();
                assert!(is_here(&app, field, &event).await, "{role}: {event}");
                if id_of(&event) == row.id {
                    break;
                }
            }
        }
    }
}

/// Whether an event is about a row of the workspace `here`.
async fn is_here(app: &App, field: &Field, event: &Value) -> bool {
    let table = if field.table == LINKS.table { "documents" } else { field.table };
    let id = make::id_column(table);
    let sql = format!("SELECT workspace_pk FROM core_api.{table} WHERE {id}::text = $1");
    let row = app.sql().query_one(&sql, &[&id_of(event)]).await.unwrap();
    row.get::<_, i32>(0) == app.here.pk
}

fn may_follow(role: &str, field: &Field) -> bool {
    role != "guest" || ![MAPPINGS.name, DIAGNOSTICS.name].contains(&field.name)
}

#[tokio::test]
async fn an_old_collect_without_a_workspace_is_told_to_nobody() {
    let app = App::start().await;
    let mut here = Following::all(&app, &app.owner(), COLLECTS).await;
    let collect = make::collect(&app, &app.here, &app.person, json!({ "workspace_pk": null })).await;
    app.execute(&format!("UPDATE core_api.collects SET provider = 'x' WHERE pk = {}", collect.pk)).await;
    app.execute(&format!("DELETE FROM core_api.collects WHERE pk = {}", collect.pk)).await;
    assert_eq!(here.told(&app).await, Vec::<Value>::new());
}

#[tokio::test]
async fn what_a_role_may_not_read_it_may_not_follow() {
    let app = App::start().await;
    for (role, asker) in app.by_role() {
        for field in FIELDS {
            if may_follow(role, field) {
                Following::all(&app, &asker, field).await;
                continue;
            }
            let mut socket = asker.socket().await;
            socket.subscribe("1", &field.document(""), json!({})).await;
            assert_eq!(socket.failure("1").await, ["FORBIDDEN"], "{role}: {}", field.name);
        }
    }
}
