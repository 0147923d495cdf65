//! Any text as a JSONata expression: it is judged, and what is wrong with it can be told.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    if let Err(error) = jsonata_syntax::check(source) {
        assert!(!error.describe(source).is_empty());
        assert!(source.get(error.bytes()).is_some());
    }
});
