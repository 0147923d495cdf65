//! Queries and mutations over a socket, and what becomes of their errors.

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::change::{count, operation};
use crate::faults::{BUSY, until};
use crate::kit::{App, make};
use crate::server::websocket::{DOCUMENTS, ROLE};

#[tokio::test]
async fn a_query_is_answered_as_over_http() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let document =
        "query Some($first: Int) { workspaceConnectors(first: $first) { totalCount nodes { id connector { id } } } }";
    let variables = json!({ "first": 5 });
    let asked = json!({
        "query": document, "variables": variables, "operationName": "Some", "extensions": { "cost": true },
    });
    let mut socket = app.member().socket().await;
    socket.say(json!({ "id": "one", "type": "subscribe", "payload": asked })).await;
    let http = app.member().post(&asked.to_string()).await;
    assert_eq!(http.int("/workspaceConnectors/totalCount"), 1);
    socket.expect(json!({ "id": "one", "type": "next", "payload": http.json })).await;
    socket.expect(json!({ "id": "one", "type": "complete" })).await;
    socket.silent().await;
}

#[tokio::test]
async fn a_mutation_is_made() {
    let app = App::start().await;
    let mut socket = app.member().socket().await;
    let create = operation("createDocument", "document { filename }");
    socket.subscribe("1", &create, json!({ "input": { "filename": "a.pdf" } })).await;
    assert_eq!(socket.answer("1").await["done"]["document"]["filename"], "a.pdf");
    socket.expect(json!({ "id": "1", "type": "complete" })).await;
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.documents").await, 1);
}

