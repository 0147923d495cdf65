//! Lists in pages: every row once, in order, in both directions, whatever the order.

mod nested;
mod refusals;

use std::cmp::Ordering;

use serde_json::{Value, json};

use crate::kit::{App, Asker, Row, make};

/// A row as the test knows it, for each column that is ordered by: its value, or none.
struct Known {
    id: String,
    created: Option<i64>,
    started: Option<i64>,
    duration: Option<i64>,
}

type Term = (&'static str, &'static str);

/// The orders that lists are walked in: nulls, ties, and up to three fields.
const ORDERS: [&[Term]; 11] = [
    &[],
    &[("CREATED_AT", "ASC")],
    &[("CREATED_AT", "DESC")],
    &[("STARTED_AT", "ASC")],
    &[("STARTED_AT", "DESC")],
    &[("DURATION_MS", "ASC")],
    &[("DURATION_MS", "DESC")],
    &[("DURATION_MS", "DESC"), ("STARTED_AT", "ASC")],
    &[("DURATION_MS", "ASC"), ("STARTED_AT", "DESC")],
    &[("STARTED_AT", "ASC"), ("CREATED_AT", "DESC"), ("DURATION_MS", "ASC")],
    &[("CREATED_AT", "ASC"), ("CREATED_AT", "DESC")],
];

/// Sync logs with ties and without values in every column, oldest `pk` first.
async fn logs(app: &App) -> Vec<Known> {
    let of = connected(app).await;
    let hour = |hour: i64| format!("2026-01-01T{hour:02}:00:00Z");
    let mut known = Vec::new();
    for i in 0..23_i64 {
        let (created, started) = (i * 5 % 9, (i % 4 != 0).then_some(i * 7 % 6));
        let duration = (i % 3 != 0).then_some(i * 11 % 5);
        let values = json!({
            "created_at": hour(created), "started_at": started.map(hour), "duration_ms": duration,
        });
        let Row { id, .. } = make::sync_log(app, &of, values).await;
        known.push(Known { id, created: Some(created), started, duration });
    }
    known
}

async fn connected(app: &App) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, &app.here, &connector, json!({})).await
}

fn order_by(order: &[Term]) -> Value {
    order.iter().map(|(field, direction)| json!({ "field": field, "direction": direction })).collect()
}

/// The ids in order: rows without a value count as the largest, and the last field's direction breaks ties by age.
fn sorted(known: &[Known], order: &[Term]) -> Vec<String> {
    let order = if order.is_empty() { &[("CREATED_AT", "DESC")] } else { order };
    let turned = |ordering: Ordering, direction: &str| if direction == "DESC" { ordering.reverse() } else { ordering };
    let mut rows: Vec<(usize, &Known)> = known.iter().enumerate().collect();
    rows.sort_by(|(a_at, a), (b_at, b)| {
        let by_field = order.iter().map(|(field, direction)| {
            let value = |row: &Known| match *field {
                "CREATED_AT" => row.created,
                "STARTED_AT" => row.started,
                _ => row.duration,
            };
            turned(value(a).unwrap_or(i64::MAX).cmp(&value(b).unwrap_or(i64::MAX)), direction)
        });
        let tie = turned(a_at.cmp(b_at), order.last().unwrap().1);
        by_field.chain([tie]).find(|ordering| ordering.is_ne()).unwrap()
    });
    rows.into_iter().map(|(_, row)| row.id.clone()).collect()
}

/// Walks a list to its end in pages of `size`, forwards or backwards, and gives its ids in the list's order.
async fn walk(asker: &Asker, list: &str, order: &Value, size: usize, forwards: bool) -> Vec<String> {
    let (count, from, more, less, end) = if forwards {
        ("first", "after", "hasNextPage", "hasPreviousPage", "endCursor")
    } else {
        ("last", "before", "hasPreviousPage", "hasNextPage", "startCursor")
    };
    let ty = match list {
        "workspaceConnectorSyncLogs" => "WorkspaceConnectorSyncLog",
        "documents" => "Document",
        "tasks" => "Task",
        other => panic!("no type is known of {other}"),
    };
    let query = format!(
        "query ($size: Int, $cursor: String, $order: [{ty}Order!]) {{
            found: {list}({count}: $size, {from}: $cursor, orderBy: $order) {{
                edges {{ cursor node {{ id }} }} nodes {{ id }}
                pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
            }}
        }}"
    );
    let (mut walked, mut cursor) = (Vec::new(), json!(null));
    loop {
        let answer = asker.ask(&query, json!({ "size": size, "cursor": cursor, "order": order })).await;
        let ids = answer.each("/found/nodes", "id");
        let edges = answer.at("/found/edges").as_array().unwrap();
        assert_eq!(edges.iter().map(|edge| edge["node"]["id"].as_str().unwrap()).collect::<Vec<_>>(), ids);
        let info = answer.at("/found/pageInfo");
        let ends = (edges.first().map(|edge| &edge["cursor"]), edges.last().map(|edge| &edge["cursor"]));
        assert_eq!(ends, (Some(&info["startCursor"]), Some(&info["endCursor"])));
        assert_eq!(info[less], json!(!cursor.is_null()), "{}", answer.text);
        assert!(ids.len() == size || info[more] == json!(false), "{}", answer.text);
        let at = if forwards { walked.len() } else { 0 };
        walked.splice(at..at, ids);
        if info[more] == json!(false) {
            return walked;
        }
        cursor = info[end].clone();
        assert!(walked.len() < 100, "the walk does not end");
    }
}

const LOGS: &str = "workspaceConnectorSyncLogs";

