//! Any text as a JSONata expression: it is judged, and what is wrong with it can be told.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../src/entity/connector_mapping/jsonata/mod.rs"]
mod jsonata;

fuzz_target!(|source: &str| {
    if let Err(error) = jsonata::check(source) {
        assert!(!error.describe(source).is_empty());
    }
});
