//! A filter that names a row of another workspace finds what one finds that names nothing, and so does a cursor.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{ENTITIES, Entity, World};
use crate::kit::App;
use crate::kit::introspection::{Schema, list, name, named};

/// The filters by the id of something else, and what in the world they lead to.
const RELATION_FILTERS: [(&str, &str, &str); 17] = [
    ("ApiKeyFilter", "person", "People"),
    ("CollectFilter", "person", "People"),
    ("CollectFilter", "task", "Task"),
    ("ConnectorMappingFilter", "workspaceConnector", "WorkspaceConnector"),
    ("ConnectorSyncDiagnosticFilter", "workspaceConnector", "WorkspaceConnector"),
    ("DocumentFilter", "collect", "Collect"),
    ("DocumentFilter", "routedTo", "WorkspaceConnector"),
    ("DocumentFilter", "sourcedFrom", "WorkspaceConnector"),
    ("DocumentWorkspaceConnectorFilter", "document", "Document"),
    ("DocumentWorkspaceConnectorFilter", "workspaceConnector", "WorkspaceConnector"),
    ("MembershipFilter", "person", "People"),
    ("TaskFilter", "assignedTo", "People"),
    ("TaskFilter", "createdBy", "People"),
    ("TaskFilter", "parent", "parent Task"),
    ("WorkspaceConnectorFilter", "connector", "Connector"),
    ("WorkspaceConnectorFilter", "person", "People"),
    ("WorkspaceConnectorSyncLogFilter", "workspaceConnector", "WorkspaceConnector"),
];

#[tokio::test]
async fn every_filter_by_id_has_its_line_here() {
    let schema = Schema::of(&App::start().await).await;
    let by_id = schema.types().filter(|ty| ty["kind"] == "INPUT_OBJECT" && name(ty).ends_with("Filter"));
    let found: BTreeSet<_> = by_id
        .flat_map(|ty| list(ty, "inputFields").iter().map(move |field| (name(ty), field)))
        .filter(|(_, field)| named(field) == "IdFilter" && name(field) != "id")
        .map(|(ty, field)| (ty, name(field)))
        .collect();
    let lines: BTreeSet<_> = RELATION_FILTERS.iter().map(|(ty, field, _)| (*ty, *field)).collect();
    assert_eq!(found, lines);
}

/// The list that a filter narrows, asked by an admin who may see all of it.
async fn listed(app: &App, filter: &str, value: Value) -> (Value, i64) {
    let entity = Entity::named(filter.strip_suffix("Filter").unwrap());
    let query = format!(
        "query ($filter: {filter}) {{ found: {}(first: 100, filter: $filter) {{ totalCount nodes {{ id }} }} }}",
        entity.many
    );
    let answer = app.admin().ask(&query, json!({ "filter": value })).await;
    (answer.at("/found").clone(), answer.int("/found/totalCount"))
}

#[tokio::test]
async fn a_filter_that_names_a_row_of_another_workspace_finds_what_an_unknown_id_finds() {
    let app = App::start().await;
    let here = World::fill(&app, &app.here, &app.member()).await;
    let there = World::fill(&app, &app.elsewhere, &app.member_elsewhere()).await;
    let direction = "UPDATE core_api.document_workspace_connectors SET direction = ";
    for (filter, field, to) in RELATION_FILTERS {
        let way = if field == "routedTo" { "'output'" } else { "'input'" };
        app.execute(&format!("{direction}{way}")).await;
        let own = listed(&app, filter, json!({ field: { "eq": here.id(to) } })).await;
        assert_eq!(own.1, 1, "{filter}.{field} of one's own");
        let unknown = Uuid::new_v4().to_string();
        for shape in [
            |field: &str, id: &str| json!({ field: { "eq": id } }),
            |field: &str, id: &str| json!({ field: { "in": [id] } }),
            |field: &str, id: &str| json!({ field: { "notIn": [id] } }),
            |field: &str, id: &str| json!({ "not": { field: { "eq": id } } }),
        ] {
            let foreign = listed(&app, filter, shape(field, there.id(to))).await;
            assert_eq!(foreign, listed(&app, filter, shape(field, &unknown)).await, "{filter} {}", shape(field, "…"));
        }
        assert_eq!(listed(&app, filter, json!({ field: { "eq": there.id(to) } })).await.1, 0, "{filter}.{field}");
    }
}

