//! Requests that take too long, clients that go away, and a database that fails: each has its answer.

mod another_database;
mod encryption;
mod frozen;
mod hosts;
mod languages;
mod outage;
mod outdated;
mod panics;
mod pipelined;

use std::time::Duration;

use serde_json::json;
use well_ingestion::server::Settings;

use crate::change::{change, count, done};
use crate::kit::App;

/// Connections of the server that are busy, or hold a transaction open.
pub const BUSY: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = 'well-ingestion' AND state <> 'idle'";

/// Those of them that wait for a lock.
pub const LOCKED: &str = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
    AND application_name = 'well-ingestion' AND wait_event_type = 'Lock'";

/// Waits until the SQL gives this number.
pub async fn until(app: &App, sql: &str, number: i64) {
    let settled = async {
        // Within a transaction PostgreSQL shows the activity as it first was, unless told otherwise.
        while {
            app.execute("SELECT pg_stat_clear_snapshot()").await;
            count(app, sql).await != number
        } {}
    };
    tokio::time::timeout(Duration::from_secs(10), settled).await.unwrap_or_else(|_| panic!("never {number}: {sql}"));
}

#[tokio::test]
async fn a_query_that_takes_too_long_is_answered_and_cancelled() {
    let app = App::set(Settings { query_timeout: Duration::from_millis(300), ..Settings::default() }).await;
    let member = app.member();
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let answer = member.say("{ documents { totalCount } }").await;
    answer.refused("REQUEST_TIMEOUT");
    assert_eq!(answer.status, 504);
    until(&app, BUSY, 0).await;
    app.execute("ROLLBACK").await;
    assert_eq!(member.say("{ documents { totalCount } }").await.int("/documents/totalCount"), 0);
}

#[tokio::test]
async fn what_a_client_no_longer_waits_for_is_cancelled() {
    let app = App::start().await;
    let member = app.member();
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let waiting = tokio::spawn(async move { member.say("{ documents { totalCount } }").await.status });
    until(&app, BUSY, 1).await;
    waiting.abort();
    until(&app, BUSY, 0).await;
    app.execute("ROLLBACK").await;
}

#[tokio::test]
async fn changes_that_are_given_up_leave_nothing_open_or_half_done() {
    let app = App::start().await;
    let member = app.member();
    done(&member, "createDocument", "", json!({ "filename": "first.pdf" })).await;
    for round in 0..40_u64 {
        let member = member.clone();
        let input = json!({ "filename": "given up.pdf", "idempotencyKey": format!("round {round}") });
        let one = tokio::spawn(async move { change(&member, "createDocument", "", input).await.status });
        // Each is given up a little later, so at another of its statements.
        let _ = tokio::time::timeout(Duration::from_micros(round * 500), std::future::pending::<()>()).await;
        one.abort();
    }
    until(&app, BUSY, 0).await;
    done(&member, "createDocument", "", json!({ "filename": "last.pdf" })).await;
    let kept = count(&app, "SELECT count(*) FROM core_api.documents WHERE filename = 'given up.pdf'").await;
    let noted = count(&app, "SELECT count(*) FROM core_api.idempotency_keys WHERE result_pk IS NOT NULL").await;
    assert_eq!(kept, noted, "a document and its key come together or not at all");
}

#[tokio::test]
async fn a_connection_that_the_database_cut_is_replaced() {
    let app = App::start().await;
    let member = app.member();
    member.say("{ documents { totalCount } }").await;
    let server = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'well-ingestion'";
    app.execute(&format!("SELECT pg_terminate_backend(pid, 5000) {server}")).await;
    let again = async {
        loop {
            let answer = member.say("{ documents { totalCount } }").await;
            match answer.status {
                200 if answer.errors().is_empty() => break,
                _ => answer.refused("SERVICE_UNAVAILABLE"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(2), again).await.expect("it recovers by itself within two seconds");
}

#[tokio::test]
async fn a_statement_that_the_database_cancels_took_too_long() {
    let app = App::start().await;
    let member = app.member();
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let waiting = tokio::spawn(async move { member.say("{ documents { totalCount } }").await });
    until(&app, LOCKED, 1).await;
    app.execute(&format!("SELECT pg_cancel_backend(pid) FROM ({}) AS locked", LOCKED.replace("count(*)", "pid"))).await;
    waiting.await.unwrap().refused("REQUEST_TIMEOUT");
    app.execute("ROLLBACK").await;
}

#[tokio::test]
async fn many_who_ask_whether_it_is_ready_do_not_wear_the_database_out() {
    let app = App::start().await;
    let asked = (0..300).map(|_| {
        let anyone = app.anyone();
        tokio::spawn(async move { anyone.get("/health/ready").await.status })
    });
    for status in asked.collect::<Vec<_>>() {
        assert_eq!(status.await.unwrap(), 200);
    }
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND query LIKE '%current_setting%' AND pid <> pg_backend_pid()";
    assert_eq!(count(&app, connections).await, 1);
    // A lock on what it looks at makes it slow, but not for long, and takes no connection from anybody.
    app.execute("BEGIN; LOCK TABLE __diesel_schema_migrations").await;
    let began = std::time::Instant::now();
    let ready = async || app.anyone().get("/health/ready").await.status;
    while ready().await == 200 {}
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    let answers = futures_util::future::join_all((0..50).map(|_| ready())).await;
    assert!(answers.iter().all(|status| *status == 503));
    assert!(app.member().say("{ viewer { role } }").await.errors().is_empty());
    app.execute("ROLLBACK").await;
}

#[tokio::test]
async fn every_answer_carries_the_id_of_its_request() {
    let app = App::start().await;
    let id = |answer: crate::kit::Answer| answer.headers["x-request-id"].to_str().unwrap().to_owned();
    let (first, second) = (id(app.member().say("{ viewer { role } }").await), id(app.anyone().say("{").await));
    assert_ne!(first, second);
    let request = app.member().request(reqwest::Method::GET, "/health/live").header("x-request-id", "mine");
    assert_eq!(id(crate::kit::Answer::of(request).await), "mine");
}
