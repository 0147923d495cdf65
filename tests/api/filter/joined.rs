//! `and`, `or`, `not`, and the filters that compare no column.

use serde_json::json;

use super::{connected, documents, found};
use crate::kit::{App, make};

#[tokio::test]
async fn fields_are_joined_by_and_and_the_rest_as_it_says() {
    let app = App::start().await;
    for (filename, size) in [("a", 1), ("b", 2), ("c", 3)] {
        make::document(&app, &app.here, json!({ "filename": filename, "size": size })).await;
    }
    let is = |name: &str| json!({ "filename": { "eq": name } });
    let from = |size: i32| json!({ "size": { "gte": size } });
    documents(
        &app,
        &[
            (json!({ "filename": { "eq": "b" }, "size": { "gte": 2 } }), &["b"]),
            (json!({ "filename": { "eq": "a" }, "size": { "gte": 2 } }), &[]),
            (json!({ "and": [from(2), is("c")] }), &["c"]),
            (json!({ "and": [] }), &["a", "b", "c"]),
            (json!({ "or": [is("a"), is("c")] }), &["a", "c"]),
            (json!({ "or": [] }), &[]),
            (json!({ "or": [is("a")], "size": { "gte": 2 } }), &[]),
            (json!({ "or": [is("a"), from(3)], "and": [from(2)] }), &["c"]),
            (json!({ "not": is("a") }), &["b", "c"]),
            (json!({ "not": { "not": is("a") } }), &["a"]),
            (json!({ "not": { "or": [is("a"), is("b")] } }), &["c"]),
            (json!({ "not": { "filename": { "eq": "a" }, "size": { "gte": 2 } } }), &["a", "b", "c"]),
            (json!({ "or": [{ "and": [is("a"), from(1)] }, { "not": from(3) }] }), &["a", "b"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_filter_and_its_opposite_find_every_row_once() {
    let app = App::start().await;
    let (of, other) = (connected(&app).await, connected(&app).await);
    for i in 0..12 {
        let own = if i % 2 == 0 { &of } else { &other };
        let duration = (i % 3 != 0).then_some(i);
        let started = (i % 4 != 0).then(|| format!("2026-01-01T{i:02}:00:00Z"));
        let failed = i % 5 == 0;
        let values = json!({
            "status": if failed { "error" } else { "scheduled" }, "error": failed.then(|| format!("Error {i}")),
            "completed_at": failed.then_some("2026-01-02T00:00:00Z"), "duration_ms": duration, "started_at": started,
            "trigger_type": (i % 2 == 0).then_some("manual"),
        });
        make::sync_log(&app, own, values).await;
    }
    app.execute(&format!("UPDATE core_api.workspace_connectors SET deleted_at = now() WHERE pk = {}", other.pk)).await;
    let filters = [
        json!({ "durationMs": { "eq": 4 } }),
        json!({ "durationMs": { "gt": 4 } }),
        json!({ "durationMs": { "lte": 4, "gte": 2 } }),
        json!({ "durationMs": { "isNull": true } }),
        json!({ "startedAt": { "lt": "2026-01-01T05:00:00Z" } }),
        json!({ "triggerType": { "eq": "MANUAL" } }),
        json!({ "triggerType": { "notIn": ["MANUAL"] } }),
        json!({ "triggerType": { "in": [] } }),
        json!({ "error": { "contains": "error 1" } }),
        json!({ "error": { "startsWith": "error" } }),
        json!({ "error": { "in": ["Error 0"] } }),
        json!({ "workspaceConnector": { "eq": of.id } }),
        json!({ "workspaceConnector": { "eq": other.id } }),
        json!({ "workspaceConnector": { "notIn": [of.id] } }),
        json!({ "workspaceConnector": { "isNull": true } }),
        json!({ "or": [{ "durationMs": { "eq": 4 } }, { "error": { "eq": "Error 0" } }] }),
        json!({ "and": [{ "durationMs": { "gt": 1 } }, { "startedAt": { "isNull": false } }] }),
        json!({ "not": { "durationMs": { "gt": 4 } } }),
        json!({ "and": [] }),
    ];
    let ty = "WorkspaceConnectorSyncLog";
    let all = found(&app, ty, "workspaceConnectorSyncLogs", "id", &json!({})).await;
    assert_eq!(all.len(), 12);
    for filter in filters {
        let matching = found(&app, ty, "workspaceConnectorSyncLogs", "id", &filter).await;
        let opposite = json!({ "not": filter });
        let mut both = found(&app, ty, "workspaceConnectorSyncLogs", "id", &opposite).await;
        both.extend(matching);
        both.sort();
        assert_eq!(both, all, "{filter}");
    }
}

#[tokio::test]
async fn a_connection_is_found_by_what_a_person_sees_of_it() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let mut seen = Vec::new();
    for status in
        ["enabled", "disabled", "to_configure", "processing", "error", "need_reconnect", "suspended", "degraded"]
    {
        for synced in [None, Some("2026-01-01T00:00:00Z")] {
            let label = format!("{status}{}", if synced.is_some() { " synced" } else { "" });
            let values = json!({ "status": status, "last_successful_sync_at": synced, "account_label": label });
            make::workspace_connector(&app, &app.here, &connector, values).await;
            seen.push((
                label,
                match (status, synced) {
                    ("disabled" | "to_configure", _) => "MISSING",
                    ("enabled" | "processing", Some(_)) => "CONNECTED",
                    ("enabled" | "processing", None) => "CONNECTING",
                    _ => "ERROR",
                },
            ));
        }
    }
    for state in ["MISSING", "CONNECTED", "CONNECTING", "ERROR"] {
        let labels = |wanted: &dyn Fn(&str) -> bool| {
            let mut labels: Vec<_> =
                seen.iter().filter(|(_, state)| wanted(state)).map(|(label, _)| label.clone()).collect();
            labels.sort();
            labels
        };
        let is = labels(&|seen| seen == state);
        let is_not = labels(&|seen| seen != state);
        for (operator, operand, expected) in
            [("eq", json!(state), &is), ("in", json!([state]), &is), ("notIn", json!([state]), &is_not)]
        {
            let filter = json!({ "connectionState": { operator: operand } });
            let found = found(&app, "WorkspaceConnector", "workspaceConnectors", "accountLabel", &filter).await;
            assert_eq!(&found, expected, "{filter}");
        }
    }
    let (broken, others): (&[&str], &[&str]) = (&["ERROR", "MISSING", "ERROR"], &["CONNECTED", "CONNECTING"]);
    for (operator, operand, expected) in
        [("in", broken, broken), ("notIn", broken, others), ("in", others, others), ("notIn", others, broken)]
    {
        let mut expected: Vec<_> =
            seen.iter().filter(|(_, state)| expected.contains(state)).map(|(label, _)| label.clone()).collect();
        expected.sort();
        let filter = json!({ "connectionState": { operator: operand } });
        assert_eq!(found(&app, "WorkspaceConnector", "workspaceConnectors", "accountLabel", &filter).await, expected);
    }
    // However often a state is named, and however often that is compared.
    let filter = json!({ "and": vec![json!({ "connectionState": { "notIn": vec!["ERROR"; 198] } }); 100] });
    let working = found(&app, "WorkspaceConnector", "workspaceConnectors", "accountLabel", &filter).await;
    assert_eq!(working.len(), seen.iter().filter(|(_, state)| *state != "ERROR").count());
    let answer =
        app.member().say("{ workspaceConnectors(first: 100) { nodes { accountLabel connectionState } } }").await;
    for node in answer.at("/workspaceConnectors/nodes").as_array().unwrap() {
        let (_, state) = seen.iter().find(|(label, _)| node["accountLabel"] == json!(label)).unwrap();
        assert_eq!(node["connectionState"], json!(state), "{node}");
    }
}

#[tokio::test]
async fn a_diagnostic_is_found_by_the_severity_of_its_reason() {
    let app = App::start().await;
    let of = connected(&app).await;
    for reason in ["jury_run", "tool_selection_pinned", "empty_result", "jury_partial"] {
        make::diagnostic(&app, &of, json!({ "reason": reason, "detail": reason })).await;
    }
    let (informational, failures) = (vec!["jury_run", "tool_selection_pinned"], vec!["empty_result", "jury_partial"]);
    for (filter, expected) in [
        (json!({ "eq": "INFORMATIONAL" }), informational.clone()),
        (json!({ "eq": "FAILURE" }), failures.clone()),
        (json!({ "in": ["FAILURE"] }), failures.clone()),
        (json!({ "in": [] }), vec![]),
        (json!({ "notIn": ["INFORMATIONAL"] }), failures),
        (json!({ "notIn": ["FAILURE"] }), informational),
    ] {
        let filter = json!({ "severity": filter });
        let found = found(&app, "ConnectorSyncDiagnostic", "connectorSyncDiagnostics", "detail", &filter).await;
        assert_eq!(found, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_connector_is_found_by_its_data_and_by_whether_it_is_connected_or_private() {
    let app = App::start().await;
    let none: [&str; 0] = [];
    let bank = make::connector(&app, None, json!({ "name": "bank", "data_domains": ["banking", "cards"] })).await;
    make::connector(&app, Some(&app.here), json!({ "name": "books", "data_domains": ["accounting"] })).await;
    let plain = make::connector(&app, None, json!({ "name": "plain" })).await;
    make::workspace_connector(&app, &app.here, &bank, json!({})).await;
    make::workspace_connector(&app, &app.here, &plain, json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await;
    for (filter, expected) in [
        (json!({ "dataDomain": { "eq": "cards" } }), vec!["bank"]),
        (json!({ "dataDomain": { "eq": "card" } }), none.to_vec()),
        (json!({ "dataDomain": { "in": ["cards", "accounting"] } }), vec!["bank", "books"]),
        (json!({ "dataDomain": { "isNull": true } }), vec!["plain"]),
        (json!({ "dataDomain": { "isNull": false } }), vec!["bank", "books"]),
        (json!({ "connected": { "eq": true } }), vec!["bank"]),
        (json!({ "connected": { "eq": false } }), vec!["books", "plain"]),
        (json!({ "isPrivate": { "eq": true } }), vec!["books"]),
        (json!({ "isPrivate": { "eq": false } }), vec!["bank", "plain"]),
    ] {
        assert_eq!(found(&app, "Connector", "connectors", "name", &filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_document_is_found_by_where_it_came_from_and_where_it_went() {
    let app = App::start().await;
    let (from, into) = (connected(&app).await, connected(&app).await);
    let gone = connected(&app).await;
    for (filename, links) in [
        ("both", vec![(&from, "input"), (&into, "output")]),
        ("in", vec![(&into, "input")]),
        ("neither", vec![]),
        ("again", vec![(&into, "output"), (&from, "input"), (&into, "input")]),
        ("lost", vec![(&gone, "input"), (&from, "input")]),
    ] {
        let document = make::document(&app, &app.here, json!({ "filename": filename })).await;
        for (connector, direction) in links {
            make::link(&app, &document, connector, json!({ "direction": direction })).await;
        }
    }
    app.execute(&format!("UPDATE core_api.workspace_connectors SET deleted_at = now() WHERE pk = {}", gone.pk)).await;
    documents(
        &app,
        &[
            (json!({ "sourcedFrom": { "eq": from.id } }), &["again", "both"]),
            (json!({ "sourcedFrom": { "eq": into.id } }), &["in"]),
            (json!({ "sourcedFrom": { "eq": gone.id } }), &[]),
            (json!({ "sourcedFrom": { "in": [from.id, into.id, gone.id] } }), &["again", "both", "in"]),
            (json!({ "sourcedFrom": { "notIn": [from.id] } }), &["in"]),
            (json!({ "sourcedFrom": { "in": [from.id, into.id], "notIn": [from.id] } }), &["in"]),
            (json!({ "sourcedFrom": { "isNull": true } }), &["lost", "neither"]),
            (json!({ "sourcedFrom": { "isNull": false } }), &["again", "both", "in"]),
            (json!({ "routedTo": { "eq": into.id } }), &["again", "both"]),
            (json!({ "routedTo": { "eq": from.id } }), &[]),
            (json!({ "routedTo": { "isNull": true } }), &["in", "lost", "neither"]),
            (json!({ "routedTo": { "isNull": false } }), &["again", "both"]),
        ],
    )
    .await;
    // The filter says what the field shows.
    for (connector, name) in [(&from, "both"), (&into, "in")] {
        let filter = json!({ "sourcedFrom": { "eq": connector.id }, "filename": { "eq": name } });
        let query = "query ($filter: DocumentFilter) { documents(filter: $filter) { nodes { source { id } } } }";
        let found = app.member().ask(query, json!({ "filter": filter })).await;
        assert_eq!(found.str("/documents/nodes/0/source/id"), connector.id);
    }
}
