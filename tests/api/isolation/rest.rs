//! Every route of the REST API × every kind of outsider.

use reqwest::Method;
use serde_json::{Value, json};
use well_ingestion::api::RESOURCES;
use well_ingestion::rest::resource::Resource;

use super::{Readers, World, nobodys_id};
use crate::isolation::ENTITIES;
use crate::kit::{Answer, App, Asker};
use crate::rest::send;

fn id<'w>(app: &'w App, world: &'w World, resource: &Resource) -> &'w str {
    if resource.object == "Workspace" { &app.here.id } else { world.id(resource.object) }
}

/// The routes of a resource type that lead to one row, each with a body that fits it.
fn routes_to_one(resource: &Resource, id: &str) -> Vec<(Method, String, Value)> {
    let path = format!("/v1/{}/{id}", resource.path);
    let body = |attributes: Value| json!({ "data": { "type": resource.name, "id": id, "attributes": attributes } });
    let mut routes = vec![(Method::GET, path.clone(), Value::Null)];
    let Some(writes) = &resource.writes else { return routes };
    routes.push((Method::PATCH, path.clone(), body(json!({}))));
    for transition in writes.transitions.iter().filter(|transition| transition.mutation.is_some()) {
        let mut attributes = json!({ transition.attribute: transition.value });
        if transition.value == "error" {
            attributes["error"] = json!("a reason");
        }
        routes.push((Method::PATCH, path.clone(), body(attributes)));
    }
    for action in writes.actions {
        let attributes = match action.path {
            "regenerations" => json!({ "expression": "$" }),
            "persist-counts" => json!({ "persist_count": 1 }),
            "schema-comparisons" => json!({ "schema_fingerprint": "a" }),
            other => panic!("{other} has no line here"),
        };
        routes.push((Method::POST, format!("{path}/{}", action.path), body(attributes)));
    }
    routes.push((Method::DELETE, path, Value::Null));
    routes
}

async fn ask(asker: &Asker, (method, path, body): &(Method, String, Value)) -> Answer {
    if body.is_null() {
        Answer::of(asker.request(method.clone(), path)).await
    } else {
        send(asker, method.clone(), path, body).await
    }
}