#[tokio::test]
async fn many_run_side_by_side() {
    let app = App::start().await;
    let mut socket = app.member().socket().await;
    for number in 0..50 {
        socket.subscribe(&number.to_string(), ROLE, json!({})).await;
    }
    let mut heard: Vec<(String, String)> = Vec::new();
    for _ in 0..100 {
        let message = socket.hear().await;
        let text = |field: &str| message[field].as_str().unwrap().to_owned();
        heard.push((text("id"), text("type")));
    }
    for number in 0..50 {
        let of = heard.iter().filter(|(id, _)| *id == number.to_string()).map(|(_, kind)| kind.as_str());
        assert_eq!(of.collect::<Vec<_>>(), ["next", "complete"]);
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_an_error_and_the_end_of_it() {
    let app = App::start().await;
    let deep = "{ viewer ".repeat(70);
    let links = |below: &str| format!("links(first: 100) {{ nodes {{ document {{ {below} }} }} }}");
    let dear = format!("{{ documents(first: 100) {{ nodes {{ {} }} }} }}", links(&links("id")));
    let unknown = json!({ "persistedQuery": { "version": 1, "sha256Hash": "0".repeat(64) } });
    let mut socket = app.member().socket().await;
    for (payload, code) in [
        (json!({ "query": "{" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "" }), "GRAPHQL_PARSE_FAILED"),
        (json!({ "query": "{ nonsense }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "query A { viewer { role } } query B { viewer { role } }" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": ROLE, "operationName": "Missing" }), "GRAPHQL_VALIDATION_FAILED"),
        (json!({ "query": "query ($id: ID!) { document(id: $id) { id } }" }), "BAD_USER_INPUT"),
        (json!({ "query": deep }), "MAX_NESTING_LIMIT"),
        (json!({ "query": dear }), "COST_LIMIT_EXCEEDED"),
        (json!({ "documentId": "sha256:0" }), "BAD_USER_INPUT"),
        (json!({ "extensions": unknown }), "PERSISTED_QUERY_NOT_FOUND"),
    ] {
        socket.say(json!({ "id": "x", "type": "subscribe", "payload": payload })).await;
        assert_eq!(socket.failure("x").await, [code], "{payload}");
        socket.silent().await;
    }
}

#[tokio::test]
async fn what_is_wrong_within_the_execution_is_part_of_the_answer() {
    let app = App::start().await;
    let mut socket = app.guest().socket().await;
    socket.subscribe("1", "{ viewer { role } memberships { totalCount } apiKeys { totalCount } }", json!({})).await;
    let message = socket.hear().await;
    let http = app.guest().say("{ viewer { role } memberships { totalCount } apiKeys { totalCount } }").await;
    assert_eq!((&message["type"], &message["payload"]), (&json!("next"), &http.json));
    assert_eq!(message["payload"]["errors"][0]["extensions"]["code"], "FORBIDDEN", "{message}");
    socket.expect(json!({ "id": "1", "type": "complete" })).await;
}

#[tokio::test]
async fn what_a_client_completes_is_cancelled_in_the_database() {
    let app = App::start().await;
    let mut socket = app.member().socket().await;
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let create = operation("createDocument", "");
    for (document, variables) in
        [(DOCUMENTS, json!({})), (create.as_str(), json!({ "input": { "filename": "a.pdf" } }))]
    {
        socket.subscribe("1", document, variables).await;
        until(&app, BUSY, 1).await;
        socket.complete("1").await;
        until(&app, BUSY, 0).await;
    }
    app.execute("ROLLBACK").await;
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.documents").await, 0);
    // Nothing is said of it afterwards, and the id is free.
    socket.silent().await;
    socket.subscribe("1", ROLE, json!({})).await;
    socket.answer("1").await;
}

#[tokio::test]
async fn what_runs_for_a_client_that_goes_away_is_cancelled_in_the_database() {
    let app = App::start().await;
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let mut polite = app.member().socket().await;
    let mut rude = app.member().socket().await;
    for socket in [&mut polite, &mut rude] {
        socket.subscribe("1", DOCUMENTS, json!({})).await;
    }
    until(&app, BUSY, 2).await;
    polite.stream.close(None).await.unwrap();
    until(&app, BUSY, 1).await;
    drop(rude);
    until(&app, BUSY, 0).await;
    app.execute("ROLLBACK").await;
}

#[tokio::test]
async fn a_query_has_its_deadline() {
    let settings = well_ingestion::server::Settings {
        query_timeout: std::time::Duration::from_millis(200),
        ..well_ingestion::server::Settings::default()
    };
    let app = App::set(settings).await;
    let mut socket = app.member().socket().await;
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    socket.subscribe("1", DOCUMENTS, json!({})).await;
    assert_eq!(socket.failure("1").await, ["REQUEST_TIMEOUT"]);
    until(&app, BUSY, 0).await;
    app.execute("ROLLBACK").await;
}

#[tokio::test]
async fn a_document_that_ran_is_known_by_its_hash() {
    let app = App::start().await;
    let hash = HEXLOWER.encode(&Sha256::digest(ROLE));
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } });
    let mut socket = app.member().socket().await;
    socket.say(json!({ "id": "1", "type": "subscribe", "payload": { "extensions": extensions } })).await;
    assert_eq!(socket.failure("1").await, ["PERSISTED_QUERY_NOT_FOUND"]);
    for payload in [json!({ "query": ROLE, "extensions": extensions }), json!({ "extensions": extensions })] {
        socket.say(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        assert_eq!(socket.answer("1").await, json!({ "viewer": { "role": "MEMBER" } }));
        socket.expect(json!({ "id": "1", "type": "complete" })).await;
    }
}

#[tokio::test]
async fn a_socket_sees_its_own_workspace_only() {
    let app = App::start().await;
    let here = make::document(&app, &app.here, json!({})).await;
    let document = "query ($id: ID!) { document(id: $id) { id } documents { totalCount } }";
    let mut sockets = [app.member().socket().await, app.member_elsewhere().socket().await];
    for socket in &mut sockets {
        socket.subscribe("1", document, json!({ "id": here.id })).await;
    }
    let [mine, theirs] = &mut sockets;
    let found = json!({ "document": { "id": here.id }, "documents": { "totalCount": 1 } });
    assert_eq!(mine.answer("1").await, found);
    assert_eq!(theirs.answer("1").await, json!({ "document": Value::Null, "documents": { "totalCount": 0 } }));
}

#[tokio::test]
async fn who_asks_is_looked_up_again_for_each_operation() {
    let app = App::start().await;
    let mut socket = app.admin().socket().await;
    socket.subscribe("1", ROLE, json!({})).await;
    socket.answer("1").await;
    socket.hear().await;
    app.execute("UPDATE core_api.memberships SET status = 'pending' WHERE subject = 'admin@here'").await;
    socket.subscribe("2", ROLE, json!({})).await;
    let (code, reason) = socket.closed().await;
    assert_eq!((code, reason.starts_with("Forbidden")), (4403, true), "{reason}");
}