#[tokio::test]
async fn walking_in_any_order_and_direction_visits_every_row_once_in_order() {
    let app = App::start().await;
    let known = logs(&app).await;
    for order in ORDERS {
        let expected = sorted(&known, order);
        for (size, forwards) in [(4, true), (4, false), (23, true), (23, false), (100, true)] {
            let walked = walk(&app.member(), LOGS, &order_by(order), size, forwards).await;
            assert_eq!(walked, expected, "{order:?} in pages of {size}, forwards: {forwards}");
        }
    }
}

#[tokio::test]
async fn pages_of_one_row_are_pages_too() {
    let app = App::start().await;
    let known = logs(&app).await;
    for forwards in [true, false] {
        let order: &[Term] = &[("DURATION_MS", "DESC"), ("STARTED_AT", "ASC")];
        let walked = walk(&app.member(), LOGS, &order_by(order), 1, forwards).await;
        assert_eq!(walked, sorted(&known, order), "forwards: {forwards}");
    }
}

#[tokio::test]
async fn lists_ordered_by_text_days_and_large_numbers_are_walked_alike() {
    let app = App::start().await;
    for i in 0..11_i64 {
        let size = (i % 3 != 0).then_some(5_000_000_000 + i % 2);
        let filename = ["é", "a", "B", "a b", "ab", "%"][usize::try_from(i % 6).unwrap()];
        make::document(&app, &app.here, json!({ "filename": filename, "size": size })).await;
        let due = (i % 4 != 0).then(|| format!("2026-02-{:02}", 1 + i % 5));
        make::task(&app, &app.here, json!({ "title": filename, "due_date": due })).await;
    }
    for (list, field) in [("documents", "FILENAME"), ("documents", "SIZE"), ("tasks", "DUE_DATE"), ("tasks", "TITLE")] {
        for direction in ["ASC", "DESC"] {
            let order = order_by(&[(field, direction)]);
            let whole = walk(&app.member(), list, &order, 100, true).await;
            assert_eq!(whole.len(), 11);
            for (size, forwards) in [(3, true), (3, false)] {
                let walked = walk(&app.member(), list, &order, size, forwards).await;
                assert_eq!(walked, whole, "{list} by {field} {direction}, forwards: {forwards}");
            }
        }
    }
}

#[tokio::test]
async fn a_list_is_newest_first_and_twenty_rows_long_unless_asked_otherwise() {
    let app = App::start().await;
    let known = logs(&app).await;
    let answer = app.member().say("{ workspaceConnectorSyncLogs { nodes { id } } }").await;
    assert_eq!(answer.each("/workspaceConnectorSyncLogs/nodes", "id"), sorted(&known, &[])[..20]);
}

#[tokio::test]
async fn a_page_between_two_cursors_says_that_there_is_more_on_both_sides() {
    let app = App::start().await;
    let expected = sorted(&logs(&app).await, &[]);
    let cursors = app.member().say("{ workspaceConnectorSyncLogs(first: 23) { edges { cursor } } }").await;
    let cursor = |at: usize| cursors.at(&format!("/workspaceConnectorSyncLogs/edges/{at}/cursor")).clone();
    for (size, rows) in [("first: 3", 5..8), ("last: 3", 7..10), ("first: 50", 5..10)] {
        let query = format!(
            "query ($after: String, $before: String) {{
                found: workspaceConnectorSyncLogs({size}, after: $after, before: $before) {{
                    nodes {{ id }} pageInfo {{ hasNextPage hasPreviousPage }}
                }}
            }}"
        );
        let answer = app.member().ask(&query, json!({ "after": cursor(4), "before": cursor(10) })).await;
        assert_eq!(answer.each("/found/nodes", "id"), expected[rows], "{size}");
        assert_eq!(answer.at("/found/pageInfo"), &json!({ "hasNextPage": true, "hasPreviousPage": true }), "{size}");
    }
}

#[tokio::test]
async fn a_walk_goes_on_where_its_last_row_was_deleted() {
    let app = App::start().await;
    let expected = sorted(&logs(&app).await, &[]);
    let page = "query ($after: String) { found: workspaceConnectorSyncLogs(first: 5, after: $after) {
        nodes { id } pageInfo { endCursor }
    } }";
    let first = app.member().ask(page, json!({})).await;
    app.execute(&format!(
        "UPDATE core_api.workspace_connector_sync_logs SET deleted_at = now()
         WHERE workspace_connector_sync_log_id = '{}'",
        expected[4]
    ))
    .await;
    let next = app.member().ask(page, json!({ "after": first.at("/found/pageInfo/endCursor") })).await;
    assert_eq!(next.each("/found/nodes", "id"), expected[5..10]);
}

#[tokio::test]
async fn an_empty_page_has_no_cursors_and_nothing_around_it() {
    let app = App::start().await;
    let info = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";
    let answer = app.member().say(&format!("{{ documents {{ edges {{ cursor }} totalCount {info} }} }}")).await;
    let expected = json!({
        "edges": [], "totalCount": 0,
        "pageInfo": { "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null },
    });
    assert_eq!(answer.at("/documents"), &expected);
}

#[tokio::test]
async fn the_total_is_of_the_filter_and_not_of_the_page() {
    let app = App::start().await;
    let known = logs(&app).await;
    let unstarted = known.iter().filter(|row| row.started.is_none()).count();
    let query = "{
        all: workspaceConnectorSyncLogs(first: 2) { totalCount }
        some: workspaceConnectorSyncLogs(last: 1, filter: { startedAt: { isNull: true } }) { totalCount nodes { id } }
    }";
    let answer = app.member().say(query).await;
    assert_eq!(answer.at("/all/totalCount"), &json!(known.len()));
    assert_eq!(answer.at("/some/totalCount"), &json!(unstarted));
    assert_eq!(answer.at("/some/nodes").as_array().unwrap().len(), 1);
}
