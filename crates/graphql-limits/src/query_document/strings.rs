//! String literals: what may stand in one, what it means, and the same value in the library's grammar.

use super::violation::Fault;

/// How a literal is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    /// `"…"`, with nothing in it that the library does not know.
    Plain,
    /// `"…"`, with `\u{…}` or a surrogate pair.
    Escaped,
    /// `"""…"""`.
    Block,
}

/// Reads the literal that starts at `start`; returns what it is and where it ends.
pub(super) fn scan(bytes: &[u8], start: usize) -> Result<(Literal, usize), Fault> {
    let rest = |from: usize| bytes.get(from..).unwrap_or_default();
    let unterminated = || Fault::syntax("This string is never closed.", start);
    if rest(start).starts_with(b"\"\"\"") {
        let mut at = start + 3;
        loop {
            match rest(at) {
                [] => return Err(unterminated()),
                [b'"', b'"', b'"', ..] => return Ok((Literal::Block, at + 3)),
                [b'\\', b'"', b'"', b'"', ..] => at += 4,
                _ => at += 1,
            }
        }
    }
    let (mut literal, mut at) = (Literal::Plain, start + 1);
    loop {
        match rest(at) {
            [b'"', ..] => return Ok((literal, at + 1)),
            [b'\\', b'u', ..] => {
                let no_character = || Fault::syntax("This escape names no character.", at);
                let escape = unicode(bytes, at).ok_or_else(no_character)?;
                if !escape.known {
                    literal = Literal::Escaped;
                }
                at = escape.end;
            }
            [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => at += 2,
            [b'\\', ..] => return Err(Fault::syntax("GraphQL has no such escape.", at)),
            [] | [b'\n' | b'\r', ..] => return Err(unterminated()),
            _ => at += 1,
        }
    }
}

struct Escape {
    character: char,
    end: usize,
    /// Whether the library reads it as well.
    known: bool,
}

/// The `\u` escape at `at`, which may be a surrogate pair.
fn unicode(bytes: &[u8], at: usize) -> Option<Escape> {
    let hex = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |value, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            Some(value.saturating_mul(16).saturating_add(digit))
        })
    };
    let fixed = |at: usize| match bytes.get(at..at + 6)? {
        [b'\\', b'u', digits @ ..] => hex(digits),
        _ => None,
    };
    if bytes.get(at + 2) == Some(&b'{') {
        let digits = bytes.get(at + 3..)?;
        let digits = digits.get(..digits.iter().position(|byte| !byte.is_ascii_hexdigit())?)?;
        let end = at + 3 + digits.len();
        if digits.is_empty() || bytes.get(end) != Some(&b'}') {
            return None;
        }
        return Some(Escape { character: char::from_u32(hex(digits)?)?, end: end + 1, known: false });
    }
    match fixed(at)? {
        lead @ 0xD800..=0xDBFF => match fixed(at + 6)? {
            trail @ 0xDC00..=0xDFFF => {
                let character = char::from_u32(0x1_0000 + ((lead - 0xD800) << 10) + (trail - 0xDC00))?;
                Some(Escape { character, end: at + 12, known: false })
            }
            _ => None,
        },
        value => Some(Escape { character: char::from_u32(value)?, end: at + 6, known: true }),
    }
}

/// The literal, which [`scan`] accepted, written so that the library reads the same value.
pub(super) fn rewritten(literal: &str) -> String {
    if let Some(raw) = literal.strip_prefix("\"\"\"").and_then(|rest| rest.strip_suffix("\"\"\"")) {
        return quoted(&block_value(raw));
    }
    let mut out = String::with_capacity(literal.len());
    let mut rest = literal;
    while let Some(backslash) = rest.find('\\') {
        let (before, escape) = rest.split_at(backslash);
        out.push_str(before);
        let read = escape.strip_prefix("\\u").and_then(|_| unicode(escape.as_bytes(), 0));
        let end = if let Some(Escape { character, end, known: false }) = read {
            push(&mut out, character);
            end
        } else {
            out.push_str(escape.get(..2).unwrap_or_default());
            2
        };
        rest = escape.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len() + 2);
    out.push('"');
    value.chars().for_each(|character| push(&mut out, character));
    out.push('"');
    out
}

/// Writes one character of a plain string.
fn push(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        _ => out.push(character),
    }
}

/// `BlockStringValue` of the specification.
fn block_value(raw: &str) -> String {
    let raw = raw.replace("\\\"\"\"", "\"\"\"").replace("\r\n", "\n").replace('\r', "\n");
    let is_blank = |line: &&str| line.bytes().all(|byte| byte == b' ' || byte == b'\t');
    let indent = |line: &str| line.bytes().take_while(|byte| *byte == b' ' || *byte == b'\t').count();
    let common = raw.split('\n').skip(1).filter(|line| !is_blank(line)).map(indent).min().unwrap_or(0);
    let lines: Vec<&str> = raw
        .split('\n')
        .enumerate()
        .map(|(number, line)| if number == 0 { line } else { line.get(common.min(indent(line))..).unwrap_or_default() })
        .collect();
    let first = lines.iter().position(|line| !is_blank(line)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|line| !is_blank(line)).map_or(first, |last| last + 1);
    lines.get(first..end).unwrap_or_default().join("\n")
}
