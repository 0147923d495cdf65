//! Conditional requests (RFC 9110, section 13), and what caches of clients may do with answers (RFC 9111).

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// Of a hash, so many bytes tell answers apart.
const TAG_BYTES: usize = 16;

/// The client may keep the answer for itself, and asks before it takes it again.
const KEPT_AND_ASKED: HeaderValue = HeaderValue::from_static("private, no-cache");
/// What an answer depends on besides its address.
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("accept, accept-encoding, authorization, x-workspace-id");

/// Whether a request wants an answer from the database itself.
pub fn passes_memory(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut directives = values.flat_map(|value| value.split(',')).map(str::trim);
    directives.any(|name| name.eq_ignore_ascii_case("no-cache") || name.eq_ignore_ascii_case("no-store"))
}

/// The strong validator of an answer of a media type, by its bytes.
pub fn tag(media_type: &str, pieces: &[Bytes]) -> Option<HeaderValue> {
    let mut hash = Sha256::new().chain_update(media_type).chain_update([0]);
    for piece in pieces {
        hash.update(piece);
    }
    let hash = hash.finalize();
    HeaderValue::try_from(format!("\"{}\"", BASE64URL_NOPAD.encode(hash.get(..TAG_BYTES)?))).ok()
}

/// Whether the client has the answer with this tag.
fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut known = values.flat_map(|value| value.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known).as_bytes() == tag.as_bytes())
}

/// The answer to a `GET`, with what its client may do with it. One that has it already is told no more than that.
pub fn revalidated(asked: &HeaderMap, tag: HeaderValue, mut answer: Response) -> Response {
    if is_known(asked, &tag) {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        *answer.body_mut() = Body::empty();
        answer.headers_mut().remove(header::CONTENT_TYPE);
    }
    let headers = answer.headers_mut();
    headers.insert(header::ETAG, tag);
    headers.insert(header::CACHE_CONTROL, KEPT_AND_ASKED);
    headers.append(header::VARY, DEPENDS_ON);
    answer
}

/// Makes the validator of what was compressed a weak one: the bytes are others.
pub fn weaken(headers: &mut HeaderMap) {
    if !headers.contains_key(header::CONTENT_ENCODING) {
        return;
    }
    if let Some(tag) = headers.get_mut(header::ETAG)
        && let Some(strong) = tag.to_str().ok().filter(|strong| strong.starts_with('"'))
        && let Ok(weak) = HeaderValue::try_from(format!("W/{strong}"))
    {
        *tag = weak;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn with(name: &header::HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_tag_is_known_however_it_is_listed() {
        let tag = tag("a", &[Bytes::from_static(b"{}")]).unwrap();
        let text = tag.to_str().unwrap();
        for known in [text, &format!("W/{text}"), &format!("\"x\", W/\"y\" ,{text}"), "*"] {
            assert!(is_known(&with(&header::IF_NONE_MATCH, &[known]), &tag), "{known}");
        }
        assert!(is_known(&with(&header::IF_NONE_MATCH, &["\"x\"", text]), &tag));
        for other in ["", "\"x\"", "W/\"x\"", text.trim_matches('"')] {
            assert!(!is_known(&with(&header::IF_NONE_MATCH, &[other]), &tag), "{other}");
        }
        assert!(!is_known(&HeaderMap::new(), &tag));
    }

    #[test]
    fn a_tag_tells_bytes_and_types_apart_and_not_pieces() {
        let of = |media_type, pieces: &[&'static str]| {
            tag(media_type, &pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect::<Vec<_>>())
        };
        assert_eq!(of("a", &["ab", "c"]), of("a", &["a", "bc"]));
        assert_ne!(of("a", &["abc"]), of("a", &["abd"]));
        assert_ne!(of("a", &["abc"]), of("b", &["abc"]));
    }

    #[test]
    fn what_is_compressed_has_a_weak_tag() {
        let mut headers = with(&header::ETAG, &["\"x\""]);
        weaken(&mut headers);
        assert_eq!(headers[header::ETAG], "\"x\"");
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        for _ in 0..2 {
            weaken(&mut headers);
            assert_eq!(headers[header::ETAG], "W/\"x\"");
        }
    }

    #[test]
    fn whoever_asks_for_no_cache_passes_memory() {
        for (values, expected) in [
            (&["no-cache"][..], true),
            (&["max-age=0, No-Cache"], true),
            (&["max-age=0", "no-store"], true),
            (&["max-age=0"], false),
            (&["x-no-cache"], false),
            (&[], false),
        ] {
            assert_eq!(passes_memory(&with(&header::CACHE_CONTROL, values)), expected, "{values:?}");
        }
    }
}
