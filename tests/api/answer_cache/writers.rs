//! Whoever writes, and however: the very next answer shows it.

use std::collections::BTreeSet;

use serde_json::json;

use super::{DOCUMENTS, afresh, costing, expect_another, kept, warm};
use crate::change::{count, done};
use crate::kit::database::connect;
use crate::kit::{App, Asker, Row, make};

/// A workspace with one of everything, each pointing at the others.
struct Furnished {
    connector: Row,
    connected: Row,
    document: Row,
    person: Row,
}

async fn furnished(app: &App, workspace: &Row) -> Furnished {
    let connector = make::connector(app, None, json!({})).await;
    let connected = make::workspace_connector(app, workspace, &connector, json!({})).await;
    let person = make::person(app, workspace, json!({ "full_name": "Somebody" })).await;
    let task = make::task(app, workspace, json!({ "assigned_to_pk": person.pk })).await;
    let collect = make::collect(app, workspace, &person, json!({ "task_pk": task.pk })).await;
    let document = make::document(app, workspace, json!({ "collect_pk": collect.pk })).await;
    make::link(app, &document, &connected, json!({})).await;
    make::sync_log(app, &connected, json!({})).await;
    make::mapping(app, &connected, json!({})).await;
    make::diagnostic(app, &connected, json!({})).await;
    Furnished { connector, connected, document, person }
}

/// A query that shows the rows of a table, and a change of them, but for memberships, which are kept for nobody.
const SHOWN: [(&str, &str, &str); 12] = [
    ("workspaces", "{ workspace { name } }", "name = 'changed'"),
    ("connectors", "{ connectors { nodes { name } } }", "name = 'changed'"),
    (
        "peoples",
        "{ collects { nodes { people { fullName } } } people { nodes { fullName } } }",
        "full_name = 'changed'",
    ),
    ("tasks", "{ tasks { nodes { title assignedTo { fullName } } totalCount } }", "title = 'changed'"),
    ("api_keys", "{ apiKeys { nodes { name } } }", "name = 'changed'"),
    (
        "workspace_connectors",
        "{ workspaceConnectors { nodes { accountLabel } totalCount } }",
        "account_label = 'changed'",
    ),
    (
        "workspace_connector_sync_logs",
        "{ workspaceConnectorSyncLogs { nodes { durationMs } totalCount } }",
        "duration_ms = 7",
    ),
    ("connector_mappings", "{ connectorMappings { nodes { toolName } totalCount } }", "tool_name = 'changed'"),
    (
        "connector_sync_diagnostics",
        "{ connectorSyncDiagnostics { nodes { detail } totalCount } }",
        "detail = 'changed'",
    ),
    ("collects", "{ collects { nodes { provider } totalCount } }", "provider = 'changed'"),
    ("documents", "{ documents { nodes { filename links { totalCount } } totalCount } }", "filename = 'changed'"),
    (
        "document_workspace_connectors",
        "{ documentWorkspaceConnectors { nodes { direction } totalCount } }",
        "direction = 'output'",
    ),
];

#[tokio::test]
async fn every_table_counts_when_another_program_changes_empties_or_restores_it() {
    let app = warm().await;
    let (admin, psql) = (app.admin(), connect(app.database()).await);
    let shown: BTreeSet<_> = SHOWN.iter().map(|(table, ..)| *table).chain(["memberships"]).collect();
    assert_eq!(shown, make::tables().collect());
    furnished(&app, &app.here).await;
    for (table, query, set) in SHOWN {
        let before = kept(&app, &admin, query).await;
        let change = format!("UPDATE core_api.{table} SET {set}");
        psql.batch_execute(&change).await.unwrap();
        expect_another(&admin, query, &before, &change).await;
        if matches!(table, "workspaces" | "api_keys") {
            continue;
        }
        let before = kept(&app, &admin, query).await;
        psql.batch_execute(&format!("UPDATE core_api.{table} SET deleted_at = now()")).await.unwrap();
        if table == "peoples" {
            // The person of a collect stays named there.
            assert_eq!(admin.say(query).await.text, afresh(&admin, query).await.text);
        }
        expect_another(&admin, query, &before, &format!("{table}: deletion")).await;
        let before = kept(&app, &admin, query).await;
        psql.batch_execute(&format!("UPDATE core_api.{table} SET deleted_at = NULL")).await.unwrap();
        expect_another(&admin, query, &before, &format!("{table}: restoration")).await;
    }
    for (table, query, _) in SHOWN.into_iter().rev().filter(|(table, ..)| !matches!(*table, "workspaces" | "api_keys"))
    {
        let before = kept(&app, &admin, query).await;
        psql.batch_execute(&format!("TRUNCATE core_api.{table} CASCADE")).await.unwrap();
        expect_another(&admin, query, &before, &format!("{table} was emptied")).await;
        furnished(&app, &app.here).await;
    }
}

