//! Coming back with a cursor.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use well_ingestion::events::FeedSettings;
use well_ingestion::server::Settings;

use super::following::{COLLECTS, SYNC_LOGS};
use super::{Following, connected};
use crate::change::{count, watch_removals};
use crate::kit::{App, Asker, Row, Socket, make};

/// So many runs of the workspace connector, in one statement.
async fn runs(app: &App, connector: &Row, number: usize) {
    app.execute(&format!(
        "INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk)
         SELECT {}, {} FROM generate_series(1, {number})",
        connector.pk, connector.workspace_pk
    ))
    .await;
}

/// Somebody who comes back with a cursor.
async fn back(asker: &Asker, cursor: &Value) -> Socket {
    let mut socket = asker.socket().await;
    socket.subscribe("1", &SYNC_LOGS.document(""), json!({ "after": cursor })).await;
    socket
}

async fn ids(socket: &mut Socket, number: usize) -> Vec<Value> {
    let mut ids = Vec::new();
    while ids.len() < number {
        ids.push(socket.answer("1").await["event"]["id"].take());
    }
    ids
}

#[tokio::test]
async fn everything_after_the_cursor_is_told_first_and_then_what_comes() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    // One statement of many rows, several of few, and one that begins before and ends after.
    runs(&app, &connector, 30).await;
    let late = crate::kit::database::connect(app.database()).await;
    late.batch_execute("BEGIN").await.unwrap();
    let insert = "INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk)
        VALUES ($1, $2) RETURNING workspace_connector_sync_log_id::text";
    late.query_one(insert, &[&connector.pk, &connector.workspace_pk]).await.unwrap();
    let mut events = following.told(&app).await;
    for number in [1, 2, 1] {
        runs(&app, &connector, number).await;
        events.extend(following.told(&app).await);
    }
    late.batch_execute("COMMIT").await.unwrap();
    events.extend(following.told(&app).await);
    assert_eq!(events.len(), 35);
    let all: Vec<Value> = events.iter().map(|event| event["id"].clone()).collect();
    for (index, event) in events.iter().enumerate() {
        let mut socket = back(&app.guest(), &event["cursor"]).await;
        // The marks that the test knows by that all was told are told again, too.
        let mut told = Vec::new();
        while told.len() < all.len() - index - 1 {
            let id = socket.answer("1").await["event"]["id"].take();
            if all.contains(&id) {
                told.push(id);
            }
        }
        // What overlapped comes in the order in which it was written, whenever it ended.
        let set = |ids: &[Value]| ids.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        assert_eq!(set(&told), set(&all[index + 1..]), "after {index}");
    }
    let mut socket = back(&app.guest(), &events[34]["cursor"]).await;
    let mark = socket.answer("1").await;
    assert!(!all.contains(&mark["event"]["id"]));
    let next = make::sync_log(&app, &connector, json!({})).await;
    assert_eq!(socket.answer("1").await["event"]["id"], next.id);
}

#[tokio::test]
async fn a_cursor_holds_at_every_server() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let first = make::sync_log(&app, &connector, json!({})).await;
    let event = following.next().await;
    assert_eq!(event["id"], first.id);
    let second = make::sync_log(&app, &connector, json!({})).await;
    // One has read as far as the cursor, and the other has not read at all.
    let mut sockets = Vec::new();
    for asker in [app.beside(&app.guest(), Settings::default()).await, app.far(&app.guest()).await] {
        let mut socket = back(&asker, &event["cursor"]).await;
        assert_eq!(ids(&mut socket, 1).await, [json!(second.id)]);
        sockets.push(socket);
    }
    let third = make::sync_log(&app, &connector, json!({})).await;
    for mut socket in sockets {
        assert_eq!(ids(&mut socket, 1).await, [json!(third.id)]);
    }
}

