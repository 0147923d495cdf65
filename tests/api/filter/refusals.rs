//! Filters that are refused: a null is never "everything", and nothing grows without bounds.

use serde_json::{Value, json};
use uuid::Uuid;

use super::ask;
use crate::kit::introspection::{Schema, list, name, named};
use crate::kit::{App, make};

/// The lists at the root with the type of their filter.
fn filtered(schema: &Schema) -> Vec<(&str, &str)> {
    let fields = list(schema.root("query").unwrap(), "fields").iter();
    let filter = |field| list(field, "args").iter().find(|argument| name(argument) == "filter").map(named);
    fields.filter_map(|field| Some((name(field), filter(field)?))).collect()
}

async fn refused(app: &App, list: &str, ty: &str, filter: Value) {
    let query = format!("query ($filter: {ty}) {{ {list}(filter: $filter) {{ totalCount }} }}");
    let answer = app.admin().ask(&query, json!({ "filter": filter })).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{list} {filter}: {}", answer.text);
}

#[tokio::test]
async fn a_null_or_empty_operand_is_refused_in_every_field_and_operator_of_every_filter() {
    let app = App::start().await;
    let schema = Schema::of(&app).await;
    let lists = filtered(&schema);
    assert_eq!(lists.len(), 12);
    for (many, filter) in lists {
        for field in list(schema.ty(filter), "inputFields") {
            refused(&app, many, filter, json!({ name(field): null })).await;
            let is_list = field["type"]["kind"] == "LIST";
            refused(&app, many, filter, json!({ name(field): if is_list { json!([{}]) } else { json!({}) } })).await;
            if named(field) == filter {
                continue;
            }
            for operator in list(schema.ty(named(field)), "inputFields") {
                refused(&app, many, filter, json!({ name(field): { name(operator): null } })).await;
            }
        }
    }
}

