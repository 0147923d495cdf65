//! Labels that a newer program added to the enum types: nothing falls but the field that has one.

use serde_json::{Value, json};
use well_ingestion::server::Settings;

use crate::change::{at_once, change, done, refused};
use crate::idempotency::connections;
use crate::kit::{Answer, App, Row, make};
use crate::plans::selections::{assert_same, every_field, furnished};
use crate::subscription::{COLLECTS, Following, connected};

/// The columns of enum types, as `table.column` and the type.
const COLUMNS: &str = "SELECT relname::text, attname::text, typname::text FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid JOIN pg_type ON pg_type.oid = atttypid
    WHERE relnamespace = 'core_api'::regnamespace AND relkind = 'r' AND typtype = 'e' AND relname <> 'changes'";

/// The fields that cannot be told of such a row.
const UNTOLD: [&str; 10] = [
    "status",
    "triggerType",
    "targetModel",
    "role",
    "processingStatus",
    "direction",
    "provider",
    "reason",
    "severity",
    "isTerminal",
];

/// Adds a label to every enum type.
async fn add_labels(app: &App) {
    for row in app.sql().query(COLUMNS, &[]).await.unwrap() {
        app.execute(&format!("ALTER TYPE core_api.{} ADD VALUE IF NOT EXISTS 'newer'", row.get::<_, &str>(2))).await;
    }
}

async fn set(app: &App, row: &Row, column: &str) {
    app.execute(&format!("UPDATE core_api.{} SET {column} = 'newer' WHERE pk = {}", row.table, row.pk)).await;
}

/// Asserts that the answer has these errors and no others.
#[track_caller]
fn assert_untold(answer: &Answer, paths: &[Value]) {
    let found: Vec<_> = answer.errors().iter().map(|error| error["path"].clone()).collect();
    assert_eq!(found, paths, "{}", answer.text);
    assert!(answer.codes().iter().all(|code| *code == "INTERNAL_SERVER_ERROR"), "{}", answer.text);
    assert!(answer.errors().iter().all(|error| error["extensions"]["errorId"].is_string()), "{}", answer.text);
}

#[tokio::test]
async fn a_field_with_a_newer_label_is_null_with_an_error_of_its_own() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    add_labels(&app).await;
    app.unguarded().await;
    for row in app.sql().query(COLUMNS, &[]).await.unwrap() {
        let (table, column): (&str, &str) = (row.get(0), row.get(1));
        // Who asks must be somebody.
        if !matches!(table, "memberships" | "api_keys") {
            app.execute(&format!("UPDATE core_api.{table} SET {column} = 'newer' WHERE pk % 2 = 0")).await;
        }
    }
    every_field(&app, &app.admin(), |query, planned, general| {
        assert_same(query, planned, general);
        for error in planned.errors() {
            let (path, code) = (error["path"].as_array().unwrap(), error["extensions"]["code"].as_str().unwrap());
            let untold = code == "INTERNAL_SERVER_ERROR" && UNTOLD.iter().any(|untold| query.contains(untold));
            assert!(code == "FORBIDDEN" || untold, "{query}: {}", planned.text);
            let parts: Vec<_> = path.iter().map(|part| part.to_string().trim_matches('"').to_owned()).collect();
            assert!(planned.shown(&format!("/{}", parts.join("/"))).is_null(), "{query}: {}", planned.text);
        }
    })
    .await;
}

