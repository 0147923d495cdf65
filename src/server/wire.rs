//! GraphQL over HTTP: reading a request, and writing an answer.

use async_graphql::Response;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;

use super::answer;
use super::observe::RETRY_AFTER;
use super::operation::{Caught, Executed, Refusal, reported};
use super::watch::code;
use crate::error::{Code, Error};

const JSON: &str = "application/json";
/// How a body may be compressed.
const ENCODINGS: &str = "gzip, br, zstd";
const RESPONSE_JSON: &str = "application/graphql-response+json";

/// What a client sends.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asked {
    pub query: Option<String>,
    /// The id of a trusted document, in the place of `query`.
    pub document_id: Option<String>,
    pub operation_name: Option<String>,
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
    pub extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Asked {
    /// Whether it asks for what its operation costs.
    pub fn wants_cost(&self) -> bool {
        self.extension("cost") == Some(&true.into())
    }

    /// Whether it says which document it wants.
    pub fn names_document(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.extension("persistedQuery").is_some()
    }

    /// The hash of an automatic persisted query.
    pub fn persisted(&self) -> Result<Option<&str>, Error> {
        let Some(persisted) = self.extension("persistedQuery") else { return Ok(None) };
        match (persisted.get("version"), persisted.get("sha256Hash").and_then(serde_json::Value::as_str)) {
            (Some(version), Some(hash)) if version == 1 => Ok(Some(hash)),
            _ => Err(Error::bad_input("`persistedQuery` must be an object with `version`, 1, and `sha256Hash`.")),
        }
    }

    fn extension(&self, name: &str) -> Option<&serde_json::Value> {
        self.extensions.as_ref()?.get(name)
    }
}

/// How the answer travels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    ResponseJson,
}

impl Media {
    /// What the client accepts, plain JSON unless it says otherwise.
    pub fn accepted(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let mut names = values.flat_map(|value| value.split(',')).filter_map(|part| part.split(';').next());
        if names.any(|name| name.trim() == RESPONSE_JSON) { Self::ResponseJson } else { Self::Json }
    }
}

/// Reads what stands in the query string of a `GET`.
pub(super) fn from_url(query: &str) -> Result<Asked, Error> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| Error::bad_input("The query string is malformed."))?;
    let mut asked = Asked::default();
    for (name, value) in pairs {
        let object =
            || serde_json::from_str(&value).map_err(|_| Error::bad_input(format!("`{name}` must be a JSON object.")));
        match name.as_str() {
            "query" => asked.query = Some(value),
            "documentId" => asked.document_id = Some(value),
            "operationName" => asked.operation_name = Some(value).filter(|name| !name.is_empty()),
            "variables" if !value.is_empty() => asked.variables = object()?,
            "extensions" if !value.is_empty() => asked.extensions = object()?,
            _ => {}
        }
    }
    Ok(asked)
}

/// Reads the body of a `POST`.
pub(super) fn from_body(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Asked, Refusal> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case(JSON) {
        let error = Error::bad_input("The body must be of the type application/json.");
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    // What could be decompressed has been, and is not said to be compressed any more.
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        let error = Error::bad_input(format!("The body may be compressed as one of {ENCODINGS}."));
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, error).with(header::ACCEPT_ENCODING, ENCODINGS));
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal::from(Error::new(Code::RequestTooLarge, "The body is larger than allowed."))
        }
        status => Refusal::new(status, Error::bad_input("The body could not be read.")),
    })?;
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Error::new(Code::BatchingDisabled, "One operation per request.").into());
    }
    let malformed = "The body must be a JSON object with `query` or `documentId`, and optionally `variables`, `operationName` and \
         `extensions`.";
    let asked: Asked = serde_json::from_slice(&body).map_err(|_| Error::bad_input(malformed))?;
    Ok(Asked { operation_name: asked.operation_name.filter(|name| !name.is_empty()), ..asked })
}

/// Writes the answer.
pub(super) fn respond(media: Media, answer: Result<Response, Caught>) -> axum::response::Response {
    let (status, mut response, headers) = match answer {
        Ok(response) if response.is_executed() || media == Media::Json => (StatusCode::OK, response, Vec::new()),
        Err(Caught::Invalid(response)) if media == Media::Json => (StatusCode::OK, *response, Vec::new()),
        Ok(response) => (StatusCode::BAD_REQUEST, response, Vec::new()),
        Err(Caught::Invalid(response)) => (StatusCode::BAD_REQUEST, *response, Vec::new()),
        Err(Caught::Refused(refusal)) => {
            (refusal.status, Response::from_errors(vec![reported(refusal.error)]), refusal.headers)
        }
    };
    let content_type = match media {
        Media::Json => "application/json; charset=utf-8",
        Media::ResponseJson => "application/graphql-response+json; charset=utf-8",
    };
    let mut told = std::mem::take(&mut response.http_headers);
    if response.errors.iter().any(|error| code(error) == Code::ServiceUnavailable.as_str()) {
        told.insert(header::RETRY_AFTER, RETRY_AFTER);
    }
    let mut response = (status, [(header::CONTENT_TYPE, content_type)], answer::json(&response)).into_response();
    response.headers_mut().extend(told);
    response.headers_mut().extend(headers);
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
