//! How large a tool's arguments are where they are stored, which is what the database limits.

use std::collections::BTreeMap;

use crate::json::{Decimal, Kind, Text};

/// What the database's own check allows less than, in bytes.
const LIMIT: usize = 65_536;

/// The bytes that PostgreSQL's `pg_column_size` counts for the value as `jsonb`, if they are too many.
pub(super) fn too_large(value: Text<'_>) -> Option<usize> {
    Some(size(value)).filter(|size| *size >= LIMIT)
}

/// A value has a header of its own; a bare scalar stands in an array of one.
fn size(value: Text<'_>) -> usize {
    let size = if matches!(value.kind(), Kind::Array | Kind::Object) { 4 } else { 12 };
    add(size, value)
}

/// The size after the value was written behind what has `size` already: texts as they are, numbers and containers at a
/// multiple of four, and in a container's header four bytes for each key and each element.
fn add(size: usize, value: Text<'_>) -> usize {
    match value.kind() {
        Kind::Null | Kind::Boolean => size,
        Kind::String => size + length(value),
        Kind::Number => size.next_multiple_of(4) + numeric(&Decimal::of(value.as_str())),
        Kind::Array => {
            let items = value.elements().unwrap_or_default();
            let size = size.next_multiple_of(4) + 4 + 4 * items.len();
            items.into_iter().fold(size, add)
        }
        Kind::Object => {
            let members = value.members().unwrap_or_default().into_iter();
            let named = |(key, value): (Text<'_>, _)| {
                let key = key.string().and_then(Result::ok).unwrap_or_default().into_owned();
                // The shorter key comes first; the order of the values decides how much is filled up between them. Of
                // members with the same key, the last is kept.
                ((key.len(), key), value)
            };
            let fields: BTreeMap<(usize, String), Text<'_>> = members.map(named).collect();
            let keys: usize = fields.keys().map(|(length, _)| length).sum();
            let size = size.next_multiple_of(4) + 4 + 8 * fields.len() + keys;
            fields.into_values().fold(size, add)
        }
    }
}

fn length(string: Text<'_>) -> usize {
    string.string().and_then(Result::ok).map_or(0, |text| text.len())
}

/// A `numeric`: a header, and two bytes for each group of four decimal digits, counted from the decimal point.
fn numeric(number: &Decimal<'_>) -> usize {
    let scale = number.written_digits().1;
    let (groups, weight) = match number.magnitude() {
        None => (0, 0),
        // The power of ten of the first digit that is not zero.
        Some(highest) => {
            let count = i64::try_from(number.significant_digits()).unwrap_or(i64::MAX);
            let behind_the_first = count - (highest.rem_euclid(4) + 1);
            (1 + (behind_the_first.max(0) + 3) / 4, highest.div_euclid(4))
        }
    };
    let header = if scale <= 63 && (-64..=63).contains(&weight) { 6 } else { 8 };
    header + 2 * usize::try_from(groups).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Text, size};

    #[test]
    fn sizes_are_those_of_the_database() {
        for (text, expected) in SIZES {
            assert_eq!(size(Text::read(text.as_bytes()).unwrap()), *expected, "{text}");
        }
    }

    /// Values, each with what PostgreSQL says of it.
    const SIZES: &[(&str, usize)] = &[
        ("null", 12),
        ("true", 12),
        (r#""text""#, 16),
        (r#""""#, 12),
        ("0", 18),
        ("-0.0", 18),
        ("7", 20),
        ("10000", 20),
        ("12345678", 22),
        ("1e22", 20),
        ("0.5", 20),
        ("0.0001", 20),
        ("-1.25e-7", 22),
        ("123456.789", 24),
        ("18446744073709551615", 28),
        ("1e252", 20),
        ("1e256", 22),
        ("1e300", 22),
        ("1e-63", 20),
        ("1e-64", 22),
        ("1.5e-70", 22),
        (r#"{"a":[1,2,3],"a":1}"#, 28),
        ("[]", 8),
        ("{}", 8),
        (r#"[1,"a",2,"abc",null,true,3]"#, 68),
        (r#"[[],[{}],""]"#, 36),
        (r#"{"a":1,"bb":"x","c":2}"#, 53),
        (r#"{"long key":{"é":"日本"},"k":[0.1,0.25,"odd",1000000]}"#, 104),
        (r#"{"from":"2026-01-01","limit":100,"status":["paid","open"],"deep":{"a":{"b":{"c":[null,false]}}}}"#, 160),
    ];
}
