//! The transaction around it all.

use std::collections::HashMap;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio_postgres::{Client, Transaction};

use super::copy::{TableCopy, Time};
use super::world::{First, World};
use super::{
    MAX_SCALE, SeedError, SeedOptions, Summary, collects, connections, diagnostics, documents, mappings, members, runs,
    work,
};

/// In the order they are written: what is pointed at first.
pub(super) const TABLES: [&str; 13] = [
    "workspaces",
    "peoples",
    "memberships",
    "api_keys",
    "connectors",
    "workspace_connectors",
    "tasks",
    "collects",
    "documents",
    "document_workspace_connectors",
    "workspace_connector_sync_logs",
    "connector_mappings",
    "connector_sync_diagnostics",
];
/// About how many rows one unit of scale makes, for the progress bar.
const ROWS_PER_SCALE: u64 = 3_000;
/// From which scale on the planner is told at once; below, the database gets to it by itself soon enough.
const ANALYZE_ABOVE: u32 = 10;
/// Where a table's first key must be for the largest scale to fit after it.
const LAST_FIRST: i32 = i32::MAX / 2;

pub(super) async fn demo(client: &mut Client, options: &SeedOptions) -> Result<Summary, SeedError> {
    if !(1..=MAX_SCALE).contains(&options.scale) {
        return Err(SeedError::Scale(options.scale));
    }
    let scale = i32::try_from(options.scale).unwrap_or(i32::MAX);
    let bar = progress_bar(options);
    let transaction = begin(client).await?;
    let firsts = first_keys(&transaction).await?;
    let first = |table: &str| firsts.get(table).copied().unwrap_or(1);
    let keys = First {
        workspaces: first("workspaces"),
        peoples: first("peoples"),
        connectors: first("connectors"),
        workspace_connectors: first("workspace_connectors"),
        tasks: first("tasks"),
        collects: first("collects"),
        documents: first("documents"),
    };
    let known = known_connectors(&transaction).await?;
    let now = Time(options.now.timestamp_micros());
    let world = World::plan(options.seed, now, scale, keys, &known);
    refuse_known_workspaces(&transaction, &world).await?;

    let mut summary = Summary::default();
    for table in TABLES {
        let into = |columns: &str| TableCopy::into(&transaction, &bar, table, first(table), columns);
        let world = &world;
        let rows = match table {
            "workspaces" => members::write_workspaces(world, into(members::WORKSPACES)).await?,
            "peoples" => members::write_peoples(world, into(members::PEOPLES)).await?,
            "memberships" => members::write_memberships(world, into(members::MEMBERSHIPS)).await?,
            "api_keys" => members::write_api_keys(world, into(members::API_KEYS)).await?,
            "connectors" => connections::write_connectors(world, into(connections::CONNECTORS)).await?,
            "workspace_connectors" => {
                connections::write_workspace_connectors(world, into(connections::WORKSPACE_CONNECTORS)).await?
            }
            "tasks" => work::write(world, into(work::COLUMNS)).await?,
            "collects" => collects::write(world, into(collects::COLUMNS)).await?,
            "documents" => documents::write_documents(world, into(documents::DOCUMENTS)).await?,
            "document_workspace_connectors" => documents::write_links(world, into(documents::LINKS)).await?,
            "workspace_connector_sync_logs" => runs::write(world, into(runs::COLUMNS)).await?,
            "connector_mappings" => mappings::write(world, into(mappings::COLUMNS)).await?,
            _ => diagnostics::write(world, into(diagnostics::COLUMNS)).await?,
        };
        summary.tables.push((table, rows));
    }
    bar.set_message("finishing");
    finish(transaction, options.scale > ANALYZE_ABOVE).await?;
    bar.finish_and_clear();
    Ok(summary)
}

pub(super) async fn minimal(client: &mut Client) -> Result<(), SeedError> {
    let transaction = begin(client).await?;
    refuse_known(&transaction, &["main"]).await?;
    transaction
        .batch_execute(
            "WITH workspace AS (
                 INSERT INTO core_api.workspaces (name, external_workspace_id, timezone)
                 VALUES ('Main', 'main', 'UTC') RETURNING pk
             ), person AS (
                 INSERT INTO core_api.peoples (full_name, first_name, last_name, workspace_pk)
                 SELECT 'Workspace Owner', 'Workspace', 'Owner', pk FROM workspace RETURNING pk, workspace_pk
             )
             INSERT INTO core_api.memberships (subject, role, status, is_default, person_pk, workspace_pk)
             SELECT 'owner@main', 'owner', 'active', true, pk, workspace_pk FROM person",
        )
        .await
        .map_err(SeedError::doing("write the workspace and its owner"))?;
    transaction.commit().await.map_err(SeedError::doing("commit"))
}

