//! What PostgreSQL keeps of a JSON value.

use super::{Cursor, Decimal, Kind, Text};

/// Digits before the point that a number may have, as `numeric` has it.
const MAX_WHOLE_DIGITS: i64 = 131_072;
/// Digits behind the point.
const MAX_FRACTION_DIGITS: i64 = 16_383;

/// The exponent that a number may be written with, whatever its digits.
const MAX_EXPONENT: i64 = 1_073_741_822;

/// Why `jsonb` cannot hold a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unstorable {
    /// A text in it has the character U+0000.
    Nul,
    /// A number in it has too many digits.
    Digits,
}

impl Unstorable {
    /// What is wrong, in words that follow the name of the value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nul => "must not have the character U+0000 in it.",
            Self::Digits => {
                "must not have a number with more than 131,072 digits before its point or 16,383 behind it."
            }
        }
    }
}

/// The bytes of a value without white space and with its numbers written out, as they are answered: `1e400` has 401.
///
/// # Errors
/// When `jsonb` cannot hold it.
pub fn stored_bytes(text: Text<'_>) -> Result<usize, Unstorable> {
    let mut rest = text.as_str();
    let mut bytes = 0_usize;
    while let Some(first) = rest.as_bytes().first() {
        let taken = match first {
            b'"' | b'-' | b'0'..=b'9' => {
                let scalar = Cursor::at(rest).value();
                bytes = bytes.saturating_add(scalar_bytes(scalar)?);
                scalar.as_str().len()
            }
            b' ' | b'\t' | b'\n' | b'\r' => 1,
            _ => {
                bytes = bytes.saturating_add(1);
                1
            }
        };
        rest = rest.get(taken.max(1)..).unwrap_or_default();
    }
    Ok(bytes)
}

fn scalar_bytes(scalar: Text<'_>) -> Result<usize, Unstorable> {
    let text = scalar.as_str();
    if scalar.kind() == Kind::String {
        let may_have_nul = text.contains("\\u0000");
        let has_nul = may_have_nul && scalar.string().is_some_and(|text| text.is_ok_and(|text| text.contains('\0')));
        return if has_nul { Err(Unstorable::Nul) } else { Ok(text.len()) };
    }
    let number = Decimal::of(text);
    let (whole, fraction) = number.written_digits();
    // Which PostgreSQL refuses even of zero.
    let is_readable = number.written_exponent().abs() <= MAX_EXPONENT;
    if !is_readable || whole > MAX_WHOLE_DIGITS || fraction > MAX_FRACTION_DIGITS {
        return Err(Unstorable::Digits);
    }
    let written = whole + fraction + i64::from(fraction > 0) + i64::from(text.starts_with('-'));
    Ok(usize::try_from(written).unwrap_or(usize::MAX))
}
