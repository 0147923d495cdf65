//! Why a text is not an expression.

use std::ops::Range;

use crate::{MAX_DEPTH, MAX_PARENT_STEPS};

/// How much of a text an error shows, in characters.
const MAX_QUOTE: usize = 40;

/// A part of the text, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    /// The same end with another beginning.
    pub(crate) const fn from(self, start: usize) -> Self {
        Self { start, end: self.end }
    }
}

/// Why a text is not a `JSONata` expression, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub(crate) span: Span,
    pub(crate) reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    UnclosedText,
    NumberOutOfRange,
    UnknownEscape,
    UnicodeEscape,
    UnclosedName,
    UnclosedComment,
    /// A complete expression ends before it.
    Trailing,
    Expected(&'static str),
    UnknownOperator,
    UnexpectedEnd,
    Parameter,
    FilteredGroup,
    SecondGroup,
    NotPrefix,
    AssignmentTarget,
    ConstantStep,
    Binding(&'static str),
    FilteredFocus,
    SortedFocus,
    NoParent,
    EmptyRegex,
    UnclosedRegex,
    Regex(&'static str),
    SubtypeTarget,
    SubtypeChoice,
    /// The reference makes a regular expression of a signature, and this one is none.
    Signature(&'static str),
    Depth,
    ParentSteps,
}

impl SyntaxError {
    pub(crate) const fn new(span: Span, reason: Reason) -> Self {
        Self { span, reason }
    }

    /// The reference's code; none for what its platform refuses, and for the limits of this crate.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        Some(match self.reason {
            Reason::UnclosedText => "S0101",
            Reason::NumberOutOfRange => "S0102",
            Reason::UnknownEscape => "S0103",
            Reason::UnicodeEscape => "S0104",
            Reason::UnclosedName => "S0105",
            Reason::UnclosedComment => "S0106",
            Reason::Trailing => "S0201",
            Reason::Expected(_) if self.span.start < self.span.end => "S0202",
            Reason::Expected(_) => "S0203",
            Reason::UnknownOperator => "S0204",
            Reason::UnexpectedEnd => "S0207",
            Reason::Parameter => "S0208",
            Reason::FilteredGroup => "S0209",
            Reason::SecondGroup => "S0210",
            Reason::NotPrefix => "S0211",
            Reason::AssignmentTarget => "S0212",
            Reason::ConstantStep => "S0213",
            Reason::Binding(_) => "S0214",
            Reason::FilteredFocus => "S0215",
            Reason::SortedFocus => "S0216",
            Reason::NoParent => "S0217",
            Reason::EmptyRegex => "S0301",
            Reason::UnclosedRegex => "S0302",
            Reason::SubtypeTarget => "S0401",
            Reason::SubtypeChoice => "S0402",
            Reason::Regex(_) | Reason::Signature(_) | Reason::Depth | Reason::ParentSteps => return None,
        })
    }

    /// Where in the text, in bytes: from where the error is shown to behind what it is about.
    #[must_use]
    pub const fn bytes(&self) -> Range<usize> {
        self.span.start..self.span.end
    }

    /// In words, with the line and the column in the text: both begin with 1, a column is a character.
    #[must_use]
    pub fn describe(&self, source: &str) -> String {
        let before = source.get(..self.span.start).unwrap_or(source);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        format!("{} (line {line}, column {column})", self.why(source))
    }

    fn why(&self, source: &str) -> String {
        match self.reason {
            Reason::UnclosedText => "the string has no closing quote".into(),
            Reason::NumberOutOfRange => "the number is out of range".into(),
            Reason::UnknownEscape => "the escape sequence does not exist".into(),
            Reason::UnicodeEscape => "`\\u` must be followed by 4 hexadecimal digits".into(),
            Reason::UnclosedName => "the name has no closing backquote".into(),
            Reason::UnclosedComment => "the comment has no end".into(),
            Reason::Trailing | Reason::UnknownOperator | Reason::UnexpectedEnd | Reason::NotPrefix => {
                format!("unexpected {}", self.found(source))
            }
            Reason::Expected(wanted) => format!("unexpected {} where `{wanted}` is expected", self.found(source)),
            Reason::Parameter => "a parameter of a function must be a variable".into(),
            Reason::FilteredGroup => "a predicate cannot follow a grouping".into(),
            Reason::SecondGroup => "a step cannot be grouped twice".into(),
            Reason::AssignmentTarget => "the left side of `:=` must be a variable".into(),
            Reason::ConstantStep => "a constant cannot be a step of a path".into(),
            Reason::Binding(operator) => format!("the right side of `{operator}` must be a variable"),
            Reason::FilteredFocus => "`@` must stand before the predicates of its step".into(),
            Reason::SortedFocus => "`@` must stand before the order of its step".into(),
            Reason::NoParent => "`%` has no parent that can be derived from the expression".into(),
            Reason::EmptyRegex => "the regular expression is empty".into(),
            Reason::UnclosedRegex => "the regular expression has no closing slash".into(),
            Reason::Regex(why) => format!("the regular expression is not JavaScript: {why}"),
            Reason::SubtypeTarget => "only `a` and `f` of a signature can have a type parameter".into(),
            Reason::SubtypeChoice => "a choice of a signature cannot have type parameters".into(),
            Reason::Signature(why) => format!("the signature is not one: {why}"),
            Reason::Depth => format!("expressions nest more than {MAX_DEPTH} levels deep"),
            Reason::ParentSteps => {
                format!("the `%` of the expression together look at more than {MAX_PARENT_STEPS} steps")
            }
        }
    }

    fn found(&self, source: &str) -> String {
        let found = source.get(self.bytes()).unwrap_or_default();
        if found.is_empty() {
            return "end".to_owned();
        }
        let shown: String = found.chars().take(MAX_QUOTE).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let more = if shown.len() < found.len() { "…" } else { "" };
        format!("`{shown}{more}`")
    }
}
