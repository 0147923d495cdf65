//! Any text as a GraphQL document: the guard answers, and what it lets through the library's parser and the cost of an
//! operation can cope with.

#![no_main]

use std::sync::LazyLock;

use async_graphql::Variables;
use async_graphql::parser::parse_query;
use libfuzzer_sys::fuzz_target;

// The module alone, since the rest of the server takes minutes to instrument.
#[allow(dead_code, unused_imports, reason = "only a part of it is fuzzed")]
#[path = "../../src/document/mod.rs"]
mod document;

use document::cost::{Catalogue, MOST_COST, weight};
use document::{Limits, MOST_VARIABLE_NESTING, check, check_variables, operation_names};

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::from_sdl(include_str!("../../schema.graphql")).expect("the schema can be read"));

// The document, and behind a NUL the variables as JSON.
fuzz_target!(|text: &str| {
    let (text, variables) = text.split_once('\0').unwrap_or((text, "{}"));
    let limits = Limits::default();
    let names = operation_names(text, &limits).unwrap_or_default();
    let variables = serde_json::from_str(variables).unwrap_or(serde_json::Value::Null);
    let fit = check_variables(&variables, MOST_VARIABLE_NESTING).is_ok();
    for name in names.into_iter().take(3).chain([None]) {
        let Ok(checked) = check(text, name, &limits) else { continue };
        assert_eq!(checked.text.lines().count(), text.lines().count(), "lines stay lines");
        let parsed = parse_query(&checked.text).expect("what passes can be parsed");
        if fit {
            let variables = Variables::from_json(variables.clone());
            let weight = weight(&checked.text, &variables);
            let _ = CATALOGUE.within(&parsed, name, &variables, weight, MOST_COST);
        }
    }
});
