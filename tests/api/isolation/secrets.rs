//! What only some may read of what they can see, and what nobody may.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::kit::introspection::{Schema, list, name};
use crate::kit::{Answer, App, Asker, make};

/// Asserts that exactly these fields of `/found/nodes/0` were refused, and are null, and the others stand.
#[track_caller]
fn assert_refused(answer: &Answer, fields: &[&str], role: &str) {
    assert_eq!(answer.status, 200, "{role}: {}", answer.text);
    let mut refused: Vec<&str> = Vec::new();
    for error in answer.errors() {
        assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{role}: {}", answer.text);
        let path = error["path"].as_array().unwrap();
        assert_eq!(path[..3], [json!("found"), json!("nodes"), json!(0)], "{role}: {}", answer.text);
        refused.push(path[3].as_str().unwrap());
    }
    refused.sort_unstable();
    assert_eq!(refused, fields, "{role}: {}", answer.text);
    for (field, value) in answer.shown("/found/nodes/0").as_object().unwrap() {
        assert_eq!(value.is_null(), fields.contains(&field.as_str()), "{role}: {field} in {}", answer.text);
    }
}

#[tokio::test]
async fn the_protected_fields_of_a_mapping_are_refused_one_by_one() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let values = json!({
        "expression": "$.x", "user_instructions": "mind the gap", "tool_args": { "secret": 1 },
        "audit_trail": { "jury_name": "panel" },
    });
    make::mapping(&app, &connected, values).await;
    let query = "{ found: connectorMappings {
        nodes { id toolName expression userInstructions auditTrail { juryName } toolArgs }
    } }";
    let above_member = ["auditTrail", "expression", "toolArgs", "userInstructions"];
    assert_refused(&app.member().say(query).await, &above_member, "member");
    assert_refused(&app.admin().say(query).await, &["toolArgs"], "admin");
    assert_refused(&app.owner().say(query).await, &["toolArgs"], "owner");
    assert_refused(&app.service().say(query).await, &[], "service");
    app.guest().say(query).await.refused("FORBIDDEN");
}

#[tokio::test]
async fn the_predecessor_of_a_mapping_is_for_admins_owners_and_the_pipeline_of_its_workspace() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let moment = "2026-02-03T04:05:06Z";
    let former =
        make::mapping(&app, &connected, json!({ "tool_name": "t", "expression": "former", "deleted_at": moment }))
            .await;
    make::mapping(&app, &connected, json!({ "tool_name": "t", "created_at": moment })).await;
    let query = "{ found: connectorMappings { nodes { id predecessor { expression } } } }";
    assert_refused(&app.member().say(query).await, &["predecessor"], "member");
    for asker in [app.admin(), app.owner(), app.service()] {
        assert_eq!(asker.say(query).await.str("/found/nodes/0/predecessor/expression"), "former");
    }
    // Whoever wrote it: a row of another workspace is nobody's predecessor here.
    app.unguarded().await;
    let elsewhere = format!(
        "UPDATE core_api.connector_mappings SET workspace_pk = {} WHERE connector_mapping_id = '{}'",
        app.elsewhere.pk, former.id
    );
    app.execute(&elsewhere).await;
    for asker in [app.admin(), app.service()] {
        assert!(asker.say(query).await.at("/found/nodes/0/predecessor").is_null());
    }
}

#[tokio::test]
async fn a_protected_field_is_refused_also_where_it_has_no_value() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    make::mapping(&app, &connected, json!({})).await;
    make::sync_log(&app, &connected, json!({})).await;
    for query in [
        "{ connectorMappings { nodes { toolArgs } } }",
        "{ connectorMappings { nodes { userInstructions } } }",
        "{ workspaceConnectorSyncLogs { nodes { cloudTaskId } } }",
        "{ workspaceConnectors { nodes { latestSyncLog { cloudTaskId } } } }",
    ] {
        app.member().say(query).await.refused("FORBIDDEN");
    }
}

#[tokio::test]
async fn the_cloud_task_of_a_sync_log_is_for_admins_owners_and_the_pipeline() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    make::sync_log(&app, &connected, json!({ "cloud_task_id": "queue/1", "trigger_type": "cloud_task" })).await;
    let query = "{ found: workspaceConnectorSyncLogs { nodes { id status cloudTaskId } } }";
    for (role, asker) in app.by_role() {
        let refused: &[&str] = if matches!(role, "guest" | "member") { &["cloudTaskId"] } else { &[] };
        assert_refused(&asker.say(query).await, refused, role);
    }
}

