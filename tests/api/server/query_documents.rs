//! Documents by their hash: automatic persisted queries and trusted documents.

use std::path::Path;

use data_encoding::HEXLOWER;
use graphql_limits::Limits;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use well_ingestion::api;
use well_ingestion::server::{DocumentSettings, Settings, Trust, Trusted};

use crate::kit::{Answer, App, Asker};

const ROLE: &str = "{ viewer { role } }";
const NOT_FOUND: &str = "PERSISTED_QUERY_NOT_FOUND";

fn hash(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text))
}

fn persisted(hash: &str) -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } })
}

async fn by_hash(asker: &Asker, hash: &str) -> Answer {
    asker.post(&json!({ "extensions": persisted(hash) }).to_string()).await
}

async fn with_text(asker: &Asker, text: &str, hash: &str) -> Answer {
    asker.post(&json!({ "query": text, "extensions": persisted(hash) }).to_string()).await
}

async fn by_id(asker: &Asker, id: &str) -> Answer {
    asker.post(&json!({ "documentId": id }).to_string()).await
}

fn trusting(trust: Trust, trusted: Trusted) -> Settings {
    Settings { documents: DocumentSettings { trust, trusted, ..DocumentSettings::default() }, ..Settings::default() }
}

/// A folder with one trusted document in it.
fn folder(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("role.graphql"), text).unwrap();
    folder
}

#[tokio::test]
async fn a_document_that_ran_is_known_by_its_hash() {
    let app = App::start().await;
    let hash = hash(ROLE);
    by_hash(&app.member(), &hash).await.refused(NOT_FOUND);
    assert_eq!(with_text(&app.member(), ROLE, &hash).await.str("/viewer/role"), "MEMBER");
    // The role is of whoever asks, not of whoever asked first.
    assert_eq!(by_hash(&app.member(), &hash).await.str("/viewer/role"), "MEMBER");
    assert_eq!(by_hash(&app.admin(), &hash.to_uppercase()).await.str("/viewer/role"), "ADMIN");
    let extensions = serde_urlencoded::to_string([("extensions", persisted(&hash).to_string())]).unwrap();
    assert_eq!(app.member().get(&format!("/graphql?{extensions}")).await.str("/viewer/role"), "MEMBER");
    by_hash(&app.anyone(), &hash).await.refused("UNAUTHENTICATED");
}

#[tokio::test]
async fn a_hash_does_not_tell_what_another_workspace_asks_for() {
    let app = App::start().await;
    let hash = hash(ROLE);
    assert_eq!(app.member().say(ROLE).await.str("/viewer/role"), "MEMBER");
    assert_eq!(with_text(&app.member(), ROLE, &hash).await.str("/viewer/role"), "MEMBER");
    assert_eq!(by_hash(&app.guest(), &hash).await.str("/viewer/role"), "GUEST");
    by_hash(&app.admin_elsewhere(), &hash).await.refused(NOT_FOUND);
    assert_eq!(with_text(&app.admin_elsewhere(), ROLE, &hash).await.str("/viewer/role"), "ADMIN");
    assert_eq!(by_hash(&app.member_elsewhere(), &hash).await.str("/viewer/role"), "MEMBER");
}

#[tokio::test]
async fn only_valid_documents_are_kept() {
    let app = App::start().await;
    for text in ["{ nothing }", "{ viewer { role }"] {
        assert!(!with_text(&app.member(), text, &hash(text)).await.errors().is_empty());
        by_hash(&app.member(), &hash(text)).await.refused(NOT_FOUND);
    }
    // Its variables are missing, but they are not the document's.
    let text = "query($id: ID!) { collect(id: $id) { id } }";
    with_text(&app.member(), text, &hash(text)).await.refused("BAD_USER_INPUT");
    by_hash(&app.member(), &hash(text)).await.refused("BAD_USER_INPUT");
}

