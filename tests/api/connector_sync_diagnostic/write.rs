//! `createConnectorSyncDiagnostic`, `createConnectorSyncDiagnostics`, `updateConnectorSyncDiagnostic`,
//! `deleteConnectorSyncDiagnostic`, and retention.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;
use well_ingestion::api;
use well_ingestion::entity::connector_sync_diagnostic::Retention;

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::kit::{App, Row, make};

const CREATE: &str = "createConnectorSyncDiagnostic";
const CREATE_ALL: &str = "createConnectorSyncDiagnostics";
const UPDATE: &str = "updateConnectorSyncDiagnostic";
const DELETE: &str = "deleteConnectorSyncDiagnostic";
const ONE: &str = "connectorSyncDiagnostic { id targetModel toolName reason severity httpStatus detail occurredAt updatedAt workspaceConnector { id } }";
const ALL: &str = "connectorSyncDiagnostics { id detail toolName workspaceConnector { id } }";
const TOTAL: &str = "SELECT count(*) FROM core_api.connector_sync_diagnostics";

async fn connected(app: &App, workspace: &Row) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, workspace, &connector, json!({})).await
}

fn diagnostic(connector: &str, detail: &str) -> Value {
    json!({ "workspaceConnectorId": connector, "targetModel": "INVOICE", "reason": "EMPTY_RESULT", "detail": detail })
}

fn plus(mut input: Value, field: &str, value: impl Into<Value>) -> Value {
    input[field] = value.into();
    input
}

#[tokio::test]
async fn a_diagnostic_is_recorded() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let input = json!({
        "workspaceConnectorId": connector.id, "targetModel": "LEDGER_ACCOUNT", "reason": "JURY_RUN",
        "toolName": "list_accounts", "httpStatus": 503, "detail": "three of five",
        "occurredAt": "2026-01-02T03:04:05.678901+01:00",
    });
    let made = done(&app.service(), CREATE, ONE, input).await;
    let expected = json!({
        "id": made.str("/done/connectorSyncDiagnostic/id"), "targetModel": "LEDGER_ACCOUNT", "reason": "JURY_RUN",
        "severity": "INFORMATIONAL", "toolName": "list_accounts", "httpStatus": 503, "detail": "three of five",
        "occurredAt": "2026-01-02T02:04:05.678901Z", "workspaceConnector": { "id": connector.id },
        "updatedAt": made.str("/done/connectorSyncDiagnostic/updatedAt"),
    });
    assert_eq!(made.at("/done/connectorSyncDiagnostic"), &expected);

    let made = done(&app.service(), CREATE, ONE, diagnostic(&connector.id, "now")).await;
    assert_eq!(made.at("/done/connectorSyncDiagnostic/toolName"), &json!(null));
    let now = format!("{TOTAL} WHERE occurred_at = created_at AND now() - occurred_at < interval '1 minute'");
    assert_eq!(count(&app, &now).await, 1);
}

