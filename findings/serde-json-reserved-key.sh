#!/usr/bin/env bash
# serde_json 1.0.154 with its feature `raw_value`: a JSON object whose only key is the name that the library uses inside
# for raw values is not read as an object.
#
# Guess: `Value` holds any JSON document, so an object with one odd key comes back as that object.
# Seen: `{"$serde_json::private::RawValue": "[1]"}` is read as the array `[1]`, and written back as that; with a value
# that is no string, the whole document is refused. As a `BTreeMap<String, Value>`, the same text is an object.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat > Cargo.toml <<'END'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
serde_json = { version = "=1.0.154", features = ["raw_value"] }
END
cat > src/main.rs <<'END'
use std::collections::BTreeMap;

use serde_json::Value;

fn main() {
    let text = r#"{"$serde_json::private::RawValue": "[1]"}"#;
    println!("{}", serde_json::from_str::<Value>(text).unwrap());
    let number = r#"{"$serde_json::private::RawValue": 1}"#;
    println!("{}", serde_json::from_str::<Value>(number).is_err());
    let members: BTreeMap<String, Value> = serde_json::from_str(text).unwrap();
    println!("{}", serde_json::to_string(&members).unwrap());
}
END
seen=$(cargo run --quiet)
expected='[1]
true
{"$serde_json::private::RawValue":"[1]"}'
if [ "$seen" != "$expected" ]; then
    printf 'This has changed:\n%s\n' "$seen" >&2
    exit 1
fi
