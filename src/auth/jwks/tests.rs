use super::*;
use serde_json::json;
use tokio::io::AsyncWriteExt;

const HOUR: Duration = Duration::from_secs(3600);
const N: &str = "kvh1qL7OOnhYOLHt6-ioeBgfUJomfvl7KL4nHDlneAXXMqY9uoAY00gtQPsYUBr40EpeaAu-EhlaXe35ImQcW7CgzOEwBLM20iHtr2JvjIfowFGcIxCSVO7BeSE4TlPRT9pao7OdxeZdyYWrsQ9SzLm3F6-zHRGG5smF8RJk7i_SqMWKFKZVADKzBRmgbwV6oKm-E3M-NaHfUgORzjrCqeudXl21TzHwNJAhHBduN40BOhyT_ncaR9rsGIYXqvgn4bbrqHBR3ity3YSWXELTuvfbawHr5SguZpg9VGtRw_UIdgOsBBqlFskZSBlvy_05Le3IY2rOAERZyBoAlQMxOQ";
const WEAK_N: &str = "pDyHfbvTAGsayXQYqRlTwm2Eo5CFawOAQSMERTr6xLibgcDqX5l4u5DCBfJ2FW-DHdHJdd04vDVd-Y0KSIX2hueFQeNcovwZCwvfLBqgRdkarR0WrKVOHvtFmlUpriuoplvuXWJL8xFOq7wQlEvCdzQkpM28AH3UM5B1w1ydxC0";
const X: &str = "UdQlWpFhSZt9CCPYy5wseYzC-SugmaZRpdbLnsQZiKY";
const Y: &str = "XVCqKsT-h8w0HSl4JRI6AsLp39FdvM8erhupCUnwk_U";
const ED: &str = "utJoX6mAvWWzWa6UX4dbrvrHrK6cDNhzedpg3EbNsg8";

fn rsa() -> Value {
    json!({ "kty": "RSA", "kid": "r", "alg": "RS256", "use": "sig", "key_ops": ["verify"], "n": N, "e": "AQAB" })
}

fn ec(id: &str) -> Value {
    json!({ "kty": "EC", "kid": id, "crv": "P-256", "x": X, "y": Y })
}

fn ed() -> Value {
    json!({ "kty": "OKP", "kid": "d", "alg": "EdDSA", "crv": "Ed25519", "x": ED })
}

fn with(mut entry: Value, name: &str, value: impl Into<Value>) -> Value {
    entry.as_object_mut().unwrap().insert(name.to_owned(), value.into());
    entry
}

fn read(keys: &[Value]) -> Arc<[Key]> {
    parse(json!({ "keys": keys }).to_string().as_bytes()).unwrap().usable
}

fn ids(keys: &[Key]) -> Vec<&str> {
    keys.iter().map(|key| key.id.as_deref().unwrap()).collect()
}

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn keys_of(ids: &[&str]) -> String {
    answer("200 OK", &json!({ "keys": ids.iter().map(|id| ec(id)).collect::<Vec<_>>() }).to_string())
}

/// A server: its URL, the answer it gives, and how often it was asked.
async fn serve(first: String) -> (String, watch::Sender<String>, watch::Receiver<usize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let ((answer, current), (count, asked)) = (watch::channel(first), watch::channel(0));
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") && socket.read_buf(&mut request).await.unwrap() > 0 {}
            count.send_modify(|count| *count += 1);
            let text = current.borrow().clone();
            // A client that has read enough goes away.
            let _ = socket.write_all(text.as_bytes()).await;
        }
    });
    (url, answer, asked)
}

