//! How large a tool's arguments are where they are stored, which is what the database limits.

use serde_json::{Number, Value};

/// What the database's own check allows less than, in bytes.
const LIMIT: usize = 65_536;

/// The bytes that PostgreSQL's `pg_column_size` counts for the value as `jsonb`, if they are too many.
pub(super) fn too_large(value: &Value) -> Option<usize> {
    Some(size(value)).filter(|size| *size >= LIMIT)
}

/// A value has a header of its own; a bare scalar stands in an array of one.
fn size(value: &Value) -> usize {
    let size = if value.is_array() || value.is_object() { 4 } else { 12 };
    add(size, value)
}

/// The size after the value was written behind what has `size` already: texts as they are, numbers and containers at a
/// multiple of four, and in a container's header four bytes for each key and each element.
fn add(size: usize, value: &Value) -> usize {
    match value {
        Value::Null | Value::Bool(_) => size,
        Value::String(text) => size + text.len(),
        Value::Number(number) => size.next_multiple_of(4) + numeric(number),
        Value::Array(items) => items.iter().fold(size.next_multiple_of(4) + 4 + 4 * items.len(), add),
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            // The shorter key comes first; the order of the values decides how much is filled up between them.
            fields.sort_by_key(|(key, _)| (key.len(), key.as_bytes()));
            let keys: usize = fields.iter().map(|(key, _)| key.len()).sum();
            let size = size.next_multiple_of(4) + 4 + 8 * fields.len() + keys;
            fields.into_iter().fold(size, |size, (_, value)| add(size, value))
        }
    }
}

/// A `numeric`: a header, and two bytes for each group of four decimal digits, counted from the decimal point.
fn numeric(number: &Number) -> usize {
    let text = number.to_string();
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or_default();
    let (whole, fraction) =
        mantissa.trim_start_matches('-').split_once('.').unwrap_or((mantissa.trim_start_matches('-'), ""));
    let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);

    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    // The power of ten of the first digit that is not zero.
    let highest = length(significant) - 1 - length(fraction) + exponent;
    let count = length(significant.trim_end_matches('0'));
    let groups = match count - (highest.rem_euclid(4) + 1) {
        _ if count == 0 => 0,
        behind_the_first => 1 + (behind_the_first.max(0) + 3) / 4,
    };
    let scale = (length(fraction) - exponent).max(0);
    let weight = if count == 0 { 0 } else { highest.div_euclid(4) };
    let header = if scale <= 63 && (-64..=63).contains(&weight) { 6 } else { 8 };
    header + 2 * usize::try_from(groups).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_those_of_the_database() {
        for (text, expected) in SIZES {
            let value = serde_json::from_str(text).unwrap();
            assert_eq!(size(&value), *expected, "{text}");
        }
        for (number, expected) in [(1e-63, 20), (1e-64, 22), (1.5e-70, 22)] {
            assert_eq!(size(&serde_json::json!(number)), expected, "{number:e}");
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
        ("[]", 8),
        ("{}", 8),
        (r#"[1,"a",2,"abc",null,true,3]"#, 68),
        (r#"[[],[{}],""]"#, 36),
        (r#"{"a":1,"bb":"x","c":2}"#, 53),
        (r#"{"long key":{"é":"日本"},"k":[0.1,0.25,"odd",1000000]}"#, 104),
        (r#"{"from":"2026-01-01","limit":100,"status":["paid","open"],"deep":{"a":{"b":{"c":[null,false]}}}}"#, 160),
    ];
}
