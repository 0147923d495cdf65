//! Shared connections: whatever becomes of one, look-ups are answered.

use std::time::Duration;

use serde_json::json;
use well_ingestion::server::Settings;

use crate::change::count;
use crate::faults::until;
use crate::kit::{App, make};

/// The connection that documents are looked up over.
const LANE: &str = "application_name = 'well-ingestion' AND datname = current_database()
    AND query LIKE '%\"document_id\" = $%'";

fn by_id(id: &str) -> String {
    format!("{{ document(id: \"{id}\") {{ filename }} }}")
}

#[tokio::test]
async fn a_look_up_is_made_again_when_its_connection_is_gone() {
    let app = App::set(Settings { answer_cache_bytes: 0, ..Settings::default() }).await;
    let document = make::document(&app, &app.here, json!({ "filename": "here" })).await;
    let query = by_id(&document.id);
    for _ in 0..3 {
        assert_eq!(app.member().say(&query).await.str("/document/filename"), "here");
        let ended = format!("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {LANE}");
        assert_eq!(count(&app, &ended).await, 1);
        let answer = app.member().say(&query).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
        assert_eq!(answer.str("/document/filename"), "here");
    }
}

#[tokio::test]
async fn a_look_up_that_is_stuck_holds_no_others_up() {
    let app = App::set(Settings { query_timeout: Duration::from_secs(4), ..Settings::default() }).await;
    let document = make::document(&app, &app.here, json!({})).await;
    let task = make::task(&app, &app.here, json!({ "title": "free" })).await;
    let (stuck, free) = (by_id(&document.id), format!("{{ task(id: \"{}\") {{ title }} }}", task.id));
    assert!(app.member().say(&stuck).await.errors().is_empty());

    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let member = app.member();
    let asked = tokio::spawn(async move { member.say(&stuck).await });
    until(&app, &format!("SELECT count(*) FROM pg_stat_activity WHERE {LANE} AND wait_event_type = 'Lock'"), 1).await;
    // It is behind the other one, and then it is not.
    assert_eq!(app.member().say(&free).await.str("/task/title"), "free");
    assert_eq!(app.member().say(&free).await.str("/task/title"), "free");
    asked.await.unwrap().refused("REQUEST_TIMEOUT");
    app.execute("ROLLBACK").await;
    assert!(app.member().say(&by_id(&document.id)).await.errors().is_empty());
}

#[tokio::test]
async fn look_ups_at_once_are_each_answered_with_their_own_row() {
    let app = App::start().await;
    let mut asked = tokio::task::JoinSet::new();
    for (workspace, asker) in [(&app.here, app.member()), (&app.elsewhere, app.member_elsewhere())] {
        for number in 0..20 {
            let name = format!("{number} of {}", workspace.id);
            let document = make::document(&app, workspace, json!({ "filename": name })).await;
            for (asker, filename) in [
                (asker.clone(), Some(name.clone())),
                (if workspace.id == app.here.id { app.member_elsewhere() } else { app.member() }, None),
            ] {
                let query = by_id(&document.id);
                asked.spawn(async move {
                    for _ in 0..5 {
                        let answer = asker.say(&query).await;
                        let found = &answer.json["data"]["document"]["filename"];
                        assert_eq!(found.as_str(), filename.as_deref(), "{}", answer.text);
                    }
                });
            }
        }
    }
    asked.join_all().await;
}

#[tokio::test]
async fn a_connection_is_replaced_when_it_has_prepared_enough() {
    let app = App::start().await;
    let read = async |number: usize| {
        let any = vec![json!({ "filename": { "eq": "x" } }); number];
        let filter = json!({ "and": [{ "or": any }, { "or": any }, { "or": any }, { "or": any }] });
        let query = "query ($filter: DocumentFilter) { documents(filter: $filter) { nodes { filename } } }";
        let answer = app.member().ask(query, json!({ "filter": filter })).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
    };
    let found = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'well-ingestion'
        AND query LIKE '%filename%'";
    read(60).await;
    let first = count(&app, &format!("SELECT max(pid)::bigint {found}")).await;
    let is_first = format!("SELECT count(*) {found} AND pid = {first}");
    let mut shapes = 0;
    while count(&app, &is_first).await == 1 {
        shapes += 1;
        assert!(shapes < 64, "it would prepare for ever");
        // What is prepared already costs nothing.
        read(60).await;
        read(60 + shapes).await;
    }
    assert!(shapes > 10, "{shapes}");
    read(60).await;
}
