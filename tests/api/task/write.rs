//! Tasks are made, changed and deleted, and none stands above itself.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::kit::{App, Row, make};
use crate::writable::{
    Writable, idempotent, kept, only, optimistic, partial, soon, stored, text, unknown_ids, unknown_references,
};

const TASK: Writable = Writable {
    entity: "task",
    selection: "id title description status priority dueDate doneAt assignedTo { id } createdBy { id } parent { id }
        createdAt updatedAt",
};
const WRITERS: [&str; 4] = ["member", "admin", "owner", "service"];

#[tokio::test]
async fn a_task_is_made_changed_and_deleted() {
    let app = App::start().await;
    let member = app.member();
    let parent = make::task(&app, &app.here, json!({})).await;
    let given = json!({
        "title": "Pay", "description": "the invoice", "status": "BLOCKED", "priority": "high", "dueDate": "2026-12-01",
    });
    let mut input = given.clone();
    input["parentTaskId"] = json!(parent.id);
    input["assignedToId"] = json!(app.person.id);
    let created = TASK.ask(&member, "create", input).await;
    let row = created.row();
    for (field, value) in given.as_object().unwrap() {
        assert_eq!(&row[field], value);
    }
    assert_eq!((&row["parent"]["id"], &row["assignedTo"]["id"]), (&json!(parent.id), &json!(app.person.id)));
    assert_eq!((&row["createdBy"]["id"], &row["doneAt"]), (&json!(app.person.id), &json!(null)));
    let by_the_pipeline = TASK.ask(&app.service(), "create", json!({ "title": "Pay" })).await;
    assert_eq!((&by_the_pipeline.row()["createdBy"], &by_the_pipeline.row()["status"]), (&json!(null), &json!("OPEN")));

    let id = created.id();
    let changes = json!({ "id": id, "title": "Paid", "priority": null, "status": "OPEN" });
    let updated = TASK.ask(&member, "update", changes).await;
    let row = updated.row();
    assert_eq!(
        (&row["title"], &row["priority"], &row["description"]),
        (&json!("Paid"), &json!(null), &json!("the invoice"))
    );
    TASK.ask(&member, "delete", json!({ "id": parent.id })).await.row();
    assert_eq!(TASK.ask(&member, "update", json!({ "id": id })).await.row()["parent"], json!(null));
    assert_eq!(TASK.ask(&member, "delete", json!({ "id": id })).await.id(), id);
}

#[tokio::test]
async fn who_made_a_task_is_a_person_who_is_still_there() {
    let app = App::start().await;
    app.execute("UPDATE core_api.peoples SET deleted_at = now()").await;
    assert_eq!(TASK.ask(&app.member(), "create", json!({ "title": "a" })).await.row()["createdBy"], json!(null));
    app.unguarded().await;
    let stranger = make::person(&app, &app.elsewhere, json!({})).await;
    app.execute(&format!("UPDATE core_api.memberships SET person_pk = {}", stranger.pk)).await;
    let created = TASK.ask(&app.member(), "create", json!({ "title": "a" })).await;
    let sql = "SELECT created_by_pk FROM core_api.tasks WHERE task_id::text = $1";
    assert_eq!(app.sql().query_one(sql, &[&created.id()]).await.unwrap().get::<_, Option<i32>>(0), None);
}

#[tokio::test]
async fn tasks_are_written_by_members_and_the_pipeline() {
    let app = App::start().await;
    let task = make::task(&app, &app.here, json!({})).await;
    only(&app, &TASK, "create", json!({ "title": "a" }), &WRITERS).await;
    only(&app, &TASK, "update", json!({ "id": task.id, "title": "b" }), &WRITERS).await;
    only(&app, &TASK, "delete", json!({ "id": task.id }), &WRITERS).await;
}

