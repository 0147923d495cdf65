//! Why a document is refused, and where.

use std::fmt;

/// The `extensions.code` of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The text is not GraphQL.
    ParseFailed,
    /// The document is GraphQL, but not a valid one.
    ValidationFailed,
    /// The variables are not what they may be.
    BadUserInput,
    /// The text is too long.
    RequestTooLarge,
    /// Too many tokens.
    Tokens,
    /// Too many brackets or selection sets within each other.
    Nesting,
    /// Too many fields.
    Fields,
    /// Fields nested too deep.
    Depth,
    /// Too many aliases.
    Aliases,
    /// Too many fields at the root.
    RootFields,
    /// Too many directives.
    Directives,
    /// The pages asked for could return too many rows.
    Cost,
}

impl Code {
    /// The code as it travels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::RequestTooLarge => "REQUEST_TOO_LARGE",
            Self::Tokens => "MAX_TOKENS_LIMIT",
            Self::Nesting => "MAX_NESTING_LIMIT",
            Self::Fields => "MAX_FIELDS_LIMIT",
            Self::Depth => "MAX_DEPTH_LIMIT",
            Self::Aliases => "MAX_ALIASES_LIMIT",
            Self::RootFields => "MAX_ROOT_FIELDS_LIMIT",
            Self::Directives => "MAX_DIRECTIVES_LIMIT",
            Self::Cost => "COST_LIMIT_EXCEEDED",
        }
    }
}

/// A rule that a document breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which kind of rule.
    pub code: Code,
    /// What is wrong, for the API's user.
    pub message: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} at {}:{})", self.message, self.code.as_str(), self.line, self.column)
    }
}

impl std::error::Error for Violation {}

/// A [`Violation`] that still counts in bytes.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    message: String,
    at: usize,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>, at: usize) -> Self {
        Self { code, message: message.into(), at }
    }

    pub(super) fn syntax(message: impl Into<String>, at: usize) -> Self {
        Self::new(Code::ParseFailed, message, at)
    }

    /// The fault with line and column in `text`.
    pub(super) fn located(self, text: &str) -> Violation {
        let (mut line, mut column, mut after_return) = (1_u32, 1_u32, false);
        for (_, character) in text.char_indices().take_while(|(offset, _)| *offset < self.at) {
            match character {
                '\n' if after_return => {}
                '\n' | '\r' => (line, column) = (line.saturating_add(1), 1),
                _ => column = column.saturating_add(1),
            }
            after_return = character == '\r';
        }
        Violation { code: self.code, message: self.message, line, column }
    }
}
