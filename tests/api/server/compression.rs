//! Compressed answers, and compressed requests that are not what they seem.

use std::io::{Read, Write};
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use reqwest::{Method, RequestBuilder, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::kit::{Answer, App, token};
use crate::server::event_stream::Way;

const ENCODINGS: [&str; 3] = ["gzip", "br", "zstd"];
/// How requests may be compressed.
const TAKEN: [&str; 2] = ["gzip", "br"];
const ROLE: &str = r#"{"query":"{ viewer { role } }"}"#;

/// A query with an answer of some kilobytes.
const TYPES: &str = r#"{"query":"{ __schema { types { name description } } }"}"#;

fn compressed(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    match encoding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4_096, 1, 22);
            encoder.write_all(bytes).unwrap();
            encoder.into_inner()
        }
        "zstd" => zstd::encode_all(bytes, 1).unwrap(),
        other => panic!("nobody knows {other}"),
    }
}

fn decompressed(encoding: &str, bytes: &[u8]) -> Vec<u8> {
    let mut all = Vec::new();
    match encoding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut all),
        "br" => brotli::Decompressor::new(bytes, 4_096).read_to_end(&mut all),
        "zstd" => zstd::Decoder::new(bytes).unwrap().read_to_end(&mut all),
        other => panic!("nobody knows {other}"),
    }
    .unwrap();
    all
}

fn posted(app: &App, body: impl Into<reqwest::Body>) -> RequestBuilder {
    app.member().request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json").body(body)
}

async fn answered(app: &App, body: &'static str, accepted: &str) -> Response {
    posted(app, body).header(ACCEPT_ENCODING, accepted).send().await.unwrap()
}

#[tokio::test]
async fn a_large_answer_is_compressed_as_the_client_likes_it() {
    let app = App::start().await;
    let plain = posted(&app, TYPES).send().await.unwrap();
    assert!(!plain.headers().contains_key(CONTENT_ENCODING));
    let plain = plain.bytes().await.unwrap();
    for encoding in ENCODINGS {
        let answer = answered(&app, TYPES, encoding).await;
        assert_eq!(answer.headers()[CONTENT_ENCODING], encoding);
        assert_eq!(answer.headers()[VARY], "accept-encoding");
        let bytes = answer.bytes().await.unwrap();
        assert!(bytes.len() * 2 < plain.len(), "{encoding}: {} of {}", bytes.len(), plain.len());
        assert_eq!(decompressed(encoding, &bytes), plain);
    }
    for (accepted, chosen) in [
        // Node.js 20 names zstd and cannot read it.
        ("gzip, deflate, br, zstd", Some("br")),
        ("zstd, gzip", Some("gzip")),
        ("zstd;q=1.0, br;q=0.9", Some("zstd")),
        ("gzip;q=0.5, br", Some("br")),
        ("gzip, br;q=0.5", Some("gzip")),
        ("X-GZIP", Some("gzip")),
        ("*", Some("br")),
        ("*, br;q=0", Some("gzip")),
        ("*;q=0, zstd", Some("zstd")),
        ("identity;q=0, gzip", Some("gzip")),
        ("identity, br;q=0.5", None),
        ("gzip;q=0", None),
        ("identity", None),
        ("compress", None),
        ("", None),
    ] {
        let answer = answered(&app, TYPES, accepted).await;
        let encoding = answer.headers().get(CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap());
        assert_eq!(encoding, chosen, "{accepted}");
        let bytes = answer.bytes().await.unwrap();
        assert_eq!(
            chosen.map_or_else(|| bytes.to_vec(), |encoding| decompressed(encoding, &bytes)),
            plain,
            "{accepted}"
        );
    }
}

#[tokio::test]
async fn what_is_small_is_sent_as_it_is() {
    let app = App::start().await;
    let answer = answered(&app, ROLE, "gzip, br, zstd").await;
    assert!(!answer.headers().contains_key(CONTENT_ENCODING));
    assert!(answer.headers().contains_key(CONTENT_LENGTH));
}

#[tokio::test]
async fn what_is_small_is_compressed_for_whoever_accepts_nothing_else() {
    let app = App::start().await;
    for encoding in ENCODINGS {
        for accepted in [format!("{encoding}, identity;q=0"), format!("{encoding};q=0.1, *;q=0")] {
            let answer = answered(&app, ROLE, &accepted).await;
            assert_eq!(
                (answer.status().as_u16(), &answer.headers()[CONTENT_ENCODING]),
                (200, &encoding.parse().unwrap())
            );
            let text = String::from_utf8(decompressed(encoding, &answer.bytes().await.unwrap())).unwrap();
            assert!(text.contains("MEMBER"), "{text}");
        }
    }
    let refused = Answer::of(posted(&app, ROLE).header(ACCEPT_ENCODING, "identity;q=0")).await;
    assert_eq!(refused.status, 406, "{}", refused.text);
    refused.refused("BAD_USER_INPUT");
}

