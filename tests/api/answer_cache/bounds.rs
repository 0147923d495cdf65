//! How much is kept, what it costs its callers, and what happens while nothing can be proved.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use well_ingestion::server::{MetricsAccess, RateSettings, Settings};

use super::{DOCUMENTS, afresh, costing, expect_another, kept, warm};
use crate::change::{change, count};
use crate::kit::database::connect;
use crate::kit::{Answer, App, make};

#[tokio::test]
async fn a_request_for_no_cache_is_answered_from_the_database() {
    let app = warm().await;
    let before = kept(&app, &app.member(), DOCUMENTS).await;
    let statements = app.statements();
    assert_eq!(afresh(&app.member(), DOCUMENTS).await.text, before.text);
    assert!(app.statements() > statements);
    let (_, statements) = costing(&app, &app.member(), DOCUMENTS).await;
    assert_eq!(statements, 0);
}

#[tokio::test]
async fn nothing_is_kept_in_no_memory() {
    let app = App::set(Settings { answer_cache_bytes: 0, ..Settings::default() }).await;
    for _ in 0..5 {
        // The caller is looked up, too.
        assert!(costing(&app, &app.member(), DOCUMENTS).await.1 > 1);
    }
    assert_eq!(connections(&app).await, 0);
}

async fn connections(app: &App) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'well-ingestion generations'";
    count(app, sql).await
}

#[tokio::test]
async fn what_does_not_fit_is_not_kept_and_what_is_used_least_goes() {
    let app =
        App::set(Settings { answer_cache_bytes: 65_536, metrics: MetricsAccess::Open, ..Settings::default() }).await;
    make::document(&app, &app.here, json!({ "filename": "x".repeat(200) })).await;
    let asked = |number: usize| format!("{{ documents {{ nodes {{ a{number}: filename id }} }} }}");
    for number in 0..500 {
        assert!(app.member().say(&asked(number)).await.errors().is_empty());
    }
    let text = app.anyone().get("/metrics").await.text;
    let size = text.lines().find(|line| line.starts_with("graphql_server_answer_cache_size_bytes")).unwrap();
    let size: f64 = size.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(size > 1_000.0 && size <= 65_536.0, "{size}");
}

#[tokio::test]
async fn an_answer_from_memory_is_paid_for_as_any_other() {
    let rate = Some(RateSettings { per_minute: 1, burst: 10_000 });
    let app = App::set(Settings { rate, ..Settings::default() }).await;
    let left = |answer: &Answer| -> i64 {
        let told = answer.headers["ratelimit"].to_str().unwrap();
        told.split(";r=").nth(1).and_then(|rest| rest.split(';').next()?.parse().ok()).unwrap()
    };
    let mut answers = Vec::new();
    for _ in 0..6 {
        answers.push(left(&app.member().say(DOCUMENTS).await));
    }
    let costs: Vec<_> = answers.windows(2).map(|pair| pair[0] - pair[1]).collect();
    assert!(costs.iter().all(|cost| *cost == costs[0] && *cost > 0), "{answers:?}");
    // What is told of the cost is told of every answer.
    let body = json!({ "query": DOCUMENTS, "extensions": { "cost": true } }).to_string();
    for _ in 0..3 {
        let request = app.member().request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
        let answer = Answer::of(request.body(body.clone())).await;
        assert!(answer.json["extensions"]["cost"]["operation"].as_i64() > Some(0), "{}", answer.text);
    }
}

#[tokio::test]
async fn while_nothing_can_be_proved_the_database_answers() {
    let app = warm().await;
    let document = make::document(&app, &app.here, json!({ "filename": "a.pdf" })).await;
    for name in ["b.pdf", "c.pdf"] {
        let before = kept(&app, &app.member(), DOCUMENTS).await;
        app.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
             AND application_name = 'well-ingestion generations'",
        )
        .await;
        app.execute(&format!("UPDATE core_api.documents SET filename = '{name}' WHERE pk = {}", document.pk)).await;
        expect_another(&app.member(), DOCUMENTS, &before, "the connection was cut").await;
        assert!(kept(&app, &app.member(), DOCUMENTS).await.text.contains(name));
    }
}

