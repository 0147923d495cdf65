//! Rate limits, in points of cost for each principal, and a server that has too much to do.

use serde_json::json;
use well_ingestion::server::{RateSettings, Settings};

use crate::kit::database::{Database, connect};
use crate::kit::{Answer, App, Asker, Socket, make, token};
use crate::program::{Program, until};

/// An operation of one point.
const ONE: &str = "{ viewer { role } }";

/// A server where each principal has so many points, which come back far slower than a test runs.
async fn with_points(burst: u32) -> App {
    App::set(Settings { rate: Some(RateSettings { per_minute: 1, burst }), ..Settings::default() }).await
}

/// What is left, and in how many seconds there is all again.
fn standing(answer: &Answer) -> (u64, u64) {
    let header = answer.headers["ratelimit"].to_str().unwrap();
    let (remaining, reset) = header.strip_prefix("\"cost\";r=").unwrap().split_once(";t=").unwrap();
    (remaining.parse().unwrap(), reset.parse().unwrap())
}

#[track_caller]
fn assert_limited(answer: &Answer) {
    assert_eq!(answer.status, 429, "{}", answer.text);
    answer.refused("RATE_LIMITED");
    assert!(answer.json.get("data").is_none(), "{}", answer.text);
    assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 0);
}

async fn cost(asker: &Asker, query: &str) -> u64 {
    let answer = asker.post(&json!({ "query": query, "extensions": { "cost": true } }).to_string()).await;
    answer.json["extensions"]["cost"]["operation"].as_u64().unwrap_or_else(|| panic!("{}", answer.text))
}

#[tokio::test]
async fn there_is_no_limit_by_default() {
    let app = App::start().await;
    for _ in 0..20 {
        let answer = app.member().say(ONE).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("ratelimit")));
    }
}

#[tokio::test]
async fn an_operation_takes_its_cost_until_nothing_is_left() {
    let app = with_points(100).await;
    let dear = "{ documents(first: 60) { nodes { id } } }";
    let price = cost(&app.admin(), dear).await;
    assert!((51..100).contains(&price), "{price}");
    let first = app.member().say(dear).await;
    assert_eq!(first.headers["ratelimit-policy"], "\"cost\";q=100;w=6000;qu=\"points\"");
    let (remaining, reset) = standing(&first);
    assert_eq!(remaining, 100 - price);
    assert!((price * 60 - 60..=price * 60).contains(&reset), "{reset}");
    let refused = app.member().say(dear).await;
    assert_limited(&refused);
    assert_eq!(standing(&refused).0, 100 - price);
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(((2 * price - 100) * 60 - 60..=(2 * price - 100) * 60).contains(&wait), "{wait}");
    // What is refused takes nothing, and what is cheaper can still be paid.
    let cheaper = app.member().say(ONE).await;
    assert_eq!((cheaper.status, standing(&cheaper).0), (200, 100 - price - 1));
}

#[tokio::test]
async fn each_principal_has_its_own_points_wherever_it_asks() {
    let app = with_points(3).await;
    make::membership(&app, &app.elsewhere, "member@here", "guest", json!({})).await;
    for workspace in [&app.here, &app.elsewhere, &app.here] {
        let answer = app.member().in_workspace(&workspace.id).say(ONE).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_limited(&app.member().in_workspace(&app.elsewhere.id).say(ONE).await);
    for other in [app.admin(), app.service(), app.service_elsewhere(), app.member_elsewhere()] {
        assert_eq!(standing(&other.say(ONE).await).0, 2);
    }
}

#[tokio::test]
async fn mutations_and_gets_are_charged_and_what_is_no_operation_is_not() {
    let app = with_points(10).await;
    let member = app.member();
    for body in ["{", "[]", "{\"query\": \"{\"}", "{\"query\": 1}"] {
        assert_eq!(member.post(body).await.errors().len(), 1, "{body}");
    }
    let create = "mutation { createDocument(input: { filename: \"a.pdf\" }) { document { id } } }";
    let price = cost(&app.admin(), create).await;
    let (left, _) = standing(&member.say(create).await);
    assert_eq!(left, 10 - price);
    for _ in 0..left {
        assert_eq!(member.get("/graphql?query=%7Bviewer%7Brole%7D%7D").await.status, 200);
    }
    assert_limited(&member.get("/graphql?query=%7Bviewer%7Brole%7D%7D").await);
    assert_limited(&member.say(create).await);
    let documents = app.admin().say("{ documents(first: 5) { nodes { filename } } }").await;
    assert_eq!(documents.each("/documents/nodes", "filename"), ["a.pdf"; 2], "one of each who could pay");
}

#[tokio::test]
async fn sockets_and_event_streams_are_charged_too() {
    let app = with_points(4).await;
    let mut socket = Socket::open(&app).await;
    socket.init(json!({ "authorization": format!("Bearer {}", token("member@here", None)) })).await;
    assert!(socket.acknowledged().await);
    socket.subscribe("1", ONE, json!({})).await;
    assert_eq!(socket.answer("1").await["viewer"]["role"], "MEMBER");
    socket.expect(json!({ "type": "complete", "id": "1" })).await;
    let left = standing(&app.member().say(ONE).await).0;
    assert_eq!(left, 2);
    for _ in 0..left {
        app.member().say(ONE).await;
    }
    socket.subscribe("2", ONE, json!({})).await;
    assert_eq!(socket.failure("2").await, ["RATE_LIMITED"]);
    socket.subscribe("3", "subscription { collectChanged { kind } }", json!({})).await;
    assert_eq!(socket.failure("3").await, ["RATE_LIMITED"]);
    let request = app.member().request(reqwest::Method::POST, "/graphql/stream");
    let body = json!({ "query": ONE }).to_string();
    let streamed = Answer::of(request.header("content-type", "application/json").body(body)).await;
    assert!(streamed.text.contains("RATE_LIMITED"), "{}", streamed.text);
}

#[tokio::test]
async fn a_server_without_a_free_connection_says_when_to_come_again() {
    let database = Database::migrated().await;
    let settings = [("WELL_DB_CONNECTIONS", "1"), ("WELL_DB_WAIT_MS", "100"), ("WELL_AUTH_CACHE_TTL_MS", "60000")];
    let program = Program::over(&database.url, &settings).await;
    program.ready().await;
    let (owner, documents) = (program.owner(), "{ documents { totalCount } }");
    assert_eq!(owner.say(ONE).await.str("/viewer/role"), "OWNER");
    let lock = connect(&database.url).await;
    lock.batch_execute("BEGIN; LOCK TABLE core_api.documents").await.unwrap();
    let stuck = tokio::spawn({
        let owner = owner.clone();
        async move { owner.say(documents).await.int("/documents/totalCount") }
    });
    let watcher = connect(&database.url).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'well-ingestion' AND wait_event_type = 'Lock'";
    until("it waits", async || watcher.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 1).await;
    let executed = owner.say("{ people { totalCount } }").await;
    executed.refused("SERVICE_UNAVAILABLE");
    assert_eq!((executed.status, &executed.headers["retry-after"]), (200, &"1".parse().unwrap()), "{executed:?}");
    let refused = owner.authorized(&format!("Bearer {}", token("nobody@main", None))).say(ONE).await;
    refused.refused("SERVICE_UNAVAILABLE");
    assert_eq!((refused.status, &refused.headers["retry-after"]), (503, &"1".parse().unwrap()), "{refused:?}");
    lock.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(stuck.await.unwrap(), 0);
    assert!(owner.say("{ people { totalCount } }").await.errors().is_empty());
}
