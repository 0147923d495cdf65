//! Any selections of the schema beside any writers: what comes from memory is what the database answers.

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tokio_postgres::Client;

use super::{afresh, told, warm};
use crate::change::change;
use crate::kit::database::connect;
use crate::kit::introspection::Schema;
use crate::kit::{App, Asker, make};
use crate::plans::selections::{furnished, of_any_list};

/// The tables that are written, each with a column of text.
const TEXTS: [(&str, &str); 9] = [
    ("workspaces", "name"),
    ("connectors", "name"),
    ("peoples", "full_name"),
    ("tasks", "title"),
    ("api_keys", "name"),
    ("workspace_connectors", "account_label"),
    ("connector_sync_diagnostics", "detail"),
    ("collects", "provider"),
    ("documents", "filename"),
];

/// Answers that are compared in each round.
const CHECKS: usize = 12;

/// What a writer does at once, on a connection that may have a transaction open.
async fn write(app: &App, random: u64, sql: &Client, is_open: bool) -> bool {
    let mut random = StdRng::seed_from_u64(random);
    let (table, column) = TEXTS.choose(&mut random).unwrap();
    let value: u32 = random.random();
    let any = |table: &str| format!("(SELECT pk FROM core_api.{table} ORDER BY md5(pk::text || '{value}') LIMIT 1)");
    let row = any(table);
    let workspace = if random.random_bool(0.5) { &app.here } else { &app.elsewhere };
    let statement = match random.random_range(0..9_u8) {
        0 | 1 => format!("UPDATE core_api.{table} SET {column} = 'value {value}' WHERE pk = {row}"),
        2 if !matches!(*table, "workspaces" | "api_keys") => {
            format!(
                "UPDATE core_api.{table} SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE pk = {row}"
            )
        }
        3 => format!(
            "DELETE FROM core_api.document_workspace_connectors WHERE pk = {}",
            any("document_workspace_connectors")
        ),
        4 => {
            format!("DELETE FROM core_api.connector_sync_diagnostics WHERE pk = {}", any("connector_sync_diagnostics"))
        }
        5 => format!("DELETE FROM core_api.tasks WHERE pk = {}", any("tasks")),
        6 => format!("INSERT INTO core_api.tasks (title, workspace_pk) VALUES ('task {value}', {})", workspace.pk),
        7 => {
            let connection = any("workspace_connectors");
            format!(
                "INSERT INTO core_api.workspace_connector_sync_logs (workspace_connector_pk, workspace_pk)
                SELECT pk, workspace_pk FROM core_api.workspace_connectors WHERE pk = {connection}"
            )
        }
        _ => format!(
            "INSERT INTO core_api.documents (filename, workspace_pk) VALUES ('document {value}', {})",
            workspace.pk
        ),
    };
    // Some transactions stay open and are committed when many others were.
    let (before, after) = match (is_open, random.random_range(0..4_u8)) {
        (false, 0) => ("BEGIN; SET LOCAL lock_timeout = '200ms'; SAVEPOINT s;", ""),
        (true, 0..=2) => ("", "; COMMIT"),
        (true, _) => ("SAVEPOINT s;", ""),
        (false, _) => ("SET lock_timeout = '200ms';", ""),
    };
    if sql.batch_execute(&format!("{before} {statement} {after}")).await.is_err() {
        // It waited for a transaction that stays open.
        sql.batch_execute("ROLLBACK").await.unwrap();
        return false;
    }
    if is_open { after.is_empty() } else { before.starts_with("BEGIN") }
}

/// Writes and reads at once, and then compares in a quiet moment, for so many rounds.
async fn rounds(seed: u64, rounds: usize) {
    let app = warm().await;
    for workspace in [&app.here, &app.elsewhere] {
        furnished(workspace, &app).await;
    }
    let schema = Schema::of(&app).await;
    let mut random = StdRng::seed_from_u64(seed);
    let near = [app.member(), app.service(), app.guest(), app.admin_elsewhere()];
    let far = app.far(&near[0]).await;
    let askers: Vec<Asker> = near.iter().cloned().chain(near.iter().map(|asker| asker.beside(&far))).collect();
    let queries: Vec<String> = (0..8).map(|_| of_any_list(&schema, &mut random)).collect();
    let writers = [connect(app.database()).await, connect(app.database()).await, connect(app.database()).await];
    let mut open = [false; 3];
    let mut from_memory = 0;
    for round in 0..rounds {
        let seeds: Vec<u64> = (0..3).map(|_| random.random()).collect();
        let readers: Vec<_> =
            (0..CHECKS).map(|_| (random.random_range(0..askers.len()), queries.choose(&mut random).unwrap())).collect();
        let reading = join_all(readers.iter().map(|(asker, query)| askers[*asker].say(query)));
        let writing = join_all((0..3).map(|at| write(&app, seeds[at], &writers[at], open[at])));
        let through_the_api = async {
            if random.random_bool(0.5) {
                change(&near[0], "createTask", "task { id }", json!({ "title": format!("task {round}") })).await;
            } else {
                make::document(&app, &app.elsewhere, json!({ "filename": format!("document {round}") })).await;
            }
        };
        let (_, written, ()) = tokio::join!(reading, writing, through_the_api);
        open.copy_from_slice(&written);
        // Nobody writes now, and transactions that are open show nothing of themselves.
        for (asker, query) in readers {
            let before = app.statements();
            let answer = askers[asker].say(query).await;
            from_memory += usize::from(asker < near.len() && app.statements() == before);
            let fresh = afresh(&askers[asker], query).await;
            assert_eq!(told(&answer), told(&fresh), "seed {seed}, round {round}: {query}");
        }
    }
    assert!(from_memory > rounds, "{from_memory} of {} came from memory", rounds * CHECKS);
}

#[tokio::test]
async fn what_comes_from_memory_is_what_the_database_answers() {
    // `benches/run --fresh` asks for more.
    let given = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let seed = given("WELL_TEST_FRESH_SEED").unwrap_or(2_026);
    rounds(seed, usize::try_from(given("WELL_TEST_FRESH_ROUNDS").unwrap_or(200)).unwrap()).await;
}
