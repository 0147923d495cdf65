//! The schema as a file, and as its own description.

use std::path::Path;

use serde_json::Value;

use crate::kit::App;
use crate::kit::introspection::{Schema, list, name};

#[test]
fn schema_graphql_is_the_schema() {
    let file = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.graphql"));
    let sdl = well_ingestion::api::sdl();
    assert!(
        file.as_deref().unwrap_or_default() == sdl,
        "schema.graphql is not the schema any more; write it anew with `cargo run -- schema > schema.graphql`"
    );
}

#[tokio::test]
async fn everything_in_the_schema_is_described() {
    let schema = Schema::of(&App::start().await).await;
    let mut undescribed = Vec::new();
    let mut check = |place: String, item: &Value| {
        if item["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            undescribed.push(place);
        }
    };
    for ty in schema.types() {
        if !matches!(name(ty), "Boolean" | "Float" | "ID" | "Int" | "String") {
            check(name(ty).to_owned(), ty);
        }
        for (part, of_part) in [("fields", "args"), ("inputFields", ""), ("enumValues", "")] {
            for item in list(ty, part) {
                let place = format!("{}.{}", name(ty), name(item));
                for argument in list(item, of_part) {
                    check(format!("{place}({})", name(argument)), argument);
                }
                check(place, item);
            }
        }
    }
    for directive in schema.directives() {
        check(format!("@{}", name(directive)), directive);
    }
    assert_eq!(undescribed, Vec::<String>::new());
}

#[tokio::test]
async fn names_are_written_as_graphql_writes_them() {
    let schema = Schema::of(&App::start().await).await;
    let camel = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let pascal = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let screaming = |text: &str| text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    for ty in schema.types() {
        assert!(pascal(name(ty)), "{}", name(ty));
        for field in list(ty, "fields").iter().chain(list(ty, "inputFields")) {
            assert!(camel(name(field)), "{}.{}", name(ty), name(field));
            assert!(list(field, "args").iter().all(|argument| camel(name(argument))), "{}.{}", name(ty), name(field));
        }
        for value in list(ty, "enumValues") {
            assert!(screaming(name(value)), "{}.{}", name(ty), name(value));
        }
    }
}

#[tokio::test]
async fn every_list_is_a_connection_of_the_same_shape() {
    let schema = Schema::of(&App::start().await).await;
    let connections: Vec<&Value> = schema.types().filter(|ty| name(ty).ends_with("Connection")).collect();
    assert_eq!(connections.len(), 12);
    for connection in connections {
        let fields: Vec<&str> = list(connection, "fields").iter().map(name).collect();
        for field in ["edges", "nodes", "pageInfo", "totalCount"] {
            assert!(fields.contains(&field), "{}.{field}", name(connection));
        }
    }
    for ty in schema.types() {
        for field in
            list(ty, "fields").iter().filter(|field| crate::kit::introspection::named(field).ends_with("Connection"))
        {
            let mut arguments: Vec<&str> = list(field, "args").iter().map(name).collect();
            arguments.sort_unstable();
            let expected = ["after", "before", "filter", "first", "last", "orderBy"];
            assert_eq!(arguments, expected, "{}.{}", name(ty), name(field));
        }
    }
}
