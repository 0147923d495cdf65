//! Equal questions, over REST and over GraphQL, have equal answers: every filter with every operator, every order.

use serde_json::{Value, json};
use well_ingestion::api::RESOURCES;
use well_ingestion::rest::names::{camel, screaming};
use well_ingestion::rest::resource::{Resource, Roots};

use super::ids;
use crate::isolation::World;
use crate::kit::introspection::Schema;
use crate::kit::{App, Asker};

/// The parameters of a type's list, by their names, with their schemas.
fn parameters(document: &Value, resource: &Resource) -> Vec<(String, Value)> {
    let path = format!("/v1/{}", resource.path);
    let listed = document["paths"][&path]["get"]["parameters"].as_array().unwrap().iter();
    let resolved = listed.map(|it| it["$ref"].as_str().map_or(it, |at| document.pointer(&at[1..]).unwrap()));
    resolved.map(|it| (it["name"].as_str().unwrap().to_owned(), it["schema"].clone())).collect()
}

/// What a row has under the name of a filter.
fn value_of(row: &Value, name: &str) -> Option<Value> {
    let members = [&row["attributes"][name], &row["relationships"][name]["data"]["id"], &row[name]];
    members.into_iter().find(|value| !value.is_null()).cloned()
}

struct Question<'a> {
    asker: &'a Asker,
    resource: &'a Resource,
    many: &'a str,
}

impl Question<'_> {
    async fn assert_equal(&self, query: &str, filter: &Value, order: &Value) {
        let Self { asker, resource, many } = self;
        let path = format!("/v1/{}?limit=100&{query}", resource.path);
        let object = resource.object;
        let same = format!(
            "query ($filter: {object}Filter, $orderBy: [{object}Order!]) {{
                {many}(first: 100, filter: $filter, orderBy: $orderBy) {{ nodes {{ id }} }} }}"
        );
        let answer = asker.ask(&same, json!({ "filter": filter, "orderBy": order })).await;
        let nodes = answer.at(&format!("/{many}/nodes")).as_array().unwrap_or_else(|| panic!("{filter}")).clone();
        let nodes: Vec<_> = nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids(&asker.get(&path).await), nodes, "{path}");
    }
}

/// A value as text in a parameter, and in a filter of GraphQL.
fn spelled(value: &Value, is_enum: bool) -> (String, Value) {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let same = if is_enum { json!(screaming(&text).unwrap()) } else { value.clone() };
    (text.replace('%', "%25").replace('+', "%2B").replace('&', "%26").replace('#', "%23"), same)
}

#[tokio::test]
async fn equal_questions_have_equal_answers() {
    let app = App::start().await;
    for _ in 0..2 {
        World::fill(&app, &app.here, &app.member()).await;
    }
    let document: Value = serde_json::from_str(include_str!("../../../openapi.json")).unwrap();
    let schema = Schema::of(&app).await;
    let asker = app.service();
    let mut questions = 0;
    for resource in RESOURCES {
        let Roots::Connection { many, .. } = resource.roots else { continue };
        let question = Question { asker: &asker, resource, many };
        let rows = asker.get(&format!("/v1/{}?limit=100", resource.path)).await;
        let rows = rows.json["data"].as_array().unwrap();
        let filters = schema.ty(&format!("{}Filter", resource.object))["inputFields"].as_array().unwrap();
        for (name, described) in parameters(&document, resource) {
            if name == "sort" {
                for order in described["items"]["enum"].as_array().unwrap() {
                    let order = order.as_str().unwrap();
                    let (field, direction) = order.strip_prefix('-').map_or((order, "ASC"), |field| (field, "DESC"));
                    let same = json!([{ "field": screaming(field).unwrap(), "direction": direction }]);
                    question.assert_equal(&format!("sort={order}"), &Value::Null, &same).await;
                    questions += 1;
                }
            }
            let Some((field, operator)) = name.strip_prefix("filter[").and_then(|rest| rest.split_once(']')) else {
                continue;
            };
            let operator = operator.trim_matches(['[', ']']);
            let known = resource.filter_field(field).unwrap();
            let field_type = filters.iter().find(|it| it["name"] == known.as_str()).unwrap()["type"].clone();
            let field_type = crate::kit::introspection::named(&json!({ "type": field_type })).to_owned();
            let is_enum = described["enum"].is_array() || described["items"]["enum"].is_array();
            let several = matches!(operator, "in" | "not_in");
            let value = match operator {
                "is_null" => Some(json!(true)),
                // What no attribute shows is compared with nothing that is there.
                _ => rows
                    .iter()
                    .find_map(|row| value_of(row, field))
                    .or_else(|| (field_type == "BooleanFilter").then_some(json!(true))),
            };
            let value = value.map(|value| match value.as_array() {
                Some(all) => all.first().cloned().unwrap_or_else(|| json!("none")),
                None => value,
            });
            let Some(value) = value.filter(|value| !value.is_object()) else { continue };
            let (text, same) = spelled(&value, is_enum && operator != "is_null");
            let operated = if operator.is_empty() { "eq".to_owned() } else { camel(operator).unwrap() };
            let same = if several { json!([same]) } else { same };
            let filter = json!({ known.clone(): { operated: same } });
            question.assert_equal(&format!("{name}={text}"), &filter, &Value::Null).await;
            questions += 1;
        }
    }
    assert!(questions > 400, "only {questions} questions were asked");
}
