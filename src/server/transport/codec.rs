//! GraphQL over HTTP: reading a request, and writing an answer.

use async_graphql::Response;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;

use crate::auth::Caller;
use crate::error::Code;
use crate::server::App;
use crate::server::graphql::operation::{Executed, HttpError, RequestError, reported};
use crate::server::graphql::request::GraphqlRequest;
use crate::server::graphql::response;
use crate::server::observability::operation_span::code;
use crate::server::observability::requests::RETRY_AFTER;
use crate::server::transport::accept::Media;

/// A request, as far as it is read before it is known who sends it.
pub(in crate::server) struct Incoming {
    pub headers: HeaderMap,
    pub by_get: bool,
    /// Whether the rest of it may be read.
    pub readable: Result<(), HttpError>,
    pub rest: Rest,
}

/// What is read of a request when it is known who sends it.
pub(in crate::server) enum Rest {
    /// The query string.
    Address(Option<String>),
    Body(Body),
}

impl App {
    /// A request that has all in its address.
    pub(in crate::server) fn got(headers: HeaderMap, query: Option<String>) -> Incoming {
        Incoming { headers, by_get: true, readable: Ok(()), rest: Rest::Address(query) }
    }

    /// A request with a body.
    pub(in crate::server) fn posted(&self, request: Request) -> Incoming {
        let (head, body) = request.into_parts();
        let readable = self.0.bodies.check(&head.headers);
        Incoming { headers: head.headers, by_get: false, readable, rest: Rest::Body(body) }
    }

    /// Reads the rest of a request of the caller.
    ///
    /// # Errors
    /// When it is too large, too slow or malformed.
    pub(in crate::server) async fn read(&self, rest: Rest, caller: &Caller) -> Result<GraphqlRequest, HttpError> {
        match rest {
            Rest::Address(query) => Ok(GraphqlRequest::from_url(query.as_deref().unwrap_or_default())?),
            Rest::Body(body) => Ok(GraphqlRequest::from_body(&self.0.bodies.read(body, caller).await?)?),
        }
    }
}

/// Writes the answer.
pub(in crate::server) fn respond(media: Media, answer: Result<Response, RequestError>) -> axum::response::Response {
    let (status, mut response, headers) = match answer {
        Ok(response) if response.is_executed() || media == Media::Json => (StatusCode::OK, response, Vec::new()),
        Err(RequestError::Invalid(response)) if media == Media::Json => (StatusCode::OK, *response, Vec::new()),
        Ok(response) => (StatusCode::BAD_REQUEST, response, Vec::new()),
        Err(RequestError::Invalid(response)) => (StatusCode::BAD_REQUEST, *response, Vec::new()),
        Err(RequestError::Refused(refusal)) => {
            (refusal.status, Response::from_errors(vec![reported(refusal.error)]), refusal.headers)
        }
    };
    let mut told = std::mem::take(&mut response.http_headers);
    if response.errors.iter().any(|error| code(error) == Code::ServiceUnavailable.as_str()) {
        told.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    let mut response =
        (status, [(header::CONTENT_TYPE, media.as_str())], Body::new(response::body(&response))).into_response();
    response.headers_mut().extend(told);
    response.headers_mut().extend(headers);
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
