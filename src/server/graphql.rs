//! `GET` and `POST /graphql`: one operation per request.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use async_graphql::{ErrorExtensionValues, Name, Pos, Request, Response, ServerError, Value, Variables};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use futures_util::FutureExt;

use super::App;
use super::wire::{Asked, Media, Refusal, from_body, from_url, respond};
use crate::db::scope::Scope;
use crate::document::{self, Kind, MOST_VARIABLE_NESTING, Violation, check_variables};
use crate::error::{Code, Error};

/// `GET /graphql?query=…`: queries only.
pub async fn get(State(app): State<App>, headers: HeaderMap, RawQuery(query): RawQuery) -> axum::response::Response {
    let media = Media::accepted(&headers);
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
    let media = Media::accepted(&headers);
    let answer = match from_body(&headers, body) {
        Ok(asked) => answer(&app, &headers, asked, false).await,
        Err(refusal) => Err(refusal),
    };
    respond(media, answer)
}

/// Executes one operation in the scope of its caller. Nothing recursive sees the document before the guard did.
async fn answer(app: &App, headers: &HeaderMap, asked: Asked, by_get: bool) -> Result<Response, Refusal> {
    let authorization = only(headers, "authorization").map_err(|()| Error::unauthenticated())?;
    let workspace = only(headers, "x-workspace-id")
        .map_err(|()| Error::bad_input("The header `X-Workspace-Id` must be there once, in UTF-8."))?;
    let caller = app.0.authenticator.authenticate(authorization, workspace).await?;
    let wants_cost = asked.wants_cost();
    let query = asked.query.ok_or_else(|| Error::bad_input("`query` is missing."))?;
    let name = asked.operation_name.as_deref();
    let checked = match document::check(&query, name, &app.0.settings.limits) {
        Ok(checked) => checked,
        Err(violation) if violation.code == document::Code::RequestTooLarge => {
            return Err(Error::new(Code::RequestTooLarge, violation.message).into());
        }
        Err(violation) => return Ok(refused(violation)),
    };
    if by_get && checked.kind != Kind::Query {
        let error = Error::bad_input("Only queries may be sent by GET.");
        return Err(Refusal { status: StatusCode::METHOD_NOT_ALLOWED, error, allow: Some("POST") });
    }
    let given = serde_json::Value::Object(asked.variables.unwrap_or_default());
    if let Err(violation) = check_variables(&given, MOST_VARIABLE_NESTING) {
        return Ok(refused(violation));
    }
    let kind = checked.kind;
    let mut request = Request::new(checked.text).variables(Variables::from_json(given));
    if let Some(name) = name {
        request = request.operation_name(name);
    }
    let cost = match parse_query(&request.query) {
        Ok(document) => {
            if let Some(error) = missing_variable(&document, name, &request.variables) {
                return Ok(coded(error, Code::BadUserInput));
            }
            let weight = document::cost::weight(&request.query, &request.variables);
            match app.0.catalogue.within(&document, name, &request.variables, weight, app.0.settings.most_cost) {
                Ok(cost) => {
                    request.set_parsed_query(document);
                    cost
                }
                Err(violation) => return Ok(refused(violation)),
            }
        }
        Err(error) => return Ok(coded(error.into(), Code::GraphqlParseFailed)),
    };
    let scope = Scope::new(app.0.db.clone(), caller);
    let allowed = match kind {
        Kind::Mutation => app.0.settings.mutation_timeout,
        Kind::Query | Kind::Subscription => app.0.settings.query_timeout,
    };
    // Dropping the execution cancels its statement and undoes its transaction.
    let execution = AssertUnwindSafe(app.0.api.execute(request.data(scope))).catch_unwind();
    let started = Instant::now();
    let mut response = match tokio::time::timeout(allowed, execution).await {
        Ok(Err(_)) => return Err(Error::internal("a resolver panicked").into()),
        // A change that was made in time is told, however late; a query is late when it is late.
        Ok(Ok(response)) if kind == Kind::Mutation || started.elapsed() <= allowed => response,
        Ok(Ok(_)) | Err(_) => return Err(Error::timeout().into()),
    };
    for error in &mut response.errors {
        let code = if error.path.is_empty() { Code::GraphqlValidationFailed } else { Code::BadUserInput };
        set_code(error, code.as_str());
        error.message = plain(&error.message).to_owned();
    }
    if wants_cost {
        let cost = serde_json::json!({ "operation": cost, "limit": app.0.settings.most_cost });
        response.extensions.insert("cost".into(), Value::from_json(cost).unwrap_or_default());
    }
    Ok(response)
}

/// The one value of a header, if it is there. What cannot be read must not pass for absent.
fn only<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => std::str::from_utf8(value.as_bytes()).map(Some).map_err(|_| ()),
        (Some(_), Some(_)) => Err(()),
    }
}

/// The operations that the name chooses: the one, or all when none is named.
fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&'a str>,
) -> impl Iterator<Item = &'a OperationDefinition> {
    let named = document.operations.iter().filter(move |(found, _)| name.is_none() || found.map(Name::as_str) == name);
    named.map(|(_, operation)| &operation.node)
}

/// The library would only miss a required variable where it is used, when other fields have been resolved.
fn missing_variable(document: &ExecutableDocument, name: Option<&str>, given: &Variables) -> Option<ServerError> {
    let mut variables = chosen(document, name).flat_map(|operation| &operation.variable_definitions);
    let missing = variables.find(|variable| {
        let variable = &variable.node;
        let value = given.get(&variable.name.node);
        let absent = value.is_none() && variable.default_value.is_none();
        !variable.var_type.node.nullable && (absent || value == Some(&Value::Null))
    })?;
    let message = format!("The variable `${}` is required.", missing.node.name.node);
    Some(ServerError::new(message, Some(missing.pos)))
}

/// The answer to a document that breaks a rule of the guard.
fn refused(violation: Violation) -> Response {
    let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let position = Pos { line: at(violation.line), column: at(violation.column) };
    let mut error = ServerError::new(violation.message, Some(position));
    set_code(&mut error, violation.code.as_str());
    Response::from_errors(vec![error])
}

fn coded(mut error: ServerError, code: Code) -> Response {
    set_code(&mut error, code.as_str());
    Response::from_errors(vec![error])
}

/// A message about an argument without the words that the library puts around it.
fn plain(message: &str) -> &str {
    let inner = message
        .strip_prefix("Failed to parse \"")
        .and_then(|rest| rest.split_once("\": "))
        .map_or(message, |(_, it)| it);
    inner.split_once(" (occurred while parsing").map_or(inner, |(it, _)| it)
}

/// Errors of the library itself carry no code.
fn set_code(error: &mut ServerError, code: &str) {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code);
    }
}
