//! What web pages of other origins may do, and what every answer says to browsers.

use reqwest::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_TYPE, HeaderName, ORIGIN, VARY,
};
use reqwest::{Method, RequestBuilder};
use well_ingestion::server::{Origins, Settings};

use crate::kit::{Answer, App};

const HERE: &str = "https://app.example";

/// A server that pages of `HERE` and of a development machine may talk to.
async fn open() -> App {
    let origins = [HERE, "http://localhost:3000"].map(|origin| origin.parse().unwrap());
    App::set(Settings { origins: Origins::new(origins.into()), ..Settings::default() }).await
}

/// What a browser asks before it sends a page's request.
fn preflight(app: &App, origin: &str) -> RequestBuilder {
    let request = app.anyone().request(Method::OPTIONS, "/graphql").header(ORIGIN, origin);
    let request = request.header(ACCESS_CONTROL_REQUEST_METHOD, "POST");
    request.header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type,x-workspace-id")
}

fn query(app: &App, origin: &str) -> RequestBuilder {
    let request = app.member().request(Method::POST, "/graphql").header(ORIGIN, origin);
    request.header(CONTENT_TYPE, "application/json").body(r#"{"query":"{ viewer { role } }"}"#)
}

/// The words of a list in a header.
fn words(answer: &Answer, name: &HeaderName) -> Vec<String> {
    let values = answer.headers.get_all(name).iter();
    values.flat_map(|value| value.to_str().unwrap().split(',')).map(|word| word.trim().to_lowercase()).collect()
}

#[tokio::test]
async fn pages_of_other_origins_may_do_nothing_by_default() {
    let app = App::start().await;
    for request in [preflight(&app, HERE), query(&app, HERE)] {
        let answer = Answer::of(request).await;
        assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{answer:?}");
    }
}

#[tokio::test]
async fn pages_of_exactly_the_origins_that_are_set_may_ask() {
    let app = open().await;
    for origin in [HERE, "http://localhost:3000"] {
        let answer = Answer::of(preflight(&app, origin)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN], origin);
        assert_eq!(words(&answer, &ACCESS_CONTROL_ALLOW_METHODS), ["get", "post"]);
        let headers = words(&answer, &ACCESS_CONTROL_ALLOW_HEADERS);
        for name in ["authorization", "content-type", "x-workspace-id", "x-request-id"] {
            assert!(headers.iter().any(|header| header == name), "{name} in {headers:?}");
        }
        assert!(answer.headers[ACCESS_CONTROL_MAX_AGE].to_str().unwrap().parse::<u32>().unwrap() > 0);
        let answer = Answer::of(query(&app, origin)).await;
        assert_eq!(answer.str("/viewer/role"), "MEMBER");
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN], origin);
        assert_eq!(
            words(&answer, &ACCESS_CONTROL_EXPOSE_HEADERS),
            ["x-request-id", "retry-after", "ratelimit", "ratelimit-policy"]
        );
    }
    for origin in ["https://app.example:8443", "http://app.example", "https://app.example.evil.example", "null", "*"] {
        for request in [preflight(&app, origin), query(&app, origin)] {
            let answer = Answer::of(request).await;
            assert!(!answer.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn what_browsers_keep_is_never_wanted_and_never_shared() {
    let app = open().await;
    for origin in [HERE, "https://evil.example"] {
        for request in [preflight(&app, origin), query(&app, origin)] {
            let answer = Answer::of(request).await;
            assert!(!answer.headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS), "{answer:?}");
            assert!(words(&answer, &VARY).contains(&"origin".to_owned()), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn pages_may_read_why_they_are_refused() {
    let app = open().await;
    for (asker, status) in [(app.anyone(), 401), (app.member(), 400)] {
        let request = asker.request(Method::POST, "/graphql").header(ORIGIN, HERE);
        let answer = Answer::of(request.header(CONTENT_TYPE, "application/json").body("{")).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN], HERE);
    }
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let app = App::start().await;
    let large = "x".repeat(2 << 20);
    let requests = [
        (200, query(&app, HERE)),
        (200, app.member().request(Method::GET, "/graphql?query=%7Bviewer%7Brole%7D%7D")),
        (200, app.anyone().request(Method::GET, "/schema.graphql")),
        (200, app.anyone().request(Method::GET, "/health/live")),
        (400, app.member().request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json").body("{")),
        (401, app.anyone().request(Method::GET, "/graphql?query=%7Bviewer%7Brole%7D%7D")),
        (404, app.anyone().request(Method::GET, "/nothing")),
        (404, app.anyone().request(Method::GET, "/metrics")),
        (405, app.anyone().request(Method::PUT, "/graphql")),
        (413, app.member().request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json").body(large)),
        (415, app.member().request(Method::POST, "/graphql").body("{}")),
    ];
    for (status, request) in requests {
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{answer:?}");
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers.get_all(name).iter().collect::<Vec<_>>(), [value], "{name} of {answer:?}");
        }
        assert!(answer.headers.contains_key("x-request-id"), "{answer:?}");
    }
}

#[tokio::test]
async fn the_page_keeps_its_own_policy() {
    let app = App::start().await;
    let page = app.anyone().get("/graphiql").await;
    assert_eq!(page.headers.get_all("content-security-policy").iter().count(), 1);
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    assert_eq!(page.headers[CACHE_CONTROL], "no-store");
}
