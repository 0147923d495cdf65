//! `createDocumentWorkspaceConnector`, `stageDocumentWorkspaceConnectors`, `updateDocumentWorkspaceConnector`,
//! `deleteDocumentWorkspaceConnector`.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::kit::{App, Row, make};

const CREATE: &str = "createDocumentWorkspaceConnector";
const STAGE: &str = "stageDocumentWorkspaceConnectors";
const UPDATE: &str = "updateDocumentWorkspaceConnector";
const DELETE: &str = "deleteDocumentWorkspaceConnector";
const LINK: &str = "documentWorkspaceConnector { id direction updatedAt document { id } workspaceConnector { id } }";
const LINKS: &str = "documentWorkspaceConnectors { id direction document { id } workspaceConnector { id } }";
const TOTAL: &str = "SELECT count(*) FROM core_api.document_workspace_connectors WHERE deleted_at IS NULL";

/// A document and a workspace connector.
async fn ends(app: &App, workspace: &Row) -> (Row, Row) {
    let connector = make::connector(app, None, json!({})).await;
    let connected = make::workspace_connector(app, workspace, &connector, json!({})).await;
    (make::document(app, workspace, json!({})).await, connected)
}

fn link(document: &str, connector: &str, direction: &str) -> Value {
    json!({ "documentId": document, "workspaceConnectorId": connector, "direction": direction })
}

fn plus(mut input: Value, field: &str, value: impl Into<Value>) -> Value {
    input[field] = value.into();
    input
}

/// Documents and workspace connectors that are not there, for whoever is here.
async fn nowhere(app: &App) -> [(String, String); 3] {
    let (document, connector) = ends(app, &app.elsewhere).await;
    let deleted = json!({ "deleted_at": "2026-01-01T00:00:00Z" });
    let gone_document = make::document(app, &app.here, deleted.clone()).await;
    let catalogue = make::connector(app, None, json!({})).await;
    let gone_connector = make::workspace_connector(app, &app.here, &catalogue, deleted).await;
    [
        (document.id, connector.id),
        (gone_document.id, gone_connector.id),
        (Uuid::new_v4().to_string(), Uuid::new_v4().to_string()),
    ]
}

#[tokio::test]
async fn a_passage_is_noted_as_often_as_it_happens() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let mut ids = Vec::new();
    for direction in ["INPUT", "OUTPUT", "INPUT"] {
        let made = done(&app.service(), CREATE, LINK, link(&document.id, &connector.id, direction)).await;
        let made = made.at("/done/documentWorkspaceConnector").clone();
        assert_eq!(made["direction"], direction);
        assert_eq!(
            (&made["document"]["id"], &made["workspaceConnector"]["id"]),
            (&json!(document.id), &json!(connector.id))
        );
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let recent =
        "SELECT count(*) FROM core_api.document_workspace_connectors WHERE now() - created_at < interval '1 minute'";
    assert_eq!(count(&app, recent).await, 3);
    let query = "query ($id: ID!) { documentWorkspaceConnector(id: $id) { direction } }";
    let found = app.guest().ask(query, json!({ "id": ids[1] })).await;
    assert_eq!(found.str("/documentWorkspaceConnector/direction"), "OUTPUT");
}

#[tokio::test]
async fn only_the_pipeline_writes_links() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let input = link(&document.id, &connector.id, "INPUT");
    let made = done(&app.service(), CREATE, LINK, input.clone()).await;
    let id = made.str("/done/documentWorkspaceConnector/id");
    for asker in [app.guest(), app.member(), app.admin(), app.owner()] {
        change(&asker, CREATE, LINK, input.clone()).await.refused("FORBIDDEN");
        change(&asker, STAGE, LINKS, json!({ "links": [] })).await.refused("FORBIDDEN");
        change(&asker, UPDATE, LINK, json!({ "id": id, "direction": "OUTPUT" })).await.refused("FORBIDDEN");
        change(&asker, DELETE, LINK, json!({ "id": id })).await.refused("FORBIDDEN");
    }
    assert_eq!(count(&app, &format!("{TOTAL} AND direction = 'input'")).await, 1);
}

#[tokio::test]
async fn ends_outside_of_the_workspace_do_not_exist() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let mut answers = Vec::new();
    for (no_document, no_connector) in nowhere(&app).await {
        let answer = change(&app.service(), CREATE, LINK, link(&no_document, &connector.id, "INPUT")).await;
        refused(&answer, "NOT_FOUND", "documentId");
        answers.push(answer.text);
        let answer = change(&app.service(), CREATE, LINK, link(&document.id, &no_connector, "INPUT")).await;
        refused(&answer, "NOT_FOUND", "workspaceConnectorId");
        answers.push(answer.text);
    }
    assert_eq!((&answers[..2], &answers[..2]), (&answers[2..4], &answers[4..]));
    assert_eq!(count(&app, TOTAL).await, 0);
}