#[tokio::test]
async fn a_wrong_hash_is_refused() {
    let app = App::start().await;
    with_text(&app.member(), ROLE, &hash("{ viewer { id } }")).await.refused("BAD_USER_INPUT");
    by_hash(&app.member(), "abc").await.refused("BAD_USER_INPUT");
    by_hash(&app.member(), &"é".repeat(32)).await.refused("BAD_USER_INPUT");
    for persisted in [json!({ "version": 2, "sha256Hash": hash(ROLE) }), json!({ "version": 1 }), json!("x")] {
        let body = json!({ "query": ROLE, "extensions": { "persistedQuery": persisted } });
        app.member().post(&body.to_string()).await.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn persisted_queries_can_be_switched_off() {
    let documents = DocumentSettings { persisted: false, ..DocumentSettings::default() };
    let app = App::set(Settings { documents, ..Settings::default() }).await;
    with_text(&app.member(), ROLE, &hash(ROLE)).await.refused("PERSISTED_QUERY_NOT_SUPPORTED");
    by_hash(&app.member(), &hash(ROLE)).await.refused("PERSISTED_QUERY_NOT_SUPPORTED");
    assert_eq!(app.member().say(ROLE).await.str("/viewer/role"), "MEMBER");
}

#[tokio::test]
async fn each_operation_of_a_document_is_its_own() {
    let app = App::start().await;
    let text = "query A { viewer { role } } query B { workspace { name } }";
    for _ in 0..2 {
        let a = app.member().post(&json!({ "query": text, "operationName": "A" }).to_string()).await;
        assert_eq!(a.str("/viewer/role"), "MEMBER");
        let b = app.member().post(&json!({ "query": text, "operationName": "B" }).to_string()).await;
        assert_eq!(b.str("/workspace/name"), "here");
        app.member().say(text).await.refused("GRAPHQL_VALIDATION_FAILED");
    }
}

#[tokio::test]
async fn a_trusted_document_is_asked_for_by_its_id() {
    let folder = folder(ROLE);
    let app = App::set(trusting(Trust::Off, Trusted::load(folder.path()).unwrap())).await;
    let id = format!("sha256:{}", hash(ROLE));
    assert_eq!(by_id(&app.member(), &id).await.str("/viewer/role"), "MEMBER");
    assert_eq!(app.member().get(&format!("/graphql?documentId={id}")).await.str("/viewer/role"), "MEMBER");
    by_id(&app.member(), &format!("sha256:{}", hash("{ x }"))).await.refused(NOT_FOUND);
    for id in ["role", "sha256:12", "md5:0123"] {
        by_id(&app.member(), id).await.refused("BAD_USER_INPUT");
    }
    let both = json!({ "documentId": id, "query": ROLE }).to_string();
    app.member().post(&both).await.refused("BAD_USER_INPUT");
    // What is not trusted is answered too.
    assert_eq!(app.member().say("{ workspace { name } }").await.str("/workspace/name"), "here");
}

#[tokio::test]
async fn a_server_that_wants_trusted_documents_refuses_others() {
    let folder = folder(ROLE);
    let app = App::set(trusting(Trust::Require, Trusted::load(folder.path()).unwrap())).await;
    let id = format!("sha256:{}", hash(ROLE));
    assert_eq!(by_id(&app.member(), &id).await.str("/viewer/role"), "MEMBER");
    assert_eq!(app.member().say(ROLE).await.str("/viewer/role"), "MEMBER");
    let refused = app.member().say("{ workspace { name } }").await;
    refused.refused("FORBIDDEN");
    assert_eq!(refused.status, 403);
    app.member().say("{ __schema { queryType { name } } }").await.refused("FORBIDDEN");
    with_text(&app.member(), "{ __typename }", &hash("{ __typename }")).await.refused("FORBIDDEN");
    by_hash(&app.member(), &hash("{ __typename }")).await.refused("FORBIDDEN");
}

#[tokio::test]
async fn a_manifest_is_read_in_the_forms_that_clients_write() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = "query W { workspace { name } }";
    let write = |name: &str, manifest: Value| std::fs::write(folder.path().join(name), manifest.to_string()).unwrap();
    write("by-hash.json", json!({ hash(ROLE): ROLE }));
    let operation =
        json!({ "id": format!("sha256:{}", hash(workspace)), "name": "W", "type": "query", "body": workspace });
    write(
        "listed.json",
        json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": [operation] }),
    );
    let app = App::set(trusting(Trust::Require, Trusted::load(folder.path()).unwrap())).await;
    for text in [ROLE, workspace] {
        let answer = by_id(&app.member(), &format!("sha256:{}", hash(text))).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
    }
}

#[test]
fn a_manifest_with_a_wrong_id_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("manifest.json");
    std::fs::write(&file, json!({ hash("another"): ROLE }).to_string()).unwrap();
    let error = Trusted::load(&file).unwrap_err().to_string();
    assert!(error.contains("is not the SHA-256 of its document"), "{error}");
    assert!(Trusted::load(Path::new("there/is/no/such/folder.json")).is_err());
    for (manifest, wrong) in [
        ("{\"a\": 1,}", "it is not JSON: key must be a string at line 1 column 9"),
        ("\u{feff}{}", "it is not JSON: it begins with a byte order mark"),
        ("[]", "it must be a JSON object"),
        ("{\"ab\": 1}", "`ab` must be a string, not a number"),
        ("{\"ab\": \"\\ud83d\"}", "`ab` must not have half of a surrogate pair"),
        ("{\"version\": 1, \"operations\": [1]}", "`operations[0]` must be a JSON object"),
        ("{\"operations\": [{\"id\": \"a\"}]}", "`operations[0].body` is missing"),
        ("{\"operations\": [{\"id\": 5, \"body\": \"a\"}]}", "`operations[0].id` must be a string, not a number"),
    ] {
        std::fs::write(&file, manifest).unwrap();
        let error = Trusted::load(&file).unwrap_err().to_string();
        assert!(error.contains(wrong), "{manifest}: {error}");
    }
}