#[tokio::test]
async fn tasks_of_nobody_here_cannot_be_written() {
    let app = App::start().await;
    let gone = json!({ "deleted_at": "2026-01-01T00:00:00Z" });
    let task = make::task(&app, &app.here, json!({})).await;
    let tasks = [make::task(&app, &app.elsewhere, json!({})).await, make::task(&app, &app.here, gone.clone()).await];
    let people = [make::person(&app, &app.elsewhere, json!({})).await, make::person(&app, &app.here, gone).await];
    for asker in [app.member(), app.service()] {
        for change in [json!({ "title": "mine" }), json!({ "parentTaskId": task.id })] {
            unknown_ids(&app, &TASK, &asker, &tasks[0], &tasks[1], &change).await;
        }
        for input in [json!({ "title": "a" }), json!({ "id": task.id, "title": "changed" })] {
            unknown_references(&TASK, &asker, &input, "parentTaskId", &tasks.each_ref()).await;
            unknown_references(&TASK, &asker, &input, "assignedToId", &people.each_ref()).await;
        }
        let untouched = TASK.ask(&asker, "update", json!({ "id": task.id })).await;
        assert_eq!(untouched.row()["title"], "a task");
        app.unguarded().await;
    }
}

#[tokio::test]
async fn a_tasks_fields_are_checked_and_partly_updated() {
    let app = App::start().await;
    let (task, parent) = (make::task(&app, &app.here, json!({})).await, make::task(&app, &app.here, json!({})).await);
    let (member, id) = (app.member(), &task.id);
    for (field, longest) in [("title", 500), ("description", 20_000), ("priority", 64)] {
        text(&TASK, &member, &json!({ "title": "a" }), field, longest).await;
        text(&TASK, &member, &json!({ "id": id }), field, longest).await;
    }
    for (field, kind, value, shown) in [
        ("description", "String", json!("at length"), "/description"),
        ("priority", "String", json!("low"), "/priority"),
        ("dueDate", "Date", json!("2026-02-28"), "/dueDate"),
        ("doneAt", "DateTime", json!("2026-11-20T08:15:30.123456Z"), "/doneAt"),
        ("assignedToId", "ID", json!(app.person.id), "/assignedTo/id"),
        ("parentTaskId", "ID", json!(parent.id), "/parent/id"),
    ] {
        partial(&TASK, &member, id, field, kind, &value, shown).await;
    }
    kept(&TASK, &member, id, "title", "String").await;
    kept(&TASK, &member, id, "status", "TaskStatus").await;
    TASK.ask(&member, "update", json!({ "id": id, "dueDate": "2026-02-30" })).await.answer.refused("BAD_USER_INPUT");
}

#[tokio::test]
async fn done_is_dated() {
    let app = App::start().await;
    let member = app.member();
    let day = json!("2026-11-01T00:00:00.000000Z");
    let made_done = TASK.ask(&member, "create", json!({ "title": "a", "status": "DONE" })).await;
    assert_eq!(made_done.row()["doneAt"], made_done.row()["createdAt"]);
    let dated = TASK.ask(&member, "create", json!({ "title": "a", "status": "DONE", "doneAt": day })).await;
    assert_eq!(dated.row()["doneAt"], day);

    let id = TASK.ask(&member, "create", json!({ "title": "a" })).await.id().to_owned();
    let update = async |changes: Value| {
        let mut input = json!({ "id": id });
        input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        TASK.ask(&member, "update", input).await.row()["doneAt"].clone()
    };
    let done = update(json!({ "status": "DONE" })).await;
    assert!(done.is_string());
    assert_eq!(update(json!({ "status": "DONE", "title": "b" })).await, done);
    assert_eq!(update(json!({ "status": "OPEN" })).await, json!(null));
    assert_eq!(update(json!({ "status": "DONE", "doneAt": day })).await, day);
    assert_eq!(update(json!({ "title": "c" })).await, day);
    assert_eq!(update(json!({ "status": "ARCHIVED", "doneAt": day })).await, day);
    assert_eq!(update(json!({ "status": "DONE", "doneAt": null })).await, json!(null));
}

