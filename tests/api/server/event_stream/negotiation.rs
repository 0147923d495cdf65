//! Who is answered in parts, and who is told where that would be.

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::json;
use well_ingestion::server::Settings;

use crate::kit::{Answer, App, Asker};
use crate::server::event_stream::{COLLECTS, EVENT_STREAM, MULTIPART, Parts, ROLE, Way, change_until_told};

fn post(asker: &Asker, path: &str, accept: Option<&str>, document: &str) -> reqwest::RequestBuilder {
    let request = asker.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
    let request = request.body(json!({ "query": document }).to_string());
    match accept {
        Some(accept) => request.header(ACCEPT, accept),
        None => request,
    }
}

#[tokio::test]
async fn a_subscription_that_is_wanted_as_json_is_refused_with_the_addresses_that_serve_it() {
    let app = App::start().await;
    for accept in [None, Some("*/*"), Some("application/json"), Some("application/graphql-response+json, */*;q=0.1")] {
        let answer = Answer::of(post(&app.member(), "/graphql", accept, COLLECTS)).await;
        assert_eq!(answer.status, 406, "{}", answer.text);
        answer.refused("BAD_USER_INPUT");
        for name in ["/graphql/stream", "/graphql/ws", "text/event-stream", "subscriptionSpec=1.0"] {
            assert!(answer.text.contains(name), "{name}: {}", answer.text);
        }
    }
    let by_get = app.member().get("/graphql?query=subscription%7BcollectChanged%7Bid%7D%7D").await;
    assert_eq!(by_get.status, 405, "{}", by_get.text);
    assert!(by_get.text.contains("/graphql/stream"), "{}", by_get.text);
}

#[tokio::test]
async fn what_is_not_served_is_refused_with_the_address_that_serves_something_else() {
    let app = App::start().await;
    for (path, accept, named) in [
        ("/graphql", "text/html", "/graphql/ws"),
        ("/graphql", "multipart/mixed", "subscriptionSpec=1.0"),
        ("/graphql", "multipart/mixed;deferSpec=20220824", "application/json"),
        ("/graphql", "multipart/mixed;subscriptionSpec=2.0", "subscriptionSpec=1.0"),
        ("/graphql", "text/event-stream;q=0", "application/json"),
        ("/graphql/stream", "application/json", "`/graphql`"),
        ("/graphql/stream", "multipart/mixed;deferSpec=20220824", "text/event-stream"),
    ] {
        for document in [ROLE, COLLECTS] {
            let answer = Answer::of(post(&app.member(), path, Some(accept), document)).await;
            assert_eq!(answer.status, 406, "{path}, {accept}: {}", answer.text);
            answer.refused("BAD_USER_INPUT");
            assert!(answer.text.contains(named), "{path}, {accept}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_single_connection_mode_is_refused_with_what_is_served() {
    let app = App::start().await;
    for path in ["/graphql", "/graphql/stream"] {
        for method in [Method::PUT, Method::DELETE] {
            let answer = Answer::of(app.member().request(method, path)).await;
            assert_eq!(answer.status, 405, "{}", answer.text);
            answer.refused("BAD_USER_INPUT");
            assert!(answer.text.contains("A stream answers one operation"), "{}", answer.text);
            assert_eq!(answer.headers["allow"], "GET,HEAD,POST");
        }
    }
}

#[tokio::test]
async fn at_graphql_a_query_is_answered_whole_unless_a_stream_is_liked_better() {
    let app = App::start().await;
    for accept in [
        MULTIPART,
        "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed",
        "text/event-stream;q=0.5, */*",
    ] {
        let answer = Answer::of(post(&app.member(), "/graphql", Some(accept), ROLE)).await;
        assert_eq!(answer.str("/viewer/role"), "MEMBER", "{accept}");
    }
    for accept in [EVENT_STREAM, "text/event-stream, application/json;q=0.5", "text/html, text/event-stream;q=0.5"] {
        let mut parts = Parts::of(post(&app.member(), "/graphql", Some(accept), ROLE)).await;
        assert_eq!(parts.answer().await["data"]["viewer"]["role"], "MEMBER", "{accept}");
        parts.complete().await;
    }
}

#[tokio::test]
async fn at_the_address_of_streams_nothing_has_to_be_said() {
    let app = App::start().await;
    for accept in [None, Some("*/*"), Some("text/html, text/event-stream;q=0.5"), Some("text/*")] {
        let mut parts = Parts::of(post(&app.member(), "/graphql/stream", accept, ROLE)).await;
        assert_eq!(parts.answer().await["data"]["viewer"]["role"], "MEMBER");
        parts.complete().await;
    }
}

#[tokio::test]
async fn a_subscription_may_be_sent_by_get_for_a_stream_and_a_mutation_never() {
    let app = App::start().await;
    for way in Way::ALL {
        let mut parts = Parts::of(way.get(&app.member(), COLLECTS)).await;
        assert_eq!(change_until_told(&app, &mut parts).await["data"]["collectChanged"]["kind"], "CREATED");
        let answer = Answer::of(way.get(&app.member(), "mutation { x }")).await;
        assert_eq!((answer.status, &answer.headers["allow"]), (405, &"POST".parse().unwrap()), "{}", answer.text);
        answer.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_its_answer() {
    let app = App::set(Settings { max_body_bytes: 10_000, ..Settings::default() }).await;
    let member = app.member();
    let body = json!({ "query": COLLECTS });
    let large = json!({ "query": COLLECTS, "extensions": { "pad": "x".repeat(10_000) } });
    for way in Way::ALL {
        let plain = member.request(Method::POST, way.path).header(CONTENT_TYPE, "text/plain").body(body.to_string());
        for (request, status, code) in [
            (way.post(&app.anyone(), &body), 401, "UNAUTHENTICATED"),
            (way.post(&member.in_workspace(&app.elsewhere.id), &body), 403, "FORBIDDEN"),
            (way.post(&member, &json!({})), 400, "BAD_USER_INPUT"),
            (way.post(&member, &json!([body])), 400, "BATCHING_DISABLED"),
            (way.post(&member, &large), 413, "REQUEST_TOO_LARGE"),
            (plain, 415, "BAD_USER_INPUT"),
        ] {
            let answer = Answer::of(request).await;
            assert_eq!(answer.status, status, "{way:?}: {}", answer.text);
            answer.refused(code);
        }
    }
}
