//! Collects are made, changed and deleted.

mod ending;
mod life;

use serde_json::json;

use crate::kit::{App, make};
use crate::writable::{
    Writable, Written, count, idempotent, kept, only, optimistic, partial, text, unknown_ids, unknown_references,
};

const COLLECT: Writable = Writable {
    entity: "collect",
    selection: "id provider status startedAt endedAt createdAt updatedAt people { id } task { id }",
};

/// Changes a collect as the member.
async fn update(app: &App, id: &str, changes: serde_json::Value) -> Written {
    let mut input = json!({ "id": id });
    input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    COLLECT.ask(&app.member(), "update", input).await
}

#[tokio::test]
async fn a_collect_is_made_changed_and_deleted() {
    let app = App::start().await;
    let member = app.member();
    let task = make::task(&app, &app.here, json!({})).await;
    let created = COLLECT.ask(&member, "create", json!({ "provider": "linkedin", "taskId": task.id })).await;
    let row = created.row();
    assert_eq!((&row["provider"], &row["status"]), (&json!("linkedin"), &json!("TODO")));
    assert_eq!((&row["startedAt"], &row["endedAt"]), (&json!(null), &json!(null)));
    assert_eq!((&row["people"]["id"], &row["task"]["id"]), (&json!(app.person.id), &json!(task.id)));
    let id = created.id();
    let query = format!("{{ collect(id: {}) {{ workspace {{ id }} }} }}", json!(id));
    assert_eq!(member.say(&query).await.str("/collect/workspace/id"), app.here.id);
    assert!(app.member_elsewhere().say(&query).await.at("/collect").is_null());

    let updated = update(&app, id, json!({ "provider": "popup", "taskId": null })).await;
    assert_eq!((&updated.row()["provider"], &updated.row()["task"]), (&json!("popup"), &json!(null)));
    assert_eq!(COLLECT.ask(&member, "delete", json!({ "id": id })).await.id(), id);
    assert!(member.say(&query).await.at("/collect").is_null());
}

#[tokio::test]
async fn the_pipeline_changes_collects_but_neither_makes_nor_deletes_them() {
    let app = App::start().await;
    app.execute(&format!(
        "UPDATE core_api.memberships SET person_pk = {} WHERE workspace_pk = {}",
        app.person.pk, app.here.pk
    ))
    .await;
    let collect = make::collect(&app, &app.here, &app.person, json!({})).await;
    only(&app, &COLLECT, "create", json!({}), &["member", "admin", "owner"]).await;
    let changes = json!({ "id": collect.id, "provider": "a" });
    only(&app, &COLLECT, "update", changes, &["member", "admin", "owner", "service"]).await;
    only(&app, &COLLECT, "delete", json!({ "id": collect.id }), &["member", "admin", "owner"]).await;
}

#[tokio::test]
async fn whoever_is_no_person_here_starts_no_collect() {
    let app = App::start().await;
    let key = |values| make::api_key(&app, &app.here, values);
    let (_, without) = key(json!({ "role": "member" })).await;
    let (_, with) = key(json!({ "role": "member", "person_pk": app.person.pk })).await;
    for asker in [app.admin(), app.bearer(&without)] {
        COLLECT.ask(&asker, "create", json!({})).await.refused("BAD_USER_INPUT at input");
    }
    let started = COLLECT.ask(&app.bearer(&with), "create", json!({})).await;
    assert_eq!(started.row()["people"]["id"], json!(app.person.id));
    app.execute("UPDATE core_api.peoples SET deleted_at = now()").await;
    COLLECT.ask(&app.member(), "create", json!({})).await.refused("BAD_USER_INPUT at input");
    // Nor does a person of another workspace, whatever the database allows.
    app.unguarded().await;
    let stranger = make::person(&app, &app.elsewhere, json!({})).await;
    app.execute(&format!("UPDATE core_api.memberships SET person_pk = {}", stranger.pk)).await;
    COLLECT.ask(&app.member(), "create", json!({})).await.refused("BAD_USER_INPUT at input");
    assert_eq!(count(&app, "collects").await, 1);
}

#[tokio::test]
async fn collects_of_nobody_here_cannot_be_written() {
    let app = App::start().await;
    let gone = json!({ "deleted_at": "2026-01-01T00:00:00Z" });
    let stranger = make::person(&app, &app.elsewhere, json!({})).await;
    let foreign = make::collect(&app, &app.elsewhere, &stranger, json!({})).await;
    let deleted = make::collect(&app, &app.here, &app.person, gone.clone()).await;
    let nobodys = make::collect(&app, &app.here, &app.person, json!({ "workspace_pk": null })).await;
    let collect = make::collect(&app, &app.here, &app.person, json!({})).await;
    let tasks = [make::task(&app, &app.elsewhere, json!({})).await, make::task(&app, &app.here, gone).await];
    for asker in [app.member(), app.owner()] {
        for change in [json!({ "provider": "mine" }), json!({ "status": "ERROR" })] {
            unknown_ids(&app, &COLLECT, &asker, &foreign, &deleted, &change).await;
            unknown_ids(&app, &COLLECT, &asker, &nobodys, &deleted, &change).await;
        }
        let input = json!({ "id": collect.id, "status": "ERROR" });
        unknown_references(&COLLECT, &asker, &input, "taskId", &tasks.each_ref()).await;
        app.unguarded().await;
    }
    unknown_references(&COLLECT, &app.member(), &json!({}), "taskId", &tasks.each_ref()).await;
    assert_eq!(update(&app, &collect.id, json!({})).await.row()["status"], "TODO");
}

#[tokio::test]
async fn a_collects_fields_are_checked_and_partly_updated() {
    let app = App::start().await;
    let member = app.member();
    let task = make::task(&app, &app.here, json!({})).await;
    let id = COLLECT.ask(&member, "create", json!({ "status": "IN_PROGRESS" })).await.id().to_owned();
    text(&COLLECT, &member, &json!({}), "provider", 255).await;
    text(&COLLECT, &member, &json!({ "id": id }), "provider", 255).await;
    partial(&COLLECT, &member, &id, "provider", "String", &json!("popup"), "/provider").await;
    partial(&COLLECT, &member, &id, "taskId", "ID", &json!(task.id), "/task/id").await;
    let moment = json!("2026-11-01T08:15:30.123456Z");
    partial(&COLLECT, &member, &id, "startedAt", "DateTime", &moment, "/startedAt").await;
    kept(&COLLECT, &member, &id, "status", "CollectStatus").await;
}

#[tokio::test]
async fn collects_are_written_once() {
    let app = App::start().await;
    make::membership(&app, &app.here, "another@here", "member", json!({ "person_pk": app.person.pk })).await;
    let (input, other) = (json!({ "status": "FINALIZED" }), json!({ "status": "ERROR" }));
    idempotent(&app, &COLLECT, "collects", &input, &other).await;
    let row = make::collect(&app, &app.here, &app.person, json!({})).await;
    // Each racer wants something else, or the losers would repeat the winner's call.
    let open = make::collect(&app, &app.here, &app.person, json!({ "status": "in_progress" })).await;
    optimistic(&app, &COLLECT, &app.member(), &row, &json!({ "provider": "c" })).await;
    optimistic(&app, &COLLECT, &app.member(), &open, &json!({ "startedAt": "2026-11-01T00:00:00Z" })).await;
}
