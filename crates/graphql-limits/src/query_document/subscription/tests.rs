#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use async_graphql::parser::parse_query;

use super::*;

/// What stands at the root, and the fields selected in its first field.
fn root(text: &str, name: Option<&str>) -> Result<(usize, Vec<String>), String> {
    let mut document = parse_query(text).unwrap();
    single_root(&mut document, name).map_err(|violation| violation.message)?;
    let operation = selected(&mut document.operations, name).unwrap();
    let items = &operation.selection_set.node.items;
    let Selection::Field(field) = &items[0].node else { panic!("no field is at the root") };
    let below = field.node.selection_set.node.items.iter().map(|item| match &item.node {
        Selection::Field(field) => field.node.name.node.to_string(),
        Selection::FragmentSpread(spread) => format!("...{}", spread.node.fragment_name.node),
        Selection::InlineFragment(_) => "...".to_owned(),
    });
    Ok((items.len(), below.collect()))
}

#[test]
fn a_field_by_itself_is_left_alone() {
    assert_eq!(root("subscription { a { x ...F } }", None), Ok((1, vec!["x".to_owned(), "...F".to_owned()])));
}

#[test]
fn one_field_of_several_selections_is_put_in_front() {
    for text in [
        "subscription { a { x } a { y } }",
        "subscription { ... { a { x } } a { y } }",
        "subscription { ... on Subscription { a { x } a { y } } }",
        "subscription { ...F } fragment F on Subscription { a { x } ...G } fragment G on Subscription { a { y } }",
        "query Q { b } subscription S { ...F } fragment F on Subscription { k: a { x } ... { k: a { y } } }",
    ] {
        let name = text.contains("Q {").then_some("S");
        assert_eq!(root(text, name), Ok((2, vec!["x".to_owned(), "y".to_owned()])), "{text}");
    }
}

#[test]
fn anything_but_one_field_is_refused() {
    for (text, word) in [
        ("subscription { a b }", "exactly one"),
        ("subscription { a x: a }", "exactly one"),
        ("subscription { a ... { b } }", "exactly one"),
        ("subscription { ...F b } fragment F on Subscription { a }", "exactly one"),
        ("subscription { __typename }", "introspection"),
        ("subscription { a __typename }", "introspection"),
        ("subscription { x: __schema { types { name } } }", "introspection"),
        ("subscription { a @skip(if: false) }", "@skip"),
        ("subscription { ... @include(if: true) { a } }", "@skip"),
        ("subscription { ...F @skip(if: true) a } fragment F on Subscription { b }", "@skip"),
    ] {
        let refused = root(text, None).unwrap_err();
        assert!(refused.contains(word), "{text}: {refused}");
    }
}
