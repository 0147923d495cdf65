//! Any text as a GraphQL document: the guard answers, and what it lets through the library's parser and the cost of an
//! operation can cope with.

#![no_main]

use std::sync::LazyLock;

use async_graphql::Variables;
use async_graphql::parser::parse_query;
use graphql_limits::cost::{Catalogue, Hints, MAX_COST};
use graphql_limits::{Limits, check, check_variables, operation_names};
use json_text::Text;
use libfuzzer_sys::fuzz_target;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::from_sdl(include_str!("../../schema.graphql"), Hints::default()).expect("the schema can be read")
});

// The document, and behind a NUL the variables as JSON.
fuzz_target!(|text: &str| {
    let (text, variables) = text.split_once('\0').unwrap_or((text, "{}"));
    let limits = Limits::default();
    let names = operation_names(text, &limits).unwrap_or_default();
    let fit = Text::read(variables.as_bytes()).is_ok_and(|variables| check_variables(variables).is_ok());
    let variables = serde_json::from_str(variables).unwrap_or(serde_json::Value::Null);
    for name in names.into_iter().take(3).chain([None]) {
        let Ok(checked) = check(text, name, &limits) else { continue };
        assert_eq!(checked.text.lines().count(), text.lines().count(), "lines stay lines");
        let parsed = parse_query(&checked.text).expect("what passes can be parsed");
        if fit {
            let variables = Variables::from_json(variables.clone());
            let _ = CATALOGUE.within(&parsed, name, &variables, MAX_COST);
        }
    }
});