#[tokio::test]
async fn only_the_pipeline_writes_diagnostics() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let row = make::diagnostic(&app, &connector, json!({})).await;
    for asker in [app.guest(), app.member(), app.admin(), app.owner()] {
        change(&asker, CREATE, ONE, diagnostic(&connector.id, "x")).await.refused("FORBIDDEN");
        change(&asker, CREATE_ALL, ALL, json!({ "diagnostics": [] })).await.refused("FORBIDDEN");
        change(&asker, UPDATE, ONE, json!({ "id": row.id, "detail": "x" })).await.refused("FORBIDDEN");
        change(&asker, DELETE, ONE, json!({ "id": row.id })).await.refused("FORBIDDEN");
    }
    assert_eq!(count(&app, &format!("{TOTAL} WHERE detail <> 'x' AND deleted_at IS NULL")).await, 1);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let good = diagnostic(&connector.id, "x");
    let soon = (Utc::now() + TimeDelta::minutes(6)).to_rfc3339();
    let texts = |longest: usize| [json!(""), json!(" "), json!("x".repeat(longest + 1)), json!("a\0")];
    refuses(&service, CREATE, &good, "detail", &texts(10_000)).await;
    refuses(&service, CREATE, &good, "toolName", &texts(500)).await;
    refuses(&service, CREATE, &good, "httpStatus", &[json!(99), json!(600), json!(-1)]).await;
    refuses(&service, CREATE, &good, "occurredAt", &[json!(soon), json!("9999-12-31T23:59:59Z")]).await;
    refuses(&service, CREATE, &good, "idempotencyKey", &texts(255)).await;
    let foreign = connected(&app, &app.elsewhere).await;
    let unknown = Uuid::new_v4().to_string();
    let mut answers = Vec::new();
    for id in [&foreign.id, &unknown] {
        let answer = change(&service, CREATE, ONE, diagnostic(id, "x")).await;
        refused(&answer, "NOT_FOUND", "workspaceConnectorId");
        answers.push(answer.text);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(count(&app, TOTAL).await, 0);

    let long = plus(plus(good.clone(), "detail", "é".repeat(10_000)), "toolName", "é".repeat(500));
    let ahead = (Utc::now() + TimeDelta::minutes(4)).to_rfc3339();
    done(&service, CREATE, ONE, plus(long, "occurredAt", ahead)).await;
    done(&service, CREATE, ONE, plus(good, "occurredAt", "0001-01-01T00:00:00Z")).await;

    let row = make::diagnostic(&app, &connector, json!({})).await;
    let update = json!({ "id": row.id });
    refuses(&service, UPDATE, &update, "detail", &texts(10_000)).await;
    refuses(&service, UPDATE, &update, "detail", &[json!(null)]).await;
    refuses(&service, UPDATE, &update, "toolName", &texts(500)).await;
    refuses(&service, UPDATE, &update, "httpStatus", &[json!(99), json!(600)]).await;
}

#[tokio::test]
async fn a_thousand_are_recorded_as_one() {
    let app = App::start().await;
    let connectors = [connected(&app, &app.here).await, connected(&app, &app.here).await];
    let service = app.service();
    let input = |count: usize| -> Vec<Value> {
        (0..count).map(|index| diagnostic(&connectors[index % 2].id, &format!("number {index}"))).collect()
    };
    // That its key is used is noted now, and not again in the next minute.
    service.say("{ __typename }").await;
    let mut statements = Vec::new();
    for size in [2, 1_000] {
        let before = app.statements();
        let made = done(&service, CREATE_ALL, ALL, json!({ "diagnostics": input(size) })).await;
        statements.push(app.statements() - before);
        let shown: Vec<Value> = made.at("/done/connectorSyncDiagnostics").as_array().unwrap().clone();
        let shown = shown.iter().map(|one| json!([one["workspaceConnector"]["id"], one["detail"]]));
        let expected = input(size).into_iter().map(|one| json!([one["workspaceConnectorId"], one["detail"]]));
        assert!(shown.eq(expected));
    }
    assert_eq!(statements[0], statements[1]);
    for size in [0, 1_001] {
        let answer = change(&service, CREATE_ALL, ALL, json!({ "diagnostics": input(size) })).await;
        refused(&answer, "BAD_USER_INPUT", "diagnostics");
    }
    assert_eq!(count(&app, TOTAL).await, 1_002);
}

#[tokio::test]
async fn every_bad_one_of_many_is_named_and_none_is_recorded() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let foreign = connected(&app, &app.elsewhere).await;
    let input = [
        diagnostic(&connector.id, "good"),
        plus(plus(diagnostic(&connector.id, ""), "httpStatus", 7), "toolName", ""),
        diagnostic(&foreign.id, "elsewhere"),
        diagnostic(&connector.id, "a\0"),
        plus(diagnostic(&foreign.id, " "), "occurredAt", "2999-01-01T00:00:00Z"),
    ];
    let answer = change(&app.service(), CREATE_ALL, ALL, json!({ "diagnostics": input })).await;
    assert_eq!(answer.at("/done/connectorSyncDiagnostics"), &json!(null));
    let errors = answer.at("/done/userErrors").as_array().unwrap();
    let named = errors.iter().map(|error| {
        let path: Vec<&str> = error["path"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
        format!("{} {}", error["code"].as_str().unwrap(), path.join("."))
    });
    let expected = [
        "BAD_USER_INPUT input.diagnostics.1.toolName",
        "BAD_USER_INPUT input.diagnostics.1.httpStatus",
        "BAD_USER_INPUT input.diagnostics.1.detail",
        "NOT_FOUND input.diagnostics.2.workspaceConnectorId",
        "BAD_USER_INPUT input.diagnostics.3.detail",
        "BAD_USER_INPUT input.diagnostics.4.detail",
        "BAD_USER_INPUT input.diagnostics.4.occurredAt",
        "NOT_FOUND input.diagnostics.4.workspaceConnectorId",
    ];
    assert_eq!(named.collect::<Vec<_>>(), expected);
    assert_eq!(count(&app, TOTAL).await, 0);
}

