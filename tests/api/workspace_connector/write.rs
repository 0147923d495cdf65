//! `connectWorkspaceConnector`, `updateWorkspaceConnector`, `disconnectWorkspaceConnector`.

use serde_json::{Value, json};

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::kit::{App, Row, make};

const ALL: &str = "workspaceConnector { id status accountLabel updatedAt person { id } connector { id } }";

async fn connection(app: &App) -> Row {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, &app.here, &connector, json!({ "account_label": "Main" })).await
}

async fn live_mappings(app: &App, of: &Row) -> i64 {
    let live = "SELECT count(*) FROM core_api.connector_mappings WHERE deleted_at IS NULL AND workspace_connector_pk =";
    count(app, &format!("{live} {}", of.pk)).await
}

#[tokio::test]
async fn connecting_notes_who_did_it() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let person = make::person(&app, &app.here, json!({})).await;
    app.execute(&format!("UPDATE core_api.memberships SET person_pk = {} WHERE subject = 'admin@here'", person.pk))
        .await;
    let input = json!({ "connectorId": connector.id, "accountLabel": "Main account" });
    let first = done(&app.admin(), "connectWorkspaceConnector", ALL, input.clone()).await;
    let expected = json!({
        "id": first.str("/done/workspaceConnector/id"), "status": "TO_CONFIGURE", "accountLabel": "Main account",
        "updatedAt": first.str("/done/workspaceConnector/updatedAt"), "person": { "id": person.id },
        "connector": { "id": connector.id },
    });
    assert_eq!(first.at("/done/workspaceConnector"), &expected);
    // Several connections of one connector are legal.
    let second = done(&app.owner(), "connectWorkspaceConnector", ALL, input.clone()).await;
    assert_ne!(second.str("/done/workspaceConnector/id"), first.str("/done/workspaceConnector/id"));
    assert!(second.at("/done/workspaceConnector/person").is_null());

    app.execute(&format!("UPDATE core_api.peoples SET deleted_at = now() WHERE pk = {}", person.pk)).await;
    let third = done(&app.admin(), "connectWorkspaceConnector", ALL, input).await;
    assert!(third.at("/done/workspaceConnector/person").is_null());
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.workspace_connectors WHERE person_pk IS NOT NULL").await, 1);
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.workspace_connectors WHERE config IS NOT NULL").await, 0);
}

#[tokio::test]
async fn only_the_pipeline_says_in_which_state_it_begins() {
    let app = App::start().await;
    let connector = make::connector(&app, Some(&app.here), json!({})).await;
    let input = |status: &str| json!({ "connectorId": connector.id, "status": status });
    for asker in [app.admin(), app.owner()] {
        change(&asker, "connectWorkspaceConnector", ALL, input("ENABLED")).await.refused("FORBIDDEN");
        done(&asker, "connectWorkspaceConnector", ALL, input("TO_CONFIGURE")).await;
    }
    let answer = done(&app.service(), "connectWorkspaceConnector", ALL, input("ENABLED")).await;
    assert_eq!(answer.str("/done/workspaceConnector/status"), "ENABLED");
    let answer = change(&app.service(), "connectWorkspaceConnector", ALL, input("DISABLED")).await;
    refused(&answer, "BAD_USER_INPUT", "status");
}

