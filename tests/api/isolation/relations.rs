//! Every relation of every object: what lies behind it shows only while it is live and of the same workspace.

use std::collections::BTreeSet;

use serde_json::json;

use super::{LINK, World};
use crate::kit::introspection::{Schema, list, name, named};
use crate::kit::{Answer, App, Row};

/// A way to take a row of the world out of sight.
#[derive(Clone, Copy, Debug)]
enum Hide {
    Deleted(&'static str),
    /// Moved to the other workspace, as no foreign key would allow.
    Moved(&'static str),
}

use Hide::{Deleted, Moved};

/// The relation `field` of the type `of`, which leads to the row `to` of the world until it is hidden.
struct Relation {
    of: &'static str,
    field: &'static str,
    to: &'static str,
    hidden_by: &'static [Hide],
}

const fn to(of: &'static str, field: &'static str, to: &'static str, hidden_by: &'static [Hide]) -> Relation {
    Relation { of, field, to, hidden_by }
}

const PERSON: &[Hide] = &[Deleted("People"), Moved("People")];
const CONNECTED: &[Hide] = &[Deleted("WorkspaceConnector"), Moved("WorkspaceConnector")];
const COLLECT: &[Hide] = &[Deleted("Collect"), Moved("Collect")];
const DOCUMENT: &[Hide] = &[Deleted("Document"), Moved("Document")];
const LOG: &[Hide] = &[Deleted("WorkspaceConnectorSyncLog"), Moved("WorkspaceConnectorSyncLog")];
const PASSED: &[Hide] = &[Deleted(LINK), Deleted("WorkspaceConnector"), Moved("WorkspaceConnector")];

const RELATIONS: [Relation; 29] = [
    to("ApiKey", "person", "People", PERSON),
    to("Collect", "documents", "Document", DOCUMENT),
    // Who started a collect is named for good, deleted or not.
    to("Collect", "people", "People", &[Moved("People")]),
    to("Collect", "task", "Task", &[Deleted("Task"), Moved("Task")]),
    to("Connector", "workspaceConnectors", "WorkspaceConnector", CONNECTED),
    to("ConnectorMapping", "workspaceConnector", "WorkspaceConnector", CONNECTED),
    to("ConnectorSyncDiagnostic", "workspaceConnector", "WorkspaceConnector", CONNECTED),
    to("Document", "collect", "Collect", COLLECT),
    to("Document", "links", LINK, &[Deleted(LINK), Moved("WorkspaceConnector")]),
    to("Document", "routedTo", "WorkspaceConnector", PASSED),
    to("Document", "source", "WorkspaceConnector", PASSED),
    to(LINK, "document", "Document", DOCUMENT),
    to(LINK, "workspaceConnector", "WorkspaceConnector", CONNECTED),
    to("Membership", "person", "People", PERSON),
    to("People", "collects", "Collect", COLLECT),
    to("Task", "assignedTo", "People", PERSON),
    to("Task", "collects", "Collect", COLLECT),
    to("Task", "createdBy", "People", PERSON),
    to("Task", "parent", "parent Task", &[Deleted("parent Task"), Moved("parent Task")]),
    to("parent Task", "subtasks", "Task", &[Deleted("Task"), Moved("Task")]),
    to("WorkspaceConnector", "connector", "Connector", &[Deleted("Connector"), Moved("Connector")]),
    to(
        "WorkspaceConnector",
        "diagnostics",
        "ConnectorSyncDiagnostic",
        &[Deleted("ConnectorSyncDiagnostic"), Moved("ConnectorSyncDiagnostic")],
    ),
    to("WorkspaceConnector", "documentLinks", LINK, &[Deleted(LINK), Moved("Document")]),
    to("WorkspaceConnector", "documents", "Document", &[Deleted(LINK), Deleted("Document"), Moved("Document")]),
    to("WorkspaceConnector", "latestSyncLog", "WorkspaceConnectorSyncLog", LOG),
    to("WorkspaceConnector", "mappings", "ConnectorMapping", &[Deleted("ConnectorMapping"), Moved("ConnectorMapping")]),
    to("WorkspaceConnector", "person", "People", PERSON),
    to("WorkspaceConnector", "syncLogs", "WorkspaceConnectorSyncLog", LOG),
    to("WorkspaceConnectorSyncLog", "workspaceConnector", "WorkspaceConnector", CONNECTED),
];

/// The types with a relation to their own workspace, which is the caller's.
const IN_A_WORKSPACE: [&str; 12] = [
    "ApiKey",
    "Collect",
    "Connector",
    "ConnectorMapping",
    "ConnectorSyncDiagnostic",
    "Document",
    LINK,
    "Membership",
    "People",
    "Task",
    "WorkspaceConnector",
    "WorkspaceConnectorSyncLog",
];

/// The relations of the caller itself.
const VIEWER: [&str; 3] = ["Viewer.membership", "Viewer.person", "Viewer.workspace"];

/// A relation leads to a node, or to a list of nodes.
fn relations_of(schema: &Schema) -> BTreeSet<String> {
    let nodes = schema.nodes();
    let leads_to_nodes = |field: &&serde_json::Value| {
        let ty = named(field);
        nodes.contains(ty) || ty.strip_suffix("Connection").is_some_and(|ty| nodes.contains(ty))
    };
    // Lists, changes and what a mutation answers hold what they are about; it is looked at where they are asked for.
    let is_about = |ty: &str| ["Change", "Connection", "Edge", "Payload"].iter().any(|ending| ty.ends_with(ending));
    let objects = schema.types().filter(|ty| ty["kind"] == "OBJECT" && name(ty) != "Query" && !is_about(name(ty)));
    objects
        .flat_map(|ty| {
            list(ty, "fields").iter().filter(leads_to_nodes).map(|field| format!("{}.{}", name(ty), name(field)))
        })
        .collect()
}

#[tokio::test]
async fn every_relation_has_its_line_here() {
    let schema = Schema::of(&App::start().await).await;
    let lines = RELATIONS.iter().map(|line| format!("{}.{}", type_of(line.of), line.field));
    let own = IN_A_WORKSPACE.iter().map(|ty| format!("{ty}.workspace"));
    let lines: BTreeSet<String> = lines.chain(own).chain(VIEWER.map(str::to_owned)).collect();
    assert_eq!(relations_of(&schema), lines);
}

/// The type of a row of the world.
fn type_of(row: &'static str) -> &'static str {
    if row == "parent Task" { "Task" } else { row }
}

impl Relation {
    fn query(&self, schema: &Schema, id: &str) -> String {
        let fields = list(schema.ty(type_of(self.of)), "fields");
        let field = fields.iter().find(|field| name(field) == self.field).unwrap();
        let selection = if named(field).ends_with("Connection") { "totalCount nodes { id }" } else { "id" };
        let (ty, field, id) = (type_of(self.of), self.field, json!(id));
        format!("{{ node(id: {id}) {{ ... on {ty} {{ found: {field} {{ {selection} }} }} }} }}")
    }

    /// The same of everything in the list of the type, which is read another way.
    fn of_all(&self, schema: &Schema) -> String {
        let of = format!("{}Connection", type_of(self.of));
        let fields = list(schema.ty(type_of(self.of)), "fields");
        let field = fields.iter().find(|field| name(field) == self.field).unwrap();
        let selection = if named(field).ends_with("Connection") { "totalCount nodes { id }" } else { "id" };
        let lists = list(schema.ty("Query"), "fields").iter().find(|field| named(field) == of);
        let all = name(lists.unwrap_or_else(|| panic!("no list of {of}")));
        format!("{{ {all} {{ nodes {{ found: {} {{ {selection} }} }} }} }}", self.field)
    }
}

impl Hide {
    fn row<'w>(&self, world: &'w World) -> &'w Row {
        let (Deleted(name) | Moved(name)) = self;
        &world.rows[name]
    }

    async fn set(&self, app: &App, world: &World, hidden: bool) {
        let row = self.row(world);
        let set = match self {
            Deleted(_) if hidden => "deleted_at = now()".to_owned(),
            Deleted(_) => "deleted_at = NULL".to_owned(),
            Moved(_) => format!("workspace_pk = {}", if hidden { app.elsewhere.pk } else { app.here.pk }),
        };
        app.execute(&format!("UPDATE core_api.{} SET {set} WHERE pk = {}", row.table, row.pk)).await;
    }
}

#[tokio::test]
async fn what_is_deleted_or_of_another_workspace_does_not_show_behind_any_relation() {
    let app = App::start().await;
    let schema = Schema::of(&app).await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    app.unguarded().await;
    for relation in &RELATIONS {
        // The only link of the world is an input; a destination is reached through an output.
        let direction = if relation.field == "routedTo" { "output" } else { "input" };
        let link = &world.rows[LINK];
        app.execute(&format!("UPDATE core_api.{} SET direction = '{direction}' WHERE pk = {}", link.table, link.pk))
            .await;

        let query = relation.query(&schema, world.id(relation.of));
        let all = relation.of_all(&schema);
        let (label, to) = (format!("{}.{}", relation.of, relation.field), world.id(relation.to));
        let shown = app.admin().say(&query).await;
        assert!(shown.errors().is_empty() && shown.text.contains(to), "{label}: {}", shown.text);
        let all_shown = app.admin().say(&all).await;
        assert!(all_shown.errors().is_empty() && all_shown.text.contains(to), "{label}: {}", all_shown.text);
        for hide in relation.hidden_by {
            hide.set(&app, &world, true).await;
            let hidden = app.admin().say(&all).await;
            assert!(!hidden.text.contains(to), "{label} of all with {hide:?}: {}", hidden.text);
            let hidden = app.admin().say(&query).await;
            assert!(!hidden.text.contains(to), "{label} with {hide:?}: {}", hidden.text);
            assert!(!hidden.text.contains("\"totalCount\":1"), "{label} with {hide:?}: {}", hidden.text);
            assert_eq!(hidden.status, 200, "{label} with {hide:?}: {}", hidden.text);
            if relation.field != "people" {
                assert!(hidden.errors().is_empty(), "{label} with {hide:?}: {}", hidden.text);
            }
            hide.set(&app, &world, false).await;
        }
        assert_eq!(app.admin().say(&query).await.text, shown.text, "{label}");
    }
}

#[tokio::test]
async fn the_workspace_of_everything_one_sees_is_ones_own() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for ty in IN_A_WORKSPACE {
        let query = format!("query ($id: ID!) {{ node(id: $id) {{ ... on {ty} {{ workspace {{ id }} }} }} }}");
        let answer = app.admin().ask(&query, json!({ "id": world.id(ty) })).await;
        assert_eq!(answer.at("/node/workspace/id"), &json!(app.here.id), "{ty}");
    }
}

