//! Following a field over a socket, and knowing when everything was told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::kit::{App, Asker, Row, Socket, make};

/// A subscription field.
pub struct Field {
    pub name: &'static str,
    pub table: &'static str,
    /// Whether it takes `ids`.
    pub by_id: bool,
    /// Whether it takes `workspaceConnectorIds`.
    pub by_connector: bool,
    /// Whether it tells of changes and deletions, too.
    pub changes: bool,
}

const fn field(name: &'static str, table: &'static str, by_id: bool, by_connector: bool, changes: bool) -> Field {
    Field { name, table, by_id, by_connector, changes }
}

pub const SYNC_LOGS: &Field =
    &field("workspaceConnectorSyncLogChanged", "workspace_connector_sync_logs", true, true, true);
pub const CONNECTORS: &Field = &field("workspaceConnectorChanged", "workspace_connectors", true, false, true);
pub const COLLECTS: &Field = &field("collectChanged", "collects", true, false, true);
pub const MAPPINGS: &Field = &field("connectorMappingChanged", "connector_mappings", true, true, true);
pub const DIAGNOSTICS: &Field =
    &field("connectorSyncDiagnosticCreated", "connector_sync_diagnostics", false, true, false);
pub const DOCUMENTS: &Field = &field("documentChanged", "documents", true, true, true);
pub const LINKS: &Field =
    &field("documentWorkspaceConnectorCreated", "document_workspace_connectors", false, true, false);

pub const FIELDS: [&Field; 7] = [SYNC_LOGS, CONNECTORS, COLLECTS, MAPPINGS, DIAGNOSTICS, DOCUMENTS, LINKS];

impl Field {
    /// The subscription, with whatever is asked of an event beside the usual.
    pub fn document(&self, selection: &str) -> String {
        let mut variables = vec!["$after: String"];
        let mut arguments = vec!["after: $after"];
        if self.by_id {
            variables.push("$ids: [ID!]");
            arguments.push("ids: $ids");
        }
        if self.by_connector {
            variables.push("$connectors: [ID!]");
            arguments.push("workspaceConnectorIds: $connectors");
        }
        // Links have no UUID that a test could know them by.
        let known = if self.table == LINKS.table { "document { id }" } else { "" };
        format!(
            "subscription ({}) {{ event: {}({}) {{ kind id cursor node {{ id {known} }} {selection} }} }}",
            variables.join(", "),
            self.name,
            arguments.join(", ")
        )
    }

    /// A row that the field tells of, of a workspace connector where it is of one.
    pub async fn row(&self, app: &App, connector: &Row, values: Value) -> Row {
        let here = Row { pk: connector.workspace_pk, ..Row::default() };
        match self.table {
            "workspace_connectors" => {
                let catalogue = make::connector(app, None, json!({})).await;
                make::workspace_connector(app, &here, &catalogue, values).await
            }
            "workspace_connector_sync_logs" => make::sync_log(app, connector, values).await,
            "connector_mappings" => make::mapping(app, connector, values).await,
            "connector_sync_diagnostics" => make::diagnostic(app, connector, values).await,
            "collects" => {
                let person = make::person(app, &here, json!({})).await;
                make::collect(app, &here, &person, values).await
            }
            "documents" => {
                let document = make::document(app, &here, values).await;
                make::link(app, &document, connector, json!({})).await;
                document
            }
            "document_workspace_connectors" => {
                let document = make::document(app, &here, json!({})).await;
                let link = make::link(app, &document, connector, values).await;
                // It is known by its document.
                Row { id: document.id, ..link }
            }
            other => panic!("{other} is not followed"),
        }
    }
}

/// A workspace connector of the workspace.
pub async fn connected(app: &App, workspace: &Row) -> Row {
    let catalogue = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, workspace, &catalogue, json!({})).await
}

/// A cursor from before anything that is done from now on, once the server has read the feed at all.
pub async fn change_cursor(asker: &Asker) -> Value {
    let read = async {
        loop {
            let answer = asker.say("{ changeCursor }").await;
            if answer.errors().is_empty() {
                return answer.at("/changeCursor").clone();
            }
            answer.refused("SERVICE_UNAVAILABLE");
        }
    };
    tokio::time::timeout(Duration::from_secs(20), read).await.expect("there is no cursor")
}

/// The id of the row that an event is about, as the test knows it.
pub fn id_of(event: &Value) -> &str {
    let document = &event["node"]["document"]["id"];
    document.as_str().or(event["id"].as_str()).unwrap()
}

/// The kinds of events.
pub fn kinds(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["kind"].as_str().unwrap()).collect()
}

/// Somebody who follows a field.
pub struct Following {
    pub socket: Socket,
    field: &'static Field,
    /// Rows that come into being one by one: what was done before one did was told before it is told.
    marks: Vec<Row>,
    beat: Row,
}

impl Following {
    /// Follows all that the field tells.
    pub async fn all(app: &App, asker: &Asker, field: &'static Field) -> Self {
        Self::some(app, asker, field, &connected(app, &app.here).await, |_| json!({}), "").await
    }

    /// Follows what the variables leave, which may depend on the ids of rows that must be told of. They are of this
    /// workspace connector.
    pub async fn some(
        app: &App,
        asker: &Asker,
        field: &'static Field,
        connector: &Row,
        variables: impl FnOnce(Vec<String>) -> Value,
        selection: &str,
    ) -> Self {
        let mut marks = Vec::new();
        for _ in 0..9 {
            marks.push(field.row(app, connector, json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await);
        }
        let variables = variables(marks.iter().map(|mark| mark.id.clone()).collect());
        let beat = marks.pop().unwrap();
        let mut socket = asker.socket().await;
        socket.subscribe("1", &field.document(selection), variables).await;
        let mut following = Self { socket, field, marks, beat };
        following.begin(app).await;
        following
    }

    /// Waits until it is told of what happens.
    async fn begin(&mut self, app: &App) {
        let (table, pk) = (self.field.table, self.beat.pk);
        let told = async {
            loop {
                app.execute(&format!(
                    "UPDATE core_api.{table} SET deleted_at = now() WHERE pk = {pk} AND deleted_at IS NULL;
                     UPDATE core_api.{table} SET deleted_at = NULL WHERE pk = {pk}"
                ))
                .await;
                let next = tokio::time::timeout(Duration::from_millis(100), self.socket.answer("1"));
                if next.await.is_ok_and(|answer| id_of(&answer["event"]) == self.beat.id) {
                    break;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), told).await.expect("nothing is told");
    }

    /// The next event.
    pub async fn next(&mut self) -> Value {
        loop {
            let mut answer = self.socket.answer("1").await;
            let event = answer["event"].take();
            if id_of(&event) != self.beat.id {
                return event;
            }
        }
    }

    /// All that was told up to now.
    pub async fn told(&mut self, app: &App) -> Vec<Value> {
        let mark = self.marks.pop().expect("there are not so many marks");
        app.execute(&format!("UPDATE core_api.{} SET deleted_at = NULL WHERE pk = {}", mark.table, mark.pk)).await;
        let mut events = Vec::new();
        loop {
            let event = self.next().await;
            if id_of(&event) == mark.id {
                return events;
            }
            events.push(event);
        }
    }
}