#[tokio::test]
async fn only_what_is_available_here_can_be_connected() {
    let app = App::start().await;
    for status in ["coming_soon", "unavailable", "maintenance", "no such status"] {
        let connector = make::connector(&app, None, json!({ "status": status })).await;
        let answer =
            change(&app.service(), "connectWorkspaceConnector", ALL, json!({ "connectorId": connector.id })).await;
        refused(&answer, "INVALID_STATE", "connectorId");
    }
    let private = make::connector(&app, Some(&app.elsewhere), json!({})).await;
    let unavailable = make::connector(&app, Some(&app.elsewhere), json!({ "status": "unavailable" })).await;
    let deleted = make::connector(&app, None, json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await;
    for connector in [private, unavailable, deleted] {
        let answer =
            change(&app.admin(), "connectWorkspaceConnector", ALL, json!({ "connectorId": connector.id })).await;
        refused(&answer, "NOT_FOUND", "connectorId");
    }
    let connector = make::connector(&app, None, json!({})).await;
    let labels = [json!(""), json!(" "), json!("x".repeat(256)), json!("a\0")];
    let input = json!({ "connectorId": connector.id });
    refuses(&app.admin(), "connectWorkspaceConnector", &input, "accountLabel", &labels).await;
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.workspace_connectors").await, 0);
}

#[tokio::test]
async fn the_same_key_connects_once() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let input = json!({ "connectorId": connector.id, "idempotencyKey": "once" });
    let services: Vec<_> = (0..5).map(|_| app.service()).collect();
    let raced =
        at_once(services.iter().map(|service| done(service, "connectWorkspaceConnector", ALL, input.clone()))).await;
    for answer in &raced {
        assert_eq!(answer.text, raced[0].text);
    }
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.workspace_connectors").await, 1);
    let other = json!({ "connectorId": connector.id, "idempotencyKey": "once", "accountLabel": "x" });
    let answer = change(&app.service(), "connectWorkspaceConnector", ALL, other).await;
    refused(&answer, "BAD_USER_INPUT", "idempotencyKey");
    // What was refused has not used its key up.
    let soon = make::connector(&app, None, json!({ "status": "coming_soon" })).await;
    let input = json!({ "connectorId": soon.id, "idempotencyKey": "soon" });
    refused(
        &change(&app.admin(), "connectWorkspaceConnector", ALL, input.clone()).await,
        "INVALID_STATE",
        "connectorId",
    );
    app.execute(&format!("UPDATE core_api.connectors SET status = 'available' WHERE pk = {}", soon.pk)).await;
    done(&app.admin(), "connectWorkspaceConnector", ALL, input).await;
}

#[tokio::test]
async fn admins_rename_and_the_pipeline_sets_the_status() {
    let app = App::start().await;
    let row = connection(&app).await;
    let rename = json!({ "id": row.id, "accountLabel": "Other" });
    let set = json!({ "id": row.id, "status": "NEED_RECONNECT" });
    let both = json!({ "id": row.id, "accountLabel": "Other", "status": "NEED_RECONNECT" });
    for (asker, inputs) in
        [(app.admin(), [&set, &both]), (app.owner(), [&set, &both]), (app.service(), [&rename, &both])]
    {
        for input in inputs {
            change(&asker, "updateWorkspaceConnector", ALL, input.clone()).await.refused("FORBIDDEN");
        }
    }
    let status = json!({ "id": row.id, "status": null });
    change(&app.admin(), "updateWorkspaceConnector", ALL, status.clone()).await.refused("FORBIDDEN");
    refused(&change(&app.service(), "updateWorkspaceConnector", ALL, status).await, "BAD_USER_INPUT", "status");
    let labels = [json!(""), json!("x".repeat(256)), json!("a\0")];
    refuses(&app.admin(), "updateWorkspaceConnector", &json!({ "id": row.id }), "accountLabel", &labels).await;

    let answer = done(&app.admin(), "updateWorkspaceConnector", ALL, rename).await;
    assert_eq!(answer.at("/done/workspaceConnector/accountLabel"), "Other");
    assert_eq!(answer.at("/done/workspaceConnector/status"), "ENABLED");
    let answer = done(&app.service(), "updateWorkspaceConnector", ALL, set).await;
    assert_eq!(answer.at("/done/workspaceConnector/accountLabel"), "Other");
    assert_eq!(answer.at("/done/workspaceConnector/status"), "NEED_RECONNECT");
}

