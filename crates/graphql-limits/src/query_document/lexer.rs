//! The text as tokens, with every bracket closed by its own kind.

use super::limits::Limits;
use super::strings::{self, Literal};
use super::violation::{Code, Fault};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bang,
    Dollar,
    Ampersand,
    OpenParen,
    CloseParen,
    Spread,
    Colon,
    Equals,
    At,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    Pipe,
    CloseBrace,
    Name,
    Number,
    /// A string that the library reads as it stands.
    Text,
    /// A string or block string that has to be written in another way.
    OtherText,
}

/// A token and the bytes it stands on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Reads all tokens, and no more of them than the limits allow.
pub(super) fn tokens(text: &str, limits: &Limits) -> Result<Vec<Token>, Fault> {
    let mut lexer = Lexer { bytes: text.as_bytes(), at: 0 };
    let mut tokens = Vec::new();
    let mut open = Vec::new();
    while let Some(token) = lexer.next(limits)? {
        if tokens.len() == limits.tokens {
            let message = format!("The document has more than {} tokens.", limits.tokens);
            return Err(Fault::new(Code::Tokens, message, token.start));
        }
        match token.kind {
            Kind::OpenParen => open.push((Kind::CloseParen, token.start)),
            Kind::OpenBracket => open.push((Kind::CloseBracket, token.start)),
            Kind::OpenBrace => open.push((Kind::CloseBrace, token.start)),
            Kind::CloseParen | Kind::CloseBracket | Kind::CloseBrace
                if open.pop().is_none_or(|(closing, _)| closing != token.kind) =>
            {
                return Err(Fault::syntax("This bracket closes none.", token.start));
            }
            _ => {}
        }
        if open.len() > limits.nesting {
            let message = format!("Brackets are nested more than {} deep.", limits.nesting);
            return Err(Fault::new(Code::Nesting, message, token.start));
        }
        tokens.push(token);
    }
    match open.pop() {
        Some((_, start)) => Err(Fault::syntax("This bracket is never closed.", start)),
        None => Ok(tokens),
    }
}

struct Lexer<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn byte(&self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }

    /// The first byte from `from` on that `belongs` does not hold for.
    fn run(&self, from: usize, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(from..).unwrap_or_default();
        from + rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len())
    }

    fn skip_ignored(&mut self) {
        loop {
            match self.byte(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r' | b',') => self.at += 1,
                Some(b'#') => self.at = self.run(self.at, |byte| byte != b'\n' && byte != b'\r'),
                Some(0xEF) if self.byte(self.at + 1) == Some(0xBB) && self.byte(self.at + 2) == Some(0xBF) => {
                    self.at += 3;
                }
                _ => return,
            }
        }
    }

    fn next(&mut self, limits: &Limits) -> Result<Option<Token>, Fault> {
        self.skip_ignored();
        let start = self.at;
        let Some(byte) = self.byte(start) else { return Ok(None) };
        let (kind, end) = match byte {
            b'!' => (Kind::Bang, start + 1),
            b'$' => (Kind::Dollar, start + 1),
            b'&' => (Kind::Ampersand, start + 1),
            b'(' => (Kind::OpenParen, start + 1),
            b')' => (Kind::CloseParen, start + 1),
            b':' => (Kind::Colon, start + 1),
            b'=' => (Kind::Equals, start + 1),
            b'@' => (Kind::At, start + 1),
            b'[' => (Kind::OpenBracket, start + 1),
            b']' => (Kind::CloseBracket, start + 1),
            b'{' => (Kind::OpenBrace, start + 1),
            b'|' => (Kind::Pipe, start + 1),
            b'}' => (Kind::CloseBrace, start + 1),
            b'.' if self.byte(start + 1) == Some(b'.') && self.byte(start + 2) == Some(b'.') => {
                (Kind::Spread, start + 3)
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => (Kind::Name, self.name(start, limits)?),
            b'-' | b'0'..=b'9' => (Kind::Number, self.number(start)?),
            b'"' => match strings::scan(self.bytes, start)? {
                (Literal::Plain, end) => (Kind::Text, end),
                (Literal::Escaped | Literal::Block, end) => (Kind::OtherText, end),
            },
            _ => return Err(Fault::syntax("GraphQL has no such character here.", start)),
        };
        self.at = end;
        Ok(Some(Token { kind, start, end }))
    }

    fn name(&self, start: usize, limits: &Limits) -> Result<usize, Fault> {
        let end = self.run(start, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
        if end - start > limits.name_bytes {
            let message = format!("This name has more than {} characters.", limits.name_bytes);
            return Err(Fault::new(Code::ValidationFailed, message, start));
        }
        Ok(end)
    }

    fn number(&self, start: usize) -> Result<usize, Fault> {
        let malformed = |at| Fault::syntax("This number is malformed.", at);
        let digits = |from: usize| match self.run(from, |byte| byte.is_ascii_digit()) {
            end if end > from => Ok(end),
            end => Err(malformed(end)),
        };
        let first = if self.byte(start) == Some(b'-') { start + 1 } else { start };
        let mut end = digits(first)?;
        if self.byte(first) == Some(b'0') && end > first + 1 {
            return Err(malformed(first));
        }
        if self.byte(end) == Some(b'.') {
            end = digits(end + 1)?;
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let signed = matches!(self.byte(end + 1), Some(b'+' | b'-'));
            end = digits(end + 1 + usize::from(signed))?;
        }
        match self.byte(end) {
            Some(b'.' | b'_' | b'a'..=b'z' | b'A'..=b'Z') => Err(malformed(end)),
            _ => Ok(end),
        }
    }
}
