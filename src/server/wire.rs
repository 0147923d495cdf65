//! GraphQL over HTTP: reading a request, and writing an answer.

use async_graphql::{Pos, Response, ServerError, Value};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

use super::operation::{Caught, Executed, Refusal};
use crate::error::{Code, Error};

const JSON: &str = "application/json";
const RESPONSE_JSON: &str = "application/graphql-response+json";
/// Errors of one answer at the most: a document can be wrong in very many places.
const MOST_ERRORS: usize = 100;

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
        return Err(Refusal { status: StatusCode::UNSUPPORTED_MEDIA_TYPE, error, allow: None });
    }
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Refusal::from(Error::new(Code::RequestTooLarge, "The body is larger than allowed."))
        }
        status => Refusal { status, error: Error::bad_input("The body could not be read."), allow: None },
    })?;
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Error::new(Code::BatchingDisabled, "One operation per request.").into());
    }
    let malformed = "The body must be a JSON object with `query` or `documentId`, and optionally `variables`, `operationName` and \
         `extensions`.";
    let asked: Asked = serde_json::from_slice(&body).map_err(|_| Error::bad_input(malformed))?;
    Ok(Asked { operation_name: asked.operation_name.filter(|name| !name.is_empty()), ..asked })
}

/// What travels back. Fields stand in the order of the selection, so nothing here may sort them.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, Value>,
}

/// Writes the answer. An answer to a request that was not executed has no `data` at all.
pub(super) fn respond(media: Media, answer: Result<Response, Caught>) -> axum::response::Response {
    let (status, mut response, allow) = match answer {
        Ok(response) if response.is_executed() || media == Media::Json => (StatusCode::OK, response, None),
        Err(Caught::Invalid(response)) if media == Media::Json => (StatusCode::OK, *response, None),
        Ok(response) => (StatusCode::BAD_REQUEST, response, None),
        Err(Caught::Invalid(response)) => (StatusCode::BAD_REQUEST, *response, None),
        Err(Caught::Refused(refusal)) => {
            let mut error = async_graphql::Error::from(refusal.error).into_server_error(Pos::default());
            error.locations.clear();
            (refusal.status, Response::from_errors(vec![error]), refusal.allow)
        }
    };
    response.errors.truncate(MOST_ERRORS);
    let data = response.is_executed().then_some(&response.data);
    let body = Body { errors: &response.errors, data, extensions: &response.extensions };
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let content_type = match media {
        Media::Json => "application/json; charset=utf-8",
        Media::ResponseJson => "application/graphql-response+json; charset=utf-8",
    };
    let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