/// Statements that wait for a lock.
async fn waiting(app: &App) -> i64 {
    count(app, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        .await
}

#[tokio::test]
async fn of_those_who_ask_the_same_at_once_one_asks_the_database() {
    let app = warm().await;
    kept(&app, &app.member(), "{ workspace { name } }").await;
    let locker = connect(app.database()).await;
    locker.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
    let before = app.statements();
    let asked = join_all((0..20).map(|_| async { app.member().say("{ documents { nodes { id } } }").await }));
    let unlocked = async {
        while waiting(&app).await == 0 {}
        locker.batch_execute("COMMIT").await.unwrap();
    };
    let (answers, ()) = tokio::join!(asked, unlocked);
    assert_eq!(app.statements() - before, 1);
    assert!(answers.iter().all(|answer| answer.errors().is_empty() && answer.text == answers[0].text));
}

#[tokio::test]
async fn whoever_waits_goes_on_when_the_one_that_asked_is_gone() {
    let app = warm().await;
    kept(&app, &app.member(), "{ workspace { name } }").await;
    let locker = connect(app.database()).await;
    locker.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
    let first = tokio::spawn({
        let asker = app.member();
        async move { asker.say(DOCUMENTS).await }
    });
    let others = join_all((0..5).map(|_| async { app.member().say(DOCUMENTS).await }));
    let unlocked = async {
        while waiting(&app).await == 0 {}
        first.abort();
        let _ = first.await;
        locker.batch_execute("COMMIT").await.unwrap();
    };
    let (answers, ()) = tokio::join!(others, unlocked);
    for answer in answers {
        assert_eq!(answer.at("/documents/totalCount"), &json!(0));
    }
}

#[tokio::test]
async fn those_who_waited_see_what_was_acknowledged_before_they_asked() {
    let app = warm().await;
    kept(&app, &app.member(), "{ workspace { name } }").await;
    // The first statement of the answer has read the documents when the second one waits.
    let query = "{ documents { nodes { id } } tasks { nodes { title } } }";
    let locker = connect(app.database()).await;
    locker.batch_execute("BEGIN; LOCK TABLE core_api.tasks").await.unwrap();
    let first = tokio::spawn({
        let asker = app.member();
        async move { asker.say(query).await }
    });
    while waiting(&app).await == 0 {}
    make::document(&app, &app.here, json!({})).await;
    let later = async { app.member().say(query).await };
    let unlocked = async {
        locker.batch_execute("COMMIT").await.unwrap();
    };
    let (later, ()) = tokio::join!(later, unlocked);
    assert!(first.await.unwrap().each("/documents/nodes", "id").is_empty());
    assert_eq!(later.each("/documents/nodes", "id").len(), 1);
}

#[tokio::test]
async fn mutations_and_answers_with_errors_are_never_kept() {
    let app = warm().await;
    kept(&app, &app.member(), DOCUMENTS).await;
    for number in 1..4 {
        change(&app.member(), "createDocument", "document { id }", json!({ "filename": "same.pdf" })).await;
        let count = "{ documents { totalCount } }";
        assert_eq!(app.member().say(count).await.at("/documents/totalCount"), &json!(number));
    }
    let query = "{ documents { nodes { id } } connectorMappings { totalCount } }";
    for _ in 0..3 {
        let answer = app.guest().say(query).await;
        assert_eq!((answer.codes(), answer.shown("/connectorMappings")), (vec!["FORBIDDEN"], &Value::Null));
    }
}

#[tokio::test]
async fn lookups_are_counted() {
    let app = App::set(Settings { metrics: MetricsAccess::Open, ..Settings::default() }).await;
    let read = async || -> String { app.anyone().get("/metrics").await.text };
    let of = |text: &str, name: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
    };
    let hits = "graphql_server_answer_cache_lookups_total{result=\"hit\"}";
    let counted = async {
        loop {
            app.member().say(DOCUMENTS).await;
            let text = read().await;
            if of(&text, hits) > 0.0 {
                return text;
            }
        }
    };
    let text = tokio::time::timeout(Duration::from_secs(20), counted).await.unwrap();
    assert!(of(&text, "graphql_server_answer_cache_lookups_total{result=\"miss\"}") > 0.0, "{text}");
    assert!(of(&text, "graphql_server_answer_cache_barrier_duration_seconds_count") > 0.0, "{text}");
    make::document(&app, &app.here, json!({})).await;
    app.member().say(DOCUMENTS).await;
    let stale = "graphql_server_answer_cache_lookups_total{result=\"stale\"}";
    assert!((of(&read().await, stale) - of(&text, stale) - 1.0).abs() < 0.5, "{text}");
}
