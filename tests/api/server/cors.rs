//! What web pages of other origins may do, and what every answer says to browsers.

use reqwest::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_TYPE, HeaderName, ORIGIN, VARY,
};
use reqwest::{Method, RequestBuilder};
use well_ingestion::server::{Origins, Settings};

use crate::kit::{Answer, App, Socket};
use crate::server::event_stream::Way;

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
        assert_eq!(words(&answer, &ACCESS_CONTROL_ALLOW_METHODS), ["get", "post", "patch", "delete"]);
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
            ["x-request-id", "retry-after", "ratelimit", "ratelimit-policy", "etag", "location"]
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
async fn pages_may_send_what_clients_and_tracing_add_to_requests_by_themselves() {
    let app = open().await;
    let headers = words(&Answer::of(preflight(&app, HERE)).await, &ACCESS_CONTROL_ALLOW_HEADERS);
    for name in [
        "accept",
        "apollo-require-preflight",
        "apollographql-client-name",
        "apollographql-client-version",
        "baggage",
        "content-encoding",
        "elastic-apm-traceparent",
        "graphql-preflight",
        "idempotency-key",
        "request-id",
        "sentry-trace",
        "traceparent",
        "tracestate",
        "x-apollo-operation-name",
        "uber-trace-id",
        "x-amzn-trace-id",
        "x-b3-traceid",
        "x-cloud-trace-context",
        "x-datadog-trace-id",
        "x-requested-with",
    ] {
        assert!(headers.iter().any(|header| header == name), "{name} in {headers:?}");
    }
    assert!(!headers.iter().any(|header| header == "x-ours"), "{headers:?}");
    let usual: Vec<String> = Origins::usual_headers().iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(headers, usual);
}

#[tokio::test]
async fn pages_may_send_the_headers_that_are_set() {
    let origins = Origins::new(vec![HERE.parse().unwrap()]).with_headers(vec![" X-Ours".parse().unwrap()]);
    let app = App::set(Settings { origins, ..Settings::default() }).await;
    let headers = words(&Answer::of(preflight(&app, HERE)).await, &ACCESS_CONTROL_ALLOW_HEADERS);
    assert!(headers.iter().any(|header| header == "x-ours"), "{headers:?}");
    assert!(headers.iter().any(|header| header == "baggage"), "{headers:?}");
}

#[tokio::test]
async fn pages_of_apps_and_extensions_may_ask_follow_and_open_sockets() {
    let origins = [
        "capacitor://localhost",
        "ionic://localhost",
        "tauri://localhost",
        "app://obsidian.md",
        "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
        "moz-extension://4c2a5b0e-8d8f-4b0f-9f0e-0c1d2e3f4a5b",
    ];
    let allowed = Origins::new(origins.map(|origin| origin.parse().unwrap()).into());
    let app = App::set(Settings { origins: allowed, ..Settings::default() }).await;
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    for origin in origins {
        let answer = Answer::of(preflight(&app, origin)).await;
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN], origin);
        let answer = Answer::of(query(&app, origin)).await;
        assert_eq!(answer.headers[ACCESS_CONTROL_ALLOW_ORIGIN], origin);
        for way in Way::ALL {
            let stream = way.asking(&app.member(), "subscription { collectChanged { id } }", serde_json::json!({}));
            let stream = stream.header(ORIGIN, origin).send().await.unwrap();
            assert_eq!(
                (stream.status().as_u16(), &stream.headers()[ACCESS_CONTROL_ALLOW_ORIGIN]),
                (200, &origin.parse().unwrap())
            );
        }
        Socket::with(&app.url, &[protocol, ("origin", origin)]).await.unwrap().silent().await;
    }
    for origin in
        ["tauri://localhost:1", "capacitor://localhost.example", "chrome-extension://other", "file://", "null"]
    {
        let answer = Answer::of(preflight(&app, origin)).await;
        assert!(!answer.headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
        assert!(Socket::with(&app.url, &[protocol, ("origin", origin)]).await.is_err(), "{origin}");
    }
}

#[tokio::test]
async fn a_page_of_another_scheme_is_not_the_servers_own_whatever_its_host() {
    let app = App::start().await;
    let protocol = ("sec-websocket-protocol", "graphql-transport-ws");
    let host = app.url.strip_prefix("http://").unwrap();
    for (scheme, allowed) in [("http", true), ("https", true), ("app", false), ("capacitor", false)] {
        let opened = Socket::with(&app.url, &[protocol, ("origin", &format!("{scheme}://{host}"))]).await;
        assert_eq!(opened.is_ok(), allowed, "{scheme}");
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
    let mut tagged = 0;
    for (status, request) in requests {
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{answer:?}");
        // An answer may be kept by whoever got it, and is asked for again each time.
        let kept = if answer.headers.contains_key("etag") { "private, no-cache" } else { "no-store" };
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", kept),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.headers.get_all(name).iter().collect::<Vec<_>>(), [value], "{name} of {answer:?}");
        }
        assert!(answer.headers.contains_key("x-request-id"), "{answer:?}");
        tagged += usize::from(answer.headers.contains_key("etag"));
    }
    assert_eq!(tagged, 1, "an answer to a query by GET");
}

#[tokio::test]
async fn the_page_keeps_its_own_policy() {
    let app = App::start().await;
    let page = app.anyone().get("/graphiql").await;
    assert_eq!(page.headers.get_all("content-security-policy").iter().count(), 1);
    assert!(page.headers["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    assert_eq!(page.headers[CACHE_CONTROL], "no-store");
}
