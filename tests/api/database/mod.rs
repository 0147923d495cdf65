//! What the rules promise of the tables, asked of the catalog of a migrated database.

mod constraints;
mod locales;
mod migrations;
mod old_links;
mod old_rows;
mod references;

use std::collections::BTreeSet;

use tokio_postgres::Client;

use crate::kit::database::{Database, connect};

/// A freshly migrated database and a connection to it.
async fn migrated() -> (Database, Client) {
    let database = Database::migrated().await;
    let sql = connect(&database.url).await;
    (database, sql)
}

/// The first columns of a query's rows, as texts joined by spaces.
async fn rows(sql: &Client, query: &str) -> BTreeSet<String> {
    let rows = sql.query(query, &[]).await.unwrap();
    let text = |row: &tokio_postgres::Row| {
        (0..row.len()).map(|at| row.get::<_, Option<String>>(at).unwrap_or_default()).collect::<Vec<_>>().join(" ")
    };
    rows.iter().map(text).collect()
}

/// The tables of the change feed, which only its one reader reads.
const FEED: [&str; 3] = ["change_feed", "changed_workspaces", "changes"];

const TABLES: [&str; 14] = [
    "api_keys",
    "collects",
    "connector_mappings",
    "connector_sync_diagnostics",
    "connectors",
    "document_workspace_connectors",
    "documents",
    "idempotency_keys",
    "memberships",
    "peoples",
    "tasks",
    "workspace_connector_sync_logs",
    "workspace_connectors",
    "workspaces",
];

/// The tables that are in a workspace by other means than a column.
const WITHOUT_A_WORKSPACE: [&str; 1] = ["workspaces"];

#[tokio::test]
async fn there_are_these_tables_and_no_others() {
    let (_database, sql) = migrated().await;
    let found = rows(
        &sql,
        "SELECT relname::text FROM pg_class
         WHERE relnamespace = 'core_api'::regnamespace AND relkind IN ('r', 'p')",
    );
    assert_eq!(found.await, TABLES.into_iter().chain(FEED).map(str::to_owned).collect());
}

#[tokio::test]
async fn every_table_has_a_workspace_and_an_index_that_starts_with_it() {
    let (_database, sql) = migrated().await;
    let owned: BTreeSet<String> =
        TABLES.iter().filter(|table| !WITHOUT_A_WORKSPACE.contains(table)).map(|table| (*table).to_owned()).collect();
    let with_column = rows(
        &sql,
        "SELECT relname::text FROM pg_attribute
         JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'core_api'::regnamespace AND relkind = 'r' AND attname = 'workspace_pk'
           AND relname NOT IN ('changes', 'changed_workspaces')",
    );
    assert_eq!(with_column.await, owned);
    let indexed = rows(
        &sql,
        "SELECT DISTINCT relname::text FROM pg_index
         JOIN pg_class ON pg_class.oid = indrelid
         JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
         WHERE relnamespace = 'core_api'::regnamespace AND attname = 'workspace_pk'
           AND (indpred IS NULL OR pg_get_expr(indpred, indrelid) = '(deleted_at IS NULL)')",
    );
    assert_eq!(indexed.await, owned);
}

#[tokio::test]
async fn every_change_of_a_table_is_recorded_in_whatever_role_a_session_is() {
    let (_database, sql) = migrated().await;
    // Inserts, updates, deletions and TRUNCATE, by triggers for each statement.
    let recorded = rows(
        &sql,
        "SELECT relname::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
         WHERE relnamespace = 'core_api'::regnamespace AND NOT tgisinternal AND tgname LIKE '%\\_record\\_%'
         GROUP BY relname HAVING bool_and(tgenabled = 'A') AND bit_or(tgtype) FILTER (WHERE tgtype & 1 = 0) & 60 = 60",
    );
    let expected = TABLES.into_iter().filter(|table| *table != "idempotency_keys").map(str::to_owned).collect();
    assert_eq!(recorded.await, expected);
}

#[tokio::test]
async fn every_public_id_is_a_unique_uuid_that_the_database_gives() {
    let (_database, sql) = migrated().await;
    let found = rows(
        &sql,
        "SELECT relname::text, attname::text FROM pg_attribute
         JOIN pg_class ON pg_class.oid = attrelid
         JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         JOIN pg_index ON indrelid = attrelid AND indisunique AND indpred IS NULL AND indnatts = 1 AND indkey[0] = attnum
         WHERE relnamespace = 'core_api'::regnamespace AND atttypid = 'uuid'::regtype AND attnotnull
           AND pg_get_expr(adbin, adrelid) = 'gen_random_uuid()'",
    );
    let expected = [
        "api_keys api_key_id",
        "collects collect_id",
        "connector_mappings connector_mapping_id",
        "connector_sync_diagnostics diagnostic_id",
        "connectors connector_id",
        "documents document_id",
        "memberships membership_id",
        "peoples person_id",
        "tasks task_id",
        "workspace_connector_sync_logs workspace_connector_sync_log_id",
        "workspace_connectors workspace_connector_id",
        "workspaces workspace_id",
    ];
    assert_eq!(found.await, expected.map(str::to_owned).into());
}