#[tokio::test]
async fn nobody_is_told_anything_by_any_route() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let mut told = None;
    for resource in RESOURCES {
        let path = format!("/v1/{}", resource.path);
        let mut routes = routes_to_one(resource, id(&app, &world, resource));
        routes.push((Method::GET, path.clone(), Value::Null));
        if let Some(writes) = &resource.writes {
            routes.push((Method::POST, path.clone(), json!({ "data": { "type": resource.name } })));
            if writes.create_many.is_some() {
                routes.push((Method::POST, format!("{path}/bulk"), json!({ "data": [] })));
            }
        }
        for route in routes {
            let answer = ask(&app.anyone(), &route).await;
            assert_eq!(
                (answer.status, answer.json["errors"][0]["code"].as_str()),
                (401, Some("UNAUTHENTICATED")),
                "{route:?}"
            );
            assert_eq!(told.get_or_insert(answer.text.clone()), &answer.text, "{route:?}");
            let foreign = ask(&app.member_elsewhere().in_workspace(&app.here.id), &route).await;
            assert_eq!(
                (foreign.status, foreign.json["errors"][0]["code"].as_str()),
                (403, Some("FORBIDDEN")),
                "{route:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_row_of_another_workspace_does_not_exist_by_any_route() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for resource in RESOURCES {
        let (own, nobody) = (id(&app, &world, resource), nobodys_id(resource.object));
        let (known, unknown) = (routes_to_one(resource, own), routes_to_one(resource, &nobody));
        for stranger in [app.subject("owner@elsewhere"), app.admin_elsewhere(), app.service_elsewhere()] {
            for (known, unknown) in known.iter().zip(&unknown) {
                let (foreign, nothing) = (ask(&stranger, known).await, ask(&stranger, unknown).await);
                assert_eq!((foreign.status, &foreign.text), (nothing.status, &nothing.text), "{known:?}");
                assert!([403, 404].contains(&foreign.status), "{known:?}: {}", foreign.text);
            }
            let list = stranger.get(&format!("/v1/{}?page[total]=true", resource.path)).await;
            let list = if list.status == 400 { stranger.get(&format!("/v1/{}", resource.path)).await } else { list };
            assert_eq!(list.status, 200, "{}", list.text);
            assert!(!list.text.contains(own), "{}: {}", resource.name, list.text);
        }
        let still = app.service().get(&format!("/v1/{}/{own}", resource.path)).await;
        assert_eq!(still.status, 200, "{}: {}", resource.name, still.text);
    }
}

#[tokio::test]
async fn what_a_write_names_of_another_workspace_does_not_exist() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let own = World::fill(&app, &app.elsewhere, &app.member_elsewhere()).await;
    let to = |ty: &str, id: &str| json!({ "data": { "type": ty, "id": id } });
    let attributes = |name: &str| match name {
        "document_workspace_connector" => json!({ "direction": "input" }),
        "connector_mapping" => json!({ "target_model": "invoice", "tool_name": "a tool", "expression": "$" }),
        "connector_sync_diagnostic" => json!({ "target_model": "invoice", "reason": "empty_result", "detail": "a" }),
        _ => json!({}),
    };
    for resource in RESOURCES.iter().filter(|resource| resource.writes.is_some()) {
        let link = resource.name == "document_workspace_connector";
        let named: &[(&str, &str, &str)] = match resource.name {
            "collect" => &[("task", "task", "Task")],
            "document_workspace_connector" => &[
                ("document", "document", "Document"),
                ("workspace_connector", "workspace_connector", "WorkspaceConnector"),
            ],
            _ => &[("workspace_connector", "workspace_connector", "WorkspaceConnector")],
        };
        for (name, ty, object) in named {
            let asker = if resource.name == "collect" { app.member_elsewhere() } else { app.service_elsewhere() };
            let answer = async |id: &str| {
                let mut relationships = json!({ *name: to(ty, id) });
                if link {
                    let (other, of) = if *name == "document" {
                        ("workspace_connector", "WorkspaceConnector")
                    } else {
                        ("document", "Document")
                    };
                    relationships[other] = to(other, own.id(of));
                }
                let data = json!({ "type": resource.name, "attributes": attributes(resource.name), "relationships": relationships });
                send(&asker, Method::POST, &format!("/v1/{}", resource.path), &json!({ "data": data })).await
            };
            let (foreign, unknown) = (answer(world.id(object)).await, answer(&nobodys_id(object)).await);
            assert_eq!((foreign.status, &foreign.text), (404, &unknown.text), "{} of {}", name, resource.name);
        }
    }
}

#[tokio::test]
async fn a_role_reads_by_every_route_what_it_reads_by_graphql() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for resource in RESOURCES {
        let entity = ENTITIES.iter().find(|entity| entity.name == resource.object);
        let readers = entity.map_or(Readers::Everyone, |entity| entity.readers);
        for (role, asker) in app.by_role() {
            let open = readers == Readers::Everyone || role != "guest";
            let path = format!("/v1/{}", resource.path);
            for path in [path.clone(), format!("{path}/{}", id(&app, &world, resource))] {
                let answer = asker.get(&path).await;
                assert_eq!(answer.status, if open { 200 } else { 403 }, "{role}: {path}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn a_role_writes_by_every_route_what_it_writes_by_graphql() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for resource in RESOURCES.iter().filter(|resource| resource.writes.is_some()) {
        for (role, asker) in app.by_role() {
            let writes = match (resource.name, role) {
                ("collect", "guest") => false,
                ("collect", _) => true,
                (_, role) => role == "service",
            };
            for route in
                routes_to_one(resource, id(&app, &world, resource)).iter().filter(|route| route.0 != Method::GET)
            {
                // What is open to a role is tried by the tests of writing.
                if !writes {
                    let answer = ask(&asker, route).await;
                    assert_eq!(answer.status, 403, "{role}: {route:?}: {}", answer.text);
                }
            }
        }
    }
}
