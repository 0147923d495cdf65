//! Replacing a mapping by its successor.

use serde_json::{Value, json};

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::connector_mapping::write::{
    ALL, CREATE, DELETE, LIVE, RECORD, REGENERATE, TOTAL, UPDATE, connected, is_found_only_here, mapping, plus,
};
use crate::kit::{App, Row, make};

async fn full(app: &App, connector: &Row) -> Row {
    let values = json!({
        "expression": "old", "user_instructions": "hint", "schema_fingerprint": "f1", "schema_key_paths": ["a", "b"],
        "needs_regeneration": true, "tool_args": { "limit": 1 }, "selected_at": "2026-01-01T00:00:00Z",
        "audit_trail": { "jury_name": "old jury" }, "pagination_spec": { "type": "page" }, "last_persist_count": 7,
        "tool_name": "t",
    });
    make::mapping(app, connector, values).await
}

/// What a successor may keep.
fn kept(answer: &crate::kit::Answer) -> Value {
    let one = answer.at("/done/connectorMapping");
    json!([
        one["userInstructions"],
        one["schemaFingerprint"],
        one["schemaKeyPaths"],
        one["toolArgs"],
        one["selectedAt"].as_str().map(|at| at[..10].to_owned()),
        one["paginationSpec"]["type"],
    ])
}

#[tokio::test]
async fn the_successor_takes_the_place_and_history_stays() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let old = full(&app, &connector).await;
    let made = done(&app.service(), REGENERATE, ALL, json!({ "id": old.id, "expression": "new" })).await;
    let one = made.at("/done/connectorMapping");
    assert_ne!(one["id"], old.id);
    assert_eq!(
        (&one["targetModel"], &one["toolName"], &one["expression"]),
        (&json!("INVOICE"), &json!("t"), &json!("new"))
    );
    assert_eq!(kept(&made), json!(["hint", "f1", ["a", "b"], { "limit": 1 }, "2026-01-01", "page"]));
    let fresh = (&one["needsRegeneration"], &one["auditTrail"], &one["lastPersistCount"]);
    assert_eq!(fresh, (&json!(false), &json!(null), &json!(null)));
    let history =
        format!("{TOTAL} WHERE deleted_at IS NOT NULL AND expression = 'old' AND tool_args = '{{\"limit\": 1}}'");
    assert_eq!((count(&app, &history).await, count(&app, LIVE).await), (1, 1));

    let input = json!({
        "id": one["id"], "expression": "newer", "userInstructions": null, "schemaFingerprint": "f2",
        "schemaKeyPaths": ["a", "c"], "toolArgs": { "limit": 2 }, "selectedAt": "2026-02-02T00:00:00Z",
        "paginationSpec": null, "auditTrail": { "juryName": "new jury" },
    });
    let made = done(&app.service(), REGENERATE, ALL, input).await;
    assert_eq!(kept(&made), json!([null, "f2", ["a", "c"], { "limit": 2 }, "2026-02-02", null]));
    assert_eq!(made.str("/done/connectorMapping/auditTrail/juryName"), "new jury");
    let input = json!({
        "id": made.str("/done/connectorMapping/id"), "expression": "bare", "schemaFingerprint": null,
        "schemaKeyPaths": null, "toolArgs": null, "selectedAt": null,
    });
    assert_eq!(kept(&done(&app.service(), REGENERATE, ALL, input).await), json!([null, null, null, null, null, null]));
    assert_eq!((count(&app, TOTAL).await, count(&app, LIVE).await), (4, 1));
}

