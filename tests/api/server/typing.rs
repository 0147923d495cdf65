//! What does not fit the schema is refused before anything of it is executed.

use serde_json::{Value, json};

use crate::kit::{Answer, App, make};

#[track_caller]
fn not_executed(answer: &Answer, code: &str) {
    assert_eq!(answer.codes(), [code], "{}", answer.text);
    assert!(answer.json.get("data").is_none(), "{}", answer.text);
    assert_eq!(answer.json["errors"][0]["locations"].as_array().map(Vec::len), Some(1), "{}", answer.text);
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_not_executed() {
    let app = App::start().await;
    let nested = format!("{}{{ nonsense }}{}", "{ ... on Query ".repeat(40), "}".repeat(40));
    for (query, code) in [
        ("query ($x: String) { tasks(first: $x) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: ID) { task(id: $x) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: Int) { viewer @skip(if: $x) { role } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: Int) { tasks(filter: { title: { eq: $x } }) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ tasks(orderBy: 7) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ tasks(filter: 7) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ tasks(orderBy: [{ field: \"CREATED_AT\" }]) { totalCount } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ tasks(first: 3000000000) { totalCount } }", "BAD_USER_INPUT"),
        ("{ tasks(filter: { id: { eq: \"17\" } }) { totalCount } }", "BAD_USER_INPUT"),
        ("{ tasks(filter: { dueDate: { eq: \"2026-02-30\" } }) { totalCount } }", "BAD_USER_INPUT"),
        ("{ viewer { workspace { x: id } workspace { x: name } } }", "GRAPHQL_VALIDATION_FAILED"),
        // Selections nest deeper than the library would let them by itself.
        (&nested, "GRAPHQL_VALIDATION_FAILED"),
        // What is wrong with a document is told before what is wrong with its variables.
        ("query ($x: ID!) { task(id: $x) { nonsense } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($x: ID!) { task(id: $x) { title } }", "BAD_USER_INPUT"),
    ] {
        not_executed(&app.member().say(query).await, code);
    }
}

#[tokio::test]
async fn what_is_said_of_a_typename_is_checked_too() {
    let app = App::start().await;
    for query in [
        "{ viewer { __typename @nonsense } }",
        "{ viewer { __typename @skip } }",
        "{ viewer { __typename @skip(if: true, of: true) } }",
        "{ viewer { __typename @skip(if: false) @skip(if: false) } }",
        "{ viewer { __typename @skip(if: $missing) } }",
        "{ viewer { ...F } } fragment F on Viewer { __typename @deprecated }",
        "{ viewer { __typename(of: 1) } }",
        "{ viewer { __typename { role } } }",
        "query ($unused: Boolean!) { viewer { __typename @skip(if: true) } }",
    ] {
        let answer = app.member().ask(query, json!({ "unused": true })).await;
        answer.refused("GRAPHQL_VALIDATION_FAILED");
        assert!(answer.json.get("data").is_none(), "{}", answer.text);
    }
    let query = "query ($a: Boolean!, $b: Boolean = false) {
        viewer { x: __typename @include(if: $a) ...F } __typename @skip(if: $b)
    } fragment F on Viewer { y: __typename @include(if: $b) z: __typename @skip(if: $b) }";
    let answer = app.member().ask(query, json!({ "a": true })).await;
    let told = json!({ "viewer": { "x": "Viewer", "z": "Viewer" }, "__typename": "Query" });
    assert_eq!(answer.json, json!({ "data": told }), "{}", answer.text);
}

#[tokio::test]
async fn variables_that_do_not_fit_are_named_with_the_place_in_them() {
    let app = App::start().await;
    for (definition, argument, value, message) in [
        ("$x: TaskFilter", "filter: $x", json!(7), "$x: It must be an object of the type TaskFilter."),
        ("$x: [TaskOrder!]", "orderBy: $x", json!(7), "$x: It must be an object of the type TaskOrder."),
        (
            "$x: Int",
            "first: $x",
            json!(3_000_000_000_i64),
            "$x: Only integers from -2147483648 to 2147483647 are accepted.",
        ),
        ("$x: Int", "first: $x", json!("1"), "$x: It must be a whole number."),
        (
            "$x: TaskFilter",
            "filter: $x",
            json!({ "and": [{ "title": { "eq": "a" } }, { "id": { "in": ["17"] } }] }),
            "$x.and[1].id.in[0]: The value is not an id.",
        ),
    ] {
        let query = format!("query ({definition}) {{ tasks({argument}) {{ totalCount }} }}");
        // Once for a new document, and once for a known one.
        for _ in 0..2 {
            let answer = app.member().ask(&query, json!({ "x": value })).await;
            not_executed(&answer, "BAD_USER_INPUT");
            assert_eq!(answer.json["errors"][0]["message"], message);
            assert_eq!(app.member().ask(&query, json!({})).await.int("/tasks/totalCount"), 0);
        }
    }
}

#[tokio::test]
async fn a_mutation_with_a_malformed_argument_anywhere_in_it_changes_nothing() {
    let app = App::start().await;
    let change = |variables: &str, id: &str| {
        format!(
            "mutation {variables} {{ createTask(input: {{ title: \"a\" }}) {{ task {{ \
             subtasks(filter: {{ id: {{ eq: {id} }} }}) {{ totalCount }} }} }} }}"
        )
    };
    let count = "{ tasks { totalCount } }";
    not_executed(&app.member().say(&change("", "\"17\"")).await, "BAD_USER_INPUT");
    not_executed(&app.member().ask(&change("($id: ID)", "$id"), json!({ "id": "17" })).await, "BAD_USER_INPUT");
    assert_eq!(app.member().say(count).await.int("/tasks/totalCount"), 0);
}

#[tokio::test]
async fn the_id_of_a_link_is_an_id_that_nothing_else_has() {
    let app = App::start().await;
    let task = make::task(&app, &app.here, json!({})).await;
    let link = "AbCdEfGhIjKlMnOpQrStUv-_012";
    let query = "query ($id: ID!) { task(id: $id) { id } tasks(filter: { id: { eq: $id } }) { totalCount } }";
    let answer = app.member().ask(query, json!({ "id": link })).await;
    assert_eq!((answer.at("/task"), answer.int("/tasks/totalCount")), (&Value::Null, 0));
    let delete = "mutation ($input: DeleteTaskInput!) { deleteTask(input: $input) { userErrors { code } } }";
    let answer = app.member().ask(delete, json!({ "input": { "id": link } })).await;
    assert_eq!(answer.str("/deleteTask/userErrors/0/code"), "NOT_FOUND");
    assert_eq!(app.member().ask(query, json!({ "id": task.id })).await.str("/task/id"), task.id);
}

#[tokio::test]
async fn defaults_of_variables_decide_what_is_skipped() {
    let app = App::start().await;
    let skipped = "mutation ($no: Boolean = true) {
        createTask(input: { title: \"never\" }) @skip(if: $no) { task { id } } }";
    assert_eq!(app.member().say(skipped).await.json["data"], json!({}));
    assert_eq!(app.member().say("{ tasks { totalCount } }").await.int("/tasks/totalCount"), 0);
    let made = app.member().ask(skipped, json!({ "no": false })).await;
    assert!(made.at("/createTask/task/id").is_string());

    let query = "query ($yes: Boolean = true) { viewer @include(if: $yes) { role workspace @skip(if: $yes) { id } } }";
    assert_eq!(app.member().say(query).await.json["data"], json!({ "viewer": { "role": "MEMBER" } }));
    assert_eq!(app.member().ask(query, json!({ "yes": false })).await.json["data"], json!({}));
}
