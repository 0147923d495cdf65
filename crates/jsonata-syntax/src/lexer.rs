//! The words of `JSONata`, one at a time.

use crate::error::{Reason, Span, SyntaxError};
use crate::regex;

/// What kind of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A field, in backquotes or not.
    Name,
    /// `$x`, `$` and `$$`.
    Variable,
    /// A string in quotes.
    Text,
    Number,
    /// `true`, `false` and `null`.
    Value,
    /// `/…/` with its flags.
    Regex,
    /// Anything else that means something; `and`, `or` and `in` are among them.
    Operator,
    /// After the last word.
    End,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// What is wanted where a `/` is read: what it means depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// A value: a `/` begins a regular expression.
    Operand,
    /// What stands between values: a `/` divides.
    Infix,
}

const TWO: [&str; 9] = ["..", ":=", "!=", ">=", "<=", "**", "~>", "?:", "??"];
const ONE: &[u8] = b".[]{}(),@#;:?+-*/%|=<>^&!~";
const SPACE: &[u8] = b" \t\n\r\x0b";

/// Reads words off a text.
#[derive(Debug)]
pub(crate) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(crate) const fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    /// The word as it is written.
    pub(crate) fn text(&self, token: Token) -> &'s str {
        self.source.get(token.span.start..token.span.end).unwrap_or_default()
    }

    /// What a name names.
    pub(crate) fn name(&self, token: Token) -> &'s str {
        let text = self.text(token);
        text.strip_prefix('`').and_then(|text| text.strip_suffix('`')).unwrap_or(text)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.source.as_bytes().get(at).copied()
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn refuse<T>(&self, start: usize, reason: Reason) -> Result<T, SyntaxError> {
        Err(SyntaxError::new(Span { start, end: self.at.min(self.source.len()) }, reason))
    }

    /// Moves over bytes as long as they are wanted. Only ASCII ever stops it, so it stops between characters.
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.byte(self.at).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    pub(crate) fn next(&mut self, wanted: Next) -> Result<Token, SyntaxError> {
        self.blank()?;
        let start = self.at;
        let kind = match self.byte(start) {
            None => Kind::End,
            Some(b'/') if wanted == Next::Operand => self.regex()?,
            Some(_) if TWO.iter().any(|two| self.rest().starts_with(two)) => self.operator(2),
            Some(byte) if ONE.contains(&byte) => self.operator(1),
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote)?,
            Some(b'0'..=b'9') => self.number()?,
            Some(b'`') => self.backquoted()?,
            Some(_) => self.plain(),
        };
        let token = Token { kind, span: Span { start, end: self.at } };
        if kind == Kind::Operator && matches!(self.text(token), "!" | "~") {
            return self.refuse(start, Reason::UnknownOperator);
        }
        Ok(token)
    }

    /// Moves over spaces and comments.
    fn blank(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.skip(|byte| SPACE.contains(&byte));
            let Some(comment) = self.rest().strip_prefix("/*") else { return Ok(()) };
            match comment.find("*/") {
                Some(length) => self.at += length + 4,
                None => return self.refuse(self.at, Reason::UnclosedComment),
            }
        }
    }

    const fn operator(&mut self, length: usize) -> Kind {
        self.at += length;
        Kind::Operator
    }

    /// A slash ends it unless it is escaped or within brackets.
    fn regex(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let (mut depth, mut backslashes) = (0_i64, 0_usize);
        self.at += 1;
        while let Some(byte) = self.byte(self.at) {
            if byte == b'/' && depth == 0 && backslashes.is_multiple_of(2) {
                let pattern = start + 1..self.at;
                self.at += 1;
                if pattern.is_empty() {
                    return self.refuse(start, Reason::EmptyRegex);
                }
                let flags = self.at;
                self.skip(|flag| matches!(flag, b'i' | b'm'));
                let repeated = |flag| self.source.get(flags..self.at).is_some_and(|all| all.matches(flag).count() > 1);
                if repeated('i') || repeated('m') {
                    return self.refuse(flags, Reason::Regex("a flag is repeated"));
                }
                return match regex::check(self.source.get(pattern).unwrap_or_default().encode_utf16()) {
                    Ok(()) => Ok(Kind::Regex),
                    Err(fault) => self.refuse(self.unit(start + 1, fault.at), Reason::Regex(fault.why)),
                };
            }
            match byte {
                b'(' | b'[' | b'{' if backslashes == 0 => depth += 1,
                b')' | b']' | b'}' if backslashes == 0 => depth -= 1,
                _ => {}
            }
            backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
            self.at += 1;
        }
        self.refuse(start, Reason::UnclosedRegex)
    }

    /// Where a unit of UTF-16 stands that is counted from another place.
    fn unit(&self, from: usize, mut units: usize) -> usize {
        let mut at = from;
        for character in self.source.get(from..).unwrap_or_default().chars() {
            if units < character.len_utf16() {
                break;
            }
            units -= character.len_utf16();
            at += character.len_utf8();
        }
        at
    }

    fn quoted(&mut self, quote: u8) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        loop {
            self.skip(|byte| byte != quote && byte != b'\\');
            let escape = self.at;
            match (self.byte(escape), self.byte(escape + 1)) {
                (Some(b'\\'), Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => self.at += 2,
                (Some(b'\\'), Some(b'u')) => self.unicode(escape)?,
                (Some(b'\\'), _) => {
                    self.at += self.rest().chars().take(2).map(char::len_utf8).sum::<usize>();
                    return self.refuse(escape, Reason::UnknownEscape);
                }
                (Some(byte), _) if byte == quote => {
                    self.at += 1;
                    return Ok(Kind::Text);
                }
                _ => return self.refuse(start, Reason::UnclosedText),
            }
        }
    }

    /// `\u` and four digits. At the end of the text the reference takes fewer, and then misses the quote.
    fn unicode(&mut self, escape: usize) -> Result<(), SyntaxError> {
        let digits = self.source.as_bytes().iter().skip(escape + 2).take(4);
        if digits.len() == 0 || !digits.clone().all(u8::is_ascii_hexdigit) {
            self.at += 2;
            return self.refuse(escape, Reason::UnicodeEscape);
        }
        self.at += 2 + digits.len();
        Ok(())
    }

    fn number(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        let digit = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_digit());
        if self.byte(self.at) == Some(b'0') {
            self.at += 1;
        } else {
            self.skip(|byte| byte.is_ascii_digit());
        }
        if self.byte(self.at) == Some(b'.') && digit(self.byte(self.at + 1)) {
            self.at += 1;
            self.skip(|byte| byte.is_ascii_digit());
        }
        if matches!(self.byte(self.at), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(self.at + 1), Some(b'+' | b'-')));
            if digit(self.byte(self.at + 1 + sign)) {
                self.at += 1 + sign;
                self.skip(|byte| byte.is_ascii_digit());
            }
        }
        let number = self.source.get(start..self.at).and_then(|text| text.parse::<f64>().ok());
        if number.is_some_and(f64::is_finite) { Ok(Kind::Number) } else { self.refuse(start, Reason::NumberOutOfRange) }
    }

    fn backquoted(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        self.skip(|byte| byte != b'`');
        if self.byte(self.at).is_none() {
            return self.refuse(start, Reason::UnclosedName);
        }
        self.at += 1;
        Ok(Kind::Name)
    }

    fn plain(&mut self) -> Kind {
        let start = self.at;
        self.skip(|byte| !SPACE.contains(&byte) && !ONE.contains(&byte));
        match self.source.get(start..self.at).unwrap_or_default() {
            "and" | "or" | "in" => Kind::Operator,
            "true" | "false" | "null" => Kind::Value,
            name if name.starts_with('$') => Kind::Variable,
            _ => Kind::Name,
        }
    }
}