#[tokio::test]
async fn everything_else_stands() {
    let app = App::start().await;
    let (member, mut collects) = (app.member(), Vec::new());
    for _ in 0..3 {
        collects.push(make::collect(&app, &app.here, &app.person, json!({})).await);
    }
    add_labels(&app).await;
    set(&app, &collects[1], "status").await;
    for asker in [member.clone(), app.beside(&member, Settings { plans: false, ..Settings::default() }).await] {
        let order = "orderBy: [{ field: CREATED_AT, direction: ASC }]";
        let listed = asker.say(&format!("{{ collects({order}) {{ nodes {{ id status }} totalCount }} }}")).await;
        assert_untold(&listed, &[json!(["collects", "nodes", 1, "status"])]);
        let expected: Vec<_> = collects
            .iter()
            .enumerate()
            .map(|(at, collect)| json!({ "id": collect.id, "status": if at == 1 { json!(null) } else { json!("TODO") } }))
            .collect();
        assert_eq!(listed.shown("/collects"), &json!({ "nodes": expected, "totalCount": 3 }));

        let ids = json!({ "ids": collects.iter().map(|collect| &collect.id).collect::<Vec<_>>() });
        let nodes = asker.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Collect { status } } }", ids).await;
        assert_untold(&nodes, &[json!(["nodes", 1, "status"])]);
        assert_eq!(nodes.shown("/nodes"), &json!(expected));

        let one = asker.say(&format!("{{ collect(id: \"{}\") {{ id status }} }}", collects[1].id)).await;
        assert_untold(&one, &[json!(["collect", "status"])]);

        let statistics =
            "statistics { total byStatus { status count } series(bucket: DAY) { total byStatus { count } } }";
        let counted = asker.say(&format!("{{ collects {{ {statistics} }} }}")).await;
        let by_status = counted.at("/collects/statistics/byStatus");
        assert_eq!(counted.int("/collects/statistics/total"), 3);
        assert_eq!(by_status.as_array().unwrap().len(), 4);
        assert_eq!(by_status[0], json!({ "status": "TODO", "count": 2 }));
        assert_eq!(counted.int("/collects/statistics/series/0/total"), 3);

        // What is stored is what is compared.
        for (filter, count) in [
            (json!({ "eq": "TODO" }), 2),
            (json!({ "notIn": ["TODO"] }), 1),
            (json!({ "in": ["TODO", "FINALIZED"] }), 2),
            (json!({ "isNull": false }), 3),
        ] {
            let query = "query ($filter: CollectStatusFilter) { collects(filter: { status: $filter }) { totalCount } }";
            let counted = asker.ask(query, json!({ "filter": filter })).await;
            assert_eq!(counted.int("/collects/totalCount"), count, "{filter}");
        }
    }
    let update = json!({ "id": collects[1].id, "status": "FINALIZED" });
    refused(&change(&member, "updateCollect", "", update).await, "INVALID_STATE", "status");
    let deleted = json!({ "id": collects[1].id });
    let answer = change(&member, "deleteCollect", "collect { id status }", deleted).await;
    assert_untold(&answer, &[json!(["done", "collect", "status"])]);
    assert_eq!(answer.shown("/done/collect/id"), &json!(collects[1].id));
}

#[tokio::test]
async fn what_follows_from_a_newer_label_is_the_careful_thing() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let log = make::sync_log(&app, &connected, json!({})).await;
    let diagnostic = make::diagnostic(&app, &connected, json!({})).await;
    let mapping = make::mapping(&app, &connected, json!({})).await;
    app.unguarded().await;
    add_labels(&app).await;
    for (row, column) in [(&connected, "status"), (&log, "status"), (&diagnostic, "reason"), (&mapping, "target_model")]
    {
        set(&app, row, column).await;
    }
    let answer = app.admin().say("{ workspaceConnectors { nodes { connectionState syncInProgress } } }").await;
    let expected = json!({ "connectionState": "ERROR", "syncInProgress": false });
    assert_eq!(answer.at("/workspaceConnectors/nodes/0"), &expected);
    let answer = app
        .admin()
        .say(
            "{ connectorSyncDiagnostics { nodes { id severity } statistics { total bySeverity { count }
            series(bucket: DAY) { total bySeverity { count } } } } }",
        )
        .await;
    assert_untold(&answer, &[json!(["connectorSyncDiagnostics", "nodes", 0, "severity"])]);
    let none = json!([{ "count": 0 }, { "count": 0 }]);
    let statistics = answer.shown("/connectorSyncDiagnostics/statistics");
    assert_eq!(statistics["total"], 1);
    assert_eq!((&statistics["bySeverity"], &statistics["series"][0]["bySeverity"]), (&none, &none));
    assert_eq!(statistics["series"][0]["total"], 1);
    let service = app.service();
    for (mutation, input) in [
        ("startWorkspaceConnectorSyncLog", json!({ "id": log.id })),
        ("markWorkspaceConnectorSyncLogSuccess", json!({ "id": log.id })),
        ("markWorkspaceConnectorSyncLogError", json!({ "id": log.id, "error": "x" })),
        ("regenerateConnectorMapping", json!({ "id": mapping.id, "expression": "$" })),
    ] {
        refused(&change(&service, mutation, "", input).await, "INVALID_STATE", "");
    }
}

