//! The memory of answers that nobody reads.

use std::time::Duration;

use serde_json::json;
use well_ingestion::server::{AnswerSettings, MetricsAccess, Settings, SocketSettings};

use crate::kit::App;
use crate::limits::pools::{ROLE, Wire, metric, settled};
use crate::subscription::connected;

/// Some 10 MB: more than the buffers of both ends of a connection take.
const LARGE: &str = "{ connectorSyncDiagnostics(first: 100) { nodes { detail } } }";
const LARGE_BYTES: f64 = 1e7;

const IN_FLIGHT: &str = "graphql_server_in_flight_size_bytes";

const TOTAL: usize = 75_000_000;
const PER_PRINCIPAL: usize = 25_000_000;

async fn app() -> App {
    let answers = AnswerSettings { total: TOTAL, per_principal: PER_PRINCIPAL };
    // What is tested here is the memory: on a slow machine, no other time-out may come first.
    let patient = Duration::from_secs(60);
    let sockets = SocketSettings { send_wait: patient, keep_alive: patient, ..SocketSettings::default() };
    let settings =
        Settings { answers, sockets, query_timeout: patient, metrics: MetricsAccess::Open, ..Settings::default() };
    let app = App::set(settings).await;
    for workspace in [&app.here, &app.elsewhere] {
        let connector = connected(&app, workspace).await;
        app.execute(&format!(
            "INSERT INTO core_api.connector_sync_diagnostics
                 (target_model, reason, detail, workspace_connector_pk, workspace_pk)
             SELECT 'invoice', 'jury_run', repeat(md5(number::text), 3125), {}, {}
             FROM generate_series(1, 100) AS number",
            connector.pk, workspace.pk
        ))
        .await;
    }
    app
}

#[expect(clippy::cast_precision_loss, reason = "exact enough")]
fn at_most(bytes: usize) -> impl Fn(f64) -> bool {
    move |size| size <= bytes as f64
}

#[tokio::test]
async fn answers_that_nobody_reads_are_bounded_for_each_principal_and_in_all() {
    let app = app().await;
    let mut unread = Vec::new();
    for asker in [app.member(), app.admin(), app.owner()] {
        let mut asked = Vec::new();
        for _ in 0..6 {
            let mut wire = Wire::to(&app.url).await;
            wire.ask(&asker, LARGE).await;
            asked.push(wire);
        }
        let mut answered = 0;
        for wire in &mut asked {
            match wire.status().await {
                200 => answered += 1,
                503 => {}
                status => panic!("{status}"),
            }
        }
        assert!(answered <= 2, "{answered} answers of 10 MB in 25 MB");
        unread.extend(asked);
        let size = metric(&app, IN_FLIGHT).await;
        assert!(at_most(TOTAL)(size), "{size}");
    }
    // What asks for little and what others ask for is answered meanwhile, also of the same workspace.
    assert_eq!(app.guest().say(ROLE).await.str("/viewer/role"), "GUEST");
    let elsewhere = app.member_elsewhere().say(LARGE).await;
    assert_eq!(elsewhere.at("/connectorSyncDiagnostics/nodes").as_array().unwrap().len(), 100);
    drop(unread);
    settled(&app, IN_FLIGHT, |size| size == 0.0).await;
    assert_eq!(app.member().say(LARGE).await.at("/connectorSyncDiagnostics/nodes").as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn who_finds_no_room_is_told_to_come_again() {
    let app = app().await;
    let mut unread = Vec::new();
    let refused = loop {
        assert!(unread.len() < 5, "nobody is refused");
        let mut wire = Wire::to(&app.url).await;
        wire.ask(&app.member(), LARGE).await;
        match wire.status().await {
            200 => unread.push(wire),
            _ => break app.member().say(LARGE).await,
        }
    };
    assert_eq!((refused.status, &refused.headers["retry-after"]), (503, &"1".parse().unwrap()), "{}", refused.text);
    refused.refused("SERVICE_UNAVAILABLE");
    assert!(metric(&app, "graphql_server_in_flight_refusals_total").await >= 2.0);
    // A change that was made is told, whatever there is room for.
    let create = "mutation { createDocument(input: { filename: \"a.pdf\" }) { document { filename } } }";
    assert_eq!(app.member().say(create).await.str("/createDocument/document/filename"), "a.pdf");
}

#[tokio::test]
async fn a_mutation_that_finds_no_room_for_its_answer_was_made() {
    let app = app().await;
    let list = app.admin().say("{ workspaceConnectors { nodes { id } } }").await;
    let id = list.str("/workspaceConnectors/nodes/0/id");
    let mutation = |label: usize| {
        format!(
            "mutation Label{label} {{ done: updateWorkspaceConnector(input: {{ id: \"{id}\", accountLabel: \"{label}\" }}) {{
                workspaceConnector {{ accountLabel diagnostics(first: 100) {{ nodes {{ detail }} }} }}
                userErrors {{ code }}
            }} }}"
        )
    };
    let mut unread = Vec::new();
    for label in 0..6 {
        let mut wire = Wire::to(&app.url).await;
        wire.ask(&app.admin(), &mutation(label)).await;
        assert_eq!(wire.status().await, 200);
        unread.push(wire);
        let size = metric(&app, IN_FLIGHT).await;
        assert!(at_most(PER_PRINCIPAL)(size), "{size}");
    }
    let answer = app.admin().say(&mutation(6)).await;
    assert_eq!((answer.status, answer.codes()), (200, vec!["SERVICE_UNAVAILABLE"]), "{}", answer.text);
    assert_eq!(
        answer.shown("/done"),
        &json!({ "workspaceConnector": { "accountLabel": "6", "diagnostics": null }, "userErrors": [] })
    );
    assert!(answer.text.contains("What the mutation did stands."), "{}", answer.text);
    assert_eq!(app.member_elsewhere().say(ROLE).await.str("/viewer/role"), "MEMBER");
}

