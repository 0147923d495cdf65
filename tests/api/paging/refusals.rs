//! Pages and cursors that cannot be.

use serde_json::{Value, json};

use super::{LOGS, logs};
use crate::kit::App;

#[tokio::test]
async fn a_page_has_from_1_to_100_rows() {
    let app = App::start().await;
    for size in ["first: 1", "first: 100", "last: 1", "last: 100"] {
        assert!(
            app.member().say(&format!("{{ documents({size}) {{ totalCount }} }}")).await.errors().is_empty(),
            "{size}"
        );
    }
    for size in ["first: 0", "first: 101", "first: -1", "first: 2147483647", "last: 0", "last: 101", "last: -1"] {
        for list in ["documents", "connectors", "people"] {
            let answer = app.member().say(&format!("{{ {list}({size}) {{ nodes {{ id }} }} }}")).await;
            answer.refused("BAD_USER_INPUT");
        }
    }
}

#[tokio::test]
async fn a_nested_page_has_from_1_to_100_rows_too() {
    let app = App::start().await;
    logs(&app).await;
    for size in ["first: 0", "first: 101", "last: -1", "first: 1, last: 1"] {
        let query = format!("{{ workspaceConnectors {{ nodes {{ syncLogs({size}) {{ totalCount }} }} }} }}");
        app.member().say(&query).await.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_page_is_from_the_start_or_from_the_end_and_not_from_both() {
    let app = App::start().await;
    app.member().say("{ documents(first: 1, last: 1) { nodes { id } } }").await.refused("BAD_USER_INPUT");
}

#[tokio::test]
async fn an_order_has_three_fields_at_the_most() {
    let app = App::start().await;
    let by = |fields: usize| {
        format!("{{ documents(orderBy: [{}]) {{ nodes {{ id }} }} }}", "{ field: SIZE } ".repeat(fields))
    };
    assert!(app.member().say(&by(3)).await.errors().is_empty());
    app.member().say(&by(4)).await.refused("BAD_USER_INPUT");
}

/// Asks for the page after a cursor.
async fn after(app: &App, cursor: &str, order: Value) -> crate::kit::Answer {
    let query = "query ($cursor: String, $order: [WorkspaceConnectorSyncLogOrder!]) {
        found: workspaceConnectorSyncLogs(after: $cursor, orderBy: $order) { nodes { id } }
    }";
    app.member().ask(query, json!({ "cursor": cursor, "order": order })).await
}

async fn a_cursor(app: &App) -> String {
    let answer = app.member().say(&format!("{{ {LOGS}(first: 1) {{ edges {{ cursor }} }} }}")).await;
    answer.str(&format!("/{LOGS}/edges/0/cursor")).to_owned()
}

#[tokio::test]
async fn a_cursor_that_was_tampered_with_is_no_cursor() {
    let app = App::start().await;
    logs(&app).await;
    let cursor = a_cursor(&app).await;
    assert!(after(&app, &cursor, json!(null)).await.errors().is_empty());
    let mut tampered =
        vec![String::new(), "x".to_owned(), format!("{cursor}A"), cursor[1..].to_owned(), "é".to_owned()];
    for at in [0, cursor.len() / 2, cursor.len() - 2] {
        let other = if cursor.as_bytes()[at] == b'A' { "B" } else { "A" };
        tampered.push(format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]));
    }
    for cursor in tampered {
        after(&app, &cursor, json!(null)).await.refused("BAD_CURSOR");
    }
}

#[tokio::test]
async fn a_cursor_holds_for_its_own_order_only() {
    let app = App::start().await;
    logs(&app).await;
    let cursor = a_cursor(&app).await;
    let same = json!([{ "field": "CREATED_AT", "direction": "DESC" }]);
    assert!(after(&app, &cursor, same).await.errors().is_empty());
    for other in [
        json!([{ "field": "CREATED_AT", "direction": "ASC" }]),
        json!([{ "field": "UPDATED_AT", "direction": "DESC" }]),
        json!([{ "field": "CREATED_AT" }, { "field": "STARTED_AT" }]),
    ] {
        after(&app, &cursor, other).await.refused("BAD_CURSOR");
    }
}

#[tokio::test]
async fn a_cursor_holds_for_its_own_list_only() {
    let app = App::start().await;
    logs(&app).await;
    let cursor = a_cursor(&app).await;
    for list in ["documents", "connectors", "workspaceConnectors", "tasks"] {
        let answer = app.member().say(&format!("{{ {list}(after: {}) {{ nodes {{ id }} }} }}", json!(cursor))).await;
        answer.refused("BAD_CURSOR");
    }
}

#[tokio::test]
async fn a_cursor_does_not_show_what_is_in_it() {
    use base64::Engine;

    let app = App::start().await;
    logs(&app).await;
    let plain = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(a_cursor(&app).await).unwrap();
    let text = String::from_utf8_lossy(&plain);
    assert!(!text.contains("Integer") && !text.contains("Time"), "{text}");
}