#[tokio::test]
async fn mutations_are_in_the_next_answer_of_every_instance() {
    let app = warm().await;
    let here = app.member();
    let there = app.far(&here).await;
    let query = "{ tasks { nodes { title } totalCount } }";
    let before = kept(&app, &here, query).await;
    for title in ["one", "two", "three"] {
        for _ in 0..3 {
            assert_eq!(there.say(query).await.text, here.say(query).await.text);
        }
        done(&here, "createTask", "task { id }", json!({ "title": title })).await;
        let next = there.say(query).await;
        assert!(next.text.contains(title) && next.text != before.text, "{}", next.text);
        done(&there, "createTask", "task { id }", json!({ "title": format!("{title} there") })).await;
        let next = here.say(query).await;
        assert!(next.text.contains(&format!("{title} there")), "{}", next.text);
    }
}

#[tokio::test]
async fn a_transaction_counts_when_it_is_committed_however_old_it_is() {
    let app = warm().await;
    let document = make::document(&app, &app.here, json!({})).await;
    let (old, other) = (connect(app.database()).await, connect(app.database()).await);
    for end in ["COMMIT", "ROLLBACK", "RELEASE a; COMMIT", "ROLLBACK TO a; COMMIT"] {
        let change = format!("UPDATE core_api.documents SET filename = '{end}' WHERE pk = {}", document.pk);
        old.batch_execute(&format!("BEGIN; SELECT pg_current_xact_id(); SAVEPOINT a; {change}")).await.unwrap();
        // Younger ones come before it.
        let mut before = kept(&app, &app.member(), DOCUMENTS).await;
        for name in ["x", "y"] {
            let sql =
                format!("INSERT INTO core_api.documents (filename, workspace_pk) VALUES ('{name}', {})", app.here.pk);
            other.batch_execute(&sql).await.unwrap();
            expect_another(&app.member(), DOCUMENTS, &before, "a younger transaction").await;
            before = kept(&app, &app.member(), DOCUMENTS).await;
        }
        old.batch_execute(end).await.unwrap();
        if end.starts_with("ROLLBACK") {
            assert_eq!(app.member().say(DOCUMENTS).await.text, before.text, "{end}");
        } else {
            expect_another(&app.member(), DOCUMENTS, &before, end).await;
        }
    }
}

async fn as_replica(app: &App, sql: &str) {
    let replica = connect(app.database()).await;
    replica.batch_execute(&format!("SET session_replication_role = replica; {sql}")).await.unwrap();
}