#[tokio::test]
async fn connections_of_answers_that_nobody_reads_make_room_for_newcomers() {
    let app = app().await;
    let url = super::connections::with_connections(&app, 2).await;
    let mut unread = Vec::new();
    for asker in [app.member(), app.guest()] {
        let mut wire = Wire::to(&url).await;
        wire.ask(&asker, LARGE).await;
        assert_eq!(wire.status().await, 200);
        unread.push(wire);
    }
    let began = std::time::Instant::now();
    assert_eq!(app.member_elsewhere().at(&url).say(ROLE).await.str("/viewer/role"), "MEMBER");
    assert!(began.elapsed() < super::SOON);
}

#[tokio::test]
async fn answers_that_wait_for_a_socket_are_counted() {
    let app = app().await;
    // Several sockets: one that cannot write reads no further operations.
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let mut socket = app.member().socket().await;
        socket.subscribe("1", LARGE, json!({})).await;
        sockets.push(socket);
    }
    settled(&app, IN_FLIGHT, |size| size > LARGE_BYTES).await;
    settled(&app, "graphql_server_in_flight_refusals_total", |refusals| refusals >= 1.0).await;
    let size = metric(&app, IN_FLIGHT).await;
    // The one that is being copied is there twice.
    assert!(at_most(PER_PRINCIPAL + 11_000_000)(size), "{size}");
    drop(sockets);
    settled(&app, IN_FLIGHT, |size| size == 0.0).await;
}

#[tokio::test]
async fn compressed_answers_and_event_streams_are_counted() {
    let app = app().await;
    // It hardly becomes smaller.
    app.execute(
        "UPDATE core_api.connector_sync_diagnostics
         SET detail = (SELECT string_agg(md5(random()::text || part), '') FROM generate_series(1, 3125) AS part
                       WHERE pk > 0)",
    )
    .await;
    let body = json!({ "query": LARGE }).to_string();
    for (path, headers) in
        [("/graphql", "accept-encoding: gzip"), ("/graphql", "accept-encoding: br"), ("/graphql/stream", "accept: */*")]
    {
        let mut wire = Wire::to(&app.url).await;
        let head = crate::limits::pools::head(&app.member(), body.len()).replace("/graphql", path);
        wire.write(&format!("{head}\r\n{headers}\r\n\r\n{body}")).await;
        assert_eq!(wire.status().await, 200, "{path} {headers}");
        settled(&app, IN_FLIGHT, |size| size > LARGE_BYTES).await;
        drop(wire);
        settled(&app, IN_FLIGHT, |size| size == 0.0).await;
    }
}

#[tokio::test]
async fn what_is_followed_and_asked_with_is_counted() {
    let app = app().await;
    let mut socket = app.member().socket().await;
    let pad = "x".repeat(100_000);
    let payload = json!({ "query": "subscription { collectChanged { kind } }", "extensions": { "pad": pad } });
    for id in ["1", "2"] {
        socket.say(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }
    settled(&app, IN_FLIGHT, |size| size > 3_000_000.0).await;
    socket.complete("1").await;
    settled(&app, IN_FLIGHT, |size| size < 3_000_000.0 && size > 0.0).await;
    drop(socket);
    settled(&app, IN_FLIGHT, |size| size == 0.0).await;
}
