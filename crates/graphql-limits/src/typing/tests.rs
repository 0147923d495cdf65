//! Every rule, with what passes beside what does not.

use std::sync::LazyLock;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use json_text::Text;
use serde_json::{Value, json};

use super::*;
use crate::Limits;

const SDL: &str = r"
    type Query {
        node(id: ID!): Node
        nodes(ids: [ID!]!): [Node]!
        tasks(first: Int, filter: TaskFilter, orderBy: [TaskOrder!], unit: Unit! = DAY, grid: [[Int]]): [Task!]!
        any(json: JSON, by: By, ratio: Float, on: Date, at: DateTime, size: BigInt, flag: Boolean): Int
        search: [Found!]!
    }
    type Mutation { update(input: Update!): Task }
    interface Node { id: ID! }
    type Task implements Node { id: ID! title: String! note: String rank: Int! parent: Task parts(first: Int): [Task!]! }
    type Run implements Node { id: ID! title: String note: String rank: Float! task: Task }
    union Found = Task | Run
    enum Unit { DAY WEEK }
    input TaskFilter { id: IdFilter title: String and: [TaskFilter!] not: TaskFilter unit: Unit }
    input IdFilter { eq: ID in: [ID!] }
    input TaskOrder { field: Unit! direction: Unit! = DAY }
    input Update { id: ID! title: String items: [Item!] }
    input Item { id: ID! rank: Int! = 1 }
    input By @oneOf { name: String id: ID }
    scalar JSON
    scalar Date
    scalar DateTime
    scalar BigInt
    directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
    directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
";
pub(super) const ID: &str = "6b9ad5a9-8a3e-4a83-9c0e-3b1e2f6a7d10";
const LINK: &str = "AbCdEfGhIjKlMnOpQrStUv-_012";

/// As strict as those of a server, each in its simplest form.
const SCALARS: &[Scalar] = &[
    Scalar { name: "ID", wanted: "an id", has_shape: is_string_or_integer, hold: hold_id },
    Scalar { name: "DateTime", wanted: "a string", has_shape: is_string, hold: hold_time },
    Scalar { name: "Date", wanted: "a string", has_shape: is_string, hold: hold_date },
    Scalar { name: "BigInt", wanted: "a whole number", has_shape: is_string_or_integer, hold: hold_integer },
    Scalar { name: "JSON", wanted: "JSON", has_shape: |_| true, hold: |_| Ok(()) },
];

fn hold_id(value: async_graphql::Value) -> Result<(), String> {
    hold(value, "This is not an id.", |text| text == LINK || text.parse::<uuid::Uuid>().is_ok())
}

fn hold_time(value: async_graphql::Value) -> Result<(), String> {
    hold(value, "This is not a time.", |text| chrono::DateTime::parse_from_rfc3339(text).is_ok())
}

fn hold_date(value: async_graphql::Value) -> Result<(), String> {
    let is_date = |text: &str| text.parse::<chrono::NaiveDate>().is_ok();
    hold(value, "This is not a date such as \"2026-11-20\".", is_date)
}

fn hold_integer(value: async_graphql::Value) -> Result<(), String> {
    hold(value, "This is not a whole number.", |text| text.parse::<i64>().is_ok())
}

/// Whether a text, or a number as it is written, fits.
fn hold(value: async_graphql::Value, refusal: &str, fits: impl Fn(&str) -> bool) -> Result<(), String> {
    let text = match value {
        async_graphql::Value::String(text) => text,
        other => other.to_string(),
    };
    if fits(&text) { Ok(()) } else { Err(refusal.to_owned()) }
}

pub(super) fn types() -> &'static Types {
    static TYPES: LazyLock<Types> = LazyLock::new(|| Types::from_sdl(SDL, SCALARS).unwrap());
    &TYPES
}

pub(super) fn checked(document: &str) -> Result<(), Violation> {
    parsed(document).and_then(|document| types().check_document(&document))
}

