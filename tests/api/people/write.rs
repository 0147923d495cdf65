//! People are made known, changed and deleted.

use serde_json::json;

use crate::kit::{App, make};
use crate::writable::{Writable, idempotent, only, optimistic, partial, text, unknown_ids};

const PEOPLE: Writable =
    Writable { entity: "people", selection: "id fullName firstName lastName jobTitle createdAt updatedAt" };
const WRITERS: [&str; 4] = ["member", "admin", "owner", "service"];

#[tokio::test]
async fn a_person_is_made_known_changed_and_deleted() {
    let app = App::start().await;
    let member = app.member();
    let given = json!({ "fullName": "Ada L.", "firstName": "Ada", "lastName": "L.", "jobTitle": "Countess" });
    let created = PEOPLE.ask(&member, "create", given.clone()).await;
    for (field, value) in given.as_object().unwrap() {
        assert_eq!(&created.row()[field], value);
    }
    let id = created.id();
    assert_eq!(PEOPLE.ask(&member, "create", json!({})).await.row()["fullName"], json!(null));

    let updated = PEOPLE.ask(&member, "update", json!({ "id": id, "jobTitle": null, "lastName": "Lovelace" })).await;
    let row = updated.row();
    assert_eq!(
        (&row["jobTitle"], &row["lastName"], &row["firstName"]),
        (&json!(null), &json!("Lovelace"), &json!("Ada"))
    );
    let query = format!("{{ person(id: {}) {{ lastName workspace {{ id }} }} }}", json!(id));
    assert_eq!(member.say(&query).await.str("/person/workspace/id"), app.here.id);
    assert!(app.member_elsewhere().say(&query).await.at("/person").is_null());

    assert_eq!(PEOPLE.ask(&member, "delete", json!({ "id": id })).await.id(), id);
    assert!(member.say(&query).await.at("/person").is_null());
}

#[tokio::test]
async fn people_are_written_by_members_and_the_pipeline() {
    let app = App::start().await;
    only(&app, &PEOPLE, "create", json!({ "fullName": "A" }), &WRITERS).await;
    only(&app, &PEOPLE, "update", json!({ "id": app.person.id, "fullName": "B" }), &WRITERS).await;
    only(&app, &PEOPLE, "delete", json!({ "id": app.person.id }), &WRITERS).await;
}

#[tokio::test]
async fn people_of_nobody_here_cannot_be_written() {
    let app = App::start().await;
    let foreign = make::person(&app, &app.elsewhere, json!({})).await;
    let deleted = make::person(&app, &app.here, json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await;
    let change = json!({ "fullName": "Mine now" });
    unknown_ids(&app, &PEOPLE, &app.member(), &foreign, &deleted, &change).await;
    app.unguarded().await;
    unknown_ids(&app, &PEOPLE, &app.service(), &foreign, &deleted, &change).await;
}

#[tokio::test]
async fn names_are_checked_and_partly_updated() {
    let app = App::start().await;
    let (member, id) = (app.member(), &app.person.id);
    for field in ["fullName", "firstName", "lastName", "jobTitle"] {
        text(&PEOPLE, &member, &json!({}), field, 255).await;
        text(&PEOPLE, &member, &json!({ "id": id }), field, 255).await;
        partial(&PEOPLE, &member, id, field, "String", &json!("Somebody \u{1F600}"), &format!("/{field}")).await;
    }
}

#[tokio::test]
async fn people_are_written_once() {
    let app = App::start().await;
    make::membership(&app, &app.here, "another@here", "member", json!({})).await;
    idempotent(&app, &PEOPLE, "peoples", &json!({ "fullName": "A" }), &json!({ "fullName": "B" })).await;
    let row = make::person(&app, &app.here, json!({})).await;
    optimistic(&app, &PEOPLE, &app.member(), &row, &json!({ "fullName": "C" })).await;
}
