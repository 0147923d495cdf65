//! Nothing of a workspace shows outside of it, on any path, to any kind of outsider.

mod filters;
mod mutations;
mod relations;
mod rest;
mod roots;
mod secrets;
mod subscriptions;
mod transports;
mod workspaces;

use std::collections::HashMap;

use serde_json::json;
use uuid::Uuid;

use crate::kit::{App, Asker, Row, make};

/// Who may read an entity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Readers {
    Everyone,
    /// All but guests.
    NotGuests,
    /// Admins and owners.
    Admins,
    /// Admins and owners, and everyone their own.
    AdminsAndOneself,
}

/// An entity with its two root fields.
struct Entity {
    name: &'static str,
    one: &'static str,
    many: &'static str,
    readers: Readers,
}

const fn entity(name: &'static str, one: &'static str, many: &'static str, readers: Readers) -> Entity {
    Entity { name, one, many, readers }
}

const ENTITIES: [Entity; 12] = [
    entity("ApiKey", "apiKey", "apiKeys", Readers::Admins),
    entity("Collect", "collect", "collects", Readers::Everyone),
    entity("Connector", "connector", "connectors", Readers::Everyone),
    entity("ConnectorMapping", "connectorMapping", "connectorMappings", Readers::NotGuests),
    entity("ConnectorSyncDiagnostic", "connectorSyncDiagnostic", "connectorSyncDiagnostics", Readers::NotGuests),
    entity("Document", "document", "documents", Readers::Everyone),
    entity(LINK, "documentWorkspaceConnector", "documentWorkspaceConnectors", Readers::Everyone),
    entity("Membership", "membership", "memberships", Readers::AdminsAndOneself),
    entity("People", "person", "people", Readers::Everyone),
    entity("Task", "task", "tasks", Readers::Everyone),
    entity("WorkspaceConnector", "workspaceConnector", "workspaceConnectors", Readers::Everyone),
    entity("WorkspaceConnectorSyncLog", "workspaceConnectorSyncLog", "workspaceConnectorSyncLogs", Readers::Everyone),
];

const LINK: &str = "DocumentWorkspaceConnector";

impl Entity {
    fn named(name: &str) -> &'static Self {
        ENTITIES.iter().find(|entity| entity.name == name).unwrap_or_else(|| panic!("{name} is not in ENTITIES"))
    }

    /// Asks for one by id. The answer is named the same whatever the entity.
    fn by_id(&self, id: &str) -> String {
        format!("{{ found: {}(id: {}) {{ id }} }}", self.one, json!(id))
    }

    /// Asks for all.
    fn all(&self) -> String {
        format!("{{ found: {}(first: 100) {{ nodes {{ id }} totalCount }} }}", self.many)
    }

    fn open_to(&self, role: &str) -> bool {
        match self.readers {
            Readers::Everyone => true,
            Readers::NotGuests => role != "guest",
            Readers::Admins | Readers::AdminsAndOneself => matches!(role, "admin" | "owner"),
        }
    }
}

/// An id that looks like those of the entity and belongs to none.
fn nobodys_id(name: &str) -> String {
    let uuid = Uuid::new_v4();
    if name == LINK { format!("{}", uuid.simple())[..27].to_owned() } else { uuid.to_string() }
}

/// One of everything, in one workspace, each pointing at the others.
pub struct World {
    rows: HashMap<&'static str, Row>,
    /// As the API names them: a link's id is known to the server only.
    ids: HashMap<&'static str, String>,
}

impl World {
    /// Makes it all. `reader` is somebody of the workspace.
    pub async fn fill(app: &App, workspace: &Row, reader: &Asker) -> Self {
        let person = make::person(app, workspace, json!({ "full_name": "World" })).await;
        let of_person = json!({ "person_pk": person.pk });
        let connector = make::connector(app, Some(workspace), json!({})).await;
        let connected = make::workspace_connector(app, workspace, &connector, of_person.clone()).await;
        let parent = make::task(app, workspace, json!({})).await;
        let task = json!({ "assigned_to_pk": person.pk, "created_by_pk": person.pk, "parent_task_pk": parent.pk });
        let task = make::task(app, workspace, task).await;
        let collect = make::collect(app, workspace, &person, json!({ "task_pk": task.pk })).await;
        let document = make::document(app, workspace, json!({ "collect_pk": collect.pk })).await;
        let link = make::link(app, &document, &connected, json!({})).await;
        let subject = format!("world {}", document.id);
        let rows = HashMap::from([
            ("WorkspaceConnectorSyncLog", make::sync_log(app, &connected, json!({})).await),
            ("ConnectorMapping", make::mapping(app, &connected, json!({})).await),
            ("ConnectorSyncDiagnostic", make::diagnostic(app, &connected, json!({})).await),
            ("Membership", make::membership(app, workspace, &subject, "member", of_person.clone()).await),
            ("ApiKey", make::api_key(app, workspace, of_person).await.0),
            ("Connector", connector),
            ("WorkspaceConnector", connected),
            ("People", person),
            ("parent Task", parent),
            ("Task", task),
            ("Collect", collect),
            ("Document", document),
            (LINK, link),
        ]);
        let mut ids: HashMap<&'static str, String> = rows.iter().map(|(name, row)| (*name, row.id.clone())).collect();
        ids.insert(LINK, link_id(reader, &ids["Document"]).await);
        Self { rows, ids }
    }

    /// All of it.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }
}

/// The id of a document's only link.
async fn link_id(reader: &Asker, document: &str) -> String {
    let query = "query ($id: ID!) {
        documentWorkspaceConnectors(filter: { document: { eq: $id } }) { nodes { id } totalCount }
    }";
    let answer = reader.ask(query, json!({ "id": document })).await;
    assert_eq!(answer.int("/documentWorkspaceConnectors/totalCount"), 1);
    answer.str("/documentWorkspaceConnectors/nodes/0/id").to_owned()
}