#[tokio::test]
async fn parts_are_not_held_back_to_be_compressed() {
    let app = App::start().await;
    for way in Way::ALL {
        let request = way.post(&app.member(), &serde_json::from_str(TYPES).unwrap());
        let answer = request.header(ACCEPT_ENCODING, "gzip, br, zstd, identity;q=0").send().await.unwrap();
        if answer.headers()[CONTENT_TYPE].to_str().unwrap().contains("json") {
            assert_eq!(answer.headers()[CONTENT_ENCODING], "br");
            continue;
        }
        assert!(!answer.headers().contains_key(CONTENT_ENCODING), "{way:?}");
        assert!(answer.text().await.unwrap().contains("__schema"));
    }
}

#[tokio::test]
async fn a_request_may_be_compressed() {
    let app = App::start().await;
    for encoding in TAKEN {
        for path in ["/graphql", "/graphql/stream"] {
            let request = app.member().request(Method::POST, path).header(CONTENT_TYPE, "application/json");
            let body = compressed(encoding, ROLE.as_bytes());
            let answer = Answer::of(request.header(CONTENT_ENCODING, encoding).body(body)).await;
            assert_eq!(answer.status, 200, "{encoding}: {}", answer.text);
            assert!(answer.text.contains("MEMBER"), "{encoding}: {}", answer.text);
        }
    }
    for (named, encoding) in [("GZIP", "gzip"), ("x-gzip", "gzip"), ("X-GZip", "gzip"), ("BR", "br")] {
        let body = compressed(encoding, ROLE.as_bytes());
        let answer = Answer::of(posted(&app, body).header(CONTENT_ENCODING, named)).await;
        assert_eq!(answer.str("/viewer/role"), "MEMBER", "{named}");
    }
    for named in ["identity", "Identity"] {
        let answer = Answer::of(posted(&app, ROLE).header(CONTENT_ENCODING, named)).await;
        assert_eq!(answer.str("/viewer/role"), "MEMBER", "{named}");
    }
}

#[tokio::test]
async fn what_nobody_can_decompress_is_refused() {
    let app = App::start().await;
    let twice = posted(&app, ROLE).header(CONTENT_ENCODING, "gzip").header(CONTENT_ENCODING, "gzip");
    let named = ["zstd", "compress", "deflate", "gzip, gzip", "x", ""];
    let named = named.map(|encoding| posted(&app, ROLE).header(CONTENT_ENCODING, encoding));
    for request in named.into_iter().chain([twice]) {
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, 415, "{}", answer.text);
        answer.refused("BAD_USER_INPUT");
        assert_eq!(answer.headers[ACCEPT_ENCODING], "gzip, br");
    }
    for encoding in TAKEN {
        let whole = compressed(encoding, ROLE.as_bytes());
        for broken in [ROLE.as_bytes(), &whole[..whole.len() / 2]] {
            let answer = Answer::of(posted(&app, broken.to_vec()).header(CONTENT_ENCODING, encoding)).await;
            assert_eq!(answer.status, 400, "{encoding}: {}", answer.text);
            answer.refused("BAD_USER_INPUT");
        }
    }
}

#[tokio::test]
async fn a_request_is_as_large_as_what_comes_out_of_it() {
    let app = App::start().await;
    let padded = |bytes: usize| format!("{}{ROLE}", " ".repeat(bytes)).into_bytes();
    for encoding in TAKEN {
        for (bytes, status) in [(1_000_000, 200), (1_048_576, 413), (64 << 20, 413)] {
            let body = compressed(encoding, &padded(bytes));
            assert!(body.len() < 1_000_000, "{encoding}: {}", body.len());
            let answer = Answer::of(posted(&app, body).header(CONTENT_ENCODING, encoding)).await;
            assert_eq!(answer.status, status, "{encoding}, {bytes}: {}", answer.text);
            if status == 413 {
                answer.refused("REQUEST_TOO_LARGE");
            }
        }
    }
}

#[tokio::test]
async fn a_bomb_is_refused_before_it_is_all_there() {
    let app = App::start().await;
    let bomb = compressed("gzip", &vec![b' '; 16 << 20]);
    let address = app.url.strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        token("member@here", None),
        bomb.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&bomb[..bomb.len() / 2]).await.unwrap();
    let mut answer = Vec::new();
    let read = async {
        while !answer.ends_with(b"}") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "{}", String::from_utf8_lossy(&answer));
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read).await.expect("it waits for the rest");
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("REQUEST_TOO_LARGE"), "{answer}");
}