#[tokio::test]
async fn a_null_is_refused_as_a_literal_and_wherever_it_is_nested() {
    let app = App::start().await;
    for filter in [
        "{ filename: null }",
        "{ filename: { eq: null } }",
        "{ id: { in: null } }",
        "{ and: null }",
        "{ or: null }",
        "{ not: null }",
        "{ not: { filename: { eq: null } } }",
        "{ or: [{ filename: { eq: \"a\" } }, { size: { gt: null } }] }",
        "{ and: [{ not: { collect: { eq: null } } }] }",
        "{ sourcedFrom: { eq: null } }",
        "{ filename: {} }",
        "{ not: {} }",
        "{ not: { not: {} } }",
        "{ and: {} }",
        "{ or: [{ filename: { eq: \"a\" } }, {}] }",
        "{ or: [{ filename: {} }] }",
        "{ collect: {} }",
        "{ routedTo: {} }",
    ] {
        let answer = app.member().say(&format!("{{ documents(filter: {filter}) {{ totalCount }} }}")).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{filter}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_variable_that_is_left_out_is_no_condition_and_one_that_is_null_is_refused() {
    let app = App::start().await;
    make::document(&app, &app.here, json!({ "filename": "a" })).await;
    make::document(&app, &app.here, json!({ "filename": "b" })).await;
    for (query, value) in [
        ("query ($v: String) { documents(filter: { filename: { eq: $v } }) { totalCount } }", json!("a")),
        ("query ($v: StringFilter) { documents(filter: { filename: $v }) { totalCount } }", json!({ "eq": "a" })),
        ("query ($v: [String!]) { documents(filter: { filename: { in: $v } }) { totalCount } }", json!(["a"])),
        (
            "query ($v: DocumentFilter) { documents(filter: { not: $v }) { totalCount } }",
            json!({ "filename": { "eq": "b" } }),
        ),
    ] {
        assert_eq!(app.member().ask(query, json!({})).await.int("/documents/totalCount"), 2, "{query}");
        assert_eq!(app.member().ask(query, json!({ "v": value })).await.int("/documents/totalCount"), 1, "{query}");
        app.member().ask(query, json!({ "v": null })).await.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_filter_nests_five_levels_deep_and_no_deeper() {
    let app = App::start().await;
    for wrap in [|inner| json!({ "not": inner }), |inner| json!({ "and": [inner] }), |inner| json!({ "or": [inner] })] {
        let nested = |levels| (1..levels).fold(json!({ "filename": { "eq": "a" } }), |inner, _| wrap(inner));
        let allowed = ask(&app, "Document", "documents", "id", &nested(5)).await;
        assert!(allowed.errors().is_empty(), "{}: {}", nested(5), allowed.text);
        ask(&app, "Document", "documents", "id", &nested(6)).await.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_list_of_operands_has_two_hundred_at_the_most() {
    let app = App::start().await;
    let id = Uuid::new_v4().to_string();
    for (field, operator, operand) in [
        ("id", "in", json!(id)),
        ("id", "notIn", json!(id)),
        ("filename", "in", json!("a")),
        ("processingStatus", "in", json!("PENDING")),
        ("processingStatus", "notIn", json!("PENDING")),
        ("collect", "in", json!(id)),
        ("sourcedFrom", "notIn", json!(id)),
    ] {
        let of = |count| json!({ field: { operator: vec![operand.clone(); count] } });
        assert!(ask(&app, "Document", "documents", "id", &of(200)).await.errors().is_empty(), "{field} {operator}");
        ask(&app, "Document", "documents", "id", &of(201)).await.refused("BAD_USER_INPUT");
    }
    for operator in ["and", "or"] {
        let of = |count| json!({ operator: vec![json!({ "filename": { "eq": "a" } }); count] });
        assert!(ask(&app, "Document", "documents", "id", &of(200)).await.errors().is_empty(), "{operator}");
        ask(&app, "Document", "documents", "id", &of(201)).await.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn a_text_that_would_take_long_to_look_for_is_refused() {
    let app = App::start().await;
    for operator in ["eq", "contains", "startsWith"] {
        for (length, taken) in [(1_000, true), (1_001, false)] {
            let query = format!(
                "query ($x: String) {{ documents(filter: {{ filename: {{ {operator}: $x }} }}) {{ totalCount }} }}"
            );
            let answer = app.member().ask(&query, json!({ "x": "%".repeat(length) })).await;
            if taken {
                assert_eq!(answer.int("/documents/totalCount"), 0);
            } else {
                answer.refused("BAD_USER_INPUT");
            }
        }
    }
}

#[tokio::test]
async fn a_text_with_a_nul_character_is_refused() {
    let app = App::start().await;
    for operators in [
        json!({ "eq": "a\0" }),
        json!({ "in": ["b", "\0a"] }),
        json!({ "contains": "\0" }),
        json!({ "startsWith": "a\0b" }),
    ] {
        ask(&app, "Document", "documents", "id", &json!({ "filename": operators })).await.refused("BAD_USER_INPUT");
    }
    for operators in [json!({ "eq": "a\0" }), json!({ "in": ["\0"] })] {
        ask(&app, "Connector", "connectors", "id", &json!({ "dataDomain": operators })).await.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn values_that_cannot_be_are_refused() {
    let app = App::start().await;
    for (ty, list, filter) in [
        ("Document", "documents", json!({ "id": { "eq": "17" } })),
        ("Document", "documents", json!({ "id": { "eq": "" } })),
        ("Document", "documents", json!({ "collect": { "in": ["not-an-id"] } })),
        ("Document", "documents", json!({ "createdAt": { "gt": "yesterday" } })),
        ("Document", "documents", json!({ "createdAt": { "gt": "2026-01-01" } })),
        ("Document", "documents", json!({ "createdAt": { "gt": "2026-13-01T00:00:00Z" } })),
        ("Document", "documents", json!({ "size": { "gt": "many" } })),
        ("Document", "documents", json!({ "size": { "gt": 1.5 } })),
        ("Document", "documents", json!({ "processingStatus": { "eq": "pending" } })),
        ("Document", "documents", json!({ "nonsense": { "eq": 1 } })),
        ("Task", "tasks", json!({ "dueDate": { "eq": "2026-02-30" } })),
        ("ConnectorSyncDiagnostic", "connectorSyncDiagnostics", json!({ "httpStatus": { "eq": 3_000_000_000_i64 } })),
    ] {
        let answer = ask(&app, ty, list, "id", &filter).await;
        let codes = answer.codes();
        assert!(
            matches!(codes[..], ["BAD_USER_INPUT" | "GRAPHQL_VALIDATION_FAILED"]),
            "{filter}: {} {}",
            answer.status,
            answer.text
        );
        assert!(!answer.text.contains("documents.") && !answer.text.contains("core_api"), "{}", answer.text);
    }
}
