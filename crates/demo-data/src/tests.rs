use std::fs;
use std::path::Path;

use chrono::DateTime;
use embedded_postgres::{Embedded, Options};
use tokio_postgres::{Client, NoTls};

use super::load::TABLES;
use super::{SeedError, SeedOptions, demo, is_empty, minimal};

const NOW: i64 = 1_795_000_000;

fn options(scale: u32, seed: u64) -> SeedOptions {
    SeedOptions { scale, seed, now: DateTime::from_timestamp(NOW, 0).unwrap(), progress: false }
}

async fn server() -> (Embedded, Client) {
    let options = Options::throwaway().with_environment().unwrap();
    let embedded = tokio::task::spawn_blocking(move || Embedded::start(&options)).await.unwrap().unwrap();
    let (client, connection) = tokio_postgres::connect(embedded.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    migrate(&client).await;
    (embedded, client)
}

/// Makes the schema by the server's migrations.
async fn migrate(client: &Client) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut changes: Vec<_> = fs::read_dir(folder).unwrap().map(|change| change.unwrap().path()).collect();
    changes.sort();
    for change in changes {
        let statements = fs::read_to_string(change.join("up.sql")).unwrap();
        client.batch_execute(&statements).await.unwrap();
    }
}

async fn empty(client: &Client) {
    let tables = TABLES.map(|table| format!("core_api.{table}")).join(", ");
    client.batch_execute(&format!("TRUNCATE {tables} RESTART IDENTITY CASCADE")).await.unwrap();
}

/// Everything there is, as one text per table.
async fn content(client: &Client) -> Vec<String> {
    let mut content = Vec::new();
    for table in TABLES {
        let statement = format!("SELECT string_agg(t::text, E'\\n' ORDER BY pk) FROM core_api.{table} AS t");
        content.push(client.query_one(&statement, &[]).await.unwrap().get(0));
    }
    content
}

async fn number(client: &Client, statement: &str) -> i64 {
    client.query_one(statement, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_gives_the_same_rows() {
    let (_embedded, mut client) = server().await;
    let first = demo(&mut client, &options(2, 7)).await.unwrap();
    let rows = content(&client).await;
    for table in TABLES {
        let there = number(&client, &format!("SELECT count(*) FROM core_api.{table}")).await;
        assert_eq!(i64::try_from(first.rows(table)), Ok(there), "{table}");
    }

    empty(&client).await;
    assert_eq!(demo(&mut client, &options(2, 7)).await.unwrap(), first);
    assert!(content(&client).await == rows, "the same options gave other rows");

    empty(&client).await;
    demo(&mut client, &options(2, 8)).await.unwrap();
    assert!(content(&client).await != rows, "another seed gave the same rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_every_case_and_keeps_the_rules() {
    let (_embedded, mut client) = server().await;
    demo(&mut client, &options(1, 1)).await.unwrap();

    let acme = "JOIN core_api.workspaces w ON w.pk = t.workspace_pk AND w.external_workspace_id = 'acme'";
    for (table, column, labels) in [
        ("workspace_connectors", "status", "status_enum"),
        ("workspace_connector_sync_logs", "status", "connector_sync_status_enum"),
        ("connector_sync_diagnostics", "reason", "sync_failure_reason_enum"),
        ("connector_mappings", "target_model", "target_model_enum"),
        ("collects", "status", "collect_status_enum"),
        ("documents", "processing_status", "document_processing_status_enum"),
        ("tasks", "status", "task_status_enum"),
        ("memberships", "role", "membership_role_enum"),
        ("memberships", "status", "membership_status_enum"),
    ] {
        let missing = format!(
            "SELECT count(*) FROM unnest(enum_range(NULL::core_api.{labels})) AS label WHERE label NOT IN
             (SELECT t.{column} FROM core_api.{table} AS t {acme} WHERE t.deleted_at IS NULL)"
        );
        assert_eq!(number(&client, &missing).await, 0, "{table}.{column}");
    }
    for table in TABLES {
        let deleted = format!("SELECT count(*) FROM core_api.{table} WHERE deleted_at IS NOT NULL");
        assert!(number(&client, &deleted).await > 1, "nothing is deleted in {table}");
        let beyond = format!(
            "SELECT count(*) FROM core_api.{table} WHERE updated_at < created_at
             OR greatest(created_at, updated_at, deleted_at) > to_timestamp({NOW})"
        );
        assert_eq!(number(&client, &beyond).await, 0, "times in {table}");
    }
    for (rule, broken) in [
        (
            "a connector's last successful sync is that of its logs",
            "SELECT count(*) FROM core_api.workspace_connectors c WHERE last_successful_sync_at IS DISTINCT FROM
             (SELECT max(completed_at) FROM core_api.workspace_connector_sync_logs l
              WHERE l.workspace_connector_pk = c.pk AND l.status = 'success')",
        ),
        (
            "a run lasts from its start to its end",
            "SELECT count(*) FROM core_api.workspace_connector_sync_logs WHERE started_at > completed_at
             OR duration_ms IS DISTINCT FROM floor(extract(epoch FROM completed_at - started_at) * 1000)",
        ),
        (
            "no run is older than its connection",
            "SELECT count(*) FROM core_api.workspace_connector_sync_logs l
             JOIN core_api.workspace_connectors c ON c.pk = l.workspace_connector_pk WHERE l.created_at < c.created_at",
        ),
        (
            "no link is older than its document",
            "SELECT count(*) FROM core_api.document_workspace_connectors l
             JOIN core_api.documents d ON d.pk = l.document_pk WHERE l.created_at < d.created_at",
        ),
        (
            "a silent connector has no link",
            "SELECT count(*) FROM core_api.document_workspace_connectors l WHERE NOT EXISTS
             (SELECT FROM core_api.workspace_connector_sync_logs s
              WHERE s.workspace_connector_pk = l.workspace_connector_pk
              AND (s.metadata ->> 'records_synced' <> '0' OR s.metadata ? 'collect_id'))",
        ),
    ] {
        assert_eq!(number(&client, broken).await, 0, "{rule}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_is_kept() {
    let (_embedded, mut client) = server().await;
    assert!(is_empty(&client).await.unwrap());
    minimal(&mut client).await.unwrap();
    assert!(!is_empty(&client).await.unwrap());
    assert!(matches!(minimal(&mut client).await, Err(SeedError::AlreadySeeded { workspace }) if workspace == "main"));
    client
        .batch_execute("INSERT INTO core_api.connectors (service_id, name, provider) VALUES ('qonto', 'Ours', 'well')")
        .await
        .unwrap();

    demo(&mut client, &options(1, 1)).await.unwrap();
    let reused = "SELECT count(*) FROM core_api.workspace_connectors c
                  JOIN core_api.connectors s ON s.pk = c.connector_pk WHERE s.name = 'Ours'";
    assert_eq!(number(&client, reused).await, 3);
    client
        .batch_execute(
            "INSERT INTO core_api.tasks (title, workspace_pk) SELECT 'After', max(pk) FROM core_api.workspaces",
        )
        .await
        .unwrap();

    let before = content(&client).await;
    assert!(
        matches!(demo(&mut client, &options(1, 1)).await, Err(SeedError::AlreadySeeded { workspace }) if workspace == "acme")
    );
    assert!(matches!(demo(&mut client, &options(0, 1)).await, Err(SeedError::Scale(0))));
    assert!(content(&client).await == before, "a refusal wrote something");
}
