//! Bodies of requests: read only when the caller was let in, and only so many large ones at once.

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt;
use tokio::sync::Semaphore;

use super::operation::Refusal;
use crate::error::{Code, Error};

const JSON: &str = "application/json";
/// How a body may be compressed. The window of `zstd` would be the client's to choose, up to 128 MB for 20 bytes.
const ENCODINGS: &str = "gzip, br";
/// What of a body may be kept for every connection, in bytes.
const SMALL: usize = 16_384;
/// Larger bodies at once.
const MOST_LARGE: usize = 64;

/// Reads the bodies of a server's requests.
pub(super) struct Bodies {
    /// How large one may be, in bytes, decompressed.
    largest: usize,
    large: Semaphore,
}

impl Bodies {
    /// Bodies of up to so many bytes.
    pub fn new(largest: usize) -> Self {
        Self { largest, large: Semaphore::new(MOST_LARGE) }
    }

    /// Whether a body that is announced like this would be read at all.
    ///
    /// # Errors
    /// 415 for another type or encoding, 413 for one that is too large.
    pub fn check(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        if !is_json(text(header::CONTENT_TYPE).unwrap_or_default()) {
            let error = Error::bad_input("The body must be of the type application/json, in UTF-8.");
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
        }
        // What can be decompressed is not said to be compressed any more.
        if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
            let error = Error::bad_input(format!("The body may be compressed as one of {ENCODINGS}."));
            let refusal = Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error);
            return Err(refusal.with(header::ACCEPT_ENCODING, ENCODINGS));
        }
        match text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok()) {
            Some(length) if length > self.largest as u64 => Err(too_large()),
            _ => Ok(()),
        }
    }

    /// Reads a body to its end.
    ///
    /// # Errors
    /// 413 for one that is too large, 503 when too many large ones are being read, 400 for one that cannot be.
    pub async fn read(&self, body: Body) -> Result<Vec<u8>, Refusal> {
        let mut chunks = body.into_data_stream();
        let (mut bytes, mut place) = (Vec::new(), None);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Error::bad_input("The body could not be read."))?;
            let length = bytes.len() + chunk.len();
            if length > self.largest {
                return Err(too_large());
            }
            if length > SMALL && place.is_none() {
                place = Some(self.large.try_acquire().map_err(Error::unavailable)?);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// Whether this is the type of JSON, which is always UTF-8.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let charset = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    parts.next().is_some_and(|name| name.eq_ignore_ascii_case(JSON)) && parts.all(charset)
}

fn too_large() -> Refusal {
    Error::new(Code::RequestTooLarge, "The body is larger than allowed.").into()
}
