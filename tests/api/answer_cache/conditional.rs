//! `ETag` and `If-None-Match`: a client that has the answer is not sent it again.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, VARY};
use serde_json::json;

use super::{DOCUMENTS, kept, warm};
use crate::kit::{Answer, App, make};

async fn got(app: &App, query: &str, headers: &[(reqwest::header::HeaderName, &str)]) -> Answer {
    let address = format!("/graphql?query={}", utf8_percent_encode(query, NON_ALPHANUMERIC));
    let mut request = app.member().request(Method::GET, &address);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    Answer::of(request).await
}

fn tag(headers: &HeaderMap) -> &str {
    headers[ETAG].to_str().unwrap()
}

#[tokio::test]
async fn an_answer_that_the_client_has_is_not_sent_again() {
    let app = warm().await;
    // Also where nothing is kept.
    for query in [DOCUMENTS, "{ viewer { role } }"] {
        let first = got(&app, query, &[]).await;
        assert_eq!((first.status, &first.headers[CACHE_CONTROL]), (200, &"private, no-cache".parse().unwrap()));
        let vary: Vec<_> = first.headers.get_all(VARY).iter().map(|value| value.to_str().unwrap()).collect();
        let vary = vary.join(", ").to_lowercase();
        for name in ["authorization", "x-workspace-id", "accept,"] {
            assert!(format!("{vary},").contains(name), "{name}: {vary}");
        }
        for known in [tag(&first.headers), "\"other\", W/\"more\"", "*"] {
            let again = got(&app, query, &[(IF_NONE_MATCH, known)]).await;
            let is_known = known != "\"other\", W/\"more\"";
            assert_eq!(again.status, if is_known { 304 } else { 200 }, "{known}");
            assert_eq!(again.text, if is_known { "" } else { first.text.as_str() });
            assert_eq!(
                (tag(&again.headers), again.headers.contains_key(CONTENT_TYPE)),
                (tag(&first.headers), !is_known)
            );
        }
    }
    let first = got(&app, DOCUMENTS, &[]).await;
    kept(&app, &app.member(), DOCUMENTS).await;
    assert_eq!(tag(&got(&app, DOCUMENTS, &[]).await.headers), tag(&first.headers));
    make::document(&app, &app.here, json!({})).await;
    let next = got(&app, DOCUMENTS, &[(IF_NONE_MATCH, tag(&first.headers))]).await;
    assert_eq!((next.status, next.at("/documents/totalCount")), (200, &json!(1)));
    assert_ne!(tag(&next.headers), tag(&first.headers));
}

#[tokio::test]
async fn a_compressed_answer_has_a_weak_tag_that_is_known_as_well() {
    let app = warm().await;
    for _ in 0..40 {
        make::document(&app, &app.here, json!({})).await;
    }
    let plain = got(&app, DOCUMENTS, &[]).await;
    let compressed = got(&app, DOCUMENTS, &[(ACCEPT_ENCODING, "gzip")]).await;
    assert_eq!(tag(&compressed.headers), format!("W/{}", tag(&plain.headers)));
    let again = got(&app, DOCUMENTS, &[(ACCEPT_ENCODING, "gzip"), (IF_NONE_MATCH, tag(&compressed.headers))]).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let again = got(&app, DOCUMENTS, &[(ACCEPT_ENCODING, "gzip, identity;q=0"), (IF_NONE_MATCH, "*")]).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
}

#[tokio::test]
async fn what_failed_or_was_posted_has_no_tag() {
    let app = warm().await;
    for (query, status) in [("{ nothing }", 200), ("{ apiKeys { totalCount } }", 200)] {
        let answer = got(&app, query, &[(IF_NONE_MATCH, "*")]).await;
        assert_eq!((answer.status, answer.headers.get(ETAG)), (status, None), "{query}");
        assert_eq!(answer.headers[CACHE_CONTROL], "no-store", "{query}");
    }
    assert_eq!(app.member().say(DOCUMENTS).await.headers.get(ETAG), None);
}