#[tokio::test]
async fn a_row_that_is_moved_counts_where_it_was_and_where_it_is() {
    let app = warm().await;
    let (here, elsewhere) = (app.member(), app.member_elsewhere());
    let Furnished { connected, document, person, .. } = furnished(&app, &app.here).await;
    let links = "{ documentWorkspaceConnectors { totalCount } }";
    for (row, query) in [
        (&document, "{ documents { totalCount } }"),
        (&person, "{ people { totalCount } }"),
        (&connected, "{ workspaceConnectors { totalCount } }"),
    ] {
        for deleted in ["NULL", "now()"] {
            as_replica(
                &app,
                &format!("UPDATE core_api.{} SET deleted_at = {deleted} WHERE pk = {}", row.table, row.pk),
            )
            .await;
            for to in [&app.elsewhere, &app.here] {
                let before = (kept(&app, &here, query).await, kept(&app, &elsewhere, query).await);
                let before_links = (kept(&app, &here, links).await, kept(&app, &elsewhere, links).await);
                let sql = format!("UPDATE core_api.{} SET workspace_pk = {} WHERE pk = {}", row.table, to.pk, row.pk);
                as_replica(&app, &sql).await;
                if deleted == "NULL" {
                    expect_another(&here, query, &before.0, &sql).await;
                    expect_another(&elsewhere, query, &before.1, &sql).await;
                }
                // Where a link is depends on where its ends are, deleted or not.
                for (asker, before) in [(&here, before_links.0), (&elsewhere, before_links.1)] {
                    let next = asker.say(links).await;
                    assert_eq!(next.text, afresh(asker, links).await.text, "{sql}, before: {}", before.text);
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_removed_with_something_else_counts() {
    let app = warm().await;
    let Furnished { connected, document, .. } = furnished(&app, &app.here).await;
    app.execute(&format!("DELETE FROM core_api.document_workspace_connectors WHERE document_pk = {}", document.pk))
        .await;
    let query = "{ workspaceConnectorSyncLogs { totalCount } connectorMappings { totalCount }
        connectorSyncDiagnostics { totalCount } }";
    let before = kept(&app, &app.member(), query).await;
    app.execute(&format!("DELETE FROM core_api.workspace_connectors WHERE pk = {}", connected.pk)).await;
    expect_another(&app.member(), query, &before, "its connector was removed").await;
}

#[tokio::test]
async fn removals_of_many_rows_are_one_line_for_each_workspace() {
    let app = warm().await;
    for workspace in [&app.here, &app.elsewhere] {
        let Furnished { connected, .. } = furnished(&app, workspace).await;
        for _ in 0..20 {
            make::diagnostic(&app, &connected, json!({})).await;
        }
    }
    let query = "{ connectorSyncDiagnostics { totalCount } }";
    let before = kept(&app, &app.member(), query).await;
    let written = "SELECT count(*) FROM core_api.changed_workspaces";
    let first = count(&app, written).await;
    app.execute("DELETE FROM core_api.connector_sync_diagnostics").await;
    assert_eq!(count(&app, written).await - first, 2);
    expect_another(&app.member(), query, &before, "diagnostics were removed").await;
    let links = "{ documentWorkspaceConnectors { totalCount } }";
    let before = kept(&app, &app.member(), links).await;
    app.execute("DELETE FROM core_api.document_workspace_connectors").await;
    assert_eq!(count(&app, written).await - first, 4);
    expect_another(&app.member(), links, &before, "links were removed").await;
}

#[tokio::test]
async fn what_all_workspaces_share_counts_in_each() {
    let app = warm().await;
    let Furnished { connector, .. } = furnished(&app, &app.here).await;
    let query = "{ connectors { nodes { name } } }";
    let askers: [Asker; 2] = [app.member(), app.member_elsewhere()];
    let before = [kept(&app, &askers[0], query).await, kept(&app, &askers[1], query).await];
    app.execute(&format!("UPDATE core_api.connectors SET name = 'renamed' WHERE pk = {}", connector.pk)).await;
    for (asker, before) in askers.iter().zip(&before) {
        expect_another(asker, query, before, "the catalogue").await;
    }
    // A private one is shared with nobody.
    let before = kept(&app, &askers[1], query).await;
    make::connector(&app, Some(&app.here), json!({})).await;
    let (again, statements) = costing(&app, &askers[1], query).await;
    assert_eq!((again.text, statements), (before.text, 0));
}

#[tokio::test]
async fn a_table_that_is_altered_counts() {
    let app = warm().await;
    make::document(&app, &app.here, json!({ "filename": "a.pdf" })).await;
    let before = kept(&app, &app.member(), DOCUMENTS).await;
    app.execute("ALTER TABLE core_api.documents ALTER COLUMN filename TYPE text USING upper(filename)").await;
    expect_another(&app.member(), DOCUMENTS, &before, "the column was rewritten").await;
    kept(&app, &app.member(), DOCUMENTS).await;
}

#[tokio::test]
async fn nothing_is_served_from_memory_while_changes_are_not_recorded() {
    let app = warm().await;
    let document = make::document(&app, &app.here, json!({ "filename": "a.pdf" })).await;
    for trigger in ["documents_record_updated", "documents_record_emptied"] {
        kept(&app, &app.member(), DOCUMENTS).await;
        app.execute(&format!("ALTER TABLE core_api.documents DISABLE TRIGGER {trigger}")).await;
        for name in ["b.pdf", "c.pdf"] {
            app.execute(&format!("UPDATE core_api.documents SET filename = '{name}' WHERE pk = {}", document.pk)).await;
            let (next, statements) = costing(&app, &app.member(), DOCUMENTS).await;
            assert!(next.text.contains(name) && statements > 0, "{}", next.text);
        }
        app.execute(&format!("ALTER TABLE core_api.documents ENABLE ALWAYS TRIGGER {trigger}")).await;
        let again = kept(&app, &app.member(), DOCUMENTS).await;
        assert!(again.text.contains("c.pdf"), "{}", again.text);
    }
    app.unguarded().await;
    for name in ["d.pdf", "e.pdf"] {
        app.execute(&format!("UPDATE core_api.documents SET filename = '{name}' WHERE pk = {}", document.pk)).await;
        let next = app.member().say(DOCUMENTS).await;
        assert!(next.text.contains(name), "{}", next.text);
    }
}

#[tokio::test]
async fn what_was_pruned_before_it_was_read_counts_as_anything() {
    let app = warm().await;
    for column in ["forgotten", "forgotten_workspaces"] {
        let before = kept(&app, &app.member(), DOCUMENTS).await;
        app.execute(&format!("UPDATE core_api.change_feed SET {column} = pg_current_xact_id()")).await;
        let (next, statements) = costing(&app, &app.member(), DOCUMENTS).await;
        assert!(next.text == before.text && statements > 0, "{column}");
    }
}