#[tokio::test]
async fn a_key_records_the_same_once() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let many = json!({
        "diagnostics": [diagnostic(&connector.id, "a"), diagnostic(&connector.id, "b")], "idempotencyKey": "many",
    });
    let one = plus(diagnostic(&connector.id, "a"), "idempotencyKey", "one");
    for (mutation, selection, input, made) in [(CREATE_ALL, ALL, &many, 2), (CREATE, ONE, &one, 1)] {
        let before = count(&app, TOTAL).await;
        let mut answers = at_once((0..6).map(|_| done(&service, mutation, selection, input.clone()))).await;
        answers.push(done(&service, mutation, selection, input.clone()).await);
        assert!(answers.iter().all(|answer| answer.text == answers[0].text), "{answers:?}");
        assert_eq!(count(&app, TOTAL).await - before, made);
    }
    let other = plus(diagnostic(&connector.id, "c"), "idempotencyKey", "one");
    refused(&change(&service, CREATE, ONE, other).await, "BAD_USER_INPUT", "idempotencyKey");
    let other = json!({ "diagnostics": [diagnostic(&connector.id, "a")], "idempotencyKey": "many" });
    refused(&change(&service, CREATE_ALL, ALL, other).await, "BAD_USER_INPUT", "idempotencyKey");
    // Another principal's keys are its own.
    let (_, secret) = make::api_key(&app, &app.here, json!({})).await;
    done(&app.bearer(&secret), CREATE, ONE, one).await;
    assert_eq!(count(&app, TOTAL).await, 4);
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let row = make::diagnostic(&app, &connector, json!({ "tool_name": "t", "http_status": 500, "detail": "d" })).await;
    let service = app.service();
    let shown = |answer: &crate::kit::Answer| {
        let one = answer.at("/done/connectorSyncDiagnostic");
        json!([one["toolName"], one["httpStatus"], one["detail"]])
    };
    let whole = async |input: Value| shown(&done(&service, UPDATE, ONE, plus(input, "id", row.id.clone())).await);
    assert_eq!(whole(json!({})).await, json!(["t", 500, "d"]));
    assert_eq!(whole(json!({ "detail": "e" })).await, json!(["t", 500, "e"]));
    assert_eq!(whole(json!({ "toolName": null, "httpStatus": 404 })).await, json!([null, 404, "e"]));

    let body = format!("{{ {ONE} userErrors {{ code message path }} }} }}");
    let query = format!(
        "mutation ($id: ID!, $tool: String, $status: Int, $detail: String) {{
            done: {UPDATE}(input: {{ id: $id, toolName: $tool, httpStatus: $status, detail: $detail }}) {body}"
    );
    let inner = async |variables: Value| shown(&service.ask(&query, plus(variables, "id", row.id.clone())).await);
    assert_eq!(inner(json!({})).await, json!([null, 404, "e"]));
    assert_eq!(inner(json!({ "tool": "u" })).await, json!(["u", 404, "e"]));
    assert_eq!(inner(json!({ "status": null, "detail": "f" })).await, json!(["u", null, "f"]));

    let literal = async |input: &str| {
        let id = &row.id;
        shown(&service.say(&format!("mutation {{ done: {UPDATE}(input: {{ id: \"{id}\" {input} }}) {body}")).await)
    };
    assert_eq!(literal("httpStatus: 200").await, json!(["u", 200, "f"]));
    assert_eq!(literal("toolName: null").await, json!([null, 200, "f"]));

    // When it happened is no part of the input.
    let query = format!(
        "mutation {{ {UPDATE}(input: {{ id: \"{}\", occurredAt: null }}) {{ userErrors {{ code }} }} }}",
        row.id
    );
    assert!(!service.say(&query).await.errors().is_empty());
}

