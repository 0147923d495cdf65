//! Every root field × every kind of outsider.

use std::collections::BTreeSet;

use serde_json::json;

use super::{ENTITIES, Entity, LINK, Readers, World, nobodys_id};
use crate::kit::introspection::Schema;
use crate::kit::{App, make};

/// The root fields that are not one of an entity's two.
const OTHER_QUERIES: [&str; 5] = ["changeCursor", "node", "nodes", "viewer", "workspace"];
/// The fields that follow an entity.
const SUBSCRIPTIONS: [&str; 7] = [
    "collectChanged",
    "connectorMappingChanged",
    "connectorSyncDiagnosticCreated",
    "documentChanged",
    "documentWorkspaceConnectorCreated",
    "workspaceConnectorChanged",
    "workspaceConnectorSyncLogChanged",
];

#[tokio::test]
async fn every_query_and_subscription_has_its_line_here() {
    let schema = Schema::of(&App::start().await).await;
    let of_entities = ENTITIES.iter().flat_map(|entity| [entity.one, entity.many]);
    let listed = |fields: &mut dyn Iterator<Item = &str>| fields.map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(schema.root_fields("query"), listed(&mut of_entities.chain(OTHER_QUERIES)));
    assert_eq!(schema.root_fields("subscription"), listed(&mut SUBSCRIPTIONS.into_iter()));
}

#[tokio::test]
async fn every_node_is_an_entity_here() {
    let schema = Schema::of(&App::start().await).await;
    let entities: BTreeSet<&str> = ENTITIES.iter().map(|entity| entity.name).chain(["Workspace"]).collect();
    assert_eq!(schema.nodes(), entities);
}

#[tokio::test]
async fn nobody_is_told_anything_by_any_root_field() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let mut queries = ["{ viewer { role } }", "{ workspace { id } }", "{ changeCursor }"].map(str::to_owned).to_vec();
    for entity in &ENTITIES {
        let id = json!(world.id(entity.name));
        queries.extend([entity.by_id(world.id(entity.name)), entity.all()]);
        queries.extend([format!("{{ node(id: {id}) {{ id }} }}"), format!("{{ nodes(ids: [{id}]) {{ id }} }}")]);
    }
    let told = app.anyone().say("{ __typename }").await;
    assert_eq!(told.status, 401);
    told.refused("UNAUTHENTICATED");
    assert!(told.json.get("data").is_none());
    for query in queries {
        let answer = app.anyone().say(&query).await;
        assert_eq!((answer.status, &answer.text), (401, &told.text), "{query}");
    }
}

#[tokio::test]
async fn a_row_is_found_by_those_of_its_workspace_who_may_read_it() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for (role, asker) in app.by_role() {
        for entity in ENTITIES.iter().filter(|entity| entity.open_to(role)) {
            let id = world.id(entity.name);
            assert_eq!(asker.say(&entity.by_id(id)).await.at("/found/id"), id, "{role}: {}", entity.one);
            let listed = asker.say(&entity.all()).await.each("/found/nodes", "id");
            assert!(listed.iter().any(|listed| listed == id), "{role}: {} lists {listed:?}", entity.many);
            let node = asker.ask("query ($id: ID!) { node(id: $id) { id __typename } }", json!({ "id": id })).await;
            assert_eq!((node.str("/node/id"), node.str("/node/__typename")), (id, entity.name), "{role}");
        }
    }
}

#[tokio::test]
async fn a_row_of_another_workspace_is_one_that_does_not_exist() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for entity in &ENTITIES {
        let (id, nobodys) = (world.id(entity.name), nobodys_id(entity.name));
        for asker in [app.admin_elsewhere(), app.member_elsewhere(), app.service_elsewhere()] {
            let answer = asker.say(&entity.by_id(id)).await;
            let unknown = asker.say(&entity.by_id(&nobodys)).await;
            assert_eq!((answer.status, &answer.text), (unknown.status, &unknown.text), "{}", entity.one);
            let node = |id: &str| format!("{{ node(id: {}) {{ id }} }}", json!(id));
            assert!(asker.say(&node(id)).await.at("/node").is_null(), "{}", entity.name);
            assert_eq!(asker.say(&node(id)).await.text, asker.say(&node(&nobodys)).await.text, "{}", entity.name);
        }
        let answer = app.admin_elsewhere().say(&entity.by_id(id)).await;
        assert!(answer.at("/found").is_null(), "{}", entity.one);
    }
}

#[tokio::test]
async fn no_list_changes_by_what_another_workspace_does() {
    let app = App::start().await;
    World::fill(&app, &app.elsewhere, &app.member_elsewhere()).await;
    let asker = app.admin_elsewhere();
    let mut before = Vec::new();
    for entity in &ENTITIES {
        let answer = asker.say(&entity.all()).await;
        assert!(answer.int("/found/totalCount") > 0, "{}", entity.many);
        before.push(answer.text);
    }
    World::fill(&app, &app.here, &app.member()).await;
    for (entity, before) in ENTITIES.iter().zip(before) {
        assert_eq!(asker.say(&entity.all()).await.text, before, "{}", entity.many);
    }
}

#[tokio::test]
async fn many_nodes_are_null_where_they_are_of_another_workspace() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let own = make::document(&app, &app.elsewhere, json!({})).await;
    let mut ids: Vec<String> = ENTITIES.iter().map(|entity| world.id(entity.name).to_owned()).collect();
    ids.insert(1, own.id.clone());
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let answer = app.admin_elsewhere().ask(query, json!({ "ids": ids })).await;
    let found: Vec<_> = ids.iter().map(|id| if *id == own.id { json!({ "id": id }) } else { json!(null) }).collect();
    assert_eq!(answer.at("/nodes"), &json!(found));
}

