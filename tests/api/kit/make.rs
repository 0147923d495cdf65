//! Rows made directly in the database. Values that are given take the place of the defaults.

use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use well_ingestion::auth::ApiKeySecret;

use super::App;

/// A row that was made.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub table: &'static str,
    pub pk: i32,
    /// Its public UUID; empty for links, which have none.
    pub id: String,
    /// The workspace it is in, where it is in one.
    pub workspace_pk: i32,
}

/// The public id of each table.
const TABLES: [(&str, &str); 13] = [
    ("workspaces", "workspace_id"),
    ("peoples", "person_id"),
    ("memberships", "membership_id"),
    ("api_keys", "api_key_id"),
    ("connectors", "connector_id"),
    ("workspace_connectors", "workspace_connector_id"),
    ("tasks", "task_id"),
    ("collects", "collect_id"),
    ("documents", "document_id"),
    ("document_workspace_connectors", "''"),
    ("workspace_connector_sync_logs", "workspace_connector_sync_log_id"),
    ("connector_mappings", "connector_mapping_id"),
    ("connector_sync_diagnostics", "diagnostic_id"),
];

/// The tables that rows are made in.
pub fn tables() -> impl Iterator<Item = &'static str> {
    TABLES.iter().map(|(name, _)| *name)
}

/// The column of a table's public id.
pub fn id_column(table: &str) -> &'static str {
    TABLES.iter().find(|(name, _)| *name == table).unwrap().1
}

/// A number that no other row of the tests got.
fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

async fn insert(app: &App, table: &'static str, workspace_pk: i32, defaults: Value, given: Value) -> Row {
    let (Value::Object(mut values), Value::Object(given)) = (defaults, given) else {
        panic!("the values of a row are an object");
    };
    values.extend(given);
    let columns = values.keys().cloned().collect::<Vec<_>>().join(", ");
    let id = id_column(table);
    let sql = format!(
        "INSERT INTO core_api.{table} ({columns})
         SELECT {columns} FROM json_populate_record(NULL::core_api.{table}, $1::text::json)
         RETURNING pk, ({id})::text"
    );
    let row = app.sql().query_one(&sql, &[&Value::Object(values).to_string()]).await.unwrap();
    Row { table, pk: row.get(0), id: row.get(1), workspace_pk }
}

pub async fn workspace(app: &App, values: Value) -> Row {
    let row = insert(app, "workspaces", 0, json!({ "name": "a workspace" }), values).await;
    Row { workspace_pk: row.pk, ..row }
}

pub async fn person(app: &App, workspace: &Row, values: Value) -> Row {
    let defaults = json!({ "full_name": "Somebody", "workspace_pk": workspace.pk });
    insert(app, "peoples", workspace.pk, defaults, values).await
}

pub async fn membership(app: &App, workspace: &Row, subject: &str, role: &str, values: Value) -> Row {
    let defaults = json!({ "subject": subject, "role": role, "status": "active", "workspace_pk": workspace.pk });
    insert(app, "memberships", workspace.pk, defaults, values).await
}

/// A key of the pipeline unless another role is given, with its secret.
pub async fn api_key(app: &App, workspace: &Row, values: Value) -> (Row, String) {
    let secret = ApiKeySecret::generate();
    let hash = format!("\\x{}", HEXLOWER.encode(secret.hash().as_slice()));
    let defaults = json!({
        "name": "a key", "key_hash": hash, "key_hint": secret.hint(), "role": "service", "workspace_pk": workspace.pk,
    });
    (insert(app, "api_keys", workspace.pk, defaults, values).await, secret.reveal().to_owned())
}

/// A connector of the catalogue, or one that is private to the workspace.
pub async fn connector(app: &App, workspace: Option<&Row>, values: Value) -> Row {
    let workspace_pk = workspace.map(|workspace| workspace.pk);
    let defaults = json!({
        "service_id": format!("service-{}", unique()), "name": "A tool", "provider": "well", "workspace_pk": workspace_pk,
        "direction": "input", "status": "available", "data_domains": [],
    });
    insert(app, "connectors", workspace_pk.unwrap_or_default(), defaults, values).await
}

pub async fn workspace_connector(app: &App, workspace: &Row, connector: &Row, values: Value) -> Row {
    let defaults = json!({ "status": "enabled", "workspace_pk": workspace.pk, "connector_pk": connector.pk });
    insert(app, "workspace_connectors", workspace.pk, defaults, values).await
}

pub async fn sync_log(app: &App, of: &Row, values: Value) -> Row {
    let defaults = json!({ "workspace_connector_pk": of.pk, "workspace_pk": of.workspace_pk });
    insert(app, "workspace_connector_sync_logs", of.workspace_pk, defaults, values).await
}

pub async fn diagnostic(app: &App, of: &Row, values: Value) -> Row {
    let defaults = json!({
        "target_model": "invoice", "reason": "jury_run", "detail": "something happened",
        "workspace_connector_pk": of.pk, "workspace_pk": of.workspace_pk,
    });
    insert(app, "connector_sync_diagnostics", of.workspace_pk, defaults, values).await
}

pub async fn mapping(app: &App, of: &Row, values: Value) -> Row {
    let defaults = json!({
        "target_model": "invoice", "tool_name": format!("tool-{}", unique()), "expression": "$",
        "workspace_connector_pk": of.pk, "workspace_pk": of.workspace_pk,
    });
    insert(app, "connector_mappings", of.workspace_pk, defaults, values).await
}

pub async fn document(app: &App, workspace: &Row, values: Value) -> Row {
    let defaults = json!({ "filename": "a.pdf", "workspace_pk": workspace.pk });
    insert(app, "documents", workspace.pk, defaults, values).await
}

/// An input link unless another direction is given.
pub async fn link(app: &App, document: &Row, connector: &Row, values: Value) -> Row {
    let defaults = json!({ "direction": "input", "document_pk": document.pk, "workspace_connector_pk": connector.pk });
    insert(app, "document_workspace_connectors", document.workspace_pk, defaults, values).await
}

pub async fn task(app: &App, workspace: &Row, values: Value) -> Row {
    let defaults = json!({ "title": "a task", "workspace_pk": workspace.pk });
    insert(app, "tasks", workspace.pk, defaults, values).await
}

pub async fn collect(app: &App, workspace: &Row, person: &Row, values: Value) -> Row {
    let defaults = json!({ "people_pk": person.pk, "workspace_pk": workspace.pk });
    insert(app, "collects", workspace.pk, defaults, values).await
}
