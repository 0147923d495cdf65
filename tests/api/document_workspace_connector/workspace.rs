//! The workspace of a link, which the database keeps for programs that do not know of it.

use serde_json::json;
use tokio_postgres::error::SqlState;

use crate::kit::database::connect;
use crate::kit::{App, Asker, Row, make};

/// A document and a workspace connector.
async fn ends(app: &App, workspace: &Row) -> (Row, Row) {
    let connector = make::connector(app, None, json!({})).await;
    let connected = make::workspace_connector(app, workspace, &connector, json!({})).await;
    (make::document(app, workspace, json!({})).await, connected)
}

async fn workspace_of(app: &App, link: &Row) -> Option<i32> {
    let sql = "SELECT workspace_pk FROM core_api.document_workspace_connectors WHERE pk = $1";
    app.sql().query_one(sql, &[&link.pk]).await.unwrap().get(0)
}

/// How many links somebody sees, in the list and behind documents and connectors.
async fn seen(asker: &Asker) -> i32 {
    let query = "{
        documentWorkspaceConnectors { totalCount nodes { id workspace { id } } }
        documents { nodes { links { totalCount } } }
        workspaceConnectors { nodes { documentLinks { totalCount } } }
    }";
    let answer = asker.say(query).await;
    let total = answer.int("/documentWorkspaceConnectors/totalCount");
    let links = answer.at("/documentWorkspaceConnectors/nodes").as_array().unwrap().clone();
    assert_eq!(links.len(), usize::try_from(total).unwrap(), "{}", answer.text);
    assert!(links.iter().all(|link| link["workspace"]["id"].is_string()), "{}", answer.text);
    for (list, field) in [("/documents/nodes", "links"), ("/workspaceConnectors/nodes", "documentLinks")] {
        let below = answer.at(list).as_array().unwrap().iter().map(|node| node[field]["totalCount"].as_i64().unwrap());
        assert_eq!(below.sum::<i64>(), total, "{}", answer.text);
    }
    i32::try_from(total).unwrap()
}

#[tokio::test]
async fn a_program_that_does_not_know_of_the_workspace_writes_links_as_before() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let link = make::link(&app, &document, &connector, json!({})).await;
    assert_eq!(workspace_of(&app, &link).await, Some(app.here.pk));
    let copied = format!(
        "INSERT INTO core_api.document_workspace_connectors (direction, document_pk, workspace_connector_pk)
         SELECT direction, document_pk, workspace_connector_pk FROM core_api.document_workspace_connectors;
         UPDATE core_api.document_workspace_connectors SET workspace_pk = NULL, direction = 'output' WHERE pk = {}",
        link.pk
    );
    app.execute(&copied).await;
    assert_eq!(workspace_of(&app, &link).await, Some(app.here.pk));
    assert_eq!((seen(&app.guest()).await, seen(&app.member_elsewhere()).await), (2, 0));
    // It moves with both its ends.
    let (document, connector) = ends(&app, &app.elsewhere).await;
    let moved = format!(
        "UPDATE core_api.document_workspace_connectors SET document_pk = {}, workspace_connector_pk = {} WHERE pk = {}",
        document.pk, connector.pk, link.pk
    );
    app.execute(&moved).await;
    assert_eq!(workspace_of(&app, &link).await, Some(app.elsewhere.pk));
    assert_eq!((seen(&app.guest()).await, seen(&app.member_elsewhere()).await), (1, 1));
}