fn progress_bar(options: &SeedOptions) -> ProgressBar {
    if !options.progress {
        return ProgressBar::hidden();
    }
    let rows = u64::from(options.scale) * ROWS_PER_SCALE;
    let bar = ProgressBar::with_draw_target(Some(rows), ProgressDrawTarget::stderr());
    let template = "{elapsed_precise} {bar:30} {human_pos} rows, {per_sec}  {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Keeps other writers out, for the keys are given here and not by the sequences.
async fn begin(client: &mut Client) -> Result<Transaction<'_>, SeedError> {
    let transaction = client.transaction().await.map_err(SeedError::doing("begin"))?;
    let tables = TABLES.map(|table| format!("core_api.{table}")).join(", ");
    let statements = format!(
        "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;
         LOCK TABLE {tables} IN SHARE ROW EXCLUSIVE MODE"
    );
    transaction.batch_execute(&statements).await.map_err(SeedError::doing("lock the tables"))?;
    Ok(transaction)
}

/// The first key of each table that is not used, nor was ever given out.
async fn first_keys(transaction: &Transaction<'_>) -> Result<HashMap<&'static str, i32>, SeedError> {
    let mut firsts = HashMap::new();
    for table in TABLES {
        let failed = SeedError::writing(table);
        let statement = format!(
            "SELECT greatest(
                 (SELECT max(pk) FROM core_api.{table}),
                 pg_sequence_last_value(pg_get_serial_sequence('core_api.{table}', 'pk')), 0
             )::int8 + 1"
        );
        let row = transaction.query_one(&statement, &[]).await.map_err(failed)?;
        let first: i64 = row.try_get(0).map_err(failed)?;
        let first = i32::try_from(first).ok().filter(|first| *first <= LAST_FIRST);
        firsts.insert(table, first.ok_or(SeedError::NoRoom { table })?);
    }
    Ok(firsts)
}

async fn known_connectors(transaction: &Transaction<'_>) -> Result<HashMap<String, i32>, SeedError> {
    let failed = SeedError::writing("connectors");
    let statement = "SELECT service_id, pk FROM core_api.connectors WHERE workspace_pk IS NULL AND deleted_at IS NULL";
    let rows = transaction.query(statement, &[]).await.map_err(failed)?;
    let known = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<_, _>>();
    known.map_err(failed)
}

async fn refuse_known_workspaces(transaction: &Transaction<'_>, world: &World) -> Result<(), SeedError> {
    let mut wanted: Vec<&str> = world.tenants.iter().map(|tenant| tenant.external.as_str()).collect();
    wanted.extend(members::CLOSED);
    refuse_known(transaction, &wanted).await
}

async fn refuse_known(transaction: &Transaction<'_>, externals: &[&str]) -> Result<(), SeedError> {
    let statement = "SELECT external_workspace_id FROM core_api.workspaces WHERE external_workspace_id = ANY ($1)
                     ORDER BY pk LIMIT 1";
    let failed = SeedError::writing("workspaces");
    let Some(row) = transaction.query_opt(statement, &[&externals]).await.map_err(failed)? else {
        return Ok(());
    };
    let workspace = row.try_get(0).map_err(failed)?;
    Err(SeedError::AlreadySeeded { workspace })
}

/// Moves the sequences past the keys that were given, and commits.
async fn finish(transaction: Transaction<'_>, analyze: bool) -> Result<(), SeedError> {
    for table in TABLES {
        let analyze = if analyze { format!("ANALYZE core_api.{table}") } else { String::new() };
        let statements = format!(
            "SELECT setval(name, (SELECT max(pk) FROM core_api.{table}))
             FROM pg_get_serial_sequence('core_api.{table}', 'pk') AS name WHERE name IS NOT NULL;
             {analyze}"
        );
        transaction.batch_execute(&statements).await.map_err(SeedError::doing("set the sequences"))?;
    }
    transaction.commit().await.map_err(SeedError::doing("commit"))
}
