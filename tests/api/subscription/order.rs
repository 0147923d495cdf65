//! Nothing is lost and nothing is told out of order, however transactions overlap.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_postgres::Client;

use super::following::SYNC_LOGS;
use super::{Following, connected, kinds};
use crate::change::at_once;
use crate::kit::database::connect;
use crate::kit::{App, Row, make};

fn ids(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["id"].as_str().unwrap()).collect()
}

/// A run of the workspace connector, made by another program.
async fn run(sql: &Client, connector: &Row) -> String {
    let insert = "INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk)
        VALUES ($1, $2) RETURNING workspace_connector_sync_log_id::text";
    sql.query_one(insert, &[&connector.pk, &connector.workspace_pk]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_transaction_that_takes_long_is_told_when_it_ends_and_holds_nothing_back() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let long = connect(app.database()).await;
    long.batch_execute("BEGIN").await.unwrap();
    let first = run(&long, &connector).await;
    let meanwhile = [run(app.sql(), &connector).await, run(app.sql(), &connector).await];
    assert_eq!(ids(&following.told(&app).await), meanwhile);
    let last = run(&long, &connector).await;
    long.batch_execute("COMMIT").await.unwrap();
    assert_eq!(ids(&following.told(&app).await), [first, last]);
}

#[tokio::test]
async fn the_changes_of_a_row_are_told_in_their_order_whichever_transaction_began_first() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let selection = "now: node { error }";
    let mut following = Following::some(&app, &app.guest(), SYNC_LOGS, &connector, |_| json!({}), selection).await;
    let log = make::sync_log(&app, &connector, json!({})).await;
    following.told(&app).await;
    // Nothing is read before both have ended, so that both are read at once.
    let older = connect(app.database()).await;
    older.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
    let gate = connect(app.database()).await;
    gate.batch_execute("BEGIN; LOCK TABLE core_api.change_feed IN ACCESS EXCLUSIVE MODE").await.unwrap();
    app.execute(&format!(
        "BEGIN;
         UPDATE core_api.workspace_connector_sync_logs SET deleted_at = now() WHERE pk = {}",
        log.pk
    ))
    .await;
    let back = format!("UPDATE core_api.workspace_connector_sync_logs SET deleted_at = NULL WHERE pk = {}", log.pk);
    let (back, ()) = tokio::join!(
        async {
            older.batch_execute(&back).await.unwrap();
            older.batch_execute("COMMIT").await
        },
        app.execute("COMMIT"),
    );
    back.unwrap();
    gate.batch_execute("COMMIT").await.unwrap();
    assert_eq!(kinds(&following.told(&app).await), ["DELETED", "CREATED"]);
}

#[tokio::test]
async fn what_was_done_before_is_not_told() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    for _ in 0..5 {
        let mut socket = app.guest().socket().await;
        let before = make::sync_log(&app, &connector, json!({})).await;
        socket.subscribe("1", &SYNC_LOGS.document(""), json!({})).await;
        let first = async {
            loop {
                make::sync_log(&app, &connector, json!({})).await;
                let next = tokio::time::timeout(Duration::from_millis(100), socket.answer("1")).await;
                if let Ok(mut answer) = next {
                    return answer["event"]["id"].take();
                }
            }
        };
        let first = tokio::time::timeout(Duration::from_secs(20), first).await.expect("nothing is told");
        assert_ne!(first, before.id);
    }
}

#[tokio::test]
async fn what_was_undone_is_not_told() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let sql = connect(app.database()).await;
    sql.batch_execute("BEGIN").await.unwrap();
    run(&sql, &connector).await;
    sql.batch_execute("SAVEPOINT later").await.unwrap();
    run(&sql, &connector).await;
    sql.batch_execute("ROLLBACK").await.unwrap();
    sql.batch_execute("BEGIN").await.unwrap();
    let kept = run(&sql, &connector).await;
    sql.batch_execute("SAVEPOINT later").await.unwrap();
    run(&sql, &connector).await;
    sql.batch_execute("ROLLBACK TO later").await.unwrap();
    sql.batch_execute("COMMIT").await.unwrap();
    assert_eq!(ids(&following.told(&app).await), [kept]);
}

#[tokio::test]
async fn a_thousand_rows_of_one_statement_are_a_thousand_events() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let table = "core_api.workspace_connector_sync_logs";
    app.execute(&format!(
        "INSERT INTO {table} (workspace_connector_pk, workspace_pk)
         SELECT {}, {} FROM generate_series(1, 1000)",
        connector.pk, connector.workspace_pk
    ))
    .await;
    let created = following.told(&app).await;
    assert_eq!(created.len(), 1000);
    assert_eq!(ids(&created).into_iter().collect::<BTreeSet<_>>().len(), 1000);
    app.execute(&format!("UPDATE {table} SET deleted_at = now() WHERE workspace_connector_pk = {}", connector.pk))
        .await;
    let deleted = following.told(&app).await;
    assert_eq!(ids(&deleted).into_iter().collect::<BTreeSet<_>>(), ids(&created).into_iter().collect());
    assert!(deleted.iter().all(|event| event["kind"] == "DELETED"));
}

#[tokio::test]
async fn many_who_write_at_once_are_all_heard() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let writers = at_once((0..8).map(|_| connect(app.database()))).await;
    let connector = &connector;
    let written = at_once(writers.iter().map(async |sql| {
        let mut ids = Vec::new();
        for round in 0..40 {
            sql.batch_execute("BEGIN").await.unwrap();
            let id = run(sql, connector).await;
            let kept = round % 5 != 0;
            sql.batch_execute(if kept { "COMMIT" } else { "ROLLBACK" }).await.unwrap();
            if kept {
                ids.push(id);
            }
        }
        ids
    }))
    .await;
    let told = following.told(&app).await;
    let each_in_order = |writer: &Vec<String>| {
        let mut of_writer = ids(&told).into_iter().filter(|id| writer.iter().any(|written| written == id));
        writer.iter().all(|written| of_writer.next() == Some(written))
    };
    assert_eq!(told.len(), 8 * 32);
    assert!(written.iter().all(each_in_order));
}