#[tokio::test]
async fn a_link_is_of_the_workspace_of_both_its_ends_or_refused() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let (their_document, their_connector) = ends(&app, &app.elsewhere).await;
    let (here, elsewhere) = (app.here.pk.to_string(), app.elsewhere.pk.to_string());
    for (document, connector, workspace) in [
        (&document, &connector, elsewhere.as_str()),
        (&document, &their_connector, &here),
        (&document, &their_connector, &elsewhere),
        (&their_document, &connector, "NULL"),
    ] {
        let insert = format!(
            "INSERT INTO core_api.document_workspace_connectors
                 (direction, document_pk, workspace_connector_pk, workspace_pk)
             VALUES ('input', {}, {}, {workspace})",
            document.pk, connector.pk
        );
        let error = app.sql().batch_execute(&insert).await.expect_err(&insert);
        assert_eq!(error.code(), Some(&SqlState::FOREIGN_KEY_VIOLATION), "{insert}: {error}");
    }
    assert_eq!((seen(&app.guest()).await, seen(&app.member_elsewhere()).await), (0, 0));
}

#[tokio::test]
async fn a_link_follows_the_keys_of_its_workspace_and_its_ends() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let link = make::link(&app, &document, &connector, json!({})).await;
    let keys = format!(
        "UPDATE core_api.workspaces SET pk = pk + 1000000 WHERE pk = {};
         UPDATE core_api.documents SET pk = pk + 1000000 WHERE pk = {};
         UPDATE core_api.workspace_connectors SET pk = pk + 1000000 WHERE pk = {}",
        app.here.pk, document.pk, connector.pk
    );
    app.execute(&keys).await;
    assert_eq!(workspace_of(&app, &link).await, Some(app.here.pk + 1_000_000));
    assert_eq!((seen(&app.guest()).await, seen(&app.member_elsewhere()).await), (1, 0));
}

#[tokio::test]
async fn a_loader_may_write_links_and_their_ends_in_any_order() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let loader = connect(app.database()).await;
    loader.batch_execute("SET session_replication_role = replica").await.unwrap();
    let later = document.pk + 1_000_000;
    let link = format!(
        "INSERT INTO core_api.document_workspace_connectors (direction, document_pk, workspace_connector_pk)
         VALUES ('input', {later}, {}) RETURNING pk",
        connector.pk
    );
    let link = Row { pk: loader.query_one(&link, &[]).await.unwrap().get(0), ..Row::default() };
    assert_eq!((workspace_of(&app, &link).await, seen(&app.guest()).await), (None, 0));
    let insert = format!(
        "INSERT INTO core_api.documents (pk, filename, workspace_pk) VALUES ({later}, 'later.pdf', {})",
        app.here.pk
    );
    loader.batch_execute(&insert).await.unwrap();
    assert_eq!((workspace_of(&app, &link).await, seen(&app.guest()).await), (Some(app.here.pk), 1));
    loader.batch_execute(&format!("DELETE FROM core_api.documents WHERE pk = {later}")).await.unwrap();
    assert_eq!((workspace_of(&app, &link).await, seen(&app.guest()).await), (None, 0));
}

#[tokio::test]
async fn nobody_sees_a_link_while_a_program_has_its_ends_in_different_workspaces() {
    let app = App::start().await;
    let (document, connector) = ends(&app, &app.here).await;
    let link = make::link(&app, &document, &connector, json!({})).await;
    let mover = connect(app.database()).await;
    mover.batch_execute("SET session_replication_role = replica").await.unwrap();
    // Whatever it says of the workspace.
    let claimed = format!(
        "UPDATE core_api.document_workspace_connectors SET workspace_pk = {} WHERE pk = {}",
        app.elsewhere.pk, link.pk
    );
    mover.batch_execute(&claimed).await.unwrap();
    assert_eq!(workspace_of(&app, &link).await, Some(app.here.pk));
    for (table, end, expected, seen_by) in
        [("documents", &document, None, (0, 0)), ("workspace_connectors", &connector, Some(app.elsewhere.pk), (0, 1))]
    {
        let to_elsewhere =
            format!("UPDATE core_api.{table} SET workspace_pk = {} WHERE pk = {}", app.elsewhere.pk, end.pk);
        mover.batch_execute(&to_elsewhere).await.unwrap();
        assert_eq!(workspace_of(&app, &link).await, expected, "{table}");
        assert_eq!((seen(&app.guest()).await, seen(&app.member_elsewhere()).await), seen_by, "{table}");
    }
}