#[test]
fn only_usable_keys_are_taken_from_a_document() {
    let full = [rsa(), ec("a"), ed(), with(ed(), "alg", "Ed25519")];
    assert_eq!(ids(&read(&full)), ["r", "a", "d", "d"]);
    for unusable in [
        json!(7),
        json!({ "kty": "oct", "kid": "s", "alg": "HS256", "k": N }),
        with(rsa(), "use", "enc"),
        with(rsa(), "key_ops", json!(["encrypt"])),
        with(rsa(), "alg", "RS512"),
        with(rsa(), "alg", "HS256"),
        with(rsa(), "n", WEAK_N),
        with(rsa(), "n", "AAAA".repeat(90) + WEAK_N),
        with(rsa(), "n", "_".repeat(900)),
        with(rsa(), "e", "AQ"),
        with(rsa(), "e", "AQAA"),
        with(ec("a"), "crv", "P-384"),
        with(ec("a"), "alg", "ES384"),
        with(ec("a"), "y", X),
        with(ec("a"), "y", ""),
        with(ed(), "x", "AAAA"),
        with(ed(), "x", "no base64url!"),
    ] {
        assert_eq!(ids(&read(&[unusable.clone(), ec("a")])), ["a"], "{unusable}");
    }
    for text in ["", "[]", "{}", r#"{"keys":{}}"#] {
        assert!(parse(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn what_a_key_leaves_out_may_be_written_as_null_or_empty() {
    for (name, empty) in [
        ("use", Value::Null),
        ("use", json!("")),
        ("alg", Value::Null),
        ("alg", json!("")),
        ("key_ops", Value::Null),
        ("key_ops", json!([])),
        ("x5c", json!([])),
    ] {
        for key in [rsa(), ec("a"), ed()] {
            assert_eq!(read(&[with(key.clone(), name, empty.clone())]).len(), 1, "{name}: {empty} of {key}");
        }
    }
    for id in [Value::Null, json!("")] {
        let keys = read(&[with(rsa(), "kid", id.clone())]);
        assert_eq!(candidates(&keys, Algorithm::RS256, Some("x")).len(), 1, "{id}");
    }
}

#[test]
fn a_key_is_chosen_by_algorithm_and_id() {
    let mut nameless = ec("c");
    nameless.as_object_mut().unwrap().remove("kid");
    let keys = read(&[rsa(), ec("a"), ec("b"), nameless, ec("b")]);
    let many = read(&vec![ec("a"); MAX_CANDIDATES + 1]);
    for (keys, algorithm, id, found) in [
        (&keys, Algorithm::ES256, Some("a"), 1),
        (&keys, Algorithm::ES256, Some("b"), 2),
        (&keys, Algorithm::ES256, Some("r"), 1),
        (&keys, Algorithm::ES256, None, 4),
        (&keys, Algorithm::RS256, None, 1),
        (&keys, Algorithm::RS256, Some("x"), 0),
        (&keys, Algorithm::HS256, Some("r"), 0),
        (&many, Algorithm::ES256, None, MAX_CANDIDATES),
    ] {
        assert_eq!(candidates(keys, algorithm, id).len(), found, "{algorithm:?} {id:?}");
    }
}

#[test]
fn padded_and_standard_base64_is_read() {
    let standard = |text: &str| text.replace('-', "+").replace('_', "/");
    let padded = json!({ "kty": "EC", "kid": "p", "crv": "P-256", "x": format!("{}=", standard(X)), "y": Y });
    assert_eq!(ids(&read(&[with(rsa(), "n", format!("{}==", standard(N))), padded])), ["r", "p"]);
}

#[test]
fn keys_that_are_passed_over_are_named() {
    let oct = json!({ "kty": "oct", "kid": "s" });
    let document = json!({ "keys": [oct, ec("a"), with(ed(), "use", "enc"), 7, with(ec("b"), "crv", "P-384")] });
    let passed_over = parse(document.to_string().as_bytes()).unwrap().passed_over;
    assert_eq!(
        passed_over,
        [
            "\"s\" is of a kind that is not used here",
            "\"d\" is not for signatures",
            "number 4 is of a kind that is not used here",
            "\"b\" is malformed, or of a curve that is not used here",
        ],
    );
}

#[test]
fn a_url_is_https_or_of_this_machine() {
    for url in ["https://idp.example/keys", "http://localhost:1/", "http://127.1.2.3/", "http://[::1]:8080/"] {
        assert!(Source::url(url).is_ok(), "{url}");
    }
    for url in ["http://idp.example/", "http://localhost.example/", "http://[::2]/", "ftp://localhost/", "file:///k"] {
        assert!(Source::url(url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn keys_follow_their_url_and_outlive_bad_answers() {
    let (elsewhere, _kept, asked_elsewhere) = serve(keys_of(&["evil"])).await;
    let (url, server, mut asked) = serve(keys_of(&["a"])).await;
    let set = KeySet::url(&url, Duration::from_millis(1)).await.unwrap();
    assert_eq!(ids(&set.keys()), ["a"]);
    let mut keys = set.0.keys.subscribe();
    server.send_replace(keys_of(&["a", "b"]));
    keys.wait_for(|keys| keys.as_ref().is_some_and(|keys| keys.len() == 2)).await.unwrap();
    for bad in [
        answer("500 Internal Server Error", ""),
        answer("200 OK", "not a key set"),
        answer("200 OK", r#"{"keys":[]}"#),
        answer("200 OK", r#"{"keys":[{"kty":"oct","kid":"s","k":"c2VjcmV0"}]}"#),
        answer("200 OK", &format!("{{\"keys\":[]}}{}", " ".repeat(MAX_BYTES))),
        answer(&format!("302 Found\r\nlocation: {elsewhere}"), ""),
        "nonsense\r\n\r\n".to_owned(),
    ] {
        server.send_replace(bad);
        // Whoever is asked a third time has had two answers taken in.
        let third = *asked.borrow() + 3;
        asked.wait_for(|asked| *asked >= third).await.unwrap();
        assert_eq!(ids(&set.keys()), ["a", "b"]);
    }
    assert_eq!(*asked_elsewhere.borrow(), 0);
    server.send_replace(keys_of(&["c"]));
    keys.wait_for(|keys| keys.as_ref().is_some_and(|keys| ids(keys) == ["c"])).await.unwrap();
}

#[tokio::test]
async fn however_many_ask_for_an_unknown_key_the_url_is_read_once_a_while() {
    let (url, server, mut asked) = serve(keys_of(&["z"])).await;
    let set = KeySet::url(&url, HOUR).await.unwrap();
    server.send_replace(answer("503 Service Unavailable", ""));
    let start = DateTime::UNIX_EPOCH;
    let ask = |seconds| {
        let (set, seen) = (set.clone(), set.keys());
        async move { ids(&set.newer_than(&seen, start + TimeDelta::seconds(seconds)).await).join(" ") }
    };
    assert_eq!(futures_of(8, || ask(0)).await, ["z"; 8]);
    assert_eq!(*asked.borrow(), 2);
    server.send_replace(keys_of(&["a"]));
    assert_eq!((ask(9).await, *asked.borrow()), ("z".to_owned(), 2));
    assert_eq!(futures_of(8, || ask(10)).await, ["a"; 8]);
    assert_eq!(*asked.borrow(), 3);
    // The caller who caused the reading goes away; the keys arrive all the same.
    let old = set.keys();
    server.send_replace(keys_of(&["b"]));
    let (mut keys, gone) = (set.0.keys.subscribe(), tokio::spawn(ask(20)));
    asked.wait_for(|asked| *asked == 4).await.unwrap();
    gone.abort();
    keys.wait_for(|keys| keys.as_ref().is_some_and(|keys| ids(keys) == ["b"])).await.unwrap();
    // Whoever has not seen the newest keys gets those, without a reading.
    assert_eq!(ids(&set.newer_than(&old, start + TimeDelta::hours(1)).await), ["b"]);
    assert_eq!(*asked.borrow(), 4);
}

#[tokio::test]
async fn a_set_that_could_not_be_read_is_tried_again_soon() {
    let (url, server, asked) = serve(answer("503 Service Unavailable", "")).await;
    let set = KeySet::url(&url, HOUR).await.unwrap();
    assert!(!set.was_read() && set.keys().is_empty());
    // The provider is there before its keys are.
    let (mut keys, mut asked) = (set.0.keys.subscribe(), asked);
    server.send_replace(answer("200 OK", r#"{"keys":[]}"#));
    let third = *asked.borrow() + 3;
    asked.wait_for(|asked| *asked >= third).await.unwrap();
    assert!(!set.was_read());
    server.send_replace(keys_of(&["a"]));
    keys.wait_for(Option::is_some).await.unwrap();
    assert_eq!(ids(&set.keys()), ["a"]);
}

async fn futures_of<F: Future<Output = String> + Send + 'static>(count: usize, make: impl Fn() -> F) -> Vec<String> {
    let mut tasks = tokio::task::JoinSet::new();
    (0..count).for_each(|_| drop(tasks.spawn(make())));
    tasks.join_all().await
}