#[tokio::test]
async fn more_than_fits_a_page_is_caught_up_with_while_more_comes() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    make::sync_log(&app, &connector, json!({})).await;
    let cursor = following.next().await["cursor"].take();
    runs(&app, &connector, 1_300).await;
    let mut socket = back(&app.guest(), &cursor).await;
    let mut told = ids(&mut socket, 10).await;
    runs(&app, &connector, 700).await;
    told.extend(ids(&mut socket, 1_990).await);
    let expected: Vec<Value> = app
        .sql()
        .query(
            "SELECT entity_id::text FROM core_api.changes
             WHERE entity = 'workspace_connector_sync_log' AND workspace_connector_pk = $1 ORDER BY position OFFSET 1",
            &[&connector.pk],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| json!(row.get::<_, String>(0)))
        .collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn what_is_not_a_cursor_of_these_changes_is_refused() {
    let app = App::start().await;
    let mut following = Following::all(&app, &app.guest(), COLLECTS).await;
    make::collect(&app, &app.here, &app.person, json!({})).await;
    let of_collects = following.next().await["cursor"].as_str().unwrap().to_owned();
    let connector = connected(&app, &app.elsewhere).await;
    let mut elsewhere = app.member_elsewhere().socket().await;
    elsewhere.subscribe("1", &SYNC_LOGS.document(""), json!({})).await;
    let of_elsewhere = loop {
        make::sync_log(&app, &connector, json!({})).await;
        let next = tokio::time::timeout(Duration::from_millis(100), elsewhere.answer("1"));
        if let Ok(answer) = next.await {
            break answer["event"]["cursor"].as_str().unwrap().to_owned();
        }
    };
    let mut changed = of_collects.clone();
    let first = if changed.starts_with('A') { "B" } else { "A" };
    changed.replace_range(..1, first);
    let list = app.guest().say("{ workspaceConnectors { pageInfo { endCursor } } }").await;
    let of_a_list = list.str("/workspaceConnectors/pageInfo/endCursor").to_owned();
    for (field, cursor) in [
        (SYNC_LOGS, of_collects.as_str()),
        (SYNC_LOGS, &of_elsewhere),
        (COLLECTS, &changed),
        (SYNC_LOGS, &of_a_list),
        (COLLECTS, "no cursor"),
        (COLLECTS, ""),
    ] {
        let mut socket = app.guest().socket().await;
        socket.subscribe("1", &field.document(""), json!({ "after": cursor })).await;
        assert_eq!(socket.failure("1").await, ["BAD_CURSOR"], "{cursor}");
    }
}

#[tokio::test]
async fn a_cursor_is_refused_when_what_came_after_it_was_forgotten() {
    let app = App::feeding(FeedSettings { keep: Duration::from_secs(1), ..FeedSettings::default() }).await;
    let connector = connected(&app, &app.here).await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    let mut events = Vec::new();
    for _ in 0..3 {
        make::sync_log(&app, &connector, json!({})).await;
        events.push(following.next().await);
    }
    let kept = "SELECT count(DISTINCT transaction_id) FROM core_api.changes";
    let forgotten = async { while count(&app, kept).await > 1 {} };
    tokio::time::timeout(Duration::from_secs(20), forgotten).await.expect("old changes are kept");
    let mut socket = back(&app.guest(), &events[0]["cursor"]).await;
    assert_eq!(socket.failure("1").await, ["BAD_CURSOR"]);
    // After the last one there was nothing to be forgotten.
    let mut socket = back(&app.guest(), &events[2]["cursor"]).await;
    let next = make::sync_log(&app, &connector, json!({})).await;
    assert_eq!(ids(&mut socket, 1).await, [json!(next.id)]);
    assert_eq!(following.next().await["id"], next.id, "who follows goes on");
}

#[tokio::test]
async fn much_that_is_old_is_forgotten_bit_by_bit() {
    let app = App::feeding(FeedSettings { keep: Duration::from_secs(1), ..FeedSettings::default() }).await;
    let connector = connected(&app, &app.here).await;
    watch_removals(&app, "changes").await;
    let mut following = Following::all(&app, &app.guest(), SYNC_LOGS).await;
    make::sync_log(&app, &connector, json!({})).await;
    let cursor = following.next().await["cursor"].take();
    app.execute(&format!(
        "INSERT INTO core_api.changes (happened_at, entity, kind, entity_id, entity_pk, workspace_pk)
         SELECT now() - interval '1 day', 'document', 'created', gen_random_uuid(), 0, {}
         FROM generate_series(1, 25000)",
        app.here.pk
    ))
    .await;
    let kept = "SELECT count(*) FROM core_api.changes WHERE happened_at < now() - interval '1 hour'";
    let forgotten = async { while count(&app, kept).await > 0 {} };
    tokio::time::timeout(Duration::from_secs(20), forgotten).await.expect("old changes are kept");
    assert_eq!(count(&app, "SELECT max(rows) FROM public.removals").await, 10_000);
    let mut socket = back(&app.guest(), &cursor).await;
    assert_eq!(socket.failure("1").await, ["BAD_CURSOR"]);
    let next = make::sync_log(&app, &connector, json!({})).await;
    assert_eq!(following.next().await["id"], next.id, "who follows goes on");
}
