//! `createConnector`, `updateConnector`, `deleteConnector`.

use serde_json::{Value, json};

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::kit::{App, make};

const ALL: &str =
    "connector { id serviceId name provider categoryId direction status logoUrl dataDomains isPrivate updatedAt }";

fn tool(service_id: &str) -> Value {
    json!({ "serviceId": service_id, "name": "A tool", "provider": "WELL" })
}

fn full() -> Value {
    json!({
        "serviceId": "tool", "name": "A tool", "provider": "PLAID_EU", "categoryId": "bank", "direction": "OUTPUT",
        "status": "COMING_SOON", "logoUrl": "https://example.com/logo.svg", "dataDomains": ["banking", "accounting"],
    })
}

#[tokio::test]
async fn a_private_connector_is_the_workspaces_own() {
    let app = App::start().await;
    let made = done(&app.admin(), "createConnector", ALL, tool("mine")).await;
    let expected = json!({
        "id": made.str("/done/connector/id"), "serviceId": "mine", "name": "A tool", "provider": "WELL", "categoryId": null,
        "direction": "INPUT", "status": "AVAILABLE", "logoUrl": null, "dataDomains": [], "isPrivate": true,
        "updatedAt": made.str("/done/connector/updatedAt"),
    });
    assert_eq!(made.at("/done/connector"), &expected);
    let query = format!("{{ connector(id: {}) {{ id }} }}", json!(made.str("/done/connector/id")));
    assert!(!app.guest().say(&query).await.at("/connector").is_null());
    assert!(app.admin_elsewhere().say(&query).await.at("/connector").is_null());

    let mut all = done(&app.service(), "createConnector", ALL, full()).await.at("/done/connector").clone();
    for key in ["id", "isPrivate", "updatedAt"] {
        all.as_object_mut().unwrap().remove(key);
    }
    assert_eq!(all, full());
}

#[tokio::test]
async fn global_connectors_are_for_the_pipeline() {
    let app = App::start().await;
    let global = json!({ "serviceId": "tool", "name": "For all", "provider": "CHIFT", "global": true });
    for asker in [app.admin(), app.owner(), app.member()] {
        change(&asker, "createConnector", ALL, global.clone()).await.refused("FORBIDDEN");
    }
    let made = done(&app.service(), "createConnector", ALL, global).await;
    assert_eq!(made.at("/done/connector/isPrivate"), false);
    let id = made.str("/done/connector/id");
    let query = format!("{{ connector(id: {}) {{ name }} }}", json!(id));
    assert_eq!(app.guest().say(&query).await.str("/connector/name"), "For all");
    for asker in [app.admin(), app.owner()] {
        change(&asker, "updateConnector", ALL, json!({ "id": id, "name": "Mine" })).await.refused("FORBIDDEN");
        change(&asker, "deleteConnector", ALL, json!({ "id": id })).await.refused("FORBIDDEN");
    }
    assert_eq!(app.guest().say(&query).await.str("/connector/name"), "For all");
    done(&app.service_elsewhere(), "updateConnector", ALL, json!({ "id": id, "name": "Renamed" })).await;
    assert_eq!(app.guest().say(&query).await.str("/connector/name"), "Renamed");
    done(&app.service(), "deleteConnector", ALL, json!({ "id": id })).await;
    assert!(app.guest().say(&query).await.at("/connector").is_null());
    refused(&change(&app.service(), "deleteConnector", ALL, json!({ "id": id })).await, "NOT_FOUND", "id");
}