#[tokio::test]
async fn trusted_documents_must_fit_the_schema_and_the_limits() {
    let schema = api::build(&api::Settings::default());
    let deep = format!("{}{}", "{ a".repeat(70), "}".repeat(70));
    for text in [
        "{ nothing }",
        "query A { viewer { role } } query B { nothing }",
        "query __nothing { nothing }",
        "query __only { viewer { role } } query __nothing { nothing }",
        "query ($a: Int = 1e400) { connectors(first: $a) { totalCount } }",
        "{ viewer",
        deep.as_str(),
        "fragment F on Query { viewer { role } }",
    ] {
        let folder = folder(text);
        let trusted = Trusted::load(folder.path()).unwrap();
        assert!(trusted.check(&schema, &Limits::default()).await.is_err(), "{text}");
    }
    let fine =
        "query A($id: ID!) { collect(id: $id) { ...F } } query B { viewer { role } } fragment F on Collect { id }";
    let folder = folder(fine);
    Trusted::load(folder.path()).unwrap().check(&schema, &Limits::default()).await.unwrap();
}

#[tokio::test]
async fn a_schema_can_be_kept_to_itself() {
    let behaviour = api::Settings { introspection: api::Introspection::Disabled, ..api::Settings::default() };
    let app = App::with(std::time::Duration::ZERO, behaviour).await;
    for query in ["{ __schema { queryType { name } } }", "{ __type(name: \"Query\") { name } }"] {
        let answer = app.member().say(query).await;
        assert!(!answer.text.contains("Query\""), "{}", answer.text);
        assert_eq!(answer.codes().len(), 1, "{}", answer.text);
    }
    let answer = app.member().say("{ workspac { name } }").await;
    answer.refused("GRAPHQL_VALIDATION_FAILED");
    assert!(!answer.text.contains("workspace"), "{}", answer.text);
    assert_eq!(app.member().say("{ __typename }").await.str("/__typename"), "Query");
    assert_eq!(app.anyone().get("/schema.graphql").await.status, 404);
}
