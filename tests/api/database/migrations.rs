//! The migrations: forwards, backwards, by several at once, and as the crate's own picture of the tables.

use std::path::Path;
use std::process::Command;

use well_ingestion::db::migrations;

use super::{migrated, rows};
use crate::kit::database::{Database, connect};

/// Everything in the schema that a program could depend on.
async fn picture(url: &str) -> Vec<String> {
    let sql = connect(url).await;
    let found = rows(
        &sql,
        "SELECT 'column', relname || '.' || attname, format_type(atttypid, atttypmod) || ' ' || attnotnull
         FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'core_api'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
         UNION ALL SELECT 'constraint', conname::text, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE connamespace = 'core_api'::regnamespace
         UNION ALL SELECT 'index', '', pg_get_indexdef(indexrelid) FROM pg_index
         JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'core_api'::regnamespace
         UNION ALL SELECT 'trigger', '', pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger
         JOIN pg_class ON pg_class.oid = tgrelid WHERE relnamespace = 'core_api'::regnamespace AND NOT tgisinternal
         UNION ALL SELECT 'function', proname::text, pg_get_functiondef(oid) FROM pg_proc
         WHERE pronamespace = 'core_api'::regnamespace
         UNION ALL SELECT 'enum', typname::text, string_agg(enumlabel, ' ' ORDER BY enumsortorder)
         FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid
         WHERE typnamespace = 'core_api'::regnamespace GROUP BY typname",
    );
    found.await.into_iter().collect()
}

async fn has_schema(url: &str) -> bool {
    connect(url).await.query_opt("SELECT FROM pg_namespace WHERE nspname = 'core_api'", &[]).await.unwrap().is_some()
}

#[tokio::test]
async fn every_migration_can_be_reverted_and_run_again() {
    let (database, _sql) = migrated().await;
    let before = picture(&database.url).await;
    assert!(before.len() > 200, "only {} things are in the schema", before.len());
    let reverted = migrations::revert_all(&database.url).await.unwrap();
    assert!(!has_schema(&database.url).await);
    let ran = migrations::run(&database.url).await.unwrap();
    assert_eq!(ran, reverted.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(picture(&database.url).await, before);
}

#[tokio::test]
async fn a_database_that_is_up_to_date_has_nothing_to_run() {
    let (database, _sql) = migrated().await;
    assert_eq!(migrations::run(&database.url).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn two_that_migrate_an_empty_database_at_once_both_succeed() {
    let database = Database::empty().await;
    let (one, two) = tokio::join!(migrations::run(&database.url), migrations::run(&database.url));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.is_empty() != two.is_empty(), "{one:?} and {two:?}");
    let migrated = Database::migrated().await;
    assert_eq!(picture(&database.url).await, picture(&migrated.url).await);
}

#[tokio::test]
async fn what_another_program_made_before_is_kept_with_its_rows_when_the_migrations_are_reverted() {
    let database = Database::empty().await;
    let sql = connect(&database.url).await;
    sql.batch_execute(
        "CREATE SCHEMA core_api;
         CREATE TYPE core_api.direction_enum AS ENUM ('input', 'output');
         CREATE TABLE core_api.workspaces (
             pk serial PRIMARY KEY, workspace_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(), name text NOT NULL,
             description text, avatar_color text, avatar_image text, external_workspace_id text UNIQUE, timezone text,
             created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz, deleted_at timestamptz,
             parent_workspace_pk integer REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE SET NULL
         );
         INSERT INTO core_api.workspaces (name) VALUES ('old');",
    )
    .await
    .unwrap();
    migrations::run(&database.url).await.unwrap();
    migrations::revert_all(&database.url).await.unwrap();
    let kept = rows(
        &sql,
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'core_api'::regnamespace AND relkind = 'r'
         UNION ALL SELECT typname::text FROM pg_type
         WHERE typnamespace = 'core_api'::regnamespace AND typtype = 'e'
         UNION ALL SELECT name FROM core_api.workspaces",
    );
    assert_eq!(kept.await, ["direction_enum", "old", "workspaces"].map(str::to_owned).into());
}

#[tokio::test]
async fn the_crates_tables_are_those_of_the_migrated_database() {
    let (database, _sql) = migrated().await;
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let printed =
        Command::new("diesel").args(["print-schema", "--database-url", &database.url]).current_dir(root).output();
    let printed = match printed {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && std::env::var_os("CI").is_none() => {
            println!("skipped: the diesel command line is not installed");
            return;
        }
        printed => printed.expect("CI needs the diesel command line"),
    };
    assert!(printed.status.success(), "{}", String::from_utf8_lossy(&printed.stderr));
    let tables = std::fs::read_to_string(root.join("src/db/schema.rs")).unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed == tables,
        "src/db/schema.rs is not what the migrations make; write it anew with \
         `diesel print-schema --database-url … > src/db/schema.rs`"
    );
}
