//! `GET` and `POST /graphql`: one operation per request, JSON in, JSON out.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType};
use async_graphql::{ErrorExtensionValues, Pos, Request, Response, ServerError, Value, Variables};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};

use super::App;
use crate::db::scope::Scope;
use crate::error::{Code, Error};

const JSON: &str = "application/json";
const RESPONSE_JSON: &str = "application/graphql-response+json";

/// What a client sends.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Asked {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(rename = "extensions")]
    _extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// How the answer travels.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    Json,
    ResponseJson,
}

/// A request that is refused before anything of it is executed.
struct Refusal {
    status: StatusCode,
    error: Error,
    allow: Option<&'static str>,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = match error.code() {
            Code::Unauthenticated => StatusCode::UNAUTHORIZED,
            Code::Forbidden => StatusCode::FORBIDDEN,
            Code::RequestTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Code::RequestTimeout => StatusCode::GATEWAY_TIMEOUT,
            Code::ServiceUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Code::InternalServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        };
        Self { status, error, allow: None }
    }
}

/// `GET /graphql?query=…`: queries only.
pub async fn get(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> axum::response::Response {
    let media = accepted(&headers);
    let answer = match from_url(query.as_deref().unwrap_or_default()) {
        Ok(asked) => answer(&app, &headers, asked, true).await,
        Err(error) => Err(error.into()),
    };
    respond(media, answer)
}

/// `POST /graphql` with a JSON body.
pub async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> axum::response::Response {
    let media = accepted(&headers);
    let answer = match from_body(&headers, body) {
        Ok(asked) => answer(&app, &headers, asked, false).await,
        Err(refusal) => Err(refusal),
    };
    respond(media, answer)
}

fn accepted(headers: &HeaderMap) -> Media {
    let accepts = |name: &str| {
        let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|part| part.split(';').next().map(str::trim) == Some(name))
    };
    if accepts(RESPONSE_JSON) { Media::ResponseJson } else { Media::Json }
}

fn from_url(query: &str) -> Result<Asked, Error> {
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_str(query).map_err(|_| Error::bad_input("The query string is malformed."))?;
    let mut asked = Asked::default();
    for (name, value) in pairs {
        match name.as_str() {
            "query" => asked.query = Some(value),
            "operationName" => asked.operation_name = Some(value),
            "variables" => {
                asked.variables =
                    serde_json::from_str(&value).map_err(|_| Error::bad_input("`variables` must be a JSON object."))?;
            }
            _ => {}
        }
    }
    Ok(asked)
}

fn from_body(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Asked, Refusal> {
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
    let malformed = "The body must be a JSON object with `query`, and optionally `variables` and `operationName`.";
    serde_json::from_slice(&body).map_err(|_| Error::bad_input(malformed).into())
}

/// Executes one operation in the scope of its caller.
async fn answer(app: &App, headers: &HeaderMap, asked: Asked, by_get: bool) -> Result<Response, Refusal> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = app.0.authenticator.authenticate(text("authorization"), text("x-workspace-id")).await?;
    let query = asked.query.ok_or_else(|| Error::bad_input("`query` is missing."))?;
    if query.len() > app.0.settings.max_document_bytes {
        return Err(Error::new(Code::RequestTooLarge, "The document is larger than allowed.").into());
    }
    let given = asked.variables.unwrap_or_default();
    let variables = Variables::from_json(serde_json::Value::Object(given.clone()));
    let mut request = Request::new(query).variables(variables);
    if let Some(name) = &asked.operation_name {
        request = request.operation_name(name);
    }
    match request.parsed_query() {
        Ok(document) if by_get && !only_queries(document, asked.operation_name.as_deref()) => {
            let error = Error::bad_input("Only queries may be sent by GET.");
            return Err(Refusal { status: StatusCode::METHOD_NOT_ALLOWED, error, allow: Some("POST") });
        }
        Ok(document) => {
            if let Some(mut error) = missing_variable(document, asked.operation_name.as_deref(), &given) {
                set_code(&mut error, Code::BadUserInput);
                return Ok(Response::from_errors(vec![error]));
            }
        }
        Err(mut error) => {
            set_code(&mut error, Code::GraphqlParseFailed);
            return Ok(Response::from_errors(vec![error]));
        }
    }
    let scope = Scope::new(app.0.db.clone(), caller);
    let mut response = app.0.api.execute(request.data(scope)).await;
    for error in &mut response.errors {
        let code = if error.path.is_empty() { Code::GraphqlValidationFailed } else { Code::BadUserInput };
        set_code(error, code);
    }
    Ok(response)
}

fn only_queries(document: &ExecutableDocument, name: Option<&str>) -> bool {
    chosen(document, name).all(|operation| operation.ty == OperationType::Query)
}

/// The operations that the name chooses: the one, or all when none is named.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&'a str>,
) -> impl Iterator<Item = &'a OperationDefinition> {
    let named = document
        .operations
        .iter()
        .filter(move |(found, _)| name.is_none() || found.map(async_graphql::Name::as_str) == name);
    named.map(|(_, operation)| &operation.node)
}

/// The library would only miss a required variable where it is used, when other fields have been resolved.
fn missing_variable(
    document: &ExecutableDocument,
    name: Option<&str>,
    given: &serde_json::Map<String, serde_json::Value>,
) -> Option<ServerError> {
    let mut variables = chosen(document, name).flat_map(|operation| &operation.variable_definitions);
    let missing = variables.find(|variable| {
        let variable = &variable.node;
        let value = given.get(variable.name.node.as_str());
        let absent = value.is_none() && variable.default_value.is_none();
        !variable.var_type.node.nullable && (absent || value.is_some_and(serde_json::Value::is_null))
    })?;
    let message = format!("The variable `${}` is required.", missing.node.name.node);
    Some(ServerError::new(message, Some(missing.pos)))
}

/// Errors of the library itself carry no code.
fn set_code(error: &mut ServerError, code: Code) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code.as_str());
    }
}

/// What travels back. Fields stand in the order of the selection, so nothing here may sort them.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(skip_serializing_if = "<[ServerError]>::is_empty")]
    errors: &'a [ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

/// Writes the answer. An answer to a request that was not executed has no `data` at all.
fn respond(media: Media, answer: Result<Response, Refusal>) -> axum::response::Response {
    let (status, response, allow) = match answer {
        Ok(response) if is_executed(&response) || media == Media::Json => (StatusCode::OK, response, None),
        Ok(response) => (StatusCode::BAD_REQUEST, response, None),
        Err(refusal) => {
            let mut error = async_graphql::Error::from(refusal.error).into_server_error(Pos::default());
            error.locations.clear();
            (refusal.status, Response::from_errors(vec![error]), refusal.allow)
        }
    };
    let data = is_executed(&response).then_some(&response.data);
    let body = serde_json::to_vec(&Body { errors: &response.errors, data }).unwrap_or_default();
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

fn is_executed(response: &Response) -> bool {
    response.data != Value::Null || response.errors.iter().all(|error| !error.path.is_empty())
}
