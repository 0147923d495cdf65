//! Which row may point at which, and what becomes of it when that is deleted.

use std::collections::{BTreeSet, HashMap};

use serde_json::json;
use tokio_postgres::error::SqlState;

use super::{migrated, rows};
use crate::isolation::World;
use crate::kit::{App, Row, make};

/// Every foreign key of one column: where it is, where it leads, and what a deletion there does here.
const REFERENCES: [&str; 29] = [
    "api_keys.person_pk peoples SET NULL",
    "api_keys.workspace_pk workspaces CASCADE",
    "collects.people_pk peoples NO ACTION",
    "collects.task_pk tasks SET NULL",
    "collects.workspace_pk workspaces CASCADE",
    "connector_mappings.workspace_connector_pk workspace_connectors CASCADE",
    "connector_mappings.workspace_pk workspaces CASCADE",
    "connector_sync_diagnostics.workspace_connector_pk workspace_connectors CASCADE",
    "connector_sync_diagnostics.workspace_pk workspaces CASCADE",
    "connectors.workspace_pk workspaces CASCADE",
    "document_workspace_connectors.document_pk documents NO ACTION",
    "document_workspace_connectors.workspace_connector_pk workspace_connectors NO ACTION",
    "document_workspace_connectors.workspace_pk workspaces NO ACTION",
    "documents.collect_pk collects SET NULL",
    "documents.workspace_pk workspaces CASCADE",
    "idempotency_keys.workspace_pk workspaces CASCADE",
    "memberships.person_pk peoples SET NULL",
    "memberships.workspace_pk workspaces CASCADE",
    "peoples.workspace_pk workspaces CASCADE",
    "tasks.assigned_to_pk peoples SET NULL",
    "tasks.created_by_pk peoples SET NULL",
    "tasks.parent_task_pk tasks SET NULL",
    "tasks.workspace_pk workspaces CASCADE",
    "workspace_connector_sync_logs.workspace_connector_pk workspace_connectors CASCADE",
    "workspace_connector_sync_logs.workspace_pk workspaces CASCADE",
    "workspace_connectors.connector_pk connectors NO ACTION",
    "workspace_connectors.person_pk peoples SET NULL",
    "workspace_connectors.workspace_pk workspaces CASCADE",
    "workspaces.parent_workspace_pk workspaces SET NULL",
];

/// The last column of each key, which is the one that points; those of two columns start with the workspace.
fn references(columns: u32) -> String {
    format!(
        "SELECT split_part(conrelid::regclass::text, '.', 2) || '.' || attname,
                split_part(confrelid::regclass::text, '.', 2),
                CASE confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
                    ELSE confdeltype::text END
         FROM pg_constraint
         JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[cardinality(conkey)]
         WHERE connamespace = 'core_api'::regnamespace AND contype = 'f' AND cardinality(conkey) = {columns}"
    )
}

#[tokio::test]
async fn every_foreign_key_has_the_delete_rule_of_the_contract() {
    let (_database, sql) = migrated().await;
    assert_eq!(rows(&sql, &references(1)).await, REFERENCES.map(str::to_owned).into());
}

#[tokio::test]
async fn every_foreign_key_follows_a_change_of_what_it_points_at() {
    let (_database, sql) = migrated().await;
    let other = rows(
        &sql,
        "SELECT conname::text FROM pg_constraint
         WHERE connamespace = 'core_api'::regnamespace AND contype = 'f' AND confupdtype <> 'c'",
    );
    assert_eq!(other.await, BTreeSet::new());
}

#[tokio::test]
async fn a_key_that_also_carries_the_workspace_has_the_rule_of_the_key_beside_it() {
    let (_database, sql) = migrated().await;
    let (single, scoped) = (rows(&sql, &references(1)).await, rows(&sql, &references(2)).await);
    assert!(scoped.len() >= 10 && scoped.is_subset(&single), "{:?}", scoped.difference(&single));
    // Setting the workspace to null together with the pointer would break the row.
    let clearing_more = rows(
        &sql,
        "SELECT conname::text FROM pg_constraint
         WHERE connamespace = 'core_api'::regnamespace AND contype = 'f' AND cardinality(conkey) = 2
           AND confdeltype = 'n' AND confdelsetcols IS DISTINCT FROM conkey[2:2]",
    );
    assert_eq!(clearing_more.await, BTreeSet::new());
}