#[tokio::test]
async fn a_thousand_links_are_staged_as_one() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let (other_document, other_connector) = ends(&app, &app.here).await;
    let links = |count: usize| -> Vec<Value> {
        let one = |index: usize| {
            let document = if index.is_multiple_of(3) { &document } else { &other_document };
            let connector = if index.is_multiple_of(5) { &connector } else { &other_connector };
            link(&document.id, &connector.id, if index.is_multiple_of(2) { "INPUT" } else { "OUTPUT" })
        };
        (0..count).map(one).collect()
    };
    // That its key is used is noted now, and not again in the next minute.
    app.service().say("{ __typename }").await;
    let mut statements = Vec::new();
    for size in [2, 1_000] {
        let before = app.statements();
        let made = done(&app.service(), STAGE, LINKS, json!({ "links": links(size) })).await;
        statements.push(app.statements() - before);
        let shown = |link: &Value| {
            json!({
                "documentId": link["document"]["id"], "workspaceConnectorId": link["workspaceConnector"]["id"],
                "direction": link["direction"],
            })
        };
        let made = made.at("/done/documentWorkspaceConnectors").as_array().unwrap();
        assert_eq!(made.iter().map(shown).collect::<Vec<_>>(), links(size));
    }
    assert_eq!(statements[0], statements[1]);
    assert_eq!(count(&app, TOTAL).await, 1_002);
    for size in [0, 1_001] {
        refused(
            &change(&app.service(), STAGE, LINKS, json!({ "links": links(size) })).await,
            "BAD_USER_INPUT",
            "links",
        );
    }
    assert_eq!(count(&app, TOTAL).await, 1_002);
}

#[tokio::test]
async fn staging_names_every_bad_link_and_notes_none() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let [(foreign_document, foreign_connector), (gone_document, gone_connector), (no_document, _)] =
        nowhere(&app).await;
    let links = [
        link(&document.id, &connector.id, "INPUT"),
        link(&foreign_document, &connector.id, "INPUT"),
        link(&document.id, &gone_connector, "OUTPUT"),
        link(&document.id, &connector.id, "INPUT"),
        link(&no_document, &foreign_connector, "OUTPUT"),
        link(&gone_document, &connector.id, "INPUT"),
    ];
    let answer = change(&app.service(), STAGE, LINKS, json!({ "links": links })).await;
    assert_eq!(answer.at("/done/documentWorkspaceConnectors"), &json!(null));
    let errors = answer.at("/done/userErrors").as_array().unwrap();
    assert!(errors.iter().all(|error| error["code"] == "NOT_FOUND"), "{}", answer.text);
    let paths: Vec<&Value> = errors.iter().map(|error| &error["path"]).collect();
    let expected = [
        ("1", "documentId"),
        ("2", "workspaceConnectorId"),
        ("4", "documentId"),
        ("4", "workspaceConnectorId"),
        ("5", "documentId"),
    ];
    assert_eq!(json!(paths), json!(expected.map(|(index, field)| ["input", "links", index, field])));
    assert_eq!(count(&app, TOTAL).await, 0);
}

#[tokio::test]
async fn a_key_makes_the_same_links_once() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let one = link(&document.id, &connector.id, "INPUT");
    let other = link(&document.id, &connector.id, "OUTPUT");
    let staged = plus(json!({ "links": [one.clone(), other.clone(), one.clone()] }), "idempotencyKey", "stage");
    let single = plus(one.clone(), "idempotencyKey", "single");

    // Many at once, and once more afterwards.
    let service = app.service();
    for (mutation, selection, input, made) in [(STAGE, LINKS, &staged, 3), (CREATE, LINK, &single, 1)] {
        let before = count(&app, TOTAL).await;
        let mut answers = at_once((0..6).map(|_| done(&service, mutation, selection, input.clone()))).await;
        answers.push(done(&service, mutation, selection, input.clone()).await);
        assert!(answers.iter().all(|answer| answer.text == answers[0].text), "{answers:?}");
        assert_eq!(count(&app, TOTAL).await - before, made);
    }
    let another = plus(json!({ "links": [one.clone(), other] }), "idempotencyKey", "stage");
    refused(&change(&service, STAGE, LINKS, another).await, "BAD_USER_INPUT", "idempotencyKey");
    // A key stands for one operation.
    let another = plus(json!({ "links": [one.clone()] }), "idempotencyKey", "single");
    refused(&change(&service, STAGE, LINKS, another).await, "BAD_USER_INPUT", "idempotencyKey");
    let another = plus(one.clone(), "idempotencyKey", "stage");
    refused(&change(&service, CREATE, LINK, another).await, "BAD_USER_INPUT", "idempotencyKey");
    let keys = [json!(""), json!("x".repeat(256)), json!("a\0")];
    refuses(&service, STAGE, &json!({ "links": [one] }), "idempotencyKey", &keys).await;
    assert_eq!(count(&app, TOTAL).await, 4);

    let first = done(&service, STAGE, LINKS, staged.clone()).await;
    done(&service, DELETE, LINK, json!({ "id": first.str("/done/documentWorkspaceConnectors/1/id") })).await;
    refused(&change(&service, STAGE, LINKS, staged).await, "NOT_FOUND", "idempotencyKey");
    assert_eq!(count(&app, TOTAL).await, 3);
}

