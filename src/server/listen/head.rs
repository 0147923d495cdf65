//! Heads of requests: how large they may be, and what is answered to those that cannot be taken.

use axum::http::StatusCode;

use crate::error::{Code, Error};
use crate::server::graphql::{operation, response};

/// The bytes of a request's line and headers at the most. An address alone has up to 65,534.
pub(super) const MAX_HEAD_BYTES: usize = 98_304;
/// The headers of a request at the most.
pub(super) const MAX_HEADERS: usize = 100;

/// hyper answers a head that it cannot take by itself, with nothing but a status. This is the same answer as all others
/// are, if these bytes are such a one.
pub(super) fn refusal(bytes: &[u8]) -> Option<Vec<u8>> {
    let status = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let status = StatusCode::from_bytes(status).ok().filter(StatusCode::is_client_error)?;
    let error = match status {
        StatusCode::URI_TOO_LONG => {
            Error::new(Code::RequestTooLarge, "The address of the request is longer than 65,534 bytes.")
        }
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
            let message = format!(
                "The head of the request has more than {MAX_HEADERS} headers, or is larger than {MAX_HEAD_BYTES} bytes."
            );
            Error::new(Code::RequestTooLarge, message)
        }
        _ => Error::bad_input("The head of the request is malformed."),
    };
    let body = response::json(&async_graphql::Response::from_errors(vec![operation::reported(error)]));
    let head = format!(
        "HTTP/1.1 {} {}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n",
        status.as_str(),
        status.canonical_reason().unwrap_or_default(),
        body.len()
    );
    Some([head.as_bytes(), &body].concat())
}
