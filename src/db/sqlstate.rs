//! What an error of PostgreSQL means, by its SQLSTATE.
//!
//! The texts of errors are in the language of the server (`lc_messages`), so nothing here reads them. The table in
//! docs/OPERATIONS.md says the same for operators.

use std::fmt;

use diesel::result::Error as QueryError;
use tokio_postgres::error::SqlState;

use super::connection::TooManyParameters;
use crate::answer_size::{NoRoom, TooLarge};
use crate::error::{self, Error};

/// An error of the server, or of the connection to it, as it travels within diesel's [`QueryError`].
#[derive(Clone, Debug)]
pub struct DatabaseError {
    /// None for an error of the connection.
    state: Option<SqlState>,
    /// Without the detail, which may hold values of rows.
    message: String,
    constraint: Option<String>,
    /// The server said nothing in time, and may go on with the statement.
    unanswered: bool,
}

/// What an error means for whoever made the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The database is away, or has no room; the same may succeed later.
    Unavailable,
    /// The database cannot be written.
    ReadOnly,
    /// The statement was cancelled, since it took too long.
    Cancelled,
    /// Another transaction was in the way; the same may succeed at once.
    Contended,
    /// Tables or types are not what the connection knew: another one may fit.
    Outdated,
    /// A character does not exist in the encoding of the database.
    Unencodable,
    /// A value is too long or too large for where it is to be stored.
    OutOfRange,
    /// An enum type of the database lacks a label that the server knows.
    UnknownLabel,
    /// A unique constraint refused a row.
    Unique,
    /// A foreign key refused a row.
    ForeignKey,
    /// A check refused a row, or a value is missing.
    Check,
    /// A fault, of the server or of its set-up.
    Fault,
}

impl DatabaseError {
    /// The error of a statement that the server did not answer in time.
    pub(super) fn unanswered() -> QueryError {
        let message = "the database did not answer in time".to_owned();
        Self { state: None, message, constraint: None, unanswered: true }.into()
    }

    /// The error of the database that an error of diesel is.
    #[must_use]
    pub fn of(error: &QueryError) -> Option<&Self> {
        match error {
            QueryError::QueryBuilderError(cause) => cause.downcast_ref(),
            _ => None,
        }
    }

    /// Whether the server may go on with the statement.
    pub(super) const fn is_unanswered(&self) -> bool {
        self.unanswered
    }

    /// The constraint that refused a row.
    pub(super) fn constraint(&self) -> Option<&str> {
        self.constraint.as_deref()
    }

    /// What it means.
    #[must_use]
    pub fn meaning(&self) -> Meaning {
        // An error of the connection.
        let Some(state) = &self.state else { return Meaning::Unavailable };
        let code = state.code();
        match code {
            "25006" => Meaning::ReadOnly,
            "57014" => Meaning::Cancelled,
            "55P03" => Meaning::Contended,
            // Time-outs of the session, which end it.
            "25P03" | "25P04" => Meaning::Unavailable,
            "22021" | "22P05" => Meaning::Unencodable,
            "22001" | "22003" | "22007" | "22008" | "54000" => Meaning::OutOfRange,
            "23505" | "23P01" => Meaning::Unique,
            "23001" | "23503" => Meaning::ForeignKey,
            "23502" | "23514" => Meaning::Check,
            "42501" => Meaning::Fault,
            // A plan for columns of other types, statements that are not prepared any more, a schema that is gone.
            // So is a prepared statement with a type that was dropped, which is an internal error to PostgreSQL.
            "0A000" | "26000" | "3F000" | "XX000" => Meaning::Outdated,
            // No connection knows more labels than another.
            "22P02" => Meaning::UnknownLabel,
            _ => match code.get(..2) {
                // Connections; resources; interventions of the operator; the system below.
                Some("08" | "53" | "57" | "58") => Meaning::Unavailable,
                Some("40") => Meaning::Contended,
                // Of tables, columns, types and operators, since what is written here fits the migrated schema.
                Some("42") => Meaning::Outdated,
                _ => Meaning::Fault,
            },
        }
    }
}

