//! Copy, then follow: a cursor of the change feed, all pages of a list, and then what came since, with nothing missing.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tokio_postgres::Client;

use super::{COLLECTS, FIELDS, Following, SYNC_LOGS, change_cursor, connected, id_of, kinds};
use crate::change::at_once;
use crate::kit::database::connect;
use crate::kit::{App, Asker, Row, Socket, make};

const PAGE: &str = "query ($after: String) { workspaceConnectorSyncLogs(
    first: 20, after: $after, orderBy: [{ field: CREATED_AT, direction: ASC }]
) { nodes { id } pageInfo { hasNextPage endCursor } } }";

/// The ids of all runs, page by page in the order in which they were made.
async fn paged(asker: &Asker) -> BTreeSet<String> {
    let (mut ids, mut after) = (BTreeSet::new(), Value::Null);
    loop {
        let page = asker.ask(PAGE, json!({ "after": after })).await;
        ids.extend(page.each("/workspaceConnectorSyncLogs/nodes", "id"));
        if page.at("/workspaceConnectorSyncLogs/pageInfo/hasNextPage") == false {
            return ids;
        }
        after = page.at("/workspaceConnectorSyncLogs/pageInfo/endCursor").clone();
    }
}

/// Somebody who follows all runs after a cursor.
async fn copying_from(asker: &Asker, cursor: &Value) -> Socket {
    let mut socket = asker.socket().await;
    socket.subscribe("1", &SYNC_LOGS.document(""), json!({ "after": cursor })).await;
    socket
}

/// Inserts a run within the connection's transaction.
async fn run(sql: &Client, connector: &Row) -> String {
    let insert = "INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk)
        VALUES ($1, $2) RETURNING workspace_connector_sync_log_id::text";
    sql.query_one(insert, &[&connector.pk, &connector.workspace_pk]).await.unwrap().get(0)
}

#[tokio::test]
async fn a_row_that_was_committed_late_is_told_though_no_page_shows_it() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let late = connect(app.database()).await;
    late.batch_execute("BEGIN").await.unwrap();
    let hidden = run(&late, &connector).await;
    let cursor = change_cursor(&app.guest()).await;
    // By its time it comes before a row that the list shows already.
    let seen = run(app.sql(), &connector).await;
    let copied = paged(&app.guest()).await;
    assert_eq!(copied, BTreeSet::from([seen.clone()]));
    late.batch_execute("COMMIT").await.unwrap();
    let mut socket = copying_from(&app.guest(), &cursor).await;
    let mut told = BTreeSet::new();
    while !told.contains(&hidden) {
        told.insert(id_of(&socket.answer("1").await["event"]).to_owned());
    }
    assert_eq!(told.difference(&copied).collect::<Vec<_>>(), [&hidden]);
}

#[tokio::test]
async fn whoever_copies_while_many_write_has_every_row() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let guest = app.guest();
    change_cursor(&guest).await;
    let writers = at_once((0..4).map(|_| connect(app.database()))).await;
    let begun = tokio::sync::Notify::new();
    let written = async {
        let each = writers.iter().enumerate().map(async |(number, sql)| {
            let mut ids = Vec::new();
            for round in 0..30 {
                sql.batch_execute("BEGIN").await.unwrap();
                for _ in 0..=(number + round) % 3 {
                    ids.push(run(sql, &connector).await);
                }
                // Others commit meanwhile what they began later.
                for _ in 0..(number * 7 + round) % 9 {
                    sql.batch_execute("SELECT").await.unwrap();
                }
                sql.batch_execute("COMMIT").await.unwrap();
                begun.notify_one();
            }
            ids
        });
        at_once(each).await.concat()
    };
    let copied = async {
        begun.notified().await;
        // The cursor and the first page may be asked for at once, in whatever order.
        let first = guest.say("{ workspaceConnectorSyncLogs { nodes { id } } changeCursor }").await;
        let mut rows = paged(&guest).await;
        rows.extend(first.each("/workspaceConnectorSyncLogs/nodes", "id"));
        (first.at("/changeCursor").clone(), rows)
    };
    let (written, (cursor, mut rows)) = tokio::join!(written, copied);
    let missed = written.iter().filter(|id| !rows.contains(*id)).count();
    let mut socket = copying_from(&guest, &cursor).await;
    let last = run(app.sql(), &connector).await;
    loop {
        let event = socket.answer("1").await["event"].take();
        if id_of(&event) == last {
            break;
        }
        rows.insert(id_of(&event).to_owned());
    }
    let untold: Vec<_> = written.iter().filter(|id| !rows.contains(*id)).collect();
    assert!(untold.is_empty(), "{missed} were not in the pages, and {untold:?} were not told either");
}

#[tokio::test]
async fn every_subscription_takes_it_and_goes_on_with_cursors_of_its_own() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    for field in FIELDS {
        let cursor = change_cursor(&service).await;
        let first = field.row(&app, &connector, json!({})).await;
        let mut socket = service.socket().await;
        socket.subscribe("1", &field.document(""), json!({ "after": cursor })).await;
        let event = loop {
            let event = socket.answer("1").await["event"].take();
            if id_of(&event) == first.id {
                break event;
            }
        };
        let second = field.row(&app, &connector, json!({})).await;
        socket.subscribe("2", &field.document(""), json!({ "after": event["cursor"] })).await;
        let told = async {
            loop {
                let message = socket.hear().await;
                let event = &message["payload"]["data"]["event"];
                if message["id"] == "2" && id_of(event) == second.id {
                    return;
                }
            }
        };
        told.await;
    }
}

#[tokio::test]
async fn it_costs_no_statement_and_holds_at_every_server() {
    let app = App::remembering(std::time::Duration::from_secs(3_600)).await;
    let connector = connected(&app, &app.here).await;
    let guest = app.guest();
    let cursor = change_cursor(&guest).await;
    let before = app.statements();
    change_cursor(&guest).await;
    assert_eq!(app.statements(), before);
    let log = make::sync_log(&app, &connector, json!({})).await;
    let mut socket = copying_from(&app.far(&guest).await, &cursor).await;
    assert_eq!(socket.answer("1").await["event"]["id"], log.id);
}

#[tokio::test]
async fn a_cursor_of_one_subscription_is_none_of_another_and_none_of_a_list() {
    let app = App::start().await;
    let cursor = change_cursor(&app.guest()).await;
    app.guest().ask(PAGE, json!({ "after": cursor })).await.refused("BAD_CURSOR");
    let mut following = Following::all(&app, &app.guest(), COLLECTS).await;
    make::collect(&app, &app.here, &app.person, json!({})).await;
    let event = following.next().await;
    assert_eq!(kinds(std::slice::from_ref(&event)), ["CREATED"]);
    let mut socket = copying_from(&app.guest(), &event["cursor"]).await;
    assert_eq!(socket.failure("1").await, ["BAD_CURSOR"]);
}