/// As the server has it once its numbers are restored.
fn parsed(document: &str) -> Result<ExecutableDocument, Violation> {
    let checked = crate::check(document, None, &Limits { tokens: 20_000, ..Limits::default() });
    // What the guard refuses, the library still reads.
    let Ok(checked) = checked else { return Ok(parse_query(document).unwrap()) };
    let mut parsed = parse_query(&checked.text).unwrap();
    types().restore_numbers(&mut parsed, &checked.numbers)?;
    Ok(parsed)
}

#[track_caller]
fn passes(documents: &[&str]) {
    for document in documents {
        assert_eq!(checked(document), Ok(()), "{document}");
    }
}

#[track_caller]
fn fails(code: Code, documents: &[&str]) {
    for document in documents {
        assert_eq!(checked(document).map_err(|violation| violation.code), Err(code), "{document}");
    }
}

pub(super) fn given(definitions: &str, variables: &Value) -> Result<(), String> {
    let document = parse_query(format!("query ({definitions}) {{ search {{ __typename }} }}")).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let text = variables.to_string();
    let read = types().read_variables(&operation.node, Text::known(&text));
    read.and_then(|variables| types().check_variables(&operation.node, &variables)).map_err(|violation| {
        assert_eq!(violation.code, Code::BadUserInput);
        violation.message
    })
}

fn given_text(definitions: &str, variables: &str) -> Result<async_graphql::Variables, String> {
    let document = parse_query(format!("query ({definitions}) {{ search {{ __typename }} }}")).unwrap();
    let (_, operation) = document.operations.iter().next().unwrap();
    let read = types().read_variables(&operation.node, Text::read(variables.as_bytes()).unwrap());
    read.map_err(|violation| violation.message)
}