#[tokio::test]
async fn no_row_can_point_into_another_workspace() {
    let app = App::start().await;
    let here = World::fill(&app, &app.here, &app.member()).await;
    let there = World::fill(&app, &app.elsewhere, &app.member_elsewhere()).await;
    let by_table =
        |world: &World| -> HashMap<&'static str, Row> { world.rows().map(|row| (row.table, row.clone())).collect() };
    let (here, there) = (by_table(&here), by_table(&there));
    let mut refused = 0;
    for line in rows(app.sql(), &references(1)).await {
        let (column, parent) = line.split_once(' ').unwrap();
        let (table, column) = column.split_once('.').unwrap();
        let parent = parent.split(' ').next().unwrap();
        if parent == "workspaces" {
            continue;
        }
        let update =
            format!("UPDATE core_api.{table} SET {column} = {} WHERE pk = {}", there[parent].pk, here[table].pk);
        let error = app.sql().batch_execute(&update).await.expect_err(&update);
        assert_eq!(error.code(), Some(&SqlState::FOREIGN_KEY_VIOLATION), "{update}: {error}");
        refused += 1;
    }
    assert_eq!(refused, 15);
}

#[tokio::test]
async fn no_row_can_be_made_that_points_into_another_workspace() {
    let app = App::start().await;
    let foreign = make::person(&app, &app.elsewhere, json!({})).await;
    let shared = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.elsewhere, &shared, json!({})).await;
    let private = make::connector(&app, Some(&app.elsewhere), json!({})).await;
    let document = make::document(&app, &app.here, json!({})).await;
    let here = app.here.pk;
    for insert in [
        format!("collects (people_pk, workspace_pk) VALUES ({}, {here})", foreign.pk),
        format!("tasks (title, assigned_to_pk, workspace_pk) VALUES ('x', {}, {here})", foreign.pk),
        format!(
            "workspace_connector_sync_logs (workspace_connector_pk, workspace_pk) VALUES ({}, {here})",
            connected.pk
        ),
        format!("workspace_connectors (connector_pk, workspace_pk) VALUES ({}, {here})", private.pk),
        format!(
            "document_workspace_connectors (direction, document_pk, workspace_connector_pk)
             VALUES ('input', {}, {})",
            document.pk, connected.pk
        ),
    ] {
        let error = app.sql().batch_execute(&format!("INSERT INTO core_api.{insert}")).await.expect_err(&insert);
        assert_eq!(error.code(), Some(&SqlState::FOREIGN_KEY_VIOLATION), "{insert}: {error}");
    }
}

#[tokio::test]
async fn no_row_changes_its_workspace_or_its_public_id() {
    let app = App::start().await;
    let world = World::fill(&app, &app.here, &app.member()).await;
    for row in world.rows().filter(|row| row.table != "document_workspace_connectors") {
        let moved =
            format!("UPDATE core_api.{} SET workspace_pk = {} WHERE pk = {}", row.table, app.elsewhere.pk, row.pk);
        let error = app.sql().batch_execute(&moved).await.expect_err(&moved);
        assert_eq!(error.code(), Some(&SqlState::CHECK_VIOLATION), "{moved}: {error}");
        let id = make::id_column(row.table);
        let renamed = format!("UPDATE core_api.{} SET {id} = gen_random_uuid() WHERE pk = {}", row.table, row.pk);
        let error = app.sql().batch_execute(&renamed).await.expect_err(&renamed);
        assert_eq!(error.code(), Some(&SqlState::CHECK_VIOLATION), "{renamed}: {error}");
    }
    // The workspace of a link is that of both its ends.
    let link = world.rows().find(|row| row.table == "document_workspace_connectors").unwrap();
    let moved = format!(
        "UPDATE core_api.document_workspace_connectors SET workspace_pk = {} WHERE pk = {}",
        app.elsewhere.pk, link.pk
    );
    let error = app.sql().batch_execute(&moved).await.expect_err(&moved);
    assert_eq!(error.code(), Some(&SqlState::FOREIGN_KEY_VIOLATION), "{moved}: {error}");
}