#[tokio::test]
async fn a_filter_that_names_a_deleted_row_finds_what_an_unknown_id_finds() {
    let app = App::start().await;
    let here = World::fill(&app, &app.here, &app.member()).await;
    for (filter, field, to) in RELATION_FILTERS {
        let row = &here.rows[to];
        app.execute(&format!("UPDATE core_api.{} SET deleted_at = now() WHERE pk = {}", row.table, row.pk)).await;
        assert_eq!(listed(&app, filter, json!({ field: { "eq": here.id(to) } })).await.1, 0, "{filter}.{field}");
        app.execute(&format!("UPDATE core_api.{} SET deleted_at = NULL WHERE pk = {}", row.table, row.pk)).await;
    }
}

#[tokio::test]
async fn a_filter_by_its_own_id_does_not_find_a_row_of_another_workspace() {
    let app = App::start().await;
    let here = World::fill(&app, &app.here, &app.member()).await;
    let there = World::fill(&app, &app.elsewhere, &app.member_elsewhere()).await;
    let schema = Schema::of(&app).await;
    for entity in &ENTITIES {
        let filter = format!("{}Filter", entity.name);
        if !list(schema.ty(&filter), "inputFields").iter().any(|field| name(field) == "id") {
            continue;
        }
        let by = |id: &str| json!({ "id": { "eq": id } });
        assert_eq!(listed(&app, &filter, by(here.id(entity.name))).await.1, 1, "{filter}");
        assert_eq!(listed(&app, &filter, by(there.id(entity.name))).await.1, 0, "{filter}");
    }
}

#[tokio::test]
async fn whether_a_connector_is_connected_depends_on_ones_own_workspace_only() {
    let app = App::start().await;
    let shared = crate::kit::make::connector(&app, None, json!({})).await;
    crate::kit::make::workspace_connector(&app, &app.elsewhere, &shared, json!({})).await;
    let query =
        "{ connectors(filter: { connected: { eq: true } }) { nodes { id workspaceConnectors { totalCount } } } }";
    assert_eq!(app.member().say(query).await.at("/connectors/nodes"), &json!([]));
    let elsewhere = app.member_elsewhere().say(query).await;
    assert_eq!(elsewhere.str("/connectors/nodes/0/id"), shared.id);
    assert_eq!(elsewhere.int("/connectors/nodes/0/workspaceConnectors/totalCount"), 1);
    let seen = "query ($id: ID!) { connector(id: $id) { workspaceConnectors { totalCount nodes { id } } } }";
    let here = app.member().ask(seen, json!({ "id": shared.id })).await;
    assert_eq!(here.at("/connector/workspaceConnectors"), &json!({ "totalCount": 0, "nodes": [] }));
}

#[tokio::test]
async fn a_cursor_of_another_workspace_is_no_cursor() {
    let app = App::start().await;
    World::fill(&app, &app.here, &app.member()).await;
    World::fill(&app, &app.elsewhere, &app.member_elsewhere()).await;
    for entity in &ENTITIES {
        let edges = format!("{{ found: {}(first: 1) {{ edges {{ cursor }} }} }}", entity.many);
        let cursor = app.admin_elsewhere().say(&edges).await.str("/found/edges/0/cursor").to_owned();
        for side in ["after", "before"] {
            let page = format!("{{ found: {}({side}: {}) {{ nodes {{ id }} }} }}", entity.many, json!(cursor));
            app.admin().say(&page).await.refused("BAD_CURSOR");
            assert!(app.admin_elsewhere().say(&page).await.errors().is_empty(), "{}", entity.many);
        }
    }
}
