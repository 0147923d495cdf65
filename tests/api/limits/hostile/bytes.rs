//! Bytes that may or may not be HTTP.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use crate::kit::{App, token};
use crate::limits::hostile::{exchange, served, statuses};

/// Endpoints and what may stand behind them.
fn target() -> impl Strategy<Value = String> {
    let path = select(vec![
        "/graphql",
        "/graphql/",
        "/graphql/stream",
        "/graphql/ws",
        "/graphiql",
        "/schema.graphql",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/",
        "*",
        "http://elsewhere/graphql",
        "/graphql%00",
        "/../graphql",
        "//graphql",
    ]);
    let query = select(vec![
        "query=%7B%20viewer%20%7B%20role%20%7D%20%7D",
        "query=%7B",
        "query=%ff%fe%00",
        "query=mutation%7Bx%7D",
        "query",
        "variables=%5B1%5D",
        "variables=%7B%22a%22:1e999%7D",
        "operationName=%00",
        "extensions=%7B%22cost%22:true%7D",
        "&&==&",
        "documentId=sha256:0000",
        "%",
    ]);
    let queries = prop::collection::vec(prop_oneof![query.prop_map(str::to_owned), "[ -~]{0,40}"], 0..4);
    (path, queries).prop_map(|(path, queries)| match queries.len() {
        0 => path.to_owned(),
        _ => format!("{path}?{}", queries.join("&").replace(' ', "+")),
    })
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    let known = select(vec![
        "content-type: application/json",
        "content-type: text/plain",
        "content-type: application/x-www-form-urlencoded",
        "content-type: multipart/form-data; boundary=x",
        "content-type: application/json; charset=utf-16",
        "content-encoding: gzip",
        "content-encoding: br",
        "content-encoding: zstd",
        "content-encoding: gzip, gzip",
        "content-encoding: nonsense",
        "transfer-encoding: chunked",
        "transfer-encoding: gzip, chunked",
        "content-length: 0",
        "content-length: 5",
        "content-length: 99999999999999999999",
        "content-length: -1",
        "expect: 100-continue",
        "connection: close",
        "connection: upgrade",
        "upgrade: websocket",
        "upgrade: h2c",
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-version: 13",
        "sec-websocket-version: 99",
        "sec-websocket-protocol: graphql-transport-ws",
        "accept: application/graphql-response+json",
        "accept: ,;q=",
        "accept: text/event-stream",
        "accept-encoding: gzip;q=9, *",
        "origin: null",
        "origin: http://elsewhere",
        "access-control-request-method: POST",
        "x-workspace-id: \u{1F600}",
        "x-request-id: ",
        "host: a",
        "host: b",
        "authorization: Bearer ",
        "authorization: Bearer a.b.c",
        "authorization: Basic eDp4",
        "traceparent: 00-0-0-0",
        "last-event-id: \u{7f}",
    ]);
    prop_oneof![
        6 => known.prop_map(|header| header.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..60),
        1 => (0_usize..20_000).prop_map(|length| [b"x-long: ".to_vec(), vec![b'x'; length]].concat()),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let known = select(vec![
        r#"{"query":"{ viewer { role } }"}"#,
        r#"{"query":"{ viewer { role"#,
        r#"{"query":"\ud800"}"#,
        "[]",
        "null",
        "{",
        "\u{0}",
        r#"{"query":"query ($a: Int) { workspaceConnectors(first: $a) { totalCount } }","variables":{"a":1e400}}"#,
        r#"{"query":"subscription { documentChanged { id } }"}"#,
        r#"{"query":"{ __schema { types { name } } }"}"#,
        r#"{"documentId":"sha256:00","extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}"#,
        "query=%7Bviewer%7Brole%7D%7D",
        "5\r\nhello\r\n0\r\n\r\n",
        "ffffffffffffffff\r\n",
        "1\r\n{\r\n",
    ]);
    prop_oneof![
        3 => known.prop_map(|body| body.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..300),
        1 => (1_usize..3_000, select(vec!["[", "{\"a\":", "{\"query\":"])).prop_map(|(n, open)| open.repeat(n).into_bytes()),
    ]
}

#[derive(Clone, Debug)]
struct Exchange {
    method: String,
    target: String,
    version: &'static str,
    headers: Vec<Vec<u8>>,
    /// A token that holds.
    authorized: bool,
    /// A length that is right.
    measured: bool,
    body: Vec<u8>,
}

fn exchanges() -> impl Strategy<Value = Exchange> {
    let method = prop_oneof![
        8 => select(vec!["GET", "POST"]).prop_map(str::to_owned),
        2 => select(vec!["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"]).prop_map(str::to_owned),
        1 => "[!-~]{1,12}",
    ];
    let version = prop_oneof![9 => Just("HTTP/1.1"), 1 => select(vec!["HTTP/1.0", "HTTP/2.0", "HTTP/9", ""])];
    let headers = prop::collection::vec(header(), 0..8);
    (method, target(), version, headers, any::<bool>(), prop::bool::weighted(0.8), body()).prop_map(
        |(method, target, version, headers, authorized, measured, body)| Exchange {
            method,
            target,
            version,
            headers,
            authorized,
            measured,
            body,
        },
    )
}

impl Exchange {
    fn bytes(&self, token: &str) -> Vec<u8> {
        let mut bytes = format!("{} {} {}\r\nhost: here\r\n", self.method, self.target, self.version).into_bytes();
        let mut headers = self.headers.clone();
        if self.authorized {
            headers.push(format!("authorization: Bearer {token}").into_bytes());
        }
        if self.measured {
            headers.push(format!("content-length: {}", self.body.len()).into_bytes());
        }
        for header in headers {
            bytes.extend(header);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }
}

/// Never a fault of the server, and an answer to whatever has an end.
async fn check(app: &App, bytes: &[u8]) {
    let answers = exchange(&app.url, bytes).await;
    let statuses = statuses(&answers);
    assert!(
        statuses.iter().all(|status| *status < 500),
        "{}\n{}",
        String::from_utf8_lossy(bytes),
        String::from_utf8_lossy(&answers)
    );
    assert!(!String::from_utf8_lossy(&answers).contains("INTERNAL_SERVER_ERROR"));
}

#[test]
fn no_bytes_are_a_fault_of_the_server() {
    served(async {
        let app = App::start().await;
        let token = token("member@here", None);
        tokio::task::block_in_place(|| {
            let runtime = tokio::runtime::Handle::current();
            TestRunner::default()
                .run(&exchanges(), |exchange| {
                    runtime.block_on(check(&app, &exchange.bytes(&token)));
                    Ok(())
                })
                .unwrap();
            TestRunner::default()
                .run(&prop::collection::vec(any::<u8>(), 0..2_000), |bytes| {
                    runtime.block_on(check(&app, &bytes));
                    Ok(())
                })
                .unwrap();
        });
        assert_eq!(app.member().say("{ viewer { role } }").await.str("/viewer/role"), "MEMBER");
    });
}