#[tokio::test]
async fn a_change_of_what_moved_on_is_refused() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let made = done(&service, CREATE, ONE, diagnostic(&connector.id, "a")).await;
    let id = made.str("/done/connectorSyncDiagnostic/id");
    let seen = made.str("/done/connectorSyncDiagnostic/updatedAt");
    let input = json!({ "id": id, "detail": "b", "expectedUpdatedAt": seen });
    let answers = at_once((0..4).map(|_| change(&service, UPDATE, ONE, input.clone()))).await;
    let won = answers.iter().filter(|answer| answer.at("/done/userErrors") == &json!([])).count();
    assert_eq!(won, 1);
    let late = change(&service, DELETE, ONE, json!({ "id": id, "expectedUpdatedAt": seen })).await;
    refused(&late, "CONFLICT", "expectedUpdatedAt");
    assert_eq!(late.str("/done/connectorSyncDiagnostic/detail"), "b");

    for (asker, id) in [(app.service_elsewhere(), id), (app.service(), &Uuid::new_v4().to_string())] {
        refused(&change(&asker, UPDATE, ONE, json!({ "id": id, "detail": "c" })).await, "NOT_FOUND", "id");
        refused(&change(&asker, DELETE, ONE, json!({ "id": id })).await, "NOT_FOUND", "id");
    }
    done(&service, DELETE, ONE, json!({ "id": id })).await;
    refused(&change(&service, DELETE, ONE, json!({ "id": id })).await, "NOT_FOUND", "id");
    assert_eq!(count(&app, &format!("{TOTAL} WHERE deleted_at IS NOT NULL AND detail = 'b'")).await, 1);
}

/// A server that draws these, and nothing after them, and how many were made.
async fn drawing(chance: f64, numbers: &'static [f64]) -> (App, Arc<AtomicUsize>) {
    let drawn = Arc::new(AtomicUsize::new(0));
    let counter = drawn.clone();
    let draw = move || numbers[counter.fetch_add(1, Ordering::Relaxed)];
    let retention = Retention { chance, age: TimeDelta::days(30), draw: Arc::new(draw) };
    let app = App::with(Duration::ZERO, api::Settings { retention, ..api::Settings::default() }).await;
    (app, drawn)
}

/// Diagnostics of this many days ago.
async fn old(app: &App, connector: &Row, days: &[i64]) {
    for days in days {
        let created_at = (Utc::now() - TimeDelta::days(*days)).to_rfc3339();
        let deleted_at = (days % 2 == 0).then_some(&created_at);
        let values = json!({ "detail": format!("{days} days"), "created_at": created_at, "deleted_at": deleted_at });
        make::diagnostic(app, connector, values).await;
    }
}

