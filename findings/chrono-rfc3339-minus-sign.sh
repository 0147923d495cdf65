#!/usr/bin/env bash
# chrono 0.4.45: `DateTime::parse_from_rfc3339` takes more than RFC 3339.
#
# Guess: it takes the grammar of RFC 3339, with T and Z in either case, and perhaps the blank that a note there mentions.
# Seen: it also takes U+2212, the minus sign of typography, in front of the offset, and a leap second at any minute of
# any day, which then compares as later than the second it is stored as in microseconds since 1970.
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
chrono = { version = "=0.4.45", default-features = false, features = ["std"] }
END
cat > src/main.rs <<'END'
use chrono::DateTime;

fn main() {
    let read = |text: &str| DateTime::parse_from_rfc3339(text).map(|time| time.to_utc());
    println!("{}", read("2026-11-20T08:15:30\u{2212}02:00").unwrap());
    println!("{}", read("2026-11-20 08:15:30Z").is_ok());
    let (leap, next) = (read("2026-11-20T08:15:60Z").unwrap(), read("2026-11-20T08:16:00Z").unwrap());
    println!("{} {}", leap < next, leap.timestamp_micros() == next.timestamp_micros());
}
END
seen=$(cargo run --quiet)
expected='2026-11-20 10:15:30 UTC
true
true true'
if [ "$seen" != "$expected" ]; then
    printf 'This has changed:\n%s\n' "$seen" >&2
    exit 1
fi
