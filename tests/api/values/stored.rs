//! What other programs stored is read and kept, whatever PostgreSQL took.

use serde_json::json;
use well_ingestion::server::Settings;

use crate::kit::{App, Asker, make};
use crate::plans::selections::{assert_same, every_field, furnished};

/// As PostgreSQL writes it: a number beyond any of Rust's, one of more digits, one with a zero at its end, and deeper than most readers go.
fn odd() -> String {
    let deep = format!("{}{}", "[".repeat(129), "]".repeat(129));
    format!(
        r#"{{"d": 1.10, "n": 12345678901234567890123, "x": 1{}, "deep": {deep}, "records_synced": 7}}"#,
        "0".repeat(400)
    )
}

async fn both(app: &App, asker: &Asker) -> [Asker; 2] {
    [asker.clone(), app.beside(asker, Settings { plans: false, ..Settings::default() }).await]
}

#[tokio::test]
async fn times_that_only_postgresql_knows_are_answered() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    app.unguarded().await;
    for (index, time) in
        ["infinity", "-infinity", "294276-12-31 23:59:59Z", "4713-01-01 00:00:00Z BC"].into_iter().enumerate()
    {
        // Of whether a row can be seen, times say nothing.
        app.execute(&format!(
            "DO $$ DECLARE found record; BEGIN
                FOR found IN SELECT table_name, column_name FROM information_schema.columns
                    JOIN information_schema.tables USING (table_schema, table_name)
                    WHERE table_schema = 'core_api' AND table_type = 'BASE TABLE' AND column_name NOT IN ('deleted_at', 'revoked_at')
                      AND table_name NOT IN ('changes', 'changed_workspaces', 'idempotency_keys') AND data_type IN ('timestamp with time zone', 'date')
                LOOP EXECUTE format('UPDATE core_api.%I SET %2$I = %3$L WHERE pk %% 4 = {index}',
                    found.table_name, found.column_name, '{time}'); END LOOP;
            END $$"
        ))
        .await;
    }
    every_field(&app, &app.admin(), |query, planned, general| {
        assert_same(query, planned, general);
        let forbidden = planned.codes().iter().all(|code| *code == "FORBIDDEN");
        assert!(forbidden, "{query}: {}", planned.text);
    })
    .await;
    let shown = app
        .admin()
        .say("{ documents(first: 100) { nodes { uploadedAt } } }")
        .await
        .each("/documents/nodes", "uploadedAt");
    for end in ["9999-12-31T23:59:59.999999Z", "0000-01-01T00:00:00.000000Z"] {
        assert!(shown.iter().any(|time| time == end), "{shown:?}");
    }
}

