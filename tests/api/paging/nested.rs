//! A list under each parent: its own filter, order, page and cursors, and no other parent's rows.

use serde_json::json;

use super::connected;
use crate::kit::{App, Row, make};

/// Three workspace connectors with 1, 4 and 7 sync logs, oldest first, and the logs' ids, oldest first.
async fn families(app: &App) -> Vec<(Row, Vec<String>)> {
    let mut families = Vec::new();
    for children in [1, 4, 7] {
        let parent = connected(app).await;
        let mut ids = Vec::new();
        for i in 0..children {
            let status = if i % 2 == 0 { "scheduled" } else { "in_progress" };
            let values = json!({ "status": status, "created_at": format!("2026-01-01T{i:02}:00:00Z") });
            ids.push(make::sync_log(app, &parent, values).await.id);
        }
        families.push((parent, ids));
    }
    families
}

const OLDEST: &str = "orderBy: [{ field: CREATED_AT, direction: ASC }]";

#[tokio::test]
async fn each_parent_has_its_own_page() {
    let app = App::start().await;
    let families = families(&app).await;
    let query = format!(
        "{{ workspaceConnectors({OLDEST}) {{ nodes {{
            id
            oldest: syncLogs(first: 3, {OLDEST}) {{ nodes {{ id }} totalCount pageInfo {{ hasNextPage hasPreviousPage }} }}
            newest: syncLogs(first: 2) {{ nodes {{ id }} pageInfo {{ hasNextPage }} }}
            last: syncLogs(last: 2, {OLDEST}) {{ nodes {{ id }} pageInfo {{ hasPreviousPage }} }}
            running: syncLogs(filter: {{ status: {{ eq: IN_PROGRESS }} }}, {OLDEST}) {{ nodes {{ id }} totalCount }}
        }} }} }}"
    );
    let answer = app.member().say(&query).await;
    let ids = |ids: &[&String]| ids.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>();
    for (at, (parent, children)) in families.iter().enumerate() {
        let node = answer.at(&format!("/workspaceConnectors/nodes/{at}"));
        let all: Vec<&String> = children.iter().collect();
        let count = all.len();
        let newest: Vec<&String> = all.iter().rev().take(2).copied().collect();
        let running: Vec<&String> = all.iter().skip(1).step_by(2).copied().collect();
        let expected = json!({
            "id": parent.id,
            "oldest": {
                "nodes": ids(&all[..count.min(3)]), "totalCount": count,
                "pageInfo": { "hasNextPage": count > 3, "hasPreviousPage": false },
            },
            "newest": { "nodes": ids(&newest), "pageInfo": { "hasNextPage": count > 2 } },
            "last": { "nodes": ids(&all[count.saturating_sub(2)..]), "pageInfo": { "hasPreviousPage": count > 2 } },
            "running": { "nodes": ids(&running), "totalCount": running.len() },
        });
        assert_eq!(node, &expected);
    }
}

#[tokio::test]
async fn a_nested_list_is_walked_with_its_own_cursors() {
    let app = App::start().await;
    let families = families(&app).await;
    let (parent, children) = families.last().unwrap();
    for (arguments, end, forwards) in
        [("first: 3, after: $cursor", "endCursor", true), ("last: 3, before: $cursor", "startCursor", false)]
    {
        let query = format!(
            "query ($id: ID!, $cursor: String) {{ workspaceConnector(id: $id) {{ syncLogs({arguments}, {OLDEST}) {{
                nodes {{ id }} pageInfo {{ cursor: {end} }}
            }} }} }}"
        );
        let (mut walked, mut cursor) = (Vec::new(), json!(null));
        for _ in 0..3 {
            let answer = app.member().ask(&query, json!({ "id": parent.id, "cursor": cursor })).await;
            let at = if forwards { walked.len() } else { 0 };
            walked.splice(at..at, answer.each("/workspaceConnector/syncLogs/nodes", "id"));
            cursor = answer.at("/workspaceConnector/syncLogs/pageInfo/cursor").clone();
        }
        assert_eq!(&walked, children, "{arguments}");
    }
}

#[tokio::test]
async fn a_document_that_passed_repeatedly_is_listed_once_and_its_links_each() {
    let app = App::start().await;
    let (parent, other) = (connected(&app).await, connected(&app).await);
    let document = make::document(&app, &app.here, json!({})).await;
    for direction in ["input", "input", "output", "output"] {
        make::link(&app, &document, &parent, json!({ "direction": direction })).await;
    }
    make::link(&app, &document, &other, json!({ "direction": "output" })).await;
    let query = "query ($id: ID!, $document: ID!) {
        workspaceConnector(id: $id) { documents { totalCount nodes { id } } documentLinks { totalCount } }
        document(id: $document) { links { totalCount } routedTo { totalCount nodes { id } } source { id } }
    }";
    let answer = app.member().ask(query, json!({ "id": parent.id, "document": document.id })).await;
    assert_eq!(
        answer.at("/workspaceConnector/documents"),
        &json!({ "totalCount": 1, "nodes": [{ "id": document.id }] })
    );
    assert_eq!(answer.int("/workspaceConnector/documentLinks/totalCount"), 4);
    assert_eq!(answer.int("/document/links/totalCount"), 5);
    assert_eq!(answer.int("/document/routedTo/totalCount"), 2);
    assert_eq!(answer.at("/document/routedTo/nodes").as_array().unwrap().len(), 2);
    assert_eq!(answer.str("/document/source/id"), parent.id);
}
