//! Statistics: over all rows that pass the filter, whatever the page, and over none that cannot be seen.

use serde_json::{Value, json};

use crate::kit::{App, Row, make};

const LOGS: &str = "query ($filter: WorkspaceConnectorSyncLogFilter) {
    found: workspaceConnectorSyncLogs(first: 1, filter: $filter) { statistics {
        total byStatus { status count } byTrigger { trigger count } duration { min max average p50 p95 } } } }";

/// A workspace connector of each workspace.
async fn connected(app: &App) -> [Row; 2] {
    let catalogue = make::connector(app, None, json!({})).await;
    let here = make::workspace_connector(app, &app.here, &catalogue, json!({})).await;
    [here, make::workspace_connector(app, &app.elsewhere, &catalogue, json!({})).await]
}

/// The counts that are not zero, by what they count.
fn counts<'a>(statistics: &'a Value, list: &str, by: &str) -> Vec<(&'a str, i64)> {
    let counted = statistics[list].as_array().unwrap().iter();
    let counted = counted.map(|each| (each[by].as_str().unwrap_or("null"), each["count"].as_i64().unwrap()));
    counted.filter(|(_, count)| *count > 0).collect()
}

#[tokio::test]
async fn sync_logs_are_counted_and_timed_over_the_whole_filter() {
    let app = App::start().await;
    let [here, elsewhere] = connected(&app).await;
    for (number, duration) in [100, 200, 300, 400, 1_000].into_iter().enumerate() {
        let status = if number < 3 { "success" } else { "error" };
        let trigger = (number > 0).then_some("manual");
        make::sync_log(&app, &here, json!({ "status": status, "duration_ms": duration, "trigger_type": trigger }))
            .await;
    }
    make::sync_log(&app, &here, json!({})).await;
    make::sync_log(&app, &here, json!({ "status": "success", "deleted_at": "2026-01-01T00:00:00Z" })).await;
    make::sync_log(&app, &elsewhere, json!({ "status": "success", "duration_ms": 1 })).await;

    let answer = app.guest().ask(LOGS, json!({})).await;
    let all = answer.at("/found/statistics");
    assert_eq!(all["total"], 6);
    assert_eq!(counts(all, "byStatus", "status"), [("SCHEDULED", 1), ("SUCCESS", 3), ("ERROR", 2)]);
    assert_eq!(counts(all, "byTrigger", "trigger"), [("MANUAL", 4), ("null", 2)]);
    let duration = &all["duration"];
    assert_eq!((&duration["min"], &duration["max"]), (&json!(100), &json!(1_000)));
    for (name, expected) in [("average", 400.0), ("p50", 300.0), ("p95", 880.0)] {
        assert!((duration[name].as_f64().unwrap() - expected).abs() < 1e-6, "{name}: {duration}");
    }

    let answer = app.guest().ask(LOGS, json!({ "filter": { "status": { "eq": "ERROR" } } })).await;
    let errors = answer.at("/found/statistics");
    assert_eq!((&errors["total"], &errors["duration"]["min"]), (&json!(2), &json!(400)));
    assert_eq!(errors["byStatus"].as_array().unwrap().len(), 4, "every status once");

    let answer = app.guest().ask(LOGS, json!({ "filter": { "status": { "eq": "IN_PROGRESS" } } })).await;
    let none = answer.at("/found/statistics");
    assert_eq!((&none["total"], &none["duration"]), (&json!(0), &json!(null)));
}

#[tokio::test]
async fn each_parent_has_its_own() {
    let app = App::start().await;
    let [here, elsewhere] = connected(&app).await;
    let other = make::connector(&app, None, json!({})).await;
    let other = make::workspace_connector(&app, &app.here, &other, json!({})).await;
    for (of, number) in [(&here, 1), (&other, 2), (&elsewhere, 4)] {
        for _ in 0..number {
            make::sync_log(&app, of, json!({ "status": "success", "created_at": "2026-03-01T12:00:00Z" })).await;
        }
    }
    let query = "{ found: workspaceConnectors(orderBy: { field: CREATED_AT, direction: ASC }) { nodes { syncLogs {
        statistics { total series(bucket: DAY, from: \"2026-03-01T00:00:00Z\", to: \"2026-03-02T00:00:00Z\") { total } }
    } } } }";
    let answer = app.guest().say(query).await;
    let statistics =
        |total: i64| json!({ "syncLogs": { "statistics": { "total": total, "series": [{ "total": total }] } } });
    assert_eq!(answer.at("/found/nodes"), &json!([statistics(1), statistics(2)]));
}

