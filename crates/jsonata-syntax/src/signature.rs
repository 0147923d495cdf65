//! The signature of a function, `<n-n?:s>`: what the reference makes a regular expression of.

use crate::error::{Reason, Span, SyntaxError};
use crate::lexer::{Kind, Lexer, Token};
use crate::regex;

/// The words of a signature as one text, which is how the reference reads it, and where each of them stands.
#[derive(Default)]
pub(crate) struct Signature {
    units: Vec<u16>,
    words: Vec<(usize, Span)>,
}

/// What an argument may be.
#[derive(Default)]
struct Parameter {
    /// A regular expression over the kinds of arguments.
    pattern: Option<Vec<u16>>,
    kind: Option<u8>,
}

impl Parameter {
    fn new(kind: u8, pattern: &str) -> Self {
        Self { pattern: Some(pattern.encode_utf16().collect()), kind: Some(kind) }
    }

    /// What JavaScript adds to a text that is not there yet is added to this word.
    fn add(&mut self, symbol: u16) {
        self.pattern.get_or_insert_with(|| "undefined".encode_utf16().collect()).push(symbol);
    }
}

impl Signature {
    pub(crate) fn add(&mut self, lexer: &Lexer<'_>, token: Token) {
        self.words.push((self.units.len(), token.span));
        let text = lexer.text(token);
        match token.kind {
            Kind::Name => self.units.extend(lexer.name(token).encode_utf16()),
            Kind::Variable => self.units.extend(text.strip_prefix('$').unwrap_or(text).encode_utf16()),
            Kind::Text => unquote(text, &mut self.units),
            Kind::Number => self.units.extend(number(text).encode_utf16()),
            Kind::Regex => self.units.extend(with_flags(text).encode_utf16()),
            Kind::Value | Kind::Operator | Kind::End => self.units.extend(text.encode_utf16()),
        }
    }

    fn refuse<T>(&self, at: usize, reason: Reason) -> Result<T, SyntaxError> {
        let word = self.words.partition_point(|(begins, _)| *begins <= at).saturating_sub(1);
        let span = self.words.get(word).map_or(Span { start: 0, end: 0 }, |(_, span)| *span);
        Err(SyntaxError::new(span, reason))
    }

    fn unit(&self, at: usize) -> Option<u8> {
        self.units.get(at).map(|unit| u8::try_from(*unit).unwrap_or_default())
    }

    /// The bracket that closes the one at `open`; the end when there is none.
    fn closing(&self, open: usize, opening: u8, closing: u8) -> usize {
        let (mut depth, mut at) = (1_usize, open + 1);
        while let Some(unit) = self.unit(at) {
            depth = depth + usize::from(unit == opening) - usize::from(unit == closing);
            if depth == 0 {
                break;
            }
            at += 1;
        }
        at
    }

    pub(crate) fn check(&self) -> Result<(), SyntaxError> {
        let mut parameters: Vec<Parameter> = Vec::new();
        // What modifies a parameter and stands before the first one is lost, but has to be a regular expression.
        let mut nothing = Parameter::default();
        let mut at = 1;
        while let Some(symbol) = self.unit(at) {
            match symbol {
                b':' => break,
                b's' | b'n' | b'b' | b'l' | b'o' => {
                    parameters.push(Parameter::new(symbol, &format!("[{}m]", char::from(symbol))));
                }
                b'a' | b'x' => parameters.push(Parameter::new(symbol, "[asnblfom]")),
                b'f' => parameters.push(Parameter::new(symbol, "f")),
                b'j' => parameters.push(Parameter::new(symbol, "[asnblom]")),
                b'-' => {
                    let last = parameters.last_mut().unwrap_or(&mut nothing);
                    let pattern = last.pattern.clone().unwrap_or_default();
                    self.compiles(at, pattern.into_iter())?;
                    last.add(u16::from(b'?'));
                }
                b'?' | b'+' => parameters.last_mut().unwrap_or(&mut nothing).add(u16::from(symbol)),
                b'(' => {
                    let end = self.closing(at, b'(', b')');
                    let choice = self.units.get(at + 1..end).unwrap_or_default();
                    if choice.contains(&u16::from(b'<')) {
                        return self.refuse(at, Reason::SubtypeChoice);
                    }
                    let mut parameter = Parameter { pattern: None, kind: Some(symbol) };
                    let pattern = [u16::from(b'[')].into_iter().chain(choice.iter().copied());
                    parameter.pattern = Some(pattern.chain("m]".encode_utf16()).collect());
                    parameters.push(parameter);
                    at = end;
                }
                b'<' => match parameters.last().and_then(|last| last.kind) {
                    Some(b'a' | b'f') => at = self.closing(at, b'<', b'>'),
                    _ => return self.refuse(at, Reason::SubtypeTarget),
                },
                _ => {}
            }
            at += 1;
        }
        let mut whole = vec![u16::from(b'^')];
        for parameter in parameters {
            whole.push(u16::from(b'('));
            whole.extend(parameter.pattern.unwrap_or_default());
            whole.push(u16::from(b')'));
        }
        whole.push(u16::from(b'$'));
        self.compiles(0, whole.into_iter())
    }

    fn compiles(&self, at: usize, pattern: impl Iterator<Item = u16>) -> Result<(), SyntaxError> {
        regex::check(pattern).or_else(|fault| self.refuse(at, Reason::Signature(fault.why)))
    }
}

/// What stands in quotes, without them and with its escape sequences replaced.
fn unquote(text: &str, into: &mut Vec<u16>) {
    let mut characters = text.chars().skip(1);
    while let Some(character) = characters.next() {
        let mut buffer = [0; 2];
        if character != '\\' {
            // The last quote remains, and is taken away below.
            into.extend_from_slice(character.encode_utf16(&mut buffer));
            continue;
        }
        into.push(match characters.next() {
            Some('b') => 0x08,
            Some('f') => 0x0c,
            Some('n') => 0x0a,
            Some('r') => 0x0d,
            Some('t') => 0x09,
            Some('u') => {
                let digits = characters.by_ref().take(4).filter_map(|digit| digit.to_digit(16));
                digits.fold(0, |value: u16, digit| (value << 4) | u16::try_from(digit).unwrap_or_default())
            }
            other => other.and_then(|other| u16::try_from(u32::from(other)).ok()).unwrap_or_default(),
        });
    }
    into.pop();
}

/// A number as JavaScript writes it.
fn number(text: &str) -> String {
    let value: f64 = text.parse().unwrap_or_default();
    if value == 0.0 || (1e-6..1e21).contains(&value) {
        return value.to_string();
    }
    let written = format!("{value:e}");
    if written.contains("e-") { written } else { written.replace('e', "e+") }
}

/// A regular expression as JavaScript writes it; the reference adds a flag, and flags are sorted.
fn with_flags(text: &str) -> String {
    let pattern = text.trim_end_matches(['i', 'm']);
    let flags = text.get(pattern.len()..).unwrap_or_default();
    let flag = |flag| if flags.contains(flag) { flag } else { "" };
    format!("{pattern}g{}{}", flag("i"), flag("m"))
}
