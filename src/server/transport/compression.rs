//! Compression: how answers are compressed for whom, and what requests may call theirs.

use std::convert::Infallible;
use std::future::ready;

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tower::{ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::predicate::{And, NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{Compression, CompressionLayer};

use crate::error::Error;
use crate::server::graphql::operation::HttpError;
use crate::server::transport::accept::{Media, Preferences};
use crate::server::transport::codec::respond;
use crate::server::transport::conditional;

/// Answers below this size, in bytes, are not worth compressing.
const WORTH_COMPRESSING: u16 = 1_024;

/// Fast rather than small.
const QUALITY: CompressionLevel = CompressionLevel::Precise(1);

/// How an answer may be compressed, with all names that clients have for it. Of those that are as authenticated, the first is
/// taken: `zstd` last, since some clients accept it that cannot read it.
const ENCODINGS: [(&str, &[&str]); 3] = [("br", &["br"]), ("gzip", &["gzip", "x-gzip"]), ("zstd", &["zstd"])];

/// Compresses answers as [`negotiate`] has decided.
///
/// Nobody else can make a client send its token with words of their own, so that the size of an answer tells nothing of
/// the secrets in it.
pub(in crate::server) fn compression() -> CompressionLayer<And<SizeAbove, Whole>> {
    let layer = CompressionLayer::new().quality(QUALITY);
    layer.compress_when(SizeAbove::new(WORTH_COMPRESSING).and(whole()))
}

type Whole = And<NotForContentType, NotForContentType>;

/// Parts of a stream must not wait for each other to be compressed.
fn whole() -> Whole {
    NotForContentType::SSE.and(NotForContentType::const_new("multipart/mixed"))
}

/// Decides how the answer is compressed, by RFC 9110, section 12.5.3, and names nothing else as accepted.
pub(in crate::server) async fn negotiate(mut request: Request, next: Next) -> Response {
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return next.run(request).await;
    }
    let Choice { encoding, identity } = Choice::of(request.headers());
    let chosen = encoding.map(HeaderValue::from_static);
    match (&chosen, identity) {
        (Some(encoding), _) => _ = request.headers_mut().insert(header::ACCEPT_ENCODING, encoding.clone()),
        (None, true) => _ = request.headers_mut().remove(header::ACCEPT_ENCODING),
        (None, false) => {
            let message = "`Accept-Encoding` excludes `br`, `gzip`, `zstd` and `identity`, and there is nothing else.";
            let refusal = HttpError::new(StatusCode::NOT_ACCEPTABLE, Error::bad_input(message));
            return respond(Media::Json, Err(refusal.into()));
        }
    }
    let mut response = next.run(request).await;
    if let Some(encoding) = chosen.filter(|_| !identity && response.status() != StatusCode::NOT_MODIFIED) {
        response = compressed(response, encoding).await;
    }
    conditional::weaken(response.headers_mut());
    response
}

/// The answer for a client that accepts it compressed only, however small it is.
async fn compressed(response: Response, encoding: HeaderValue) -> Response {
    let mut request = Request::new(());
    request.headers_mut().insert(header::ACCEPT_ENCODING, encoding);
    let mut response = Some(response);
    let answer = service_fn(move |_| ready(Ok::<_, Infallible>(response.take().unwrap_or_default())));
    let compression = Compression::new(answer).quality(QUALITY).compress_when(whole());
    let Ok(response) = compression.oneshot(request).await;
    response.map(Body::new)
}

/// What a client prefers.
#[derive(Debug, PartialEq)]
struct Choice {
    /// How it likes the answer to be compressed best.
    encoding: Option<&'static str>,
    /// Whether it accepts the answer as it is.
    identity: bool,
}

impl Choice {
    fn of(headers: &HeaderMap) -> Self {
        let preferences = Preferences::of(headers, &header::ACCEPT_ENCODING);
        let others = preferences.named(&["*"]);
        let authenticated = ENCODINGS.map(|(encoding, names)| {
            let weight = preferences.named(names).or(others).unwrap_or_default();
            (encoding, weight)
        });
        let best = authenticated.into_iter().reduce(|best, next| if next.1 > best.1 { next } else { best });
        let best = best.filter(|(_, weight)| *weight > 0.0);
        let identity = preferences.named(&["identity"]);
        // One that prefers the answer as it is, by its weight, gets it so.
        let encoding = best.filter(|(_, weight)| identity.is_none_or(|identity| *weight >= identity));
        let identity = identity.or(others.filter(|weight| *weight <= 0.0)).is_none_or(|weight| weight > 0.0);
        Self { encoding: encoding.map(|(encoding, _)| encoding), identity }
    }
}

/// Names a request's encoding as the layer that decompresses it does: by the name that is registered for it, in lower
/// case.
pub(in crate::server) fn normalize_content_encoding<B>(mut request: axum::http::Request<B>) -> axum::http::Request<B> {
    let headers = request.headers_mut();
    let mut given = headers.get_all(header::CONTENT_ENCODING).iter();
    let name = match (given.next().map(HeaderValue::as_bytes), given.next()) {
        (Some(name), None) => match name.trim_ascii().to_ascii_lowercase().as_slice() {
            b"gzip" | b"x-gzip" => "gzip",
            b"br" => "br",
            b"identity" => "identity",
            _ => return request,
        },
        // Several one after the other are one that is not taken.
        (Some(_), Some(_)) => "several",
        (None, _) => return request,
    };
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    request
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_answer_is_compressed_as_the_client_likes_it() {
        for (accepted, encoding, identity) in [
            ("gzip, deflate, br, zstd", Some("br"), true),
            ("zstd, br, gzip", Some("br"), true),
            ("gzip, zstd", Some("gzip"), true),
            ("zstd", Some("zstd"), true),
            ("zstd;q=1.0, br;q=0.9, gzip;q=0.8", Some("zstd"), true),
            ("gzip;q=0.5, br;q=0.4", Some("gzip"), true),
            ("GZIP", Some("gzip"), true),
            ("x-gzip", Some("gzip"), true),
            ("*", Some("br"), true),
            ("br;q=0, *", Some("gzip"), true),
            ("br;q=0, gzip;q=0, *;q=0.1", Some("zstd"), true),
            ("*;q=0, gzip", Some("gzip"), false),
            ("identity", None, true),
            ("identity, gzip;q=0.5", None, true),
            ("identity;q=0.5, gzip;q=0.5", Some("gzip"), true),
            ("identity;q=0, gzip", Some("gzip"), false),
            ("identity;q=0, *", Some("br"), false),
            ("gzip;q=0", None, true),
            ("*;q=0, identity", None, true),
            ("*;q=0", None, false),
            ("identity;q=0", None, false),
            ("compress, deflate", None, true),
            ("", None, true),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, accepted.parse().unwrap())]);
            assert_eq!(Choice::of(&headers), Choice { encoding, identity }, "{accepted}");
        }
    }
}