#[tokio::test]
async fn a_connector_may_have_a_newer_status() {
    let app = App::start().await;
    let (newer, gone) = (make::connector(&app, None, json!({})).await, json!({ "status": "unavailable" }));
    make::connector(&app, None, gone).await;
    set(&app, &newer, "status").await;
    let admin = app.admin();
    for asker in [admin.clone(), app.beside(&admin, Settings { plans: false, ..Settings::default() }).await] {
        let listed = asker.say("{ connectors(filter: { status: { notIn: [UNAVAILABLE] } }) { nodes { id status } } }");
        let listed = listed.await;
        assert_untold(&listed, &[json!(["connectors", "nodes", 0, "status"])]);
        assert_eq!(listed.shown("/connectors/nodes"), &json!([{ "id": newer.id, "status": null }]));
        let unavailable = "{ connectors(filter: { status: { eq: UNAVAILABLE } }) { nodes { status } } }";
        let listed = asker.say(unavailable).await;
        assert_eq!(listed.at("/connectors/nodes"), &json!([{ "status": "UNAVAILABLE" }]));
    }
    let input = json!({ "connectorId": newer.id });
    refused(&change(&admin, "connectWorkspaceConnector", "", input).await, "INVALID_STATE", "connectorId");
}

#[tokio::test]
async fn a_label_that_the_database_lacks_is_refused_and_costs_no_connection() {
    let app = App::start().await;
    app.execute(
        "ALTER TYPE core_api.status_enum RENAME VALUE 'degraded' TO 'x';
         ALTER TYPE core_api.task_status_enum RENAME VALUE 'in_progress' TO 'x'",
    )
    .await;
    let (guest, member) = (app.guest(), app.member());
    at_once((0..6).map(|_| guest.say("{ workspaceConnectors { totalCount } }"))).await;
    let before = connections(&app).await;
    for _ in 0..5 {
        for filter in ["eq: DEGRADED", "in: [DEGRADED, ENABLED]", "notIn: [DEGRADED]"] {
            let query = format!("{{ workspaceConnectors(filter: {{ status: {{ {filter} }} }}) {{ totalCount }} }}");
            guest.say(&query).await.refused("BAD_USER_INPUT");
        }
        let input = json!({ "title": "a", "status": "IN_PROGRESS" });
        refused(&change(&member, "createTask", "", input).await, "BAD_USER_INPUT", "");
    }
    assert_eq!(connections(&app).await, before);
}

#[tokio::test]
async fn who_follows_goes_on() {
    let app = App::start().await;
    add_labels(&app).await;
    let connector = connected(&app, &app.here).await;
    let collect = make::collect(&app, &app.here, &app.person, json!({})).await;
    let selection = "node { status }";
    let mut following = Following::some(&app, &app.member(), COLLECTS, &connector, |_| json!({}), selection).await;
    set(&app, &collect, "status").await;
    let payload = loop {
        let mut message = following.socket.hear().await;
        if message["payload"]["data"]["event"]["id"] == json!(collect.id) {
            break message["payload"].take();
        }
    };
    assert_eq!(payload["errors"][0]["path"], json!(["event", "node", "status"]), "{payload}");
    assert_eq!(payload["data"]["event"]["node"], json!({ "id": collect.id, "status": null }), "{payload}");
    app.execute(&format!("UPDATE core_api.collects SET status = 'error' WHERE pk = {}", collect.pk)).await;
    assert_eq!(following.told(&app).await[0]["node"]["status"], "ERROR");
}

#[tokio::test]
async fn a_newer_role_lets_nobody_in() {
    let app = App::start().await;
    let membership = make::membership(&app, &app.here, "somebody", "guest", json!({})).await;
    make::membership(&app, &app.elsewhere, "somebody", "guest", json!({})).await;
    let (key, secret) = make::api_key(&app, &app.here, json!({})).await;
    add_labels(&app).await;
    set(&app, &membership, "role").await;
    set(&app, &key, "role").await;
    let somebody = app.subject("somebody");
    somebody.in_workspace(&app.here.id).say("{ viewer { role } }").await.refused("FORBIDDEN");
    app.bearer(&secret).say("{ viewer { role } }").await.refused("FORBIDDEN");
    // It does not take the others with it.
    let viewer = somebody.in_workspace(&app.elsewhere.id).say("{ viewer { role workspaces { name } } }").await;
    assert_eq!(viewer.at("/viewer"), &json!({ "role": "GUEST", "workspaces": [{ "name": "elsewhere" }] }));
    let listed = app
        .admin()
        .say("{ memberships(filter: { role: { notIn: [GUEST, MEMBER, ADMIN, OWNER] } }) { nodes { id role } } }")
        .await;
    assert_untold(&listed, &[json!(["memberships", "nodes", 0, "role"])]);
    // It may be worth as much as an owner's.
    change(&app.admin(), "revokeApiKey", "", json!({ "id": key.id })).await.refused("FORBIDDEN");
    done(&app.owner(), "revokeApiKey", "", json!({ "id": key.id })).await;
}
