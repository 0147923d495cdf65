//! Numbers of JSON and GraphQL, by their digits.

use std::fmt;

/// A decimal number: its digits times a power of ten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal<'a> {
    text: &'a str,
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    exponent: i64,
    /// Behind its `e`.
    written_exponent: i64,
    /// Digits behind the point as it is written.
    scale: i64,
}

impl<'a> Decimal<'a> {
    /// The number that is written so, in the grammar of JSON.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        // What no integer can hold is as far away as one can say.
        let beyond = if exponent.starts_with('-') { i64::MIN / 4 } else { i64::MAX / 4 };
        let exponent = exponent.parse::<i64>().unwrap_or(beyond).clamp(i64::MIN / 4, i64::MAX / 4);
        let all = format!("{whole}{fraction}");
        let significant = all.trim_start_matches('0');
        let digits = significant.trim_end_matches('0');
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX / 4);
        Self {
            text,
            negative: negative && !digits.is_empty(),
            exponent: if digits.is_empty() {
                0
            } else {
                exponent - length(fraction) + length(significant) - length(digits)
            },
            digits: digits.to_owned(),
            written_exponent: exponent,
            scale: (length(fraction) - exponent).max(0),
        }
    }

    /// The integer that it is, if it is one of at most 20 digits.
    #[must_use]
    pub fn integer(&self) -> Option<i128> {
        if self.digits.is_empty() {
            return Some(0);
        }
        let zeros = usize::try_from(self.exponent).ok()?;
        if self.digits.len().saturating_add(zeros) > 20 {
            return None;
        }
        let magnitude: i128 = format!("{}{}", self.digits, "0".repeat(zeros)).parse().ok()?;
        Some(if self.negative { -magnitude } else { magnitude })
    }

    /// The exponent that it is written with, 0 without one.
    #[must_use]
    pub const fn written_exponent(&self) -> i64 {
        self.written_exponent
    }

    /// Whether it has no digits behind the point but zeros.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// Digits before the point and digits behind it, when it is written without an exponent as PostgreSQL does.
    #[must_use]
    pub fn written_digits(&self) -> (i64, i64) {
        let length = i64::try_from(self.digits.len()).unwrap_or(i64::MAX / 4);
        ((length + self.exponent).max(1), self.scale)
    }

    /// The power of ten of its first digit; nothing for zero.
    #[must_use]
    pub fn magnitude(&self) -> Option<i64> {
        let length = i64::try_from(self.digits.len()).unwrap_or(i64::MAX / 4);
        (length > 0).then(|| length - 1 + self.exponent)
    }

    /// How many digits are between its first and its last that is not zero, both included.
    #[must_use]
    pub const fn significant_digits(&self) -> usize {
        self.digits.len()
    }

    /// The nearest number of 64 bits; nothing when it is too large.
    #[must_use]
    pub fn to_f64(&self) -> Option<f64> {
        self.text.parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// One form for all ways to write the same number.
impl fmt::Display for Decimal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        match self.digits.as_str() {
            "" => f.write_str("0"),
            digits => write!(f, "{sign}{digits}e{}", self.exponent),
        }
    }
}
