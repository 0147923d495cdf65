//! Sends operations, and sorts what may go wrong into types.

use std::fmt;
use std::time::Duration;

use graphql_client::{GraphQLQuery, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::operations::Refusal;

/// Every `extensions.code` of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    GraphqlParseFailed,
    GraphqlValidationFailed,
    BadUserInput,
    BadCursor,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    InvalidState,
    RequestTooLarge,
    ResponseTooLarge,
    BatchingDisabled,
    MaxOperationsLimit,
    MaxTokensLimit,
    MaxNestingLimit,
    MaxFieldsLimit,
    MaxDepthLimit,
    MaxAliasesLimit,
    MaxRootFieldsLimit,
    MaxDirectivesLimit,
    CostLimitExceeded,
    RateLimited,
    RequestTimeout,
    SubscriptionLagged,
    ServiceUnavailable,
    PersistedQueryNotFound,
    PersistedQueryNotSupported,
    InternalServerError,
    /// One that is newer than this client.
    #[serde(other)]
    Unknown,
}

/// One error at the top level of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub code: Code,
    pub message: String,
    /// The field that was refused or failed, such as `task.parent`; empty when it was the whole request.
    pub path: String,
    /// Under this id a fault of the server stands in its log.
    pub error_id: Option<String>,
}

impl From<graphql_client::Error> for Problem {
    fn from(error: graphql_client::Error) -> Self {
        let extension = |name: &str| error.extensions.as_ref().and_then(|extensions| extensions.get(name)).cloned();
        let path: Vec<_> = error.path.iter().flatten().map(ToString::to_string).collect();
        Self {
            code: extension("code").and_then(|code| serde_json::from_value(code).ok()).unwrap_or(Code::Unknown),
            message: error.message.clone(),
            path: path.join("."),
            error_id: extension("errorId").and_then(|id| id.as_str().map(str::to_owned)),
        }
    }
}

/// Why there is no result.
#[derive(Debug)]
pub enum Error {
    /// The server could not be reached, or did not answer in time.
    Unreachable(ureq::Error),
    /// Whatever answered does not speak GraphQL: a proxy, perhaps.
    NotGraphql { status: u16, cause: serde_json::Error },
    /// The request, or a field of it, was refused or failed. There is at least one problem.
    Failed(Vec<Problem>),
    /// The mutation ran and did not accept its input. There is at least one refusal.
    Refused(Vec<Refusal>),
}

impl Error {
    /// Whether the same request may succeed a moment later. A mutation needs an `idempotencyKey` to be sent again.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::NotGraphql { status, .. } => *status >= 500,
            Self::Failed(problems) => problems.iter().all(|problem| {
                matches!(problem.code, Code::RateLimited | Code::RequestTimeout | Code::ServiceUnavailable)
            }),
            Self::Refused(_) => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(cause) => write!(f, "the server is out of reach: {cause}"),
            Self::NotGraphql { status, cause } => write!(f, "answer {status} is not GraphQL: {cause}"),
            Self::Failed(problems) => problems
                .iter()
                .try_for_each(|problem| write!(f, "{:?} {}: {}. ", problem.code, problem.path, problem.message)),
            Self::Refused(refusals) => refusals.iter().try_for_each(|refusal| {
                write!(f, "{:?} {}: {}. ", refusal.code, refusal.path.join("."), refusal.message)
            }),
        }
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

/// A caller of the API: an address and a credential.
pub struct Client {
    agent: ureq::Agent,
    address: String,
    credential: String,
}

impl Client {
    /// A caller of the server at `url`, such as `http://127.0.0.1:8080`, with a token or an API key.
    pub fn new(url: &str, credential: &str) -> Self {
        // An answer with a status of failure carries errors to be read.
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self { agent: config.into(), address: format!("{url}/graphql"), credential: format!("Bearer {credential}") }
    }

    /// The whole answer to an operation; any error fails it.
    pub fn ask<Q: GraphQLQuery>(&self, variables: Q::Variables) -> Result<Q::ResponseData> {
        match self.ask_partly::<Q>(variables)? {
            (data, problems) if problems.is_empty() => Ok(data),
            (_, problems) => Err(Error::Failed(problems)),
        }
    }

    /// What could be answered, with the problems of fields that are null because of them.
    pub fn ask_partly<Q: GraphQLQuery>(&self, variables: Q::Variables) -> Result<(Q::ResponseData, Vec<Problem>)> {
        let (status, body) = self.post::<Q>(variables).map_err(Error::Unreachable)?;
        let not_graphql = |cause| Error::NotGraphql { status, cause };
        let answer: Response<Value> = serde_json::from_str(&body).map_err(not_graphql)?;
        let problems: Vec<_> = answer.errors.into_iter().flatten().map(Problem::from).collect();
        let Some(data) = answer.data else { return Err(Error::Failed(problems)) };
        let refusals: Vec<Refusal> = user_errors(&data).collect::<serde_json::Result<_>>().map_err(not_graphql)?;
        if !refusals.is_empty() {
            return Err(Error::Refused(refusals));
        }
        Ok((serde_json::from_value(data).map_err(not_graphql)?, problems))
    }

    fn post<Q: GraphQLQuery>(&self, variables: Q::Variables) -> std::result::Result<(u16, String), ureq::Error> {
        let body = serde_json::to_vec(&Q::build_query(variables)).map_err(|error| ureq::Error::Other(error.into()))?;
        let mut response = self
            .agent
            .post(&self.address)
            .header("authorization", &self.credential)
            .header("content-type", "application/json")
            .header("accept", "application/graphql-response+json")
            .send(&body)?;
        Ok((response.status().as_u16(), response.body_mut().read_to_string()?))
    }
}

/// The `userErrors` of every payload.
fn user_errors(data: &Value) -> impl Iterator<Item = serde_json::Result<Refusal>> {
    let payloads = data.as_object().into_iter().flat_map(serde_json::Map::values);
    let errors = payloads.filter_map(|payload| payload.get("userErrors")?.as_array());
    errors.flatten().map(Refusal::deserialize)
}
