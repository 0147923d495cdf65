//! Rows: the same values as GraphQL has, whatever the type, and what a role may read of them.

use serde_json::{Value, json};
use well_ingestion::api::RESOURCES;
use well_ingestion::rest::names::camel;
use well_ingestion::rest::resource::Roots;

use super::{connected, ids, refused};
use crate::isolation::World;
use crate::kit::introspection::{Schema, named};
use crate::kit::{App, make};

#[tokio::test]
async fn every_attribute_and_relationship_has_the_value_that_graphql_gives() {
    let app = App::start().await;
    World::fill(&app, &app.here, &app.member()).await;
    let schema = Schema::of(&app).await;
    let asker = app.service();
    for resource in RESOURCES {
        let base = format!("/v1/{}", resource.path);
        let list = app.service().get(&base).await;
        let id = ids(&list).first().cloned().unwrap_or_else(|| panic!("there is no {}", resource.name));
        let one = asker.get(&format!("{base}/{id}")).await;
        assert_eq!(one.status, 200, "{}", one.text);
        assert_eq!(one.json["data"], list.json["data"][0], "{}", resource.name);
        assert_eq!(one.json["data"]["type"], resource.name);
        assert_eq!(one.json["data"]["links"]["self"], format!("{base}/{id}"));
        let attributes = one.json["data"]["attributes"].as_object().unwrap();
        let fields = schema.ty(resource.object)["fields"].as_array().unwrap();
        for (name, value) in attributes {
            if Some(name.as_str()) == resource.id_column || name == "deleted_at" {
                assert_eq!(value, &if name == "deleted_at" { Value::Null } else { json!(id) }, "{name}");
                continue;
            }
            let field = fields.iter().find(|field| resource.member(field["name"].as_str().unwrap()) == *name).unwrap();
            let camel = field["name"].as_str().unwrap();
            let kind = schema.ty(named(field))["kind"].as_str().unwrap();
            if kind == "OBJECT" {
                continue;
            }
            let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on {} {{ {camel} }} }} }}", resource.object);
            let answer = asker.ask(&query, json!({ "id": id })).await;
            let told = &answer.at("/node")[camel];
            let told = match told.as_str() {
                Some(text) if kind == "ENUM" => json!(text.to_lowercase()),
                _ => told.clone(),
            };
            assert_eq!(value, &told, "{} of {}", name, resource.name);
        }
        let none = serde_json::Map::new();
        let relationships = one.json["data"]["relationships"].as_object().unwrap_or(&none);
        for (name, value) in relationships {
            let camel = camel(name).unwrap();
            let query =
                format!("query ($id: ID!) {{ node(id: $id) {{ ... on {} {{ {camel} {{ id }} }} }} }}", resource.object);
            let answer = asker.ask(&query, json!({ "id": id })).await;
            assert_eq!(value["data"]["id"], answer.at("/node")[&camel]["id"], "{name} of {}", resource.name);
            if let Some(link) = value["links"]["related"].as_str() {
                let related = asker.get(link).await;
                assert_eq!(related.json["data"]["id"], value["data"]["id"], "{link}: {}", related.text);
                assert_eq!(related.json["data"]["type"], value["data"]["type"], "{link}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_computed_is_there_for_whoever_names_it() {
    let app = App::start().await;
    World::fill(&app, &app.here, &app.member()).await;
    for resource in RESOURCES.iter().filter(|resource| !resource.computed.is_empty()) {
        let names: Vec<_> = resource.computed.iter().map(|name| well_ingestion::rest::names::snake(name)).collect();
        let path = format!("/v1/{}?fields[{}]={}", resource.path, resource.name, names.join(","));
        let answer = app.service().get(&path).await;
        let row = &answer.json["data"][0];
        for name in &names {
            let there = row["attributes"].get(name).or(row["relationships"].get(name));
            assert!(there.is_some(), "{name} of {}: {}", resource.name, answer.text);
        }
        let plain = app.service().get(&format!("/v1/{}", resource.path)).await;
        assert!(names.iter().all(|name| plain.json["data"][0]["attributes"].get(name).is_none()), "{}", plain.text);
    }
}

#[tokio::test]
async fn a_column_of_json_is_as_it_is_stored() {
    let app = App::start().await;
    let of = connected(&app).await;
    let stored = [
        json!({ "jury_name": "panel", "disagreement_score": 0.5, "panelists": ["a", { "b": 1 }], "seed": 7 }),
        json!({ "duration_ms": "long" }),
        json!({}),
        json!(["none of it"]),
        Value::Null,
    ];
    for trail in stored {
        let mapping = make::mapping(&app, &of, json!({ "audit_trail": trail })).await;
        let answer = app.service().get(&format!("/v1/connector-mappings/{}", mapping.id)).await;
        assert_eq!(answer.json["data"]["attributes"]["audit_trail"], trail, "{}", answer.text);
    }
}

#[tokio::test]
async fn what_a_role_may_not_read_is_left_out_and_named() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    drop(world);
    for resource in RESOURCES.iter().filter(|resource| !resource.protected.is_empty()) {
        for (role, asker) in app.by_role() {
            let answer = asker.get(&format!("/v1/{}", resource.path)).await;
            if answer.status == 403 {
                refused(&answer, 403, "FORBIDDEN");
                continue;
            }
            for (field, _) in resource.protected {
                let name = well_ingestion::rest::names::snake(field);
                let Roots::Connection { many, .. } = resource.roots else { continue };
                let selected = if *field == "auditTrail" { "auditTrail { juryName }" } else { *field };
                let said = asker.say(&format!("{{ {many} {{ nodes {{ {selected} }} }} }}")).await;
                let open = said.errors().is_empty();
                let row = &answer.json["data"][0];
                assert_eq!(row["attributes"].get(&name).is_some(), open, "{role}: {name}: {}", answer.text);
                let omitted = answer.json["meta"]["omitted"][resource.name].as_array().cloned().unwrap_or_default();
                assert_eq!(omitted.contains(&json!(name)), !open, "{role}: {name}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn a_row_that_is_not_there_is_404_whatever_its_id() {
    let app = App::start().await;
    for resource in RESOURCES {
        for id in ["00000000-0000-4000-8000-000000000000", "no-id", "%ff", "bulk%20"] {
            let answer = app.service().get(&format!("/v1/{}/{id}", resource.path)).await;
            refused(&answer, 404, "NOT_FOUND");
        }
    }
    // Nor one of another type.
    let task = make::task(&app, &app.here, json!({})).await;
    refused(&app.member().get(&format!("/v1/workspaces/{}", task.id)).await, 404, "NOT_FOUND");
}
