//! GraphQL over HTTP: reading a request, and writing an answer.

use async_graphql::Response;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;

use super::observe::RETRY_AFTER;
use super::operation::{Caught, Executed, Refusal, reported};
use super::watch::code;
use super::{App, answer};
use crate::error::{Code, Error};

const JSON: &str = "application/json";
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

/// A request, as far as it is read before it is known who sends it.
pub(super) struct Incoming<F> {
    pub headers: HeaderMap,
    pub by_get: bool,
    /// Whether the rest of it may be read.
    pub readable: Result<(), Refusal>,
    /// Reads the rest of it.
    pub asked: F,
}

impl App {
    /// A request that has all in its address.
    pub(super) fn got(
        headers: HeaderMap,
        query: Option<String>,
    ) -> Incoming<impl Future<Output = Result<Asked, Refusal>>> {
        let asked = async move { Ok(from_url(query.as_deref().unwrap_or_default())?) };
        Incoming { headers, by_get: true, readable: Ok(()), asked }
    }

    /// A request with a body.
    pub(super) fn posted(&self, request: Request) -> Incoming<impl Future<Output = Result<Asked, Refusal>>> {
        let (head, body) = request.into_parts();
        let bodies = &self.0.bodies;
        let readable = bodies.check(&head.headers);
        let asked = async move { Ok(from_body(&bodies.read(body).await?)?) };
        Incoming { headers: head.headers, by_get: false, readable, asked }
    }
}

/// How the answer travels.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    Json,
    ResponseJson,
}

impl Media {
    /// What the client likes best of what there is; plain JSON when it does not say.
    ///
    /// # Errors
    /// 406 when it accepts nothing of that.
    pub fn accepted(headers: &HeaderMap) -> Result<Self, Refusal> {
        let accept = Accept::of(headers);
        let (json, response) = (accept.quality(JSON), accept.quality(RESPONSE_JSON));
        if response > 0.0 && response >= json && accept.names(RESPONSE_JSON) {
            return Ok(Self::ResponseJson);
        }
        if json > 0.0 {
            return Ok(Self::Json);
        }
        let error = Error::bad_input(format!("The answer is of the type {RESPONSE_JSON} or {JSON}."));
        if response > 0.0 { Ok(Self::ResponseJson) } else { Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, error)) }
    }
}

/// What a client accepts, by its header `Accept`.
pub(super) struct Accept<'h>(Vec<(&'h str, f32)>);

impl<'h> Accept<'h> {
    /// That of a request.
    pub fn of(headers: &'h HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        let ranges = values.flat_map(|value| value.split(',')).filter(|range| !range.trim().is_empty());
        let weighed = ranges.map(|range| {
            let (name, parameters) = range.split_once(';').unwrap_or((range, ""));
            let weight = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
            (name.trim(), weight.and_then(|weight| weight.parse().ok()).unwrap_or(1.0))
        });
        Self(weighed.collect())
    }

    /// Whether it names this very type.
    pub fn names(&self, media_type: &str) -> bool {
        self.0.iter().any(|(name, _)| name.eq_ignore_ascii_case(media_type))
    }

    /// How welcome a type is, from 0 for not at all to 1, by the range that fits it closest.
    pub fn quality(&self, media_type: &str) -> f32 {
        if self.0.is_empty() {
            return 1.0;
        }
        let group = media_type.split('/').next().map(|group| format!("{group}/*")).unwrap_or_default();
        let of =
            |range: &str| self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(range)).map(|(_, quality)| *quality);
        of(media_type).or_else(|| of(&group)).or_else(|| of("*/*")).unwrap_or_default()
    }
}

/// Reads what stands in the query string of a `GET`.
fn from_url(query: &str) -> Result<Asked, Error> {
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
fn from_body(body: &[u8]) -> Result<Asked, Error> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(Error::new(Code::BatchingDisabled, "One operation per request."));
    }
    let malformed = "The body must be a JSON object with `query` or `documentId`, and optionally `variables`, `operationName` and \
         `extensions`.";
    let asked: Asked = serde_json::from_slice(body).map_err(|_| Error::bad_input(malformed))?;
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