#[tokio::test]
async fn diagnostics_links_and_collects_are_counted() {
    let app = App::start().await;
    let [here, elsewhere] = connected(&app).await;
    for (of, reason, model) in [
        (&here, "jury_run", "invoice"),
        (&here, "jury_run", "company"),
        (&here, "empty_result", "invoice"),
        (&elsewhere, "empty_result", "invoice"),
    ] {
        make::diagnostic(&app, of, json!({ "reason": reason, "target_model": model })).await;
    }
    let [one, two] =
        [make::document(&app, &app.here, json!({})).await, make::document(&app, &app.here, json!({})).await];
    for (document, direction) in [(&one, "input"), (&one, "output"), (&two, "input")] {
        make::link(&app, document, &here, json!({ "direction": direction })).await;
    }
    let stranger = make::document(&app, &app.elsewhere, json!({})).await;
    make::link(&app, &stranger, &elsewhere, json!({})).await;
    for (status, provider) in [("todo", json!("linkedin")), ("error", json!("linkedin")), ("todo", json!(null))] {
        make::collect(&app, &app.here, &app.person, json!({ "status": status, "provider": provider })).await;
    }
    let query = "{
        diagnostics: connectorSyncDiagnostics { statistics { total bySeverity { severity count }
            byReason { reason count } byTargetModel { targetModel count } } }
        links: documentWorkspaceConnectors { statistics { total distinctDocuments byDirection { direction count } } }
        collects { statistics { total byStatus { status count } byProvider { provider count } } } }";
    let answer = app.member().say(query).await;
    let diagnostics = answer.at("/diagnostics/statistics");
    assert_eq!(diagnostics["total"], 3);
    assert_eq!(counts(diagnostics, "bySeverity", "severity"), [("INFORMATIONAL", 2), ("FAILURE", 1)]);
    assert_eq!(counts(diagnostics, "byReason", "reason"), [("JURY_RUN", 2), ("EMPTY_RESULT", 1)]);
    assert_eq!(counts(diagnostics, "byTargetModel", "targetModel"), [("COMPANY", 1), ("INVOICE", 2)]);
    let links = answer.at("/links/statistics");
    assert_eq!((&links["total"], &links["distinctDocuments"]), (&json!(3), &json!(2)));
    assert_eq!(counts(links, "byDirection", "direction"), [("INPUT", 2), ("OUTPUT", 1)]);
    let collects = answer.at("/collects/statistics");
    assert_eq!(collects["total"], 3);
    assert_eq!(counts(collects, "byStatus", "status"), [("TODO", 2), ("ERROR", 1)]);
    assert_eq!(counts(collects, "byProvider", "provider"), [("linkedin", 2), ("null", 1)]);
}

/// The starts and the totals of a series' buckets.
fn totals(answer: &crate::kit::Answer) -> Vec<(String, i64)> {
    let series = answer.at("/found/statistics/series").as_array().unwrap();
    series
        .iter()
        .map(|bucket| (bucket["start"].as_str().unwrap().to_owned(), bucket["total"].as_i64().unwrap()))
        .collect()
}

/// The same series with both ends, with none and with one: what the rows decide and what the range decides must agree.
async fn series(app: &App, bucket: &str, timezone: &str, from: &str, to: &str) -> Vec<(String, i64)> {
    let query = "query ($bucket: Bucket!, $timezone: String!, $from: DateTime, $to: DateTime) {
        found: workspaceConnectorSyncLogs { statistics { series(bucket: $bucket, timezone: $timezone, from: $from, to: $to) {
            start total byStatus { count } } } } }";
    let ask = async |from: Value, to: Value| {
        let variables = json!({ "bucket": bucket, "timezone": timezone, "from": from, "to": to });
        totals(&app.guest().ask(query, variables).await)
    };
    let known = ask(json!(from), json!(to)).await;
    let rows = |series: &[(String, i64)]| series.iter().filter(|(_, total)| *total > 0).cloned().collect::<Vec<_>>();
    for open in [(json!(from), json!(null)), (json!(null), json!(to)), (json!(null), json!(null))] {
        assert_eq!(rows(&ask(open.0, open.1).await), rows(&known), "{bucket} {timezone}");
    }
    known
}

#[tokio::test]
async fn a_series_follows_the_clock_of_its_time_zone_with_open_and_with_known_ends() {
    let app = App::start().await;
    let [here, elsewhere] = connected(&app).await;
    // Around the change of the clock in Paris, at 01:00 UTC on 29 March.
    for at in ["28T22:59:59.999999", "28T23:00:00", "29T00:59:59", "29T21:59:59", "29T22:00:00", "31T10:00:00"] {
        make::sync_log(&app, &here, json!({ "created_at": format!("2026-03-{at}Z") })).await;
    }
    make::sync_log(&app, &elsewhere, json!({ "created_at": "2026-03-29T10:00:00Z" })).await;
    let (from, to) = ("2026-03-28T00:00:00Z", "2026-04-01T00:00:00Z");
    let at = |start: &str, total| (format!("2026-{start}:00:00.000000Z"), total);
    assert_eq!(
        series(&app, "DAY", "Europe/Paris", from, to).await,
        [at("03-27T23", 1), at("03-28T23", 3), at("03-29T22", 1), at("03-30T22", 1), at("03-31T22", 0)]
    );
    assert_eq!(
        series(&app, "DAY", "UTC", from, to).await,
        [at("03-28T00", 2), at("03-29T00", 3), at("03-30T00", 0), at("03-31T00", 1)]
    );
    assert_eq!(series(&app, "WEEK", "Europe/Paris", from, to).await, [at("03-22T23", 4), at("03-29T22", 2)]);
    assert_eq!(series(&app, "MONTH", "Europe/Paris", from, to).await, [at("02-28T23", 6), at("03-31T22", 0)]);
    let hours = series(&app, "HOUR", "Asia/Kathmandu", from, to).await;
    assert_eq!((hours.len(), hours.iter().map(|(_, total)| total).sum::<i64>()), (97, 6));
}

#[tokio::test]
async fn a_series_that_would_be_too_long_is_refused_before_any_statement() {
    let app = App::start().await;
    let guest = app.guest();
    guest.say("{ viewer { role } }").await;
    let before = app.statements();
    let query = "{ found: workspaceConnectorSyncLogs { statistics {
        series(bucket: HOUR, from: \"2026-01-01T00:00:00Z\", to: \"2026-03-01T00:00:00Z\") { total } } } }";
    guest.say(query).await.refused("BAD_USER_INPUT");
    // The credential is looked up anew for each request.
    assert_eq!(app.statements() - before, 1);
}