#[tokio::test]
async fn what_is_left_out_stays_and_null_clears_however_it_is_said() {
    let app = App::start().await;
    let row = connection(&app).await;
    let end = "{ workspaceConnector { accountLabel } userErrors { code } } }";
    let inner = format!(
        "mutation ($id: ID!, $label: String) {{
            done: updateWorkspaceConnector(input: {{ id: $id accountLabel: $label }}) {end}"
    );
    let whole = format!(
        "mutation ($input: UpdateWorkspaceConnectorInput!) {{ done: updateWorkspaceConnector(input: $input) {end}"
    );
    let literal = |text: &str| {
        format!("mutation {{ done: updateWorkspaceConnector(input: {{ id: {} {text} }}) {end}", json!(row.id))
    };
    for (query, variables, expected) in [
        (&inner, json!({ "id": row.id }), json!("Main")),
        (&whole, json!({ "input": { "id": row.id } }), json!("Main")),
        (&literal(""), json!({}), json!("Main")),
        (&inner, json!({ "id": row.id, "label": null }), json!(null)),
        (&inner, json!({ "id": row.id, "label": "One" }), json!("One")),
        (&whole, json!({ "input": { "id": row.id, "accountLabel": null } }), json!(null)),
        (&whole, json!({ "input": { "id": row.id, "accountLabel": "Two" } }), json!("Two")),
        (&literal("accountLabel: null"), json!({}), json!(null)),
        (&literal("accountLabel: \"Three\""), json!({}), json!("Three")),
    ] {
        let answer = app.admin().ask(query, variables.clone()).await;
        assert_eq!(answer.at("/done/workspaceConnector/accountLabel"), &expected, "{query} {variables}");
    }
}

#[tokio::test]
async fn a_change_of_what_has_moved_on_is_a_conflict_and_shows_it() {
    let app = App::start().await;
    let row = connection(&app).await;
    let read = done(&app.admin(), "updateWorkspaceConnector", ALL, json!({ "id": row.id })).await;
    let seen = read.str("/done/workspaceConnector/updatedAt");
    let rename = json!({ "id": row.id, "accountLabel": "First", "expectedUpdatedAt": seen });
    let first = done(&app.admin(), "updateWorkspaceConnector", ALL, rename).await;
    let set = json!({ "id": row.id, "status": "ERROR", "expectedUpdatedAt": seen });
    let off = json!({ "id": row.id, "status": "DISABLED", "expectedUpdatedAt": seen });
    let disconnect = json!({ "id": row.id, "expectedUpdatedAt": seen });
    for (mutation, input) in [
        ("updateWorkspaceConnector", set),
        ("updateWorkspaceConnector", off),
        ("disconnectWorkspaceConnector", disconnect),
    ] {
        let late = change(&app.service(), mutation, ALL, input).await;
        refused(&late, "CONFLICT", "expectedUpdatedAt");
        assert_eq!(late.at("/done/workspaceConnector"), first.at("/done/workspaceConnector"));
    }
    let seen = first.str("/done/workspaceConnector/updatedAt");
    let input = json!({ "id": row.id, "expectedUpdatedAt": seen });
    done(&app.service(), "disconnectWorkspaceConnector", ALL, input).await;
}

#[tokio::test]
async fn disconnecting_deletes_its_live_mappings_and_no_other() {
    let app = App::start().await;
    let (row, other) = (connection(&app).await, connection(&app).await);
    for connector in [&row, &row, &other] {
        make::mapping(&app, connector, json!({})).await;
    }
    let before = make::mapping(&app, &row, json!({ "deleted_at": "2026-01-01T00:00:00Z" })).await;
    make::sync_log(&app, &row, json!({})).await;
    let selection =
        "workspaceConnector { status connectionState updatedAt mappings { totalCount } syncLogs { totalCount } }";
    let first = done(&app.admin(), "disconnectWorkspaceConnector", selection, json!({ "id": row.id })).await;
    let expected = json!({
        "status": "DISABLED", "connectionState": "MISSING", "mappings": { "totalCount": 0 },
        "updatedAt": first.str("/done/workspaceConnector/updatedAt"), "syncLogs": { "totalCount": 1 },
    });
    assert_eq!(first.at("/done/workspaceConnector"), &expected);
    assert_eq!((live_mappings(&app, &row).await, live_mappings(&app, &other).await), (0, 1));
    let untouched =
        "SELECT count(*) FROM core_api.connector_mappings WHERE deleted_at = '2026-01-01T00:00:00Z' AND pk =";
    assert_eq!(count(&app, &format!("{untouched} {}", before.pk)).await, 1);

    let stale = json!({ "id": row.id, "expectedUpdatedAt": "2020-01-01T00:00:00Z" });
    for input in [json!({ "id": row.id }), stale] {
        let again = done(&app.service(), "disconnectWorkspaceConnector", selection, input).await;
        assert_eq!(again.text, first.text);
    }
    // What another program left behind goes too.
    make::mapping(&app, &row, json!({})).await;
    done(&app.service(), "disconnectWorkspaceConnector", selection, json!({ "id": row.id })).await;
    assert_eq!(live_mappings(&app, &row).await, 0);
}

