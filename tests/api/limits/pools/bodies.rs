//! Large bodies that come slowly.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::kit::{Answer, App, make};
use crate::limits::pools::{ROLE, Wire, head};

/// The beginning of a large body.
const BEGINNING: usize = 20_000;

#[tokio::test]
async fn slow_bodies_of_one_principal_leave_places_to_others() {
    let app = App::start().await;
    let mut slow = Vec::new();
    for _ in 0..64 {
        let mut wire = Wire::to(&app.url).await;
        wire.write(&format!("{}\r\n\r\n{}", head(&app.guest(), 100_000), " ".repeat(BEGINNING))).await;
        slow.push(wire);
    }
    let body = format!("{}{}", " ".repeat(100_000), serde_json::json!({ "query": ROLE }));
    for (asker, role) in [(app.member(), "MEMBER"), (app.admin(), "ADMIN"), (app.service(), "SERVICE")] {
        let answer = asker.post(&body).await;
        assert_eq!(answer.str("/viewer/role"), role);
    }
    // Those that are too many wait for a while and are told to come again.
    let answers = slow.iter_mut().map(async |wire| wire.status().await);
    let mut refused = answers.collect::<FuturesUnordered<_>>().take(48);
    while let Some(status) = refused.next().await {
        assert_eq!(status, 503);
    }
}

#[tokio::test]
async fn the_slowest_body_makes_room_when_all_places_are_taken() {
    let app = App::start().await;
    let mut slow = Vec::new();
    for asker in [app.guest(), app.member(), app.admin(), app.owner()] {
        for _ in 0..16 {
            let mut wire = Wire::to(&app.url).await;
            wire.write(&format!("{}\r\n\r\n{}", head(&asker, 100_000), " ".repeat(BEGINNING))).await;
            slow.push(wire);
        }
    }
    let body = format!("{}{}", " ".repeat(100_000), serde_json::json!({ "query": ROLE }));
    let request = app.service().request(reqwest::Method::POST, "/graphql");
    let answer = Answer::of(request.header("content-type", "application/json").body(body)).await;
    assert_eq!(answer.str("/viewer/role"), "SERVICE");
}

#[tokio::test]
async fn slow_bodies_of_one_workspace_leave_places_to_others() {
    let app = App::start().await;
    let mut slow = Vec::new();
    for _ in 0..8 {
        let (_, secret) = make::api_key(&app, &app.here, serde_json::json!({ "role": "guest" })).await;
        let key = app.bearer(&secret);
        for _ in 0..16 {
            let mut wire = Wire::to(&app.url).await;
            wire.write(&format!("{}\r\n\r\n{}", head(&key, 100_000), " ".repeat(BEGINNING))).await;
            slow.push(wire);
        }
    }
    let body = format!("{}{}", " ".repeat(100_000), serde_json::json!({ "query": ROLE }));
    // Also when those that waited have taken the places of those that were too slow.
    for _ in 0..2 {
        for (asker, role) in [(app.member_elsewhere(), "MEMBER"), (app.service_elsewhere(), "SERVICE")] {
            assert_eq!(asker.post(&body).await.str("/viewer/role"), role);
        }
        tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    }
}
