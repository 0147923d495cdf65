//! Any document at all: an answer in bounded time.

use async_graphql::parser::parse_query;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::tests::{ID, checked, given, types};
use super::*;

/// The most expensive document of these kinds is answered within the steps that are allowed.
#[test]
fn a_tangled_document_is_refused_before_it_takes_long() {
    let objects = "... on Task { y: parent { ...A ...B } } ... on Run { y: task { ...A ...B } } ";
    let spread = |levels: usize| {
        let fragments = (0..levels).map(|level| {
            let below = format!(
                "... on Task {{ p: parent {{ ...F{} }} }} ... on Run {{ p: task {{ ...F{} }} }}",
                level + 1,
                level + 1
            );
            format!("fragment F{level} on Node {{ id {below} }} ")
        });
        format!(
            "{{ nodes(ids: []) {{ ...F0 }} }} {} fragment F{levels} on Node {{ id }}",
            fragments.collect::<String>()
        )
    };
    let wide = format!(
        "{{ search {{ {} }} }} fragment A on Task {{ id }} fragment B on Task {{ title }}",
        objects.repeat(100)
    );
    let list = "1 ".repeat(2_000);
    let values = format!("{{ {} }}", format!("tasks(grid: [{list}]) {{ id }} ").repeat(30));
    for document in [wide, values, spread(5), spread(13)] {
        let parsed = parse_query(&document).unwrap();
        let result = types().check_document(&parsed);
        assert!(
            result.is_ok()
                || result.is_err_and(|refused| [Code::Fields, Code::ValidationFailed].contains(&refused.code))
        );
    }
    assert_eq!(checked(&spread(13)).map_err(|violation| violation.code), Err(Code::Fields));
    assert_eq!(checked(&spread(5)), Ok(()));
}

fn any_literal() -> impl Strategy<Value = String> {
    let leaf =
        prop::sample::select(vec!["1", "-3000000000", "1.5", "\"x\"", "true", "null", "DAY", "$a", "$b", "{}", "[]"]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 20, 3, |inner| {
        let key = prop::sample::select(vec!["id", "eq", "in", "and", "not", "unit", "field", "nonsense"]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(" "))),
            prop::collection::hash_map(key, inner, 0..3).prop_map(|fields| {
                let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                format!("{{{}}}", fields.join(" "))
            }),
        ]
    })
}

fn any_selections() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["id", "x: id", "x: title", "title", "rank", "__typename", "...F", "nonsense"]);
    leaf.prop_map(str::to_owned).prop_recursive(4, 60, 5, |inner| {
        let head = prop::sample::select(vec![
            "parent",
            "x: parent",
            "task",
            "parts",
            "parts(first: $a)",
            "... on Task",
            "... on Run",
            "... on Node",
            "... @skip(if: $b)",
        ]);
        (head, prop::collection::vec(inner, 1..5)).prop_map(|(head, inner)| format!("{head} {{ {} }}", inner.join(" ")))
    })
}

proptest! {
    /// Any document gets an answer, and none that depends on the order in which it is written.
    #[test]
    fn any_document_is_answered(
        literal in any_literal(),
        argument in prop::sample::select(vec!["first", "filter", "orderBy", "unit", "grid"]),
        one in any_selections(),
        other in any_selections(),
    ) {
        let document = |one: &str, other: &str| {
            format!("query ($a: Int, $b: Boolean! = true) {{ tasks({argument}: {literal}) {{ {one} {other} }} }} \
                     fragment F on Node {{ id x: id ... on Task {{ parts {{ id }} }} }}")
        };
        let result = checked(&document(&one, &other));
        prop_assert_eq!(result.is_ok(), checked(&document(&other, &one)).is_ok());
    }

    /// What a variable may be, the same value as a literal may be too, and the reverse.
    #[test]
    fn a_value_fits_as_a_variable_as_it_does_as_a_literal(
        value in prop_oneof![
            any::<i64>().prop_map(Value::from),
            // Whole ones are integers as variables, and not as literals.
            any::<f64>().prop_filter("whole", |number| number.fract() != 0.0).prop_map(Value::from), any::<bool>().prop_map(Value::from),
            "[a-zé]{0,40}".prop_map(Value::from), Just(Value::Null), Just(json!([1, [2]])), Just(json!({ "id": { "eq": ID } })),
        ],
        ty in prop::sample::select(vec!["Int", "Int!", "Float", "String", "Boolean", "ID", "BigInt", "JSON", "TaskFilter", "[[Int]]"]),
    ) {
        let literal = async_graphql::Value::from_json(value.clone()).unwrap();
        let literal = checked(&format!("query ($x: {ty} = {literal}) {{ search {{ __typename }} }}"));
        prop_assert_eq!(given(&format!("$x: {ty}"), &json!({ "x": value })).map_err(|_| ()), literal.map_err(|_| ()));
    }
}