#[tokio::test]
async fn no_task_stands_above_itself() {
    let app = App::start().await;
    let member = app.member();
    let line = line(&app, 4).await;
    for above in &line {
        let before = stored(&app, &line[0]).await;
        let input = json!({ "id": line[0].id, "parentTaskId": above.id, "title": "moved" });
        TASK.ask(&member, "update", input).await.refused("BAD_USER_INPUT at input.parentTaskId");
        assert_eq!(stored(&app, &line[0]).await, before);
    }
    // The other way round, and to where it is, it can be moved.
    for above in [&line[0], &line[2]] {
        let moved = TASK.ask(&member, "update", json!({ "id": line[3].id, "parentTaskId": above.id })).await;
        assert_eq!(moved.row()["parent"]["id"], json!(above.id));
    }
    // What was deleted in between ends the line.
    TASK.ask(&member, "delete", json!({ "id": line[1].id })).await.row();
    let moved = TASK.ask(&member, "update", json!({ "id": line[0].id, "parentTaskId": line[3].id })).await;
    assert_eq!(moved.row()["parent"]["id"], json!(line[3].id));
}

#[tokio::test]
async fn a_line_of_tasks_is_bounded() {
    let app = App::start().await;
    let member = app.member();
    let line = line(&app, 101).await;
    let other = make::task(&app, &app.here, json!({})).await;
    let update = |parent: &Row| TASK.ask(&member, "update", json!({ "id": other.id, "parentTaskId": parent.id }));
    let create = |parent: &Row| TASK.ask(&member, "create", json!({ "title": "a", "parentTaskId": parent.id }));
    soon(update(&line[99])).await.row();
    create(&line[99]).await.row();
    update(&line[100]).await.refused("BAD_USER_INPUT at input.parentTaskId");
    create(&line[100]).await.refused("BAD_USER_INPUT at input.parentTaskId");
    // Nor does a ring that another program made keep anybody busy.
    app.execute(&format!("UPDATE core_api.tasks SET parent_task_pk = {} WHERE pk = {}", line[2].pk, line[0].pk)).await;
    update(&line[1]).await.refused("BAD_USER_INPUT at input.parentTaskId");
}

#[tokio::test]
async fn racing_moves_make_no_ring() {
    let app = App::start().await;
    let member = app.member();
    for size in [2, 2, 2, 3, 4] {
        let tasks = join_all((0..size).map(|_| make::task(&app, &app.here, json!({})))).await;
        let moves = (0..size).map(|n| {
            let input = json!({ "id": tasks[n].id, "parentTaskId": tasks[(n + 1) % size].id });
            TASK.ask(&member, "update", input)
        });
        let racers = soon(join_all(moves)).await;
        for written in &racers {
            let refusals = written.refusals();
            let known = ["CONFLICT at input.parentTaskId", "BAD_USER_INPUT at input.parentTaskId"];
            assert!(refusals.iter().all(|why| known.contains(&why.as_str())), "{}", written.answer.text);
        }
        let won = racers.iter().filter(|written| written.refusals().is_empty()).count();
        assert!((1..size).contains(&won), "{won} of {size} moves won");
        let rings: i64 = app
            .sql()
            .query_one(
                "WITH RECURSIVE above AS (
                    SELECT pk AS start, parent_task_pk AS pk FROM core_api.tasks
                    UNION SELECT above.start, tasks.parent_task_pk FROM above JOIN core_api.tasks USING (pk)
                ) SELECT count(*) FROM above WHERE start = pk",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        assert_eq!(rings, 0);
    }
}

#[tokio::test]
async fn tasks_are_written_once() {
    let app = App::start().await;
    make::membership(&app, &app.here, "another@here", "member", json!({})).await;
    idempotent(&app, &TASK, "tasks", &json!({ "title": "a" }), &json!({ "title": "b" })).await;
    let row = make::task(&app, &app.here, json!({})).await;
    optimistic(&app, &TASK, &app.member(), &row, &json!({ "title": "c" })).await;
}

/// So many tasks, each part of the one before.
async fn line(app: &App, length: usize) -> Vec<Row> {
    let mut line: Vec<Row> = Vec::new();
    for _ in 0..length {
        let above = line.last().map(|row| row.pk);
        line.push(make::task(app, &app.here, json!({ "parent_task_pk": above })).await);
    }
    line
}
