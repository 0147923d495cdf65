//! Following changes in parts: who is told, for how long, and what it takes.

use std::time::Duration;

use serde_json::json;
use well_ingestion::server::{RateSettings, Settings, SocketSettings};

use crate::faults::{BUSY, until};
use crate::kit::{Answer, App, make, signed};
use crate::server::event_stream::{COLLECTS, DOCUMENTS, PATIENCE, Part, Parts, Way, app, change_until_told, watchful};

#[tokio::test]
async fn streams_at_all_addresses_take_places_of_the_same_principal() {
    let app = app(SocketSettings { per_principal: 1, ..SocketSettings::default() }).await;
    let member = app.member();
    for way in Way::ALL {
        let open = async {
            loop {
                if let Ok(response) = way.asking(&member, COLLECTS, json!({})).send().await
                    && response.status() == 200
                {
                    return response;
                }
            }
        };
        // The place of the one before is given back when it is gone.
        let open = tokio::time::timeout(PATIENCE, open).await.expect("the place is not given back");
        for other in Way::ALL {
            let refused = Answer::of(other.asking(&member, COLLECTS, json!({}))).await;
            assert_eq!(refused.status, 429, "{}", refused.text);
            refused.refused("MAX_OPERATIONS_LIMIT");
        }
        drop(open);
    }
}

#[tokio::test]
async fn what_nobody_waits_for_is_cancelled_in_the_database() {
    let app = App::start().await;
    for way in Way::ALL.into_iter().filter(|way| !way.is_whole_for_queries()) {
        app.execute("BEGIN; LOCK TABLE core_api.documents").await;
        let parts = Parts::of(way.asking(&app.member(), DOCUMENTS, json!({}))).await;
        until(&app, BUSY, 1).await;
        drop(parts);
        until(&app, BUSY, 0).await;
        app.execute("ROLLBACK").await;
    }
}

#[tokio::test]
async fn whoever_loses_the_membership_hears_nothing_more() {
    for app in [App::start().await, watchful().await] {
        for way in Way::ALL {
            let mut parts = Parts::of(way.asking(&app.member(), COLLECTS, json!({}))).await;
            change_until_told(&app, &mut parts).await;
            app.execute("UPDATE core_api.memberships SET status = 'pending' WHERE subject = 'member@here'").await;
            let row = make::collect(&app, &app.here, &app.person, json!({})).await;
            for told in parts.cut("UNAUTHENTICATED").await {
                assert_ne!(told["data"]["collectChanged"]["id"], row.id, "{way:?}");
            }
            assert_eq!(Answer::of(way.asking(&app.member(), COLLECTS, json!({}))).await.status, 403);
            app.execute("UPDATE core_api.memberships SET status = 'active' WHERE subject = 'member@here'").await;
        }
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_with_the_server() {
    let app = App::start().await;
    let token = signed(&json!({ "sub": "member@here", "exp": chrono::Utc::now().timestamp() + 2 }));
    let mut expiring = Vec::new();
    for way in Way::ALL {
        expiring.push(Parts::of(way.asking(&app.bearer(&token), COLLECTS, json!({}))).await);
    }
    for parts in expiring {
        parts.cut("UNAUTHENTICATED").await;
    }
    let mut open = Vec::new();
    for way in Way::ALL {
        let mut parts = Parts::of(way.asking(&app.member(), COLLECTS, json!({}))).await;
        change_until_told(&app, &mut parts).await;
        open.push(parts);
    }
    app.server().stop();
    for parts in open {
        parts.cut("SERVICE_UNAVAILABLE").await;
    }
}

#[tokio::test]
async fn each_event_is_paid_for() {
    let rate = Some(RateSettings { per_minute: 1, burst: 5 });
    let app = App::set(Settings { rate, ..Settings::default() }).await;
    // Each way has a principal of its own, and so its own points.
    for (way, asker) in Way::ALL.into_iter().zip([app.guest(), app.member(), app.admin(), app.owner()]) {
        let mut parts = Parts::of(way.asking(&asker, "subscription { collectChanged { kind } }", json!({}))).await;
        let mut told = 0;
        let end = loop {
            let answer = change_until_told(&app, &mut parts).await;
            if answer.get("errors").is_some() {
                break answer;
            }
            told += 1;
        };
        assert_eq!(end["errors"][0]["extensions"]["code"], "RATE_LIMITED", "{way:?}: {end}");
        assert_eq!(told, 4, "it costs a point to subscribe, and a point for each event");
        parts.complete().await;
    }
}

#[tokio::test]
async fn a_subscription_that_cannot_be_paid_at_all_is_not_begun() {
    let rate = Some(RateSettings { per_minute: 1, burst: 1 });
    let app = App::set(Settings { rate, ..Settings::default() }).await;
    assert_eq!(app.member().say("{ __typename }").await.status, 200);
    for way in Way::ALL {
        let mut parts = Parts::of(way.asking(&app.member(), COLLECTS, json!({}))).await;
        let errors = match parts.next().await {
            Some(Part::Failed(errors)) if way.is_multipart() => errors,
            Some(Part::Next(mut answer)) if !way.is_multipart() => answer["errors"].take(),
            other => panic!("{way:?}: {other:?}"),
        };
        assert_eq!(errors[0]["extensions"]["code"], "RATE_LIMITED", "{errors}");
        parts.complete().await;
    }
}

#[tokio::test]
async fn a_stream_goes_on_after_a_cursor_of_any_other() {
    const FOLLOW: &str = "subscription ($after: String) { collectChanged(after: $after) { id cursor } }";
    let app = App::start().await;
    let mut parts = Parts::of(Way::ALL[0].asking(&app.member(), FOLLOW, json!({}))).await;
    let mut cursor = change_until_told(&app, &mut parts).await["data"]["collectChanged"]["cursor"].take();
    drop(parts);
    for way in Way::ALL.into_iter().rev() {
        let row = make::collect(&app, &app.here, &app.person, json!({})).await;
        let mut parts = Parts::of(way.asking(&app.member(), FOLLOW, json!({ "after": cursor }))).await;
        // Rows that were made while nothing was told yet may come before.
        loop {
            let mut told = parts.answer().await["data"]["collectChanged"].take();
            cursor = told["cursor"].take();
            if told["id"] == row.id {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_stream_sees_its_own_workspace_only() {
    let app = App::start().await;
    let person = make::person(&app, &app.elsewhere, json!({})).await;
    for way in Way::ALL {
        let mut parts = Parts::of(way.asking(&app.member_elsewhere(), COLLECTS, json!({}))).await;
        let mut theirs = Vec::new();
        let told = loop {
            make::collect(&app, &app.here, &app.person, json!({})).await;
            theirs.push(json!(make::collect(&app, &app.elsewhere, &person, json!({})).await.id));
            if let Ok(told) = tokio::time::timeout(Duration::from_millis(200), parts.answer()).await {
                break told;
            }
        };
        assert!(theirs.contains(&told["data"]["collectChanged"]["id"]), "{way:?}: {told}");
    }
}
