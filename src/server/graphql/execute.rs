//! Executing an operation: by plans as far as they go, by the library for the rest.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Selection};
use async_graphql::{Name, PathSegment, Positioned, Response, ServerError, Value};
use futures_util::FutureExt;
use graphql_limits::{Kind, chosen_mut};

use crate::answer_size::{TooLarge, check_size};
use crate::api;
use crate::auth::Caller;
use crate::db::scope::Scope;
use crate::db::{Db, Tally};
use crate::error::{Code, Error};
use crate::plan::{self, Selected};
use crate::server::App;
use crate::server::graphql::answer_cache::{AnswerKey, Found};
use crate::server::graphql::operation::{Operation, finish, reported};
use crate::server::graphql::response::{tell_that_effects_stand, write_data};
use crate::server::limits::answers::AnswerPermit;
use crate::server::observability::operation_span::code;

/// What plans answered of a query, in the order of its root fields.
struct Planned {
    /// What there is for a root field; nothing where it is left to the library.
    data: IndexMap<Name, Option<Value>>,
    errors: Vec<ServerError>,
    rest: Vec<Positioned<Selection>>,
}

impl App {
    /// The answer to a query or a mutation, written: from memory where that is known to be what an execution would answer.
    pub(in crate::server) async fn recall_or_execute(
        &self,
        operation: Operation,
        caller: Caller,
        spent: Duration,
        tally: Tally,
        permit: &Arc<AnswerPermit>,
    ) -> Result<Response, Error> {
        let began = Instant::now();
        let (answers, kind) = (&self.0.answer_cache, operation.kind());
        let mut turn = None;
        if let Some(key) = self.answer_key(&operation, &caller) {
            match tokio::time::timeout(self.0.settings.query_timeout.saturating_sub(spent), answers.find(key)).await {
                Ok(Found::Answer(data)) => return Ok(Response::new(Value::Binary(permit.recalled(data)?))),
                Ok(Found::Nothing(found)) => turn = found,
                Err(_) => return Err(Error::timeout()),
            }
        }
        let mut response = self.execute(operation, caller, spent + began.elapsed(), tally, permit).await?;
        write_data(&mut response, kind, permit)?;
        if let Some(turn) = turn {
            let data = match &response.data {
                Value::Binary(data) if response.errors.is_empty() => Some(data),
                _ => None,
            };
            answers.land(turn, data);
        }
        Ok(response)
    }

    /// What the answer is kept by; nothing when it is not kept.
    fn answer_key(&self, operation: &Operation, caller: &Caller) -> Option<AnswerKey> {
        let required = operation.document.kept_with.as_ref()?;
        let is_given = |name| operation.variables.get(name).is_some_and(|value| *value != Value::Null);
        if !self.0.answer_cache.is_on()
            || !operation.from_memory
            || operation.wants_cost
            || !required.iter().all(is_given)
        {
            return None;
        }
        Some(AnswerKey {
            workspace_pk: caller.workspace_pk(),
            role: caller.role(),
            document: operation.document.hash,
            variables: serde_json::to_vec(&operation.variables).ok()?,
        })
    }

    /// The answer to a query or a mutation, in what is left of its time.
    async fn execute(
        &self,
        operation: Operation,
        caller: Caller,
        spent: Duration,
        tally: Tally,
        permit: &Arc<AnswerPermit>,
    ) -> Result<Response, Error> {
        let settings = &self.0.settings;
        let (kind, wants_cost) = (operation.kind(), operation.wants_cost);
        let (points, nominal) = (operation.points, operation.nominal_cost);
        let allowed = match kind {
            Kind::Mutation => settings.mutation_timeout,
            Kind::Query | Kind::Subscription => settings.query_timeout,
        };
        let allowed = allowed.saturating_sub(spent);
        let scope = self.scope(operation.database(&self.0.db, tally), caller, Arc::clone(permit));
        // Dropping the execution cancels its statement and undoes its transaction.
        let execution = AssertUnwindSafe(self.answer(operation, scope)).catch_unwind();
        let started = Instant::now();
        let mut response = match tokio::time::timeout(allowed, execution).await {
            Ok(Err(_)) => return Err(Error::internal("a resolver panicked")),
            // A change that was made in time is told, however late; a query is late when it is late.
            Ok(Ok(response)) if kind == Kind::Mutation || started.elapsed() <= allowed => response,
            Ok(Ok(_)) | Err(_) => return Err(Error::timeout()),
        };
        if kind == Kind::Mutation {
            tell_that_effects_stand(&mut response.errors);
        } else if permit.is_refused() {
            return Err(Error::busy());
        }
        finish(&mut response);
        if wants_cost {
            let cost = serde_json::json!({ "operation": points, "nominal": nominal, "limit": settings.most_cost });
            response.extensions.insert("cost".into(), Value::from_json(cost).unwrap_or_default());
        }
        Ok(response)
    }