#[test]
fn variables_are_read_by_their_types() {
    let variables = given_text(
        "$json: JSON, $list: [JSON!], $int: Int, $big: BigInt, $ratio: Float, $by: By, $one: [Int!]",
        r#"{"json": { "a": 1.10 }, "list": [1.0, {}], "int": 5e0, "big": "1", "ratio": 1.50, "by": {"name": "\u00e9"},
            "one": 7.0, "other": {"$serde_json::private::RawValue": 1}}"#,
    )
    .unwrap();
    let value = |name: &str| variables.get(name).map(ToString::to_string).unwrap_or_default();
    let binary = |text: &str| async_graphql::Value::Binary(text.to_owned().into());
    assert_eq!(variables.get("json"), Some(&binary("{ \"a\": 1.10 }")));
    assert_eq!(variables.get("list"), Some(&async_graphql::Value::List(vec![binary("1.0"), binary("{}")])));
    assert_eq!((value("int"), value("big"), value("ratio")), ("5".into(), "\"1\"".into(), "1.5".into()));
    assert_eq!((value("by"), value("one"), variables.get("other")), ("{name: \"é\"}".into(), "7".into(), None));
    for (definitions, variables, message) in [
        ("$x: Int", r#"{"x": 1, "x": 2}"#, "$x: It must be there only once."),
        ("$x: By", r#"{"x": {"name": "a", "name": "b"}}"#, "$x.name: It must be there only once."),
        ("$x: [Int]", r#"{"x": [1, 1e999]}"#, "$x[1]: The number is too large."),
    ] {
        assert_eq!(given_text(definitions, variables).map(drop), Err(message.to_owned()));
    }
    let lone = given_text("$x: [Update!]", r#"{"x": [{"items": [{"id": "\ud83d"}]}]}"#).unwrap_err();
    assert!(lone.starts_with("$x[0].items[0].id: It must not have half of a surrogate pair"), "{lone}");
}

#[test]
fn an_operand_of_a_filter_says_something() {
    passes(&["{ tasks(filter: {}) { id } }", "query ($a: ID) { tasks(filter: { id: { eq: $a } }) { id } }"]);
    fails(
        Code::BadUserInput,
        &[
            "{ tasks(filter: { id: {} }) { id } }",
            "{ tasks(filter: { not: {} }) { id } }",
            "{ tasks(filter: { and: [{ title: \"a\" }, {}] }) { id } }",
            "{ tasks(filter: { and: {} }) { id } }",
            "query ($a: TaskFilter = { id: {} }) { tasks(filter: $a) { id } }",
        ],
    );
    let message = given("$x: TaskFilter", &json!({ "x": { "not": { "id": {} } } })).unwrap_err();
    assert_eq!(message, "$x.not.id: It is empty. Leave it out to accept every row.");
}

#[test]
fn literals_fit_their_types() {
    let ids = format!(r#"{{ node(id: "{ID}") {{ id }} nodes(ids: ["{LINK}"]) {{ id }} }}"#);
    passes(&[
        &ids,
        "{ tasks(first: 2147483647, filter: { and: { title: null }, unit: WEEK }, orderBy: { field: DAY }) { id } }",
        "{ tasks(first: null, orderBy: [], grid: [[1, null], 2]) { id } }",
        "{ tasks(first: -0, grid: [[-0], -0]) { id } any(size: -0, ratio: -0, json: [1.10, 1e400]) }",
        r#"{ any(json: { a: [1, "b", C, null], d: { e: 1.5 } }, ratio: 3, on: "2026-11-20", size: "9007199254740993") }"#,
        r#"{ any(ratio: 1.5, at: "2026-11-20T08:15:30Z", size: 5, flag: true, by: { name: "x" }) }"#,
        "{ search @skip(if: true) { __typename ... on Task @include(if: false) { id } } }",
        "query ($a: [Unit!] = [DAY], $b: Unit = WEEK, $c: Int! = 3) { search { __typename } }",
    ]);
    fails(
        Code::ValidationFailed,
        &[
            "{ tasks(first: \"1\") { id } }",
            "{ tasks(first: 1.5) { id } }",
            "{ tasks(first: [1]) { id } }",
            "{ tasks(unit: null) { id } }",
            "{ tasks(unit: \"DAY\") { id } }",
            "{ tasks(unit: MONTH) { id } }",
            "{ tasks(filter: 7) { id } }",
            "{ tasks(filter: [{}]) { id } }",
            "{ tasks(filter: { nonsense: 1 }) { id } }",
            "{ tasks(filter: { and: [null] }) { id } }",
            "{ tasks(filter: { not: { not: { unit: 1 } } }) { id } }",
            "{ tasks(orderBy: 7) { id } }",
            "{ tasks(orderBy: { direction: DAY }) { id } }",
            "{ tasks(grid: [[\"1\"]]) { id } }",
            "{ node(id: null) { id } }",
            "{ node(id: true) { id } }",
            "{ any(flag: 1) }",
            "{ any(ratio: \"1\") }",
            "{ any(on: 20261120) }",
            "{ any(size: 1.5) }",
            "{ any(by: {}) }",
            "{ any(by: { name: null }) }",
            "{ any(by: { name: \"a\", id: null }) }",
            "{ search @skip(if: 1) { __typename } }",
            "{ search { ... @include(if: null) { __typename } } }",
            "{ search { ... on Task { parts(first: \"1\") { id } } } }",
            "{ search { ...F } } fragment F on Task { parts(first: \"1\") { id } }",
            "query ($a: Int = \"x\") { search { __typename } }",
            "query ($a: Unit = \"DAY\") { search { __typename } }",
            "query ($a: Int! = null) { search { __typename } }",
            "{ __type(name: 7) { name } }",
            "{ __schema { types { fields(includeDeprecated: 1) { name } } } }",
            "mutation { update(input: {}) { id } }",
        ],
    );
}

#[test]
fn what_a_scalar_cannot_hold_is_bad_input() {
    fails(
        Code::BadUserInput,
        &[
            "{ tasks(first: 2147483648) { id } }",
            "{ tasks(first: 123456789012345678901234567890) { id } }",
            "{ any(ratio: 1e400) }",
            "{ tasks(grid: [[1, 1e400]]) { id } }",
            "{ tasks(first: -2147483649) { id } }",
            "{ node(id: \"17\") { id } }",
            "{ node(id: 17) { id } }",
            "{ nodes(ids: [\"\"]) { id } }",
            "{ any(on: \"2026-02-30\") }",
            "{ any(at: \"yesterday\") }",
            "{ any(size: \"many\") }",
            "{ any(size: \"99999999999999999999\") }",
            "query ($a: ID = \"x\") { search { __typename } }",
        ],
    );
    let violation = checked("{ x: tasks(\n  filter: { and: [{ id: { in: [\"17\"] } }] }) { id } }").unwrap_err();
    assert_eq!(violation.message, "filter.and[0].id.in[0]: This is not an id.");
    assert_eq!((violation.line, violation.column), (2, 11));
}

#[test]
fn variables_stand_where_their_types_may() {
    passes(&[
        "query ($a: Int) { tasks(first: $a) { id } }",
        "query ($a: Int!) { tasks(first: $a) { id } }",
        "query ($a: Unit) { tasks(unit: $a) { id } }",
        "query ($a: ID = \"6b9ad5a9-8a3e-4a83-9c0e-3b1e2f6a7d10\") { node(id: $a) { id } }",
        "query ($a: [ID!]!) { nodes(ids: $a) { id } tasks(filter: { id: { in: $a } }) { id } }",
        "query ($a: ID!) { nodes(ids: [$a]) { id } }",
        "query ($a: Anything) { any(json: { x: [$a] }) }",
        "query ($a: Boolean!, $b: Boolean! = true) { search @skip(if: $a) @include(if: $b) { __typename } }",
        "query ($a: String!) { any(by: { name: $a }) }",
        "query ($a: Int) { search { ...F } } fragment F on Task { parts(first: $a) { id } }",
        "{ tasks(first: $undeclared) { id } }",
    ]);
    fails(
        Code::ValidationFailed,
        &[
            "query ($x: String) { tasks(first: $x) { id } }",
            "query ($x: ID) { node(id: $x) { id } }",
            "query ($x: ID = null) { node(id: $x) { id } }",
            "query ($x: String!) { node(id: $x) { id } }",
            "query ($x: [ID]!) { nodes(ids: $x) { id } }",
            "query ($x: ID!) { nodes(ids: $x) { id } }",
            "query ($x: ID) { nodes(ids: [$x]) { id } }",
            "query ($x: Int) { search @skip(if: $x) { __typename } }",
            "query ($x: Boolean) { search @skip(if: $x) { __typename } }",
            "query ($x: Int) { tasks(filter: { title: $x }) { id } }",
            "query ($x: TaskFilter) { tasks(filter: { and: [$x] }) { id } }",
            "query ($x: String) { any(by: { name: $x }) }",
            "query ($x: String) { any(json: 1, ratio: $x) }",
            "query ($x: String) { search { ...F } } fragment F on Task { ...G } fragment G on Task { parts(first: $x) { id } }",
            "query A($x: Int) { search { ...F } } query B($x: String) { search { ...F } }
             fragment F on Task { parts(first: $x) { id } }",
        ],
    );
    let message = checked("query ($x: [Int]) { tasks(first: $x) { id } }").unwrap_err().message;
    assert_eq!(message, "The variable $x of the type [Int] stands where Int is wanted.");
}

#[test]
fn the_values_of_variables_fit_their_types() {
    for (definitions, variables) in [
        ("$x: Int", json!({})),
        ("$x: Int! = 1", json!({})),
        ("$x: Int", json!({ "x": null, "undeclared": true })),
        ("$x: Float", json!({ "x": 1 })),
        ("$x: BigInt", json!({ "x": "5" })),
        ("$x: [Int!]", json!({ "x": 1 })),
        ("$x: [TaskOrder!]", json!({ "x": { "field": "DAY" } })),
        ("$x: Update!", json!({ "x": { "id": ID, "items": [{ "id": LINK, "rank": 2 }] } })),
        ("$x: JSON", json!({ "x": { "a": [null, { "b": 1.5 }] } })),
        ("$x: By", json!({ "x": { "id": ID } })),
        ("$x: Nonsense", json!({ "x": 1 })),
    ] {
        assert_eq!(given(definitions, &variables), Ok(()), "{definitions} {variables}");
    }
    for (definitions, variables, message) in [
        ("$x: Int", json!({ "x": "1" }), "$x: It must be a whole number."),
        ("$x: Int", json!({ "x": 1.5 }), "$x: It must be a whole number."),
        ("$x: Int!", json!({ "x": null }), "$x: It must not be null."),
        ("$x: [Int!]", json!({ "x": [1, null] }), "$x[1]: It must not be null."),
        ("$x: Unit", json!({ "x": "MONTH" }), "$x: It must be a value of the enum Unit."),
        ("$x: Unit", json!({ "x": 1 }), "$x: It must be a value of the enum Unit."),
        ("$x: [TaskOrder!]", json!({ "x": 7 }), "$x: It must be an object of the type TaskOrder."),
        ("$x: TaskFilter", json!({ "x": { "no": 1 } }), "$x: The type TaskFilter has no field no."),
        (
            "$x: Update",
            json!({ "x": { "id": ID, "items": [{ "id": ID }, { "id": "x" }] } }),
            "$x.items[1].id: This is not an id.",
        ),
        ("$x: Update", json!({ "x": { "title": "x" } }), "$x.id: It is required."),
        ("$x: Item", json!({ "x": { "id": ID, "rank": null } }), "$x.rank: It must not be null."),
        ("$x: By", json!({ "x": {} }), "$x: Exactly one field of the type By must be given."),
        ("$x: Date", json!({ "x": "2026-02-30" }), "$x: This is not a date such as \"2026-11-20\"."),
        (
            "$x: Int",
            json!({ "x": 3_000_000_000_i64 }),
            "$x: Only integers from -2147483648 to 2147483647 are accepted.",
        ),
    ] {
        assert_eq!(given(definitions, &variables), Err(message.to_owned()), "{definitions} {variables}");
    }
    let long = given("$x: Update", &json!({ "x": { "é".repeat(200): 1 } })).unwrap_err();
    assert!(long.len() < 150, "{long}");
}

#[test]
fn fields_of_one_name_can_be_merged() {
    passes(&[
        "{ search { ... on Task { x: title t: title } ... on Task { x: title } } }",
        "{ search { ... on Task { x: id } ... on Run { x: id } } }",
        "{ search { ... on Task { note } ... on Run { note: note } } }",
        "{ search { ... on Task { y: parent { x: title } } ... on Run { y: task { x: title } } } }",
        "query ($a: Int) { tasks(first: $a, unit: DAY) { id } tasks(unit: DAY, first: $a) { title } }",
        "{ node(id: \"6b9ad5a9-8a3e-4a83-9c0e-3b1e2f6a7d10\") { ...F ... on Task { ...F } } } fragment F on Node { id }",
        "{ tasks { nonsense x: nonsense { a } x: nonsense { b } } }",
    ]);
    fails(
        Code::ValidationFailed,
        &[
            "{ x: search { __typename } x: tasks { __typename } }",
            "{ tasks { parent { x: id } parent { x: title } } }",
            "{ tasks { parent { ...F x: id } } } fragment F on Task { x: title }",
            "{ tasks(first: 1) { id } tasks(first: 2) { id } }",
            "{ tasks(first: 1) { id } tasks { id } }",
            "{ tasks { parts(first: 1) { id } parts(first: 2) { id } } }",
            "query ($a: Int, $b: Int) { tasks(first: $a) { id } tasks(first: $b) { id } }",
            // Different objects: other fields, but no other shapes.
            "{ search { ... on Task { title } ... on Run { title } } }",
            "{ search { ... on Task { rank } ... on Run { rank } } }",
            "{ search { ... on Task { x: parent { id } } ... on Run { x: title } } }",
            "{ search { ... on Task { y: parent { x: title } } ... on Run { y: task { x: note } } } }",
            // What is selected from an interface meets the fields of every object.
            "{ nodes(ids: []) { x: id ... on Task { x: title } } }",
            "{ __schema { queryType { x: name } queryType { x: description } } }",
            "{ search { x: __typename ... on Task { x: title } } }",
        ],
    );
}
