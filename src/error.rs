//! The one error of the crate, its closed list of codes, and the one conversion to GraphQL.

use std::fmt;
use std::sync::Arc;

use async_graphql::{Enum, ErrorExtensionValues};
use uuid::Uuid;

/// The result of everything that can fail while a request is answered.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Every `extensions.code` that the server sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// An argument or a variable is malformed or out of range.
    BadUserInput,
    /// A cursor is not one of ours, or belongs to another ordering or list.
    BadCursor,
    /// No credential, or one that does not hold.
    Unauthenticated,
    /// The caller's role, or its membership, does not allow it.
    Forbidden,
    /// What the input names does not exist in this workspace.
    NotFound,
    /// Somebody else was first, or the row already exists.
    Conflict,
    /// The entity is not in a state that allows it.
    InvalidState,
    /// The request or the document is larger than allowed.
    RequestTooLarge,
    /// What was asked for is more than one answer may hold.
    ResponseTooLarge,
    /// More operations, sockets or event streams at once than allowed.
    MaxOperationsLimit,
    /// The caller has used up its points for now.
    RateLimited,
    /// More than one operation in a request.
    BatchingDisabled,
    /// The request took longer than allowed.
    RequestTimeout,
    /// A subscription ended, since its changes were not taken as fast as they came.
    SubscriptionLagged,
    /// The database is away or too busy; the same request may succeed later.
    ServiceUnavailable,
    /// The server does not know the document of this hash; it wants the text.
    PersistedQueryNotFound,
    /// The server takes documents as text only.
    PersistedQueryNotSupported,
    /// A fault of the server; `errorId` is in its log.
    InternalServerError,
}

impl Code {
    /// The code as it travels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GraphqlParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::GraphqlValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::BadCursor => "BAD_CURSOR",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::InvalidState => "INVALID_STATE",
            Self::RequestTooLarge => "REQUEST_TOO_LARGE",
            Self::ResponseTooLarge => "RESPONSE_TOO_LARGE",
            Self::MaxOperationsLimit => "MAX_OPERATIONS_LIMIT",
            Self::RateLimited => "RATE_LIMITED",
            Self::BatchingDisabled => "BATCHING_DISABLED",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::SubscriptionLagged => "SUBSCRIPTION_LAGGED",
            Self::ServiceUnavailable => "SERVICE_UNAVAILABLE",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
        }
    }
}

/// Why a request, or one field of it, was refused or failed.
///
/// It deliberately has no `Display`: the only way to a client is [`Error::message`] with its code, and
/// async-graphql's blanket conversion, which would drop the code, does not apply.
#[derive(Clone, Debug)]
pub struct Error {
    code: Code,
    message: Arc<str>,
    /// For the log only.
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error that says `message` to the client.
    pub fn new(code: Code, message: impl Into<Arc<str>>) -> Self {
        Self { code, message: message.into(), cause: None }
    }

    /// An argument or variable that cannot be used.
    pub fn bad_input(message: impl Into<Arc<str>>) -> Self {
        Self::new(Code::BadUserInput, message)
    }

    /// The caller may not do this.
    #[must_use]
    pub fn forbidden() -> Self {
        Self::new(Code::Forbidden, "Your role does not allow this.")
    }

    /// No usable credential.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new(Code::Unauthenticated, "A valid credential is required.")
    }

    /// A fault of the server; the cause is logged when the error is sent.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            code: Code::InternalServerError,
            message: "Internal server error.".into(),
            cause: Some(Arc::from(cause.into())),
        }
    }

    /// The database is away or too busy.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            code: Code::ServiceUnavailable,
            message: "The service is temporarily unavailable.".into(),
            cause: Some(Arc::from(cause.into())),
        }
    }

    /// There is no room for what the request would be answered.
    #[must_use]
    pub fn busy() -> Self {
        let message = "Too many answers are under way. Read those that you have asked for, then try again.";
        Self::new(Code::ServiceUnavailable, message)
    }

    /// Another transaction was in the way of a change.
    pub fn contended(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { code: Code::Conflict, message: CONTENDED.into(), cause: Some(Arc::from(cause.into())) }
    }

    /// A stored value of this enum was added by a newer program.
    #[must_use]
    pub fn unknown_value(of: &str) -> Self {
        Self {
            code: Code::InternalServerError,
            message: "This value is newer than this version of the server.".into(),
            cause: Some(Arc::from(Box::from(format!("a stored value is none of those of {of} in this version")))),
        }
    }

    /// The database does not have a value of an enum; the cause is logged when the error is sent.
    pub fn unknown_label(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { code: Code::BadUserInput, message: UNKNOWN_LABEL.into(), cause: Some(Arc::from(cause.into())) }
    }

    /// The request took longer than it may.
    #[must_use]
    pub fn timeout() -> Self {
        Self::new(Code::RequestTimeout, "The request took longer than it may. Ask for less at once.")
    }

    /// What was asked for is more than one answer may hold.
    #[must_use]
    pub fn too_large() -> Self {
        Self::new(Code::ResponseTooLarge, "The answer is larger than one may be. Ask for fewer rows or fields at once.")
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What the client may read.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Logs the cause, if there is one, and gives the id under which it stands in the log.
    #[must_use]
    pub fn log(&self) -> Option<Uuid> {
        let cause = self.cause.as_ref()?;
        let error_id = Uuid::new_v4();
        tracing::error!(%error_id, code = self.code.as_str(), error = %Chain(cause.as_ref()), "request failed");
        Some(error_id)
    }
}

/// An error with all its causes on one line, for the log.
pub(crate) struct Chain<'a>(pub &'a (dyn std::error::Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut next = self.0.source();
        while let Some(cause) = next {
            write!(f, ": {cause}")?;
            next = cause.source();
        }
        Ok(())
    }
}

impl From<Error> for async_graphql::Error {
    fn from(error: Error) -> Self {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", error.code.as_str());
        if let Some(error_id) = error.log() {
            extensions.set("errorId", error_id.to_string());
        }
        let mut converted = Self::new(error.message.to_string());
        converted.extensions = Some(extensions);
        converted
    }
}

/// What a client is told when another transaction was in the way.
pub const CONTENDED: &str = "Another transaction was changing the same rows at the same time. Try again.";
/// What a client is told of a text that cannot be stored, or looked for, in a database of an encoding other than UTF-8.
pub const UNENCODABLE: &str = "A text contains a character that the database of this server cannot store.";
/// What a client is told of a value of an enum that the database's own type lacks.
pub const UNKNOWN_LABEL: &str = "The database of this server does not have this value of an enum.";
/// What a client is told of an input that makes a statement of more values than PostgreSQL takes at once.
pub const TOO_MANY_VALUES: &str = "This asks for more values at once than the database takes. Ask with fewer of them.";
/// What a client is told of a value that PostgreSQL has no room for.
pub const OUT_OF_RANGE: &str = "A value is too long, or out of range.";

/// The kinds of refusals of an input.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorCode {
    /// Something the input names does not exist in this workspace.
    NotFound,
    /// A value is malformed or out of range.
    BadUserInput,
    /// Somebody else was first, or the row already exists.
    Conflict,
    /// The entity is not in a state that allows it.
    InvalidState,
}
