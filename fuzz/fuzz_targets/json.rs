//! Any bytes as JSON: what is read of them is what `serde_json` reads, and everything else about them can be told.

#![no_main]

use json_text::{Decimal, Kind, Text, stored_bytes, write_canonical};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Deeper than this, nothing of the server goes.
const MAX_DEPTH: usize = 64;

fn compare(text: Text<'_>, value: &Value) {
    match (text.kind(), value) {
        (Kind::Null, Value::Null) => {}
        (Kind::Boolean, Value::Bool(boolean)) => assert_eq!(text.as_str() == "true", *boolean),
        (Kind::String, Value::String(string)) => assert_eq!(text.string().expect("a string").expect("a text"), *string),
        (Kind::Number, Value::Number(number)) => {
            let decimal = Decimal::of(text.as_str());
            assert_eq!(decimal.to_f64(), number.as_f64());
            if let Some(integer) = number.as_i128() {
                assert_eq!(decimal.integer(), Some(integer));
            }
        }
        (Kind::Array, Value::Array(items)) => {
            let elements = text.elements().expect("an array");
            assert_eq!(elements.len(), items.len());
            elements.into_iter().zip(items).for_each(|(element, item)| compare(element, item));
        }
        (Kind::Object, Value::Object(fields)) => {
            let members = text.members().expect("an object");
            // Of members with the same key, both keep the last.
            for (key, value) in members.iter().rev() {
                let name = key.string().expect("a key").expect("a text");
                let last = members.iter().rfind(|(other, _)| other.string() == key.string()).map(|(_, value)| *value);
                if last == Some(*value) {
                    compare(*value, &fields[&*name]);
                }
            }
        }
        (kind, value) => panic!("{kind:?} and {value}"),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = Text::read(bytes) else { return };
    let _ = stored_bytes(text);
    if text.depth() > MAX_DEPTH {
        return;
    }
    let meaningful = text.check_strings().is_ok();
    if !text.as_str().contains("$serde_json")
        && let Ok(value) = serde_json::from_str::<Value>(text.as_str())
    {
        assert!(meaningful);
        compare(text, &value);
    }
    let (mut once, mut twice) = (String::new(), String::new());
    write_canonical(text, &mut once);
    if meaningful {
        write_canonical(Text::read(once.as_bytes()).expect("what is written is JSON"), &mut twice);
        assert_eq!(once, twice);
    }
});