#[tokio::test]
async fn retention_rides_on_the_calls_that_are_drawn() {
    let (app, drawn) = drawing(0.05, &[0.05, 0.999, 0.049_999, 0.0]).await;
    let (here, beside, elsewhere) =
        (connected(&app, &app.here).await, connected(&app, &app.here).await, connected(&app, &app.elsewhere).await);
    for connector in [&here, &beside, &elsewhere] {
        old(&app, connector, &[29, 30, 31, 400]).await;
    }
    // What counts is when they were recorded.
    make::diagnostic(&app, &here, json!({ "occurred_at": "2020-01-01T00:00:00Z", "detail": "back-dated" })).await;
    let of = |connector: &Row| format!("{TOTAL} WHERE workspace_connector_pk = {}", connector.pk);
    let service = app.service();
    for left in [6, 7, 5] {
        done(&service, CREATE, ONE, diagnostic(&here.id, "new")).await;
        assert_eq!(count(&app, &of(&here)).await, left);
    }
    let kept = format!("{} AND detail IN ('29 days', 'back-dated', 'new')", of(&here));
    assert_eq!(count(&app, &kept).await, 5);
    assert_eq!((count(&app, &of(&beside)).await, count(&app, &of(&elsewhere)).await), (4, 4));

    // Many at once are one call.
    old(&app, &here, &[31]).await;
    let many = json!({ "diagnostics": [diagnostic(&here.id, "new"), diagnostic(&beside.id, "new"), diagnostic(&here.id, "new")] });
    done(&service, CREATE_ALL, ALL, many).await;
    assert_eq!(drawn.load(Ordering::Relaxed), 4);
    assert_eq!((count(&app, &of(&here)).await, count(&app, &of(&beside)).await), (7, 2));
    assert_eq!(count(&app, &of(&elsewhere)).await, 4);
}

/// So many diagnostics that are old, each a second younger than the one before.
async fn many_old(app: &App, connector: &Row, number: u32) {
    app.execute(&format!(
        "INSERT INTO core_api.connector_sync_diagnostics
             (target_model, reason, detail, created_at, workspace_connector_pk, workspace_pk)
         SELECT 'invoice', 'jury_run', number::text, now() - interval '90 days' + number * interval '1 second', {}, {}
         FROM generate_series(1, {number}) AS number",
        connector.pk, connector.workspace_pk
    ))
    .await;
}

#[tokio::test]
async fn a_call_removes_no_more_than_it_has_time_for_and_the_oldest_first() {
    let (app, _) = drawing(1.0, &[0.0; 4]).await;
    let (one, other) = (connected(&app, &app.here).await, connected(&app, &app.here).await);
    many_old(&app, &one, 10_000).await;
    let service = app.service();
    let of = |connector: &Row| format!("{TOTAL} WHERE detail <> 'new' AND workspace_connector_pk = {}", connector.pk);
    done(&service, CREATE, ONE, diagnostic(&one.id, "new")).await;
    assert_eq!(count(&app, &of(&one)).await, 10_000 - 8_192);
    assert_eq!(count(&app, &format!("{} AND detail::integer <= 8192", of(&one))).await, 0);
    done(&service, CREATE, ONE, diagnostic(&one.id, "new")).await;
    assert_eq!(count(&app, &of(&one)).await, 0);

    // Several connectors share it.
    many_old(&app, &one, 5_000).await;
    many_old(&app, &other, 5_000).await;
    let both = json!({ "diagnostics": [diagnostic(&one.id, "new"), diagnostic(&other.id, "new")] });
    done(&service, CREATE_ALL, ALL, both).await;
    assert_eq!((count(&app, &of(&one)).await, count(&app, &of(&other)).await), (904, 904));

    // What another transaction has its hands on is left to it.
    app.execute(&format!(
        "BEGIN; SELECT FROM core_api.connector_sync_diagnostics
         WHERE workspace_connector_pk = {} AND detail = '4500' FOR UPDATE",
        one.pk
    ))
    .await;
    done(&service, CREATE, ONE, diagnostic(&one.id, "new")).await;
    app.execute("COMMIT").await;
    assert_eq!(count(&app, &of(&one)).await, 1);
    let told = "SELECT count(*) FROM core_api.changes WHERE kind <> 'created'";
    assert_eq!(count(&app, told).await, 0, "nobody can follow that they are removed");
}

#[tokio::test]
async fn a_refused_call_removes_nothing() {
    let (app, drawn) = drawing(1.0, &[]).await;
    let connector = connected(&app, &app.here).await;
    old(&app, &connector, &[31]).await;
    change(&app.service(), CREATE, ONE, diagnostic(&connector.id, "")).await;
    let many = json!({ "diagnostics": [diagnostic(&connector.id, "x"), diagnostic(&connector.id, "")] });
    change(&app.service(), CREATE_ALL, ALL, many).await;
    assert_eq!((drawn.load(Ordering::Relaxed), count(&app, TOTAL).await), (0, 1));
}