#[tokio::test]
async fn diagnostics_and_mappings_are_closed_to_guests_behind_relations_too() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    make::diagnostic(&app, &connected, json!({})).await;
    make::mapping(&app, &connected, json!({})).await;
    let query = "{ workspaceConnectors { nodes {
        id diagnostics { totalCount } mappings { totalCount } syncLogs { totalCount }
    } } }";
    let answer = app.guest().say(query).await;
    assert_eq!(answer.codes(), ["FORBIDDEN", "FORBIDDEN"], "{}", answer.text);
    let expected = json!([{
        "id": connected.id, "diagnostics": null, "mappings": null, "syncLogs": { "totalCount": 0 },
    }]);
    assert_eq!(answer.shown("/workspaceConnectors/nodes"), &expected);
    assert!(app.member().say(query).await.errors().is_empty());
}

#[tokio::test]
async fn a_subject_can_be_read_of_ones_own_membership_only() {
    let app = App::start().await;
    let own = |asker: Asker| async move { asker.say("{ viewer { membership { id subject } } }").await };
    assert_eq!(own(app.guest()).await.str("/viewer/membership/subject"), "guest@here");
    let all = app.admin().say("{ memberships { nodes { role subject } } }").await;
    let read: Vec<&Value> =
        all.shown("/memberships/nodes").as_array().unwrap().iter().map(|node| &node["subject"]).collect();
    assert_eq!(read.iter().filter(|subject| !subject.is_null()).copied().collect::<Vec<_>>(), ["admin@here"]);
    assert_eq!(all.codes(), vec!["FORBIDDEN"; read.len() - 1]);
}

#[tokio::test]
async fn a_member_may_look_up_its_own_membership_and_no_other() {
    let app = App::start().await;
    let own = app.member().say("{ viewer { membership { id } } }").await;
    let other = app.guest().say("{ viewer { membership { id } } }").await;
    let query = "query ($id: ID!) { membership(id: $id) { id } }";
    for (of, visible) in [(&own, true), (&other, false)] {
        let id = of.at("/viewer/membership/id");
        let answer = app.member().ask(query, json!({ "id": id })).await;
        assert_eq!(!answer.at("/membership").is_null(), visible, "{}", answer.text);
    }
}

/// The fields that sound like a secret and are none.
const HARMLESS: [&str; 4] = [
    // Shown once, to whoever makes the key.
    "CreateApiKeyPayload.secret",
    // Whom an admin lets in.
    "CreateMembershipInput.subject",
    // One's own only.
    "Membership.subject",
    "UserError.path",
];

#[tokio::test]
async fn no_field_of_the_schema_gives_away_what_nobody_may_read() {
    let schema = Schema::of(&App::start().await).await;
    let secrets = ["pk", "config", "bucket", "path", "hash", "invite", "token", "secret", "subject", "deletedat"];
    let mut found = BTreeSet::new();
    for ty in schema.types() {
        for field in list(ty, "fields").iter().chain(list(ty, "inputFields")) {
            let (ty, field) = (name(ty), name(field));
            let says = |secret: &&str| {
                if *secret == "pk" {
                    field == "pk" || field.ends_with("Pk")
                } else {
                    field.to_lowercase().contains(*secret)
                }
            };
            // Key paths say where in a tool's answer something stands.
            if secrets.iter().any(says) && !field.ends_with("KeyPaths") {
                found.insert(format!("{ty}.{field}"));
            }
        }
    }
    let harmless = HARMLESS.map(str::to_owned).into();
    assert_eq!(found, harmless);
}

#[tokio::test]
async fn a_guests_list_of_everything_holds_no_secret_of_the_database() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let config = json!({ "config": { "token": "hush-config" } });
    let connected = make::workspace_connector(&app, &app.here, &connector, config).await;
    let stored = json!({ "bucket": "hush-bucket", "path": "hush-path" });
    let document = make::document(&app, &app.here, stored).await;
    make::link(&app, &document, &connected, json!({})).await;
    let schema = Schema::of(&app).await;
    for (one, id) in [("workspaceConnector", &connected.id), ("document", &document.id)] {
        let ty = if one == "document" { "Document" } else { "WorkspaceConnector" };
        let scalars = list(schema.ty(ty), "fields").iter().filter(|field| {
            let kind = &schema.ty(crate::kit::introspection::named(field))["kind"];
            kind == "SCALAR" || kind == "ENUM"
        });
        let fields = scalars.map(name).collect::<Vec<_>>().join(" ");
        let answer = app.owner().say(&format!("{{ {one}(id: {}) {{ {fields} }} }}", json!(id))).await;
        assert_eq!(answer.str(&format!("/{one}/id")), id);
        assert!(!answer.text.contains("hush"), "{}", answer.text);
    }
}