#[tokio::test]
async fn a_service_id_is_unique_in_the_catalogue_and_in_the_workspace() {
    let app = App::start().await;
    let global = json!({ "serviceId": "tool", "name": "For all", "provider": "WELL", "global": true });
    done(&app.service(), "createConnector", ALL, global.clone()).await;
    let again = change(&app.service_elsewhere(), "createConnector", ALL, global).await;
    refused(&again, "CONFLICT", "serviceId");
    assert!(again.at("/done/connector").is_null());

    let first = done(&app.admin(), "createConnector", ALL, tool("tool")).await;
    refused(&change(&app.owner(), "createConnector", ALL, tool("tool")).await, "CONFLICT", "serviceId");
    done(&app.admin_elsewhere(), "createConnector", ALL, tool("tool")).await;
    done(&app.admin(), "deleteConnector", ALL, json!({ "id": first.str("/done/connector/id") })).await;

    let admins: Vec<_> = (0..6).map(|_| app.admin()).collect();
    let raced = at_once(admins.iter().map(|admin| change(admin, "createConnector", ALL, tool("tool")))).await;
    let (won, lost): (Vec<_>, Vec<_>) = raced.iter().partition(|answer| answer.at("/done/userErrors") == &json!([]));
    assert_eq!(won.len(), 1);
    for answer in lost {
        refused(answer, "CONFLICT", "serviceId");
    }
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = App::start().await;
    let admin = app.admin();
    let made = done(&admin, "createConnector", ALL, tool("mine")).await;
    let (long, short) = (json!("x".repeat(256)), json!(""));
    let bad: [(&str, Vec<Value>); 3] = [
        ("name", vec![long.clone(), short.clone(), json!("a\0")]),
        ("categoryId", vec![long.clone(), short.clone(), json!("a\0")]),
        ("logoUrl", vec![short.clone(), json!("javascript:alert(1)"), json!("logo.png")]),
    ];
    let update = json!({ "id": made.str("/done/connector/id") });
    for (field, values) in &bad {
        refuses(&admin, "createConnector", &tool("new"), field, values).await;
        refuses(&admin, "updateConnector", &update, field, values).await;
    }
    refuses(&admin, "createConnector", &tool("new"), "serviceId", &[long, short, json!("a\0")]).await;
    for field in ["name", "provider", "direction", "status", "dataDomains"] {
        refuses(&admin, "updateConnector", &update, field, &[json!(null)]).await;
    }
    for (domains, path) in [
        (json!(vec!["x"; 51]), "dataDomains"),
        (json!(["a", ""]), "dataDomains.1"),
        (json!(["x".repeat(101)]), "dataDomains.0"),
        (json!(["a", "b", "c\0"]), "dataDomains.2"),
    ] {
        let mut input = tool("new");
        input["dataDomains"] = domains.clone();
        refused(&change(&admin, "createConnector", ALL, input).await, "BAD_USER_INPUT", path);
        let input = json!({ "id": made.str("/done/connector/id"), "dataDomains": domains });
        refused(&change(&admin, "updateConnector", ALL, input).await, "BAD_USER_INPUT", path);
    }
    let after = format!("{{ connector(id: {}) {{ updatedAt }} }}", json!(made.str("/done/connector/id")));
    assert_eq!(admin.say(&after).await.at("/connector/updatedAt"), made.at("/done/connector/updatedAt"));
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.connectors").await, 1);
}

#[tokio::test]
async fn what_is_left_out_stays_and_null_clears_however_it_is_said() {
    let app = App::start().await;
    let admin = app.admin();
    let made = done(&admin, "createConnector", ALL, full()).await;
    let id = made.str("/done/connector/id").to_owned();
    let fields = "serviceId name provider categoryId direction status logoUrl dataDomains";
    let cleared = {
        let mut cleared = full();
        (cleared["categoryId"], cleared["logoUrl"]) = (json!(null), json!(null));
        cleared
    };
    let literal = format!(
        "mutation ($id: ID!) {{ done: updateConnector(input: {{ id: $id categoryId: null logoUrl: null }})
            {{ connector {{ {fields} }} }} }}"
    );
    let inner = format!(
        "mutation ($id: ID!, $name: String, $category: String, $logo: String) {{
            done: updateConnector(input: {{ id: $id name: $name categoryId: $category logoUrl: $logo }})
            {{ connector {{ {fields} }} }} }}"
    );
    let whole = format!(
        "mutation ($input: UpdateConnectorInput!) {{ done: updateConnector(input: $input) {{ connector {{ {fields} }} }} }}"
    );
    for (query, nothing, nulls) in [
        (&inner, json!({ "id": id }), json!({ "id": id, "category": null, "logo": null })),
        (
            &whole,
            json!({ "input": { "id": id } }),
            json!({ "input": { "id": id, "categoryId": null, "logoUrl": null } }),
        ),
        (&literal, json!(null), json!({ "id": id })),
    ] {
        let back = json!({ "id": id, "categoryId": "bank", "logoUrl": "https://example.com/logo.svg" });
        done(&admin, "updateConnector", "", back).await;
        if !nothing.is_null() {
            assert_eq!(admin.ask(query, nothing).await.at("/done/connector"), &full(), "{query}");
        }
        assert_eq!(admin.ask(query, nulls).await.at("/done/connector"), &cleared, "{query}");
    }
    let all = json!({
        "id": id, "name": "Another", "provider": "APIDECK", "categoryId": "mail", "direction": "INPUT",
        "status": "MAINTENANCE", "logoUrl": "http://example.com/", "dataDomains": [],
    });
    let mut expected = all.clone();
    expected.as_object_mut().unwrap().remove("id");
    expected["serviceId"] = json!("tool");
    let answer = done(&admin, "updateConnector", &format!("connector {{ {fields} }}"), all).await;
    assert_eq!(answer.at("/done/connector"), &expected);
}