#[tokio::test]
async fn json_is_answered_as_it_is_stored() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let log = make::sync_log(&app, &connected, json!({ "status": "in_progress" })).await;
    let odd = odd();
    app.execute(&format!("UPDATE core_api.workspace_connector_sync_logs SET metadata = '{odd}' WHERE pk = {}", log.pk))
        .await;
    for asker in both(&app, &app.member()).await {
        for fields in ["metadata", "metadata recordsSynced", "isTerminal metadata"] {
            let text = asker.say(&format!("{{ workspaceConnectorSyncLogs {{ nodes {{ {fields} }} }} }}")).await.text;
            assert!(text.contains(&format!("\"metadata\":{odd}")) && !text.contains("errors"), "{text}");
        }
        let counted =
            asker.say("{ workspaceConnectors { nodes { syncInProgress latestSyncLog { recordsSynced } } } }").await;
        assert_eq!(counted.int("/workspaceConnectors/nodes/0/latestSyncLog/recordsSynced"), 7);
    }
    let id = &log.id;
    let succeed = format!(
        "mutation {{ markWorkspaceConnectorSyncLogSuccess(input: {{ id: \"{id}\", metadata: {{ z: 1 }} }}) {{
        workspaceConnectorSyncLog {{ status metadata }} userErrors {{ code }} }} }}"
    );
    // What is repeated is answered with the row as it is.
    for _ in 0..2 {
        let text = app.service().say(&succeed).await.text;
        assert!(text.contains(r#""status":"SUCCESS""#) && text.contains(r#""userErrors":[]"#), "{text}");
        assert!(text.contains(&format!("1{}", "0".repeat(400))) && text.contains(r#""z": 1"#), "{text}");
    }
}

#[tokio::test]
async fn whole_numbers_are_integers_however_they_are_stored() {
    let app = App::start().await;
    let (service, connector) = (app.service(), make::connector(&app, None, json!({})).await);
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    for (stored, told) in [
        ("12.0", json!(12)),
        ("1.2e1", json!(12)),
        ("-0.0", json!(0)),
        ("12.5", json!(null)),
        ("3e9", json!(null)),
        ("\"12\"", json!(null)),
        ("[12]", json!(null)),
    ] {
        let metadata = format!(r#"{{"records_synced": {stored}, "pages_fetched": {stored}}}"#);
        let log = make::sync_log(&app, &connected, json!({})).await;
        app.execute(&format!(
            "UPDATE core_api.workspace_connector_sync_logs SET metadata = '{metadata}' WHERE pk = {};
             INSERT INTO core_api.connector_mappings (target_model, expression, tool_name, audit_trail, pagination_spec,
                workspace_connector_pk, workspace_pk)
             VALUES ('invoice', 'a', '{stored}', '{{\"duration_ms\": {stored}}}', '{{\"per_page\": {stored}}}', {}, {})",
            log.pk, connected.pk, app.here.pk
        ))
        .await;
        let query = format!(
            "query ($tool: String) {{ workspaceConnectorSyncLog(id: \"{}\") {{ recordsSynced pagesFetched }}
                connectorMappings(filter: {{ toolName: {{ eq: $tool }} }}) {{
                    nodes {{ auditTrail {{ durationMs }} paginationSpec {{ perPage }} }} }} }}",
            log.id
        );
        for asker in both(&app, &service).await {
            let answer = asker.ask(&query, json!({ "tool": stored })).await;
            let expected = json!({ "recordsSynced": told, "pagesFetched": told });
            assert_eq!(answer.at("/workspaceConnectorSyncLog"), &expected, "{stored}");
            let expected = json!({ "auditTrail": { "durationMs": told }, "paginationSpec": { "perPage": told } });
            assert_eq!(answer.at("/connectorMappings/nodes/0"), &expected, "{stored}");
        }
    }
}

#[tokio::test]
async fn a_mapping_keeps_what_it_is_not_given_as_it_is_stored() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let odd = odd();
    app.execute(&format!(
        "INSERT INTO core_api.connector_mappings (target_model, expression, tool_name, tool_args, audit_trail, pagination_spec,
            schema_key_paths, workspace_connector_pk, workspace_pk)
         VALUES ('invoice', 'a', 'a', '{odd}', '{odd}', '{odd}', '[\"a\"]', {}, {})",
        connected.pk, app.here.pk
    ))
    .await;
    let select = "toolArgs auditTrail { extra } paginationSpec { perPage extra } schemaKeyPaths";
    for asker in both(&app, &app.service()).await {
        let text = asker.say(&format!("{{ connectorMappings {{ nodes {{ {select} }} }} }}")).await.text;
        assert!(text.contains(&format!("\"toolArgs\":{odd}")) && !text.contains("errors"), "{text}");
        assert_eq!(text.matches("12345678901234567890123").count(), 3, "{text}");
    }
    let listed = app.service().say("{ connectorMappings { nodes { id } } }").await;
    let id = listed.str("/connectorMappings/nodes/0/id");
    let regenerate = format!(
        "mutation {{ regenerateConnectorMapping(input: {{ id: \"{id}\", expression: \"b\" }}) {{
        connectorMapping {{ {select} }} userErrors {{ code message }} }} }}"
    );
    let text = app.service().say(&regenerate).await.text;
    assert!(text.contains(&format!("\"toolArgs\":{odd}")) && text.contains(r#""userErrors":[]"#), "{text}");
    let same =
        "SELECT count(*) FROM (SELECT DISTINCT tool_args, pagination_spec FROM core_api.connector_mappings) AS kept";
    assert_eq!(crate::change::count(&app, same).await, 1);
}

#[tokio::test]
async fn a_run_that_began_in_infinity_ends_without_a_duration() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    for began in ["infinity", "-infinity"] {
        let log = make::sync_log(&app, &connected, json!({ "status": "in_progress", "started_at": began })).await;
        let succeed = format!(
            "mutation {{ markWorkspaceConnectorSyncLogSuccess(input: {{ id: \"{}\" }}) {{
                workspaceConnectorSyncLog {{ status durationMs }} userErrors {{ code }} }} }}",
            log.id
        );
        let ended = app.service().say(&succeed).await;
        let expected = json!({ "status": "SUCCESS", "durationMs": null });
        assert_eq!(ended.at("/markWorkspaceConnectorSyncLogSuccess/workspaceConnectorSyncLog"), &expected);
    }
}

#[tokio::test]
async fn a_key_that_expires_in_infinity_holds() {
    let app = App::start().await;
    for (expiry, holds) in [("infinity", true), ("-infinity", false)] {
        let (_, secret) = make::api_key(&app, &app.here, json!({ "expires_at": expiry })).await;
        let asked = app.bearer(&secret).say("{ viewer { role expiresAt } }").await;
        if holds {
            assert_eq!(asked.at("/viewer"), &json!({ "role": "SERVICE", "expiresAt": "9999-12-31T23:59:59.999999Z" }));
        } else {
            asked.refused("UNAUTHENTICATED");
        }
    }
}
