//! Documents are noted, renamed, processed and deleted.

use serde_json::json;

use crate::kit::{App, make};
use crate::writable::{
    Writable, idempotent, kept, only, optimistic, partial, stored, text, unknown_ids, unknown_references,
};

const DOCUMENT: Writable = Writable {
    entity: "document",
    selection: "id filename type size documentType processingStatus contentChecksum uploadedAt collect { id } updatedAt",
};
const WRITERS: [&str; 4] = ["member", "admin", "owner", "service"];

#[tokio::test]
async fn a_document_is_noted_renamed_and_deleted() {
    let app = App::start().await;
    let member = app.member();
    let collect = make::collect(&app, &app.here, &app.person, json!({})).await;
    let given = json!({
        "filename": "invoice.pdf", "type": "application/pdf", "size": 5_000_000_000_i64, "documentType": "380",
        "contentChecksum": "sha256:00", "uploadedAt": "2026-11-20T08:15:30.123456Z",
    });
    let mut input = given.clone();
    input["collectId"] = json!(collect.id);
    let created = DOCUMENT.ask(&member, "create", input).await;
    for (field, value) in given.as_object().unwrap() {
        assert_eq!(&created.row()[field], value);
    }
    assert_eq!(created.row()["collect"]["id"], json!(collect.id));
    assert_eq!(created.row()["processingStatus"], "PENDING");

    let id = created.id();
    let changes = json!({ "id": id, "filename": "credit.pdf", "documentType": "381", "type": null });
    let updated = DOCUMENT.ask(&member, "update", changes).await;
    let row = updated.row();
    assert_eq!(
        (&row["filename"], &row["documentType"], &row["type"]),
        (&json!("credit.pdf"), &json!("381"), &json!(null))
    );
    assert_eq!(row["contentChecksum"], given["contentChecksum"]);
    let query = format!(
        "{{ document(id: {}) {{ id }} collect(id: {}) {{ documents {{ totalCount }} }} }}",
        json!(id),
        json!(collect.id)
    );
    assert_eq!(member.say(&query).await.int("/collect/documents/totalCount"), 1);
    DOCUMENT.ask(&member, "delete", json!({ "id": id })).await.row();
    let answer = member.say(&query).await;
    assert!(answer.at("/document").is_null());
    assert_eq!(answer.int("/collect/documents/totalCount"), 0);
}

#[tokio::test]
async fn documents_are_written_by_members_and_the_pipeline() {
    let app = App::start().await;
    let document = make::document(&app, &app.here, json!({})).await;
    only(&app, &DOCUMENT, "create", json!({ "filename": "a" }), &WRITERS).await;
    only(&app, &DOCUMENT, "update", json!({ "id": document.id, "filename": "b" }), &WRITERS).await;
    only(&app, &DOCUMENT, "delete", json!({ "id": document.id }), &WRITERS).await;
}

#[tokio::test]
async fn only_the_pipeline_says_how_processing_goes() {
    let app = App::start().await;
    let document = make::document(&app, &app.here, json!({})).await;
    let before = stored(&app, &document).await;
    only(&app, &DOCUMENT, "create", json!({ "filename": "a", "processingStatus": "EXTRACTED" }), &["service"]).await;
    for (field, value) in [
        ("processingStatus", json!("EXTRACTED")),
        ("size", json!(1)),
        ("size", json!(null)),
        ("contentChecksum", json!("x")),
        ("uploadedAt", json!("2026-11-20T08:15:30Z")),
    ] {
        let input = json!({ "id": document.id, "filename": "taken", field: value });
        for asker in [app.guest(), app.member(), app.admin(), app.owner()] {
            DOCUMENT.ask(&asker, "update", input.clone()).await.answer.refused("FORBIDDEN");
        }
        assert_eq!(stored(&app, &document).await, before);
    }
    only(&app, &DOCUMENT, "update", json!({ "id": document.id, "processingStatus": "FAILED" }), &["service"]).await;
    let failed = DOCUMENT.ask(&app.service(), "update", json!({ "id": document.id })).await;
    assert_eq!(failed.row()["processingStatus"], "FAILED");
}

#[tokio::test]
async fn documents_of_nobody_here_cannot_be_written() {
    let app = App::start().await;
    let gone = "2026-01-01T00:00:00Z";
    let foreign = make::document(&app, &app.elsewhere, json!({})).await;
    let deleted = make::document(&app, &app.here, json!({ "deleted_at": gone })).await;
    let stranger = make::person(&app, &app.elsewhere, json!({})).await;
    let foreign_collect = make::collect(&app, &app.elsewhere, &stranger, json!({})).await;
    let deleted_collect = make::collect(&app, &app.here, &app.person, json!({ "deleted_at": gone })).await;
    let collects = [&foreign_collect, &deleted_collect];
    for asker in [app.member(), app.service()] {
        unknown_ids(&app, &DOCUMENT, &asker, &foreign, &deleted, &json!({ "filename": "mine" })).await;
        unknown_references(&DOCUMENT, &asker, &json!({ "filename": "a" }), "collectId", &collects).await;
        app.unguarded().await;
    }
}

#[tokio::test]
async fn a_documents_fields_are_checked_and_partly_updated() {
    let app = App::start().await;
    let document = make::document(&app, &app.here, json!({})).await;
    let (service, id) = (app.service(), &document.id);
    for (field, longest) in [("filename", 1_000), ("type", 255), ("documentType", 64), ("contentChecksum", 255)] {
        text(&DOCUMENT, &service, &json!({ "filename": "a" }), field, longest).await;
        text(&DOCUMENT, &service, &json!({ "id": id }), field, longest).await;
    }
    for input in [json!({ "filename": "a", "size": -1 }), json!({ "id": id, "size": -1 })] {
        let verb = if input.get("id").is_some() { "update" } else { "create" };
        DOCUMENT.ask(&service, verb, input).await.refused("BAD_USER_INPUT at input.size");
    }
    for (field, kind, value) in [
        ("type", "String", json!("text/plain")),
        ("documentType", "String", json!("380")),
        ("contentChecksum", "String", json!("sha256:1")),
        ("size", "BigInt", json!(9_007_199_254_740_993_i64)),
        ("uploadedAt", "DateTime", json!("2026-11-20T08:15:30.000001Z")),
    ] {
        partial(&DOCUMENT, &service, id, field, kind, &value, &format!("/{field}")).await;
    }
    kept(&DOCUMENT, &service, id, "filename", "String").await;
    kept(&DOCUMENT, &service, id, "processingStatus", "DocumentProcessingStatus").await;
}

#[tokio::test]
async fn documents_are_written_once() {
    let app = App::start().await;
    make::membership(&app, &app.here, "another@here", "member", json!({})).await;
    idempotent(&app, &DOCUMENT, "documents", &json!({ "filename": "a" }), &json!({ "filename": "b" })).await;
    let row = make::document(&app, &app.here, json!({})).await;
    optimistic(&app, &DOCUMENT, &app.member(), &row, &json!({ "filename": "c" })).await;
}