#[tokio::test]
async fn a_person_deleted_or_of_another_workspace_is_not_the_viewers() {
    let app = App::start().await;
    app.unguarded().await;
    let query = "{ viewer { person { id } workspace { id } membership { id person { id } } } }";
    let shown = app.member().say(query).await;
    assert_eq!(shown.str("/viewer/person/id"), app.person.id);
    assert_eq!(shown.str("/viewer/membership/person/id"), app.person.id);
    assert_eq!(shown.str("/viewer/workspace/id"), app.here.id);
    let pk = app.person.pk;
    for (hide, show) in [
        ("deleted_at = now()".to_owned(), "deleted_at = NULL".to_owned()),
        (format!("workspace_pk = {}", app.elsewhere.pk), format!("workspace_pk = {}", app.here.pk)),
    ] {
        app.execute(&format!("UPDATE core_api.peoples SET {hide} WHERE pk = {pk}")).await;
        let hidden = app.member().say(query).await;
        assert!(hidden.at("/viewer/person").is_null() && hidden.at("/viewer/membership/person").is_null());
        app.execute(&format!("UPDATE core_api.peoples SET {show} WHERE pk = {pk}")).await;
    }
}

#[tokio::test]
async fn a_link_shows_only_while_both_its_ends_are_in_the_workspace() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    app.unguarded().await;
    for below in ["", "document { id }", "workspaceConnector { id }", "document { id } workspaceConnector { id }"] {
        let query = format!("{{ documentWorkspaceConnectors {{ totalCount nodes {{ id {below} }} }} }}");
        let count = |answer: &Answer| answer.int("/documentWorkspaceConnectors/totalCount");
        let shown = app.member().say(&query).await;
        assert_eq!(count(&shown), 1, "{query}");
        for end in ["Document", "WorkspaceConnector"] {
            Moved(end).set(&app, &world, true).await;
            for asker in [app.member(), app.member_elsewhere()] {
                let hidden = asker.say(&query).await;
                let nothing = json!({ "totalCount": 0, "nodes": [] });
                assert_eq!(hidden.at("/documentWorkspaceConnectors"), &nothing, "{query} {end}");
            }
            Moved(end).set(&app, &world, false).await;
            // What was deleted is not told of, but the link stays.
            Deleted(end).set(&app, &world, true).await;
            let answer = app.member().say(&query).await;
            assert_eq!(
                (count(&answer), answer.at("/documentWorkspaceConnectors/nodes").as_array().map_or(0, Vec::len)),
                (1, 1),
                "{query} {end}"
            );
            Deleted(end).set(&app, &world, false).await;
        }
        assert_eq!(app.member().say(&query).await.text, shown.text, "{query}");
    }
}
