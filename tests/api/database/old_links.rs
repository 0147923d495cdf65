//! Links that were there before they knew their workspace.

use serde_json::json;

use crate::change::count;
use crate::kit::database::connect;
use crate::kit::{App, make};

/// Each migration of the workspace of links, there and back.
const MIGRATIONS: [(&str, &str); 4] = [
    (
        include_str!("../../../migrations/2026-11-30-000075_link_workspaces/up.sql"),
        include_str!("../../../migrations/2026-11-30-000075_link_workspaces/down.sql"),
    ),
    (
        include_str!("../../../migrations/2026-11-30-000076_fill_link_workspaces/up.sql"),
        include_str!("../../../migrations/2026-11-30-000076_fill_link_workspaces/down.sql"),
    ),
    (
        include_str!("../../../migrations/2026-11-30-000077_check_link_workspaces/up.sql"),
        include_str!("../../../migrations/2026-11-30-000077_check_link_workspaces/down.sql"),
    ),
    (
        include_str!("../../../migrations/2026-11-30-000078_validate_link_workspaces/up.sql"),
        include_str!("../../../migrations/2026-11-30-000078_validate_link_workspaces/down.sql"),
    ),
];

/// What must not be seen to happen to a link while it gets its workspace.
const SIGNS: &str = "SELECT (SELECT count(*) FROM core_api.changes)::text || ' '
        || (SELECT string_agg(pk::text || updated_at::text, ',' ORDER BY pk) FROM core_api.document_workspace_connectors)
        || (SELECT string_agg(tgname || tgenabled::text, ',' ORDER BY tgname) FROM pg_trigger
            WHERE tgrelid = 'core_api.document_workspace_connectors'::regclass AND NOT tgisinternal)";

#[tokio::test]
async fn links_get_their_workspace_and_those_across_workspaces_none() {
    let app = App::start().await;
    for (_, down) in MIGRATIONS.iter().rev() {
        app.execute(down).await;
    }
    let catalogue = make::connector(&app, None, json!({})).await;
    let connector = make::workspace_connector(&app, &app.here, &catalogue, json!({})).await;
    let document = make::document(&app, &app.here, json!({})).await;
    let theirs = make::document(&app, &app.elsewhere, json!({})).await;
    let link = make::link(&app, &document, &connector, json!({})).await;
    let loader = connect(app.database()).await;
    let across = format!(
        "SET session_replication_role = replica;
         INSERT INTO core_api.document_workspace_connectors (direction, document_pk, workspace_connector_pk)
         VALUES ('input', {}, {})",
        theirs.pk, connector.pk
    );
    loader.batch_execute(&across).await.unwrap();

    app.execute(MIGRATIONS[0].0).await;
    // Servers of the release before go on writing.
    let meanwhile = make::link(&app, &document, &connector, json!({})).await;
    let signs = async || app.sql().query_one(SIGNS, &[]).await.unwrap().get::<_, String>(0);
    let before = signs().await;
    app.execute(MIGRATIONS[1].0).await;
    assert_eq!(signs().await, before);
    for (up, _) in &MIGRATIONS[2..] {
        app.execute(up).await;
    }
    let of_here = format!(
        "SELECT count(*) FROM core_api.document_workspace_connectors WHERE workspace_pk = {} AND pk IN ({}, {})",
        app.here.pk, link.pk, meanwhile.pk
    );
    assert_eq!(count(&app, &of_here).await, 2);
    let checked = "SELECT count(*) FROM pg_constraint
        WHERE conrelid = 'core_api.document_workspace_connectors'::regclass AND contype = 'f' AND convalidated";
    assert_eq!(count(&app, checked).await, 5);

    let list = "{ documentWorkspaceConnectors { totalCount } }";
    for (asker, expected) in [(app.guest(), 2), (app.member_elsewhere(), 0)] {
        assert_eq!(asker.say(list).await.int("/documentWorkspaceConnectors/totalCount"), expected);
    }
    // The old one can still be changed, and is seen once its ends share a workspace.
    let old = "UPDATE core_api.document_workspace_connectors SET direction = 'output' WHERE workspace_pk IS NULL";
    assert_eq!(app.sql().execute(old, &[]).await.unwrap(), 1);
    let mended = format!(
        "UPDATE core_api.document_workspace_connectors SET document_pk = {} WHERE workspace_pk IS NULL",
        document.pk
    );
    assert_eq!(app.sql().execute(&mended, &[]).await.unwrap(), 1);
    assert_eq!(app.guest().say(list).await.int("/documentWorkspaceConnectors/totalCount"), 3);
}
