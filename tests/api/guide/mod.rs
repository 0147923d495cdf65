//! The guides of `docs/` say what is so: what they show is asked of the server, what they list is complete.

mod examples;
mod lists;
mod markdown;
mod pattern;
mod threats;

use std::path::Path;

/// The text of a file of the repository.
fn read(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"))
}