#[tokio::test]
async fn a_mapping_shows_what_it_was_before_it_was_regenerated() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let old = full(&app, &connector).await;
    let service = app.service();
    let predecessors = "{ connectorMappings(orderBy: [{ field: TOOL_NAME, direction: ASC }]) { nodes {
        expression
        predecessor { expression userInstructions schemaFingerprint schemaKeyPaths lastPersistCount createdAt }
    } } }";
    // A former mapping of the same tool that was deleted, not regenerated, and one of another tool.
    make::mapping(&app, &connector, json!({ "tool_name": "t", "deleted_at": "2026-01-01T00:00:00Z" })).await;
    make::mapping(&app, &connector, json!({ "tool_name": "u", "expression": "other" })).await;
    let answer = app.admin().say(predecessors).await;
    assert_eq!(
        answer.at("/connectorMappings/nodes"),
        &json!([
            { "expression": "old", "predecessor": null }, { "expression": "other", "predecessor": null },
        ])
    );

    let mut id = old.id;
    for expression in ["new", "newer"] {
        let made = done(&service, REGENERATE, ALL, json!({ "id": id, "expression": expression })).await;
        id = made.str("/done/connectorMapping/id").to_owned();
        if expression == "new" {
            let one = app.admin().say(predecessors).await;
            let former = one.at("/connectorMappings/nodes/0/predecessor");
            assert_eq!(former["createdAt"].as_str().map(str::len), Some(27));
            let shown = json!([
                former["expression"],
                former["userInstructions"],
                former["schemaFingerprint"],
                former["schemaKeyPaths"],
                former["lastPersistCount"],
            ]);
            assert_eq!(shown, json!(["old", "hint", "f1", ["a", "b"], 7]));
        }
    }
    let admin = app.admin();
    let counted = async |query: &str| {
        let before = app.statements();
        let answer = admin.say(query).await;
        (answer, app.statements() - before)
    };
    let (_, bare) = counted("{ connectorMappings { nodes { expression } } }").await;
    let (answer, statements) = counted(predecessors).await;
    assert_eq!(statements, bare + 1, "one for all predecessors");
    assert_eq!(answer.str("/connectorMappings/nodes/0/predecessor/expression"), "new");
    assert!(answer.at("/connectorMappings/nodes/1/predecessor").is_null());
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let old = full(&app, &connector).await;
    let service = app.service();
    let good = json!({ "id": old.id, "expression": "1" });
    refuses(&service, REGENERATE, &good, "expression", &[json!(""), json!("1 +"), json!("'\0'")]).await;
    refuses(&service, REGENERATE, &good, "userInstructions", &[json!("x".repeat(10_001))]).await;
    refuses(&service, REGENERATE, &good, "schemaFingerprint", &[json!(""), json!("x".repeat(129))]).await;
    refuses(&service, REGENERATE, &good, "toolArgs", &[json!("x".repeat(65_536))]).await;
    refuses(&service, REGENERATE, &good, "idempotencyKey", &[json!(""), json!("x".repeat(256))]).await;
    for (field, value, path) in [
        ("schemaKeyPaths", json!([""]), "schemaKeyPaths.0"),
        ("auditTrail", json!({ "extra": 1 }), "auditTrail.extra"),
        ("paginationSpec", json!({ "extra": 1 }), "paginationSpec.extra"),
    ] {
        let answer = change(&service, REGENERATE, ALL, plus(good.clone(), field, value)).await;
        refused(&answer, "BAD_USER_INPUT", path);
    }
    is_found_only_here(&app, REGENERATE, good).await;
    assert_eq!((count(&app, TOTAL).await, count(&app, LIVE).await), (1, 1));
    done(&service, DELETE, ALL, json!({ "id": old.id })).await;
    is_found_only_here(&app, REGENERATE, json!({ "id": old.id, "expression": "1" })).await;
    refused(&change(&service, REGENERATE, ALL, json!({ "id": old.id, "expression": "1" })).await, "NOT_FOUND", "id");
}

#[tokio::test]
async fn of_those_who_replace_it_at_once_one_wins() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    for round in 0..5 {
        let old = make::mapping(&app, &connector, json!({})).await;
        let input = |index: usize| json!({ "id": old.id, "expression": format!("{round} + {index}") });
        let answers = at_once((0..6).map(|index| change(&service, REGENERATE, ALL, input(index)))).await;
        let (won, lost): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.at("/done/userErrors") == &json!([]));
        assert_eq!(won.len(), 1);
        for answer in lost {
            refused(answer, "CONFLICT", "id");
            assert_eq!(answer.at("/done/connectorMapping"), won[0].at("/done/connectorMapping"));
        }
        assert_eq!(count(&app, LIVE).await, round + 1);
    }
    assert_eq!(count(&app, TOTAL).await, 10);
}

#[tokio::test]
async fn a_key_replaces_once() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let old = make::mapping(&app, &connector, json!({})).await;
    let service = app.service();
    let input = json!({ "id": old.id, "expression": "1", "idempotencyKey": "k" });
    let answers = at_once((0..6).map(|_| done(&service, REGENERATE, ALL, input.clone()))).await;
    assert!(answers.iter().all(|answer| answer.text == answers[0].text), "{answers:?}");
    let other = plus(input, "expression", "2");
    refused(&change(&service, REGENERATE, ALL, other).await, "BAD_USER_INPUT", "idempotencyKey");
    assert_eq!((count(&app, TOTAL).await, count(&app, LIVE).await), (2, 1));
}

#[tokio::test]
async fn a_replaced_mapping_is_gone_for_everything_else() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let old = done(&service, CREATE, ALL, mapping(&connector.id, "t")).await;
    let id = old.str("/done/connectorMapping/id");
    done(&service, REGENERATE, ALL, json!({ "id": id, "expression": "1" })).await;
    for (mutation, input) in [
        (UPDATE, json!({ "id": id, "needsRegeneration": true })),
        (RECORD, json!({ "id": id, "persistCount": 0 })),
        (DELETE, json!({ "id": id })),
    ] {
        refused(&change(&service, mutation, "", input).await, "NOT_FOUND", "id");
    }
    assert_eq!(count(&app, &format!("{LIVE} AND NOT needs_regeneration")).await, 1);
}