#[tokio::test]
async fn a_refused_bulk_does_not_use_up_its_key() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let bad = json!({ "links": [link(&Uuid::new_v4().to_string(), &connector.id, "INPUT")], "idempotencyKey": "k" });
    refused(&change(&app.service(), STAGE, LINKS, bad).await, "NOT_FOUND", "links.0.documentId");
    let good = json!({ "links": [link(&document.id, &connector.id, "INPUT")], "idempotencyKey": "k" });
    done(&app.service(), STAGE, LINKS, good).await;
    assert_eq!(count(&app, TOTAL).await, 1);
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let service = app.service();
    let made = done(&service, CREATE, LINK, link(&document.id, &connector.id, "INPUT")).await;
    let id = made.str("/done/documentWorkspaceConnector/id");
    let direction = "/done/documentWorkspaceConnector/direction";

    let whole = async |input: Value| change(&service, UPDATE, LINK, plus(input, "id", id)).await;
    assert_eq!(whole(json!({})).await.str(direction), "INPUT");
    assert_eq!(whole(json!({ "direction": "OUTPUT" })).await.str(direction), "OUTPUT");
    refused(&whole(json!({ "direction": null })).await, "BAD_USER_INPUT", "direction");

    let body = format!("{{ {LINK} userErrors {{ code message path }} }} }}");
    let query =
        format!("mutation ($id: ID!, $to: Direction) {{ done: {UPDATE}(input: {{ id: $id, direction: $to }}) {body}");
    let inner = async |mut variables: Value| {
        variables["id"] = json!(id);
        service.ask(&query, variables).await
    };
    assert_eq!(inner(json!({})).await.str(direction), "OUTPUT");
    refused(&inner(json!({ "to": null })).await, "BAD_USER_INPUT", "direction");
    assert_eq!(inner(json!({ "to": "INPUT" })).await.str(direction), "INPUT");

    let literal = async |input: &str| {
        service.say(&format!("mutation {{ done: {UPDATE}(input: {{ id: \"{id}\" {input} }}) {body}")).await
    };
    assert_eq!(literal("").await.str(direction), "INPUT");
    refused(&literal("direction: null").await, "BAD_USER_INPUT", "direction");
    assert_eq!(literal("direction: OUTPUT").await.str(direction), "OUTPUT");
}

#[tokio::test]
async fn of_two_updates_of_the_same_state_one_wins() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let service = app.service();
    let made = done(&service, CREATE, LINK, link(&document.id, &connector.id, "INPUT")).await;
    let (id, seen) =
        (made.str("/done/documentWorkspaceConnector/id"), made.str("/done/documentWorkspaceConnector/updatedAt"));
    let input = json!({ "id": id, "direction": "OUTPUT", "expectedUpdatedAt": seen });
    let answers = at_once((0..4).map(|_| change(&service, UPDATE, LINK, input.clone()))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.at("/done/userErrors") == &json!([]));
    assert_eq!(won.len(), 1);
    for answer in lost {
        refused(answer, "CONFLICT", "expectedUpdatedAt");
        assert_eq!(answer.at("/done/documentWorkspaceConnector"), won[0].at("/done/documentWorkspaceConnector"));
    }
    let late = change(&service, DELETE, LINK, json!({ "id": id, "expectedUpdatedAt": seen })).await;
    refused(&late, "CONFLICT", "expectedUpdatedAt");
    assert_eq!(count(&app, TOTAL).await, 1);
}

#[tokio::test]
async fn a_link_is_deleted_once_and_only_where_it_is() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let made = done(&app.service(), CREATE, LINK, link(&document.id, &connector.id, "INPUT")).await;
    let id = made.str("/done/documentWorkspaceConnector/id");
    let nobodys = &Uuid::new_v4().simple().to_string()[..27];
    let mut answers = Vec::new();
    for (asker, id) in [(app.service_elsewhere(), id), (app.service(), nobodys)] {
        for (mutation, input) in [(UPDATE, json!({ "id": id, "direction": "OUTPUT" })), (DELETE, json!({ "id": id }))] {
            let answer = change(&asker, mutation, LINK, input).await;
            refused(&answer, "NOT_FOUND", "id");
            answers.push(answer.text);
        }
    }
    assert_eq!(answers[..2], answers[2..]);
    for malformed in ["", "x", &document.id, &id[1..]] {
        change(&app.service(), DELETE, LINK, json!({ "id": malformed })).await.refused("BAD_USER_INPUT");
        change(&app.service(), UPDATE, LINK, json!({ "id": malformed })).await.refused("BAD_USER_INPUT");
    }
    assert_eq!(
        done(&app.service(), DELETE, LINK, json!({ "id": id })).await.str("/done/documentWorkspaceConnector/id"),
        id
    );
    refused(&change(&app.service(), DELETE, LINK, json!({ "id": id })).await, "NOT_FOUND", "id");
    refused(&change(&app.service(), UPDATE, LINK, json!({ "id": id })).await, "NOT_FOUND", "id");
    let all = "SELECT count(*) FROM core_api.document_workspace_connectors";
    assert_eq!((count(&app, TOTAL).await, count(&app, all).await), (0, 1));
}