#[tokio::test]
async fn a_change_of_what_has_moved_on_is_a_conflict_and_shows_it() {
    let app = App::start().await;
    let made = done(&app.admin(), "createConnector", ALL, tool("mine")).await;
    let (id, seen) = (made.str("/done/connector/id"), made.str("/done/connector/updatedAt"));
    let input = json!({ "id": id, "name": "Moved", "expectedUpdatedAt": seen });
    let moved = done(&app.admin(), "updateConnector", ALL, input.clone()).await;
    let late = change(&app.admin(), "updateConnector", ALL, input).await;
    refused(&late, "CONFLICT", "expectedUpdatedAt");
    assert_eq!(late.at("/done/connector"), moved.at("/done/connector"));
    let late = change(&app.admin(), "deleteConnector", ALL, json!({ "id": id, "expectedUpdatedAt": seen })).await;
    refused(&late, "CONFLICT", "expectedUpdatedAt");
    assert_eq!(late.at("/done/connector"), moved.at("/done/connector"));
    let seen = moved.str("/done/connector/updatedAt");
    done(&app.admin(), "deleteConnector", ALL, json!({ "id": id, "expectedUpdatedAt": seen })).await;
}

#[tokio::test]
async fn the_same_key_makes_one_connector() {
    let app = App::start().await;
    let mut input = tool("mine");
    input["idempotencyKey"] = json!("once");
    let admins: Vec<_> = (0..5).map(|_| app.admin()).collect();
    let raced = at_once(admins.iter().map(|admin| done(admin, "createConnector", ALL, input.clone()))).await;
    for answer in &raced {
        assert_eq!(answer.text, raced[0].text);
    }
    let mut other = input.clone();
    other["name"] = json!("Another");
    refused(&change(&app.admin(), "createConnector", ALL, other).await, "BAD_USER_INPUT", "idempotencyKey");
    // Another principal's key is another key.
    refused(&change(&app.owner(), "createConnector", ALL, input.clone()).await, "CONFLICT", "serviceId");
    done(&app.admin(), "deleteConnector", ALL, json!({ "id": raced[0].str("/done/connector/id") })).await;
    refused(&change(&app.admin(), "createConnector", ALL, input).await, "NOT_FOUND", "idempotencyKey");
}

#[tokio::test]
async fn a_connector_is_not_deleted_while_it_is_connected_here() {
    let app = App::start().await;
    let connector = make::connector(&app, Some(&app.here), json!({})).await;
    let connection = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let answer = change(&app.admin(), "deleteConnector", ALL, json!({ "id": connector.id })).await;
    refused(&answer, "INVALID_STATE", "");
    assert!(answer.at("/done/connector").is_null());
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.connectors WHERE deleted_at IS NULL").await, 1);

    done(&app.admin(), "disconnectWorkspaceConnector", "", json!({ "id": connection.id })).await;
    done(&app.admin(), "deleteConnector", ALL, json!({ "id": connector.id })).await;
    let query = format!("{{ workspaceConnector(id: {}) {{ status connector {{ id }} }} }}", json!(connection.id));
    let left = app.admin().say(&query).await;
    assert_eq!(left.at("/workspaceConnector"), &json!({ "status": "DISABLED", "connector": null }));
}

#[tokio::test]
async fn what_others_connected_neither_shows_nor_counts() {
    let app = App::start().await;
    let connected = make::connector(&app, None, json!({})).await;
    let free = make::connector(&app, None, json!({})).await;
    let connection = make::workspace_connector(&app, &app.elsewhere, &connected, json!({})).await;
    let answers = [
        change(&app.service(), "deleteConnector", "connector { isPrivate }", json!({ "id": connected.id })).await,
        change(&app.service(), "deleteConnector", "connector { isPrivate }", json!({ "id": free.id })).await,
    ];
    assert_eq!(answers[0].text, answers[1].text);
    let query = format!("{{ workspaceConnector(id: {}) {{ status connector {{ id }} }} }}", json!(connection.id));
    let left = app.admin_elsewhere().say(&query).await;
    assert_eq!(left.at("/workspaceConnector"), &json!({ "status": "ENABLED", "connector": null }));
}

#[tokio::test]
async fn of_connecting_and_deleting_at_once_one_is_refused() {
    let app = App::start().await;
    for round in 0..10 {
        let connector = make::connector(&app, Some(&app.here), json!({})).await;
        let (admin, owner) = (app.admin(), app.owner());
        let connect = change(&admin, "connectWorkspaceConnector", "", json!({ "connectorId": connector.id }));
        let delete = change(&owner, "deleteConnector", "", json!({ "id": connector.id }));
        let (connected, deleted) = if round % 2 == 0 {
            tokio::join!(connect, delete)
        } else {
            let (deleted, connected) = tokio::join!(delete, connect);
            (connected, deleted)
        };
        if deleted.at("/done/userErrors") == &json!([]) {
            refused(&connected, "NOT_FOUND", "connectorId");
        } else {
            refused(&deleted, "INVALID_STATE", "");
            assert_eq!(connected.at("/done/userErrors"), &json!([]));
        }
    }
}