/// What an error means that a statement ended with; nothing when the database did not say it.
#[must_use]
pub fn meaning(error: &QueryError) -> Option<Meaning> {
    DatabaseError::of(error).map(DatabaseError::meaning)
}

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else {
            let message = crate::error::Chain(&error).to_string();
            return Self { state: None, message, constraint: None, unanswered: false };
        };
        Self {
            state: Some(said.code().clone()),
            message: said.message().to_owned(),
            constraint: said.constraint().map(str::to_owned),
            unanswered: false,
        }
    }
}

impl From<DatabaseError> for QueryError {
    // Diesel's own errors of databases have no place for a code. This one carries any cause.
    fn from(error: DatabaseError) -> Self {
        Self::QueryBuilderError(Box::new(error))
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.state {
            Some(state) => write!(f, "{}: {}", state.code(), self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for DatabaseError {}

impl From<QueryError> for Error {
    fn from(error: QueryError) -> Self {
        match (&error, meaning(&error)) {
            // Whoever only reads can do nothing about the others. Tables that changed are read anew next time.
            (_, Some(Meaning::Unavailable | Meaning::ReadOnly | Meaning::Contended | Meaning::Outdated))
            | (QueryError::BrokenTransactionManager, _) => Self::unavailable(error),
            (_, Some(Meaning::Cancelled)) => Self::timeout(),
            (_, Some(Meaning::Unencodable)) => Self::bad_input(error::UNENCODABLE),
            (_, Some(Meaning::OutOfRange)) => Self::bad_input(error::OUT_OF_RANGE),
            (_, Some(Meaning::UnknownLabel)) => Self::unknown_label(error),
            (QueryError::DeserializationError(cause), _) if cause.is::<TooLarge>() => Self::too_large(),
            (QueryError::DeserializationError(cause), _) if cause.is::<NoRoom>() => Self::busy(),
            // Of a column whose type is not as it was.
            (QueryError::DeserializationError(_), _) => Self::unavailable(error),
            (QueryError::SerializationError(cause), _) if cause.is::<TooManyParameters>() => {
                Self::bad_input(error::TOO_MANY_VALUES)
            }
            _ => Self::internal(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_meaning() {
        for (codes, expected) in [
            (
                "08000 08006 53000 53100 53200 53300 53400 57P01 57P02 57P03 57P04 57P05 25P03 58030",
                Meaning::Unavailable,
            ),
            ("25006", Meaning::ReadOnly),
            ("57014", Meaning::Cancelled),
            ("40001 40P01 40003 55P03", Meaning::Contended),
            ("0A000 26000 3F000 XX000 42P01 42703 42704 42883 42804", Meaning::Outdated),
            ("22021 22P05", Meaning::Unencodable),
            ("22P02", Meaning::UnknownLabel),
            ("22001 22003 22008 54000", Meaning::OutOfRange),
            ("23505", Meaning::Unique),
            ("23503", Meaning::ForeignKey),
            ("23502 23514", Meaning::Check),
            ("42501 XX001 25P02 22012 P0001", Meaning::Fault),
        ] {
            for code in codes.split(' ') {
                let error = DatabaseError {
                    state: Some(SqlState::from_code(code)),
                    message: "egal".to_owned(),
                    constraint: None,
                    unanswered: false,
                };
                assert_eq!(error.meaning(), expected, "{code}");
                assert_eq!(meaning(&error.into()), Some(expected), "{code}");
            }
        }
        assert_eq!(meaning(&DatabaseError::unanswered()), Some(Meaning::Unavailable));
        assert_eq!(meaning(&QueryError::NotFound), None);
        let too_many = Error::from(QueryError::SerializationError(Box::new(TooManyParameters)));
        assert_eq!(too_many.code(), error::Code::BadUserInput, "the same fails again, however often it is tried");
    }
}
