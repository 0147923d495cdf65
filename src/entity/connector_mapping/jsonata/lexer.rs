//! The words of `JSONata`, one at a time.

use super::SyntaxError;

/// What kind of word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A field, in backquotes or not.
    Name,
    /// `$x`, `$` and `$$`.
    Variable,
    /// A text in quotes.
    Text,
    /// A number, true, false or null: what can be no step of a path.
    Constant,
    /// `/…/` with its flags.
    Regex,
    /// Anything else that means something; `and`, `or` and `in` are among them.
    Operator,
    /// After the last word.
    End,
}

/// A word and where it stands, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

/// What is wanted where a `/` is read: what it means depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
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
pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(super) const fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    /// The words as they are written.
    pub(super) fn text(&self, token: Token) -> &'s str {
        self.source.get(token.start..token.end).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.source.as_bytes().get(at).copied()
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// Moves over bytes as long as they are wanted. Only ASCII ever stops it, so it stops between characters.
    fn skip(&mut self, wanted: impl Fn(u8) -> bool) {
        while self.byte(self.at).is_some_and(&wanted) {
            self.at += 1;
        }
    }

    pub(super) fn next(&mut self, wanted: Next) -> Result<Token, SyntaxError> {
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
            Some(_) => self.name(),
        };
        let token = Token { kind, start, end: self.at };
        if kind == Kind::Operator && matches!(self.text(token), "!" | "~") {
            return Err(SyntaxError::unexpected(token));
        }
        Ok(token)
    }

    /// Moves over spaces and comments.
    fn blank(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.skip(|byte| SPACE.contains(&byte));
            let Some(comment) = self.rest().strip_prefix("/*") else { return Ok(()) };
            let length = comment.find("*/").ok_or_else(|| SyntaxError::new(self.at, "this comment has no end"))?;
            self.at += length + 4;
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
                if self.at == start + 1 {
                    return Err(SyntaxError::new(start, "a regular expression must not be empty"));
                }
                self.at += 1;
                self.skip(|flag| matches!(flag, b'i' | b'm'));
                return Ok(Kind::Regex);
            }
            match byte {
                b'(' | b'[' | b'{' if backslashes == 0 => depth += 1,
                b')' | b']' | b'}' if backslashes == 0 => depth -= 1,
                _ => {}
            }
            backslashes = if byte == b'\\' { backslashes + 1 } else { 0 };
            self.at += 1;
        }
        Err(SyntaxError::new(start, "this regular expression has no end"))
    }

    fn quoted(&mut self, quote: u8) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        loop {
            self.skip(|byte| byte != quote && byte != b'\\');
            let escape = self.at;
            match (self.byte(escape), self.byte(escape + 1)) {
                (Some(b'\\'), Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) => self.at += 2,
                (Some(b'\\'), Some(b'u')) => {
                    if !(2..6).all(|digit| self.byte(escape + digit).is_some_and(|byte| byte.is_ascii_hexdigit())) {
                        return Err(SyntaxError::new(escape, "`\\u` must be followed by 4 hexadecimal digits"));
                    }
                    self.at += 6;
                }
                (Some(b'\\'), Some(_)) => {
                    return Err(SyntaxError::new(escape, "this escape sequence does not exist"));
                }
                (Some(byte), _) if byte == quote => {
                    self.at += 1;
                    return Ok(Kind::Text);
                }
                _ => return Err(SyntaxError::new(start, "this text has no closing quote")),
            }
        }
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
        if number.is_some_and(f64::is_finite) {
            Ok(Kind::Constant)
        } else {
            Err(SyntaxError::new(start, "this number is out of range"))
        }
    }

    fn backquoted(&mut self) -> Result<Kind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        self.skip(|byte| byte != b'`');
        if self.byte(self.at).is_none() {
            return Err(SyntaxError::new(start, "this name has no closing backquote"));
        }
        self.at += 1;
        Ok(Kind::Name)
    }

    fn name(&mut self) -> Kind {
        let start = self.at;
        self.skip(|byte| !SPACE.contains(&byte) && !ONE.contains(&byte));
        match self.source.get(start..self.at).unwrap_or_default() {
            "and" | "or" | "in" => Kind::Operator,
            "true" | "false" | "null" => Kind::Constant,
            name if name.starts_with('$') => Kind::Variable,
            _ => Kind::Name,
        }
    }
}