    /// The scope of a request that begins now.
    pub(in crate::server) fn scope(&self, db: Db, caller: Caller, memory: Arc<AnswerPermit>) -> Scope {
        Scope::new(db, caller, self.0.feed.position(), memory)
    }

    async fn answer(&self, operation: Operation, scope: Scope) -> Response {
        let planned = if self.0.settings.plans { planned(&operation, &scope).await } else { Ok(None) };
        let Planned { data, errors, rest } = match planned {
            Ok(Some(planned)) => planned,
            Ok(None) => return self.library(operation.into_request(), scope).await,
            Err(too_large) => return Response::from_errors(vec![reported(too_large.into())]),
        };
        let mut response = Response::default();
        let mut found = IndexMap::new();
        if !rest.is_empty() {
            let document = only(rest, &operation);
            response = self.library(operation.request(document), scope).await;
            match std::mem::take(&mut response.data) {
                Value::Object(rest) => found = rest,
                _ => return with_errors(response, errors),
            }
        }
        let data = data.into_iter().filter_map(|(key, value)| {
            let value = value.or_else(|| found.swap_remove(&key))?;
            Some((key, value))
        });
        response.data = Value::Object(data.collect());
        with_errors(response, errors)
    }

    async fn library(&self, request: async_graphql::Request, scope: Scope) -> Response {
        // Its futures are large, and most operations do without.
        let response = Box::pin(self.0.api.prevalidated().execute(request.data(scope))).await;
        if response.errors.iter().any(|error| code(error) == Code::ResponseTooLarge.as_str()) {
            return Response::from_errors(vec![reported(Error::too_large())]);
        }
        response
    }
}

fn with_errors(mut response: Response, errors: Vec<ServerError>) -> Response {
    response.errors.splice(0..0, errors);
    response
}

/// Answers the root fields that can be planned; nothing when there are none.
async fn planned(operation: &Operation, scope: &Scope) -> Result<Option<Planned>, TooLarge> {
    let document = &operation.document;
    if document.kind != Kind::Query || !document.plannable {
        return Ok(None);
    }
    let name = operation.name.as_deref();
    let Some(chosen) = plan::Operation::chosen(&document.parsed, name, &operation.variables) else { return Ok(None) };
    let fields = chosen.fields();
    let plans: Vec<_> = fields.iter().map(|field| api::root(field.name())?(scope, *field)).collect();
    if plans.iter().all(Option::is_none) {
        return Ok(None);
    }
    let mut planned = Planned { data: IndexMap::with_capacity(fields.len()), errors: Vec::new(), rest: Vec::new() };
    let mut bytes = 0;
    for (field, plan) in fields.iter().zip(plans) {
        let compared = scope.filter_comparisons();
        let answer = match plan {
            Some(plan) => Some(plan.await),
            None => None,
        };
        let value = match answer {
            Some(Ok(json)) => {
                bytes += json.len();
                check_size(bytes)?;
                scope.settle(bytes);
                // The server writes binary values as they are.
                Some(Value::Binary(json.into()))
            }
            Some(Err(error)) if error.code() == Code::ResponseTooLarge => return Err(TooLarge),
            // The library would fail in the same way.
            Some(Err(error)) if error.code() == Code::ServiceUnavailable => {
                planned.errors.push(failure(error, field));
                Some(Value::Null)
            }
            // It says which field of which row failed.
            Some(Err(_)) | None => {
                scope.refund_comparisons_to(compared);
                planned.rest.push(field.selection());
                None
            }
        };
        planned.data.insert(field.key().clone(), value);
    }
    Ok(Some(planned))
}

/// A root field's error.
fn failure(error: Error, field: &Selected<'_>) -> ServerError {
    let mut error = async_graphql::Error::from(error).into_server_error(field.position());
    error.path.push(PathSegment::Field(field.key().to_string()));
    error
}

/// The operation's document, with only these fields at the operation's root.
fn only(fields: Vec<Positioned<Selection>>, operation: &Operation) -> ExecutableDocument {
    let mut document = operation.document.parsed.clone();
    if let Some(chosen) = chosen_mut(&mut document, operation.name.as_deref()) {
        chosen.selection_set.node.items = fields;
    }
    document
}