#[tokio::test]
async fn setting_it_disabled_is_disconnecting_it() {
    let app = App::start().await;
    let row = connection(&app).await;
    make::mapping(&app, &row, json!({})).await;
    let input = |status: &str| json!({ "id": row.id, "status": status });
    done(&app.service(), "updateWorkspaceConnector", ALL, input("DEGRADED")).await;
    assert_eq!(live_mappings(&app, &row).await, 1);
    let answer = done(&app.service(), "updateWorkspaceConnector", ALL, input("DISABLED")).await;
    assert_eq!(answer.at("/done/workspaceConnector/status"), "DISABLED");
    assert_eq!(live_mappings(&app, &row).await, 0);
    let answer = done(&app.service(), "updateWorkspaceConnector", ALL, input("ENABLED")).await;
    assert_eq!(answer.at("/done/workspaceConnector/status"), "ENABLED");
}

#[tokio::test]
async fn disconnecting_is_done_with_its_mappings_or_not_at_all() {
    let app = App::start().await;
    let row = connection(&app).await;
    make::mapping(&app, &row, json!({})).await;
    app.execute(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
         CREATE TRIGGER refuse BEFORE UPDATE ON core_api.workspace_connectors
         FOR EACH ROW WHEN (NEW.status = 'disabled') EXECUTE FUNCTION refuse()",
    )
    .await;
    let answer = change(&app.admin(), "disconnectWorkspaceConnector", ALL, json!({ "id": row.id })).await;
    answer.refused("INTERNAL_SERVER_ERROR");
    assert_eq!(live_mappings(&app, &row).await, 1);
    app.execute(
        "DROP TRIGGER refuse ON core_api.workspace_connectors;
         CREATE TRIGGER refuse BEFORE UPDATE ON core_api.connector_mappings FOR EACH ROW EXECUTE FUNCTION refuse()",
    )
    .await;
    let answer = change(&app.admin(), "disconnectWorkspaceConnector", ALL, json!({ "id": row.id })).await;
    answer.refused("INTERNAL_SERVER_ERROR");
    let enabled = "SELECT count(*) FROM core_api.workspace_connectors WHERE status = 'enabled' AND pk =";
    assert_eq!(count(&app, &format!("{enabled} {}", row.pk)).await, 1);
}

#[tokio::test]
async fn disconnecting_at_once_is_harmless() {
    let app = App::start().await;
    let row = connection(&app).await;
    make::mapping(&app, &row, json!({})).await;
    let askers: Vec<_> = (0..8).map(|index| if index % 2 == 0 { app.admin() } else { app.service() }).collect();
    let input: Value = json!({ "id": row.id });
    let raced =
        at_once(askers.iter().map(|asker| done(asker, "disconnectWorkspaceConnector", ALL, input.clone()))).await;
    for answer in &raced {
        assert_eq!(answer.text, raced[0].text);
    }
    assert_eq!(live_mappings(&app, &row).await, 0);
}

#[tokio::test]
async fn no_mapping_is_made_or_replaced_while_it_is_disconnected() {
    let app = App::start().await;
    for round in 0..16 {
        let row = connection(&app).await;
        let mapping = make::mapping(&app, &row, json!({})).await;
        let (service, admin) = (app.service(), app.admin());
        let make = json!({
            "workspaceConnectorId": row.id, "targetModel": "INVOICE", "toolName": "another", "expression": "$",
        });
        let replace = json!({ "id": mapping.id, "expression": "$" });
        let (mutation, input, code, path) = if round % 4 < 2 {
            ("createConnectorMapping", make, "INVALID_STATE", "workspaceConnectorId")
        } else {
            ("regenerateConnectorMapping", replace, "NOT_FOUND", "id")
        };
        let change = change(&service, mutation, "", input);
        let disconnect = done(&admin, "disconnectWorkspaceConnector", ALL, json!({ "id": row.id }));
        let changed =
            if round % 2 == 0 { tokio::join!(change, disconnect).0 } else { tokio::join!(disconnect, change).1 };
        if changed.at("/done/userErrors") != &json!([]) {
            refused(&changed, code, path);
        }
        assert_eq!(live_mappings(&app, &row).await, 0);
    }
}