#[tokio::test]
async fn the_indexes_of_the_contract_are_there() {
    let (_database, sql) = migrated().await;
    let found = rows(
        &sql,
        "SELECT replace(pg_get_indexdef(indexrelid), 'core_api.', '') FROM pg_index
         JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'core_api'::regnamespace",
    );
    let found = found.await;
    for expected in [
        "CREATE INDEX idx_dwc_wc_created_at ON document_workspace_connectors USING btree \
         (workspace_connector_pk, created_at)",
        "CREATE INDEX idx_dwc_input_active_doc_created ON document_workspace_connectors USING btree \
         (document_pk, created_at) WHERE ((direction = 'input'::direction_enum) AND (deleted_at IS NULL))",
        "CREATE INDEX idx_workspace_connector_sync_logs_workspace ON workspace_connector_sync_logs USING btree \
         (workspace_pk)",
        "CREATE UNIQUE INDEX connector_mappings_wc_target_tool_unique ON connector_mappings USING btree \
         (workspace_connector_pk, target_model, tool_name) WHERE (deleted_at IS NULL)",
        "CREATE INDEX idx_collects_status ON collects USING btree (status) WHERE (deleted_at IS NULL)",
        "CREATE INDEX idx_collects_people ON collects USING btree (people_pk) WHERE (deleted_at IS NULL)",
        "CREATE INDEX idx_collects_workspace_status ON collects USING btree (workspace_pk, status)",
    ] {
        assert!(found.contains(expected), "{expected} is not among {found:#?}");
    }
    for (table, columns) in [
        ("workspace_connector_sync_logs", "(workspace_connector_pk, created_at DESC)"),
        ("workspace_connector_sync_logs", "(status)"),
        ("memberships", "(subject, workspace_pk, deleted_at)"),
    ] {
        let ending = format!("ON {table} USING btree {columns}");
        assert!(found.iter().any(|index| index.ends_with(&ending)), "{ending} is not among {found:#?}");
    }
}

#[tokio::test]
async fn every_table_column_enum_and_function_is_commented() {
    let (_database, sql) = migrated().await;
    let bare = rows(
        &sql,
        "SELECT 'table', relname::text FROM pg_class
         WHERE relnamespace = 'core_api'::regnamespace AND relkind = 'r' AND obj_description(oid, 'pg_class') IS NULL
         UNION ALL
         SELECT 'column', relname || '.' || attname FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'core_api'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
           AND col_description(attrelid, attnum) IS NULL
         UNION ALL
         SELECT 'enum', typname::text FROM pg_type
         WHERE typnamespace = 'core_api'::regnamespace AND typtype = 'e' AND obj_description(oid, 'pg_type') IS NULL
         UNION ALL
         SELECT 'function', proname::text FROM pg_proc
         WHERE pronamespace = 'core_api'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL",
    );
    assert_eq!(bare.await, BTreeSet::new());
}

#[tokio::test]
async fn every_table_with_a_time_of_change_moves_it_forward_by_itself() {
    let (_database, sql) = migrated().await;
    let without = rows(
        &sql,
        "SELECT relname::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
         WHERE relnamespace = 'core_api'::regnamespace AND relkind = 'r' AND attname = 'updated_at'
           AND 2 > (SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
                    WHERE tgrelid = attrelid AND proname = 'advance_updated_at')",
    );
    assert_eq!(without.await, BTreeSet::new());
}

#[tokio::test]
async fn the_enums_have_the_labels_of_the_contract() {
    let (_database, sql) = migrated().await;
    let found = rows(
        &sql,
        "SELECT typname::text || ': ' || string_agg(enumlabel, ' ' ORDER BY enumsortorder) FROM pg_enum
         JOIN pg_type ON pg_type.oid = enumtypid WHERE typnamespace = 'core_api'::regnamespace GROUP BY typname",
    );
    let expected = [
        "api_key_role_enum: guest member admin owner service",
        "change_kind_enum: created updated deleted",
        "collect_status_enum: todo in_progress finalized error",
        "connector_sync_status_enum: scheduled in_progress success error",
        "direction_enum: input output",
        "document_processing_status_enum: pending extracting categorized extracted skipped failed rejected",
        "followed_entity_enum: workspace_connector workspace_connector_sync_log connector_mapping \
         connector_sync_diagnostic collect document document_workspace_connector",
        "membership_role_enum: owner admin member guest",
        "membership_status_enum: pending active",
        "provider_type_enum: apideck chift well plaid_eu plaid_us",
        "status_enum: enabled disabled to_configure processing error need_reconnect suspended degraded",
        "sync_failure_reason_enum: jury_run jury_disagreement schema_drift_detected target_skipped \
         structured_pipeline_degraded structured_pipeline_fell_back_to_legacy tool_selection_pinned no_suitable_tool \
         tool_not_found auth_scope_insufficient tool_execution_failed empty_result jsonata_generation_failed \
         jury_partial jury_quorum_lost blueprint_persistence_failed mapped_entities_dropped \
         mapped_entities_partial_drop fk_parent_missing entity_persist_failed sync_fk_dag_cycle regression_reverted \
         mapping_generation_hard_fail",
        "sync_trigger_type_enum: cloud_task manual oauth_callback",
        "target_model_enum: company people invoice transaction account ledger_account journal journal_entry email \
         payment_means invoice_transaction document",
        "task_status_enum: ice_log open in_progress done blocked cancelled archived",
    ];
    assert_eq!(found.await, expected.map(str::to_owned).into());
}