#[tokio::test]
async fn what_is_above_a_role_is_forbidden_to_it_whether_it_exists_or_not() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for (role, asker) in app.by_role() {
        for entity in ENTITIES.iter().filter(|entity| !entity.open_to(role)) {
            asker.say(&entity.all()).await.refused("FORBIDDEN");
            let (id, nobodys) = (world.id(entity.name), nobodys_id(entity.name));
            let (known, unknown) = (asker.say(&entity.by_id(id)).await, asker.say(&entity.by_id(&nobodys)).await);
            assert_eq!(known.text, unknown.text, "{role}: {}", entity.one);
            if entity.readers == Readers::AdminsAndOneself {
                assert!(known.at("/found").is_null(), "{role}: {}", entity.one);
            } else {
                known.refused("FORBIDDEN");
            }
            let query = "query ($id: ID!) { node(id: $id) { id } }";
            let node = asker.ask(query, json!({ "id": id })).await;
            assert!(node.at("/node").is_null(), "{role}: {}", entity.name);
        }
    }
}

#[tokio::test]
async fn a_deleted_row_is_one_that_does_not_exist() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for entity in &ENTITIES {
        let (id, row) = (world.id(entity.name), &world.rows[entity.name]);
        assert_eq!(app.admin().say(&entity.by_id(id)).await.at("/found/id"), id, "{}", entity.one);
        app.execute(&format!("UPDATE core_api.{} SET deleted_at = now() WHERE pk = {}", row.table, row.pk)).await;
        let (gone, unknown) = (entity.by_id(id), entity.by_id(&nobodys_id(entity.name)));
        assert_eq!(app.admin().say(&gone).await.text, app.admin().say(&unknown).await.text, "{}", entity.one);
        let listed = app.admin().say(&entity.all()).await;
        assert!(!listed.each("/found/nodes", "id").iter().any(|listed| listed == id), "{}", entity.many);
        assert_eq!(listed.at("/found/totalCount"), &json!(listed.each("/found/nodes", "id").len()), "{}", entity.many);
        let node = app.admin().ask("query ($id: ID!) { node(id: $id) { id } }", json!({ "id": id })).await;
        assert!(node.at("/node").is_null(), "{}", entity.name);
        app.execute(&format!("UPDATE core_api.{} SET deleted_at = NULL WHERE pk = {}", row.table, row.pk)).await;
    }
}

#[tokio::test]
async fn an_old_collect_without_a_workspace_is_nobodys() {
    let app = App::start().await;
    let collect = make::collect(&app, &app.here, &app.person, json!({ "workspace_pk": null })).await;
    let entity = Entity::named("Collect");
    for asker in [app.owner(), app.service(), app.member_elsewhere()] {
        assert!(asker.say(&entity.by_id(&collect.id)).await.at("/found").is_null());
        assert_eq!(asker.say(&entity.all()).await.int("/found/totalCount"), 0);
    }
    let of_person = "query ($id: ID!) { person(id: $id) { collects { totalCount nodes { id } } } }";
    let answer = app.member().ask(of_person, json!({ "id": app.person.id })).await;
    assert_eq!(answer.int("/person/collects/totalCount"), 0);
}

#[tokio::test]
async fn an_old_collect_of_a_person_of_elsewhere_is_nobodys_and_takes_no_other_along() {
    let app = App::start().await;
    app.unguarded().await;
    let elsewhere = make::person(&app, &app.elsewhere, json!({ "full_name": "Hidden" })).await;
    let nobodys = make::person(&app, &app.here, json!({ "workspace_pk": null })).await;
    let gone = make::person(&app, &app.here, json!({ "deleted_at": "2026-11-01T00:00:00Z" })).await;
    for person in [&elsewhere, &nobodys, &gone, &app.person] {
        make::collect(&app, &app.here, person, json!({})).await;
    }
    let list = app.member().say("{ collects { totalCount nodes { people { id } } statistics { total } } }").await;
    assert_eq!((list.int("/collects/totalCount"), list.int("/collects/statistics/total")), (2, 2), "{}", list.text);
    let people: Vec<_> =
        list.at("/collects/nodes").as_array().unwrap().iter().map(|collect| &collect["people"]["id"]).collect();
    assert_eq!(people, [&json!(app.person.id), &json!(gone.id)]);
}

#[tokio::test]
async fn the_id_of_a_link_that_was_removed_is_answered_like_one_that_never_was() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    let entity = Entity::named(LINK);
    let (id, row) = (world.id(LINK), &world.rows[LINK]);
    app.execute(&format!("DELETE FROM core_api.{} WHERE pk = {}", row.table, row.pk)).await;
    let (removed, never) = (entity.by_id(id), entity.by_id(&nobodys_id(LINK)));
    assert_eq!(app.member().say(&removed).await.text, app.member().say(&never).await.text);
    assert!(app.member().say(&removed).await.at("/found").is_null());
}

#[tokio::test]
async fn a_malformed_id_is_bad_input_on_every_field_that_takes_one() {
    let app = App::start().await;
    let nodes = ["{ found: node(id: \"17\") { id } }".to_owned(), "{ found: nodes(ids: [\"17\"]) { id } }".to_owned()];
    for query in ENTITIES.iter().map(|entity| entity.by_id("17")).chain(nodes) {
        app.admin().say(&query).await.refused("BAD_USER_INPUT");
    }
}
