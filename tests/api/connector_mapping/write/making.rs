//! Creating, updating and deleting.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::connector_mapping::write::{
    ALL, COMPARE, CREATE, DELETE, LIVE, RECORD, REGENERATE, TOTAL, UPDATE, connected, is_found_only_here, mapping, plus,
};
use crate::faults::{LOCKED, until};
use crate::kit::{App, make};

#[tokio::test]
async fn a_mapping_is_kept_as_it_was_given() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let input = json!({
        "workspaceConnectorId": connector.id, "targetModel": "LEDGER_ACCOUNT", "toolName": "list_accounts",
        "expression": "accounts^(>code).{ 'code': code, 'name': $trim(label) }", "userInstructions": "",
        "schemaFingerprint": "f1", "schemaKeyPaths": ["accounts.code", "accounts.label"],
        "toolArgs": { "limit": 100, "deep": [{ "é": null }] }, "selectedAt": "2026-01-02T03:04:05Z",
        "auditTrail": {
            "juryName": "panel", "panelists": [{ "model": "a" }, "b"], "judgeReasoning": "because",
            "disagreementScore": 0.25, "durationMs": 1200, "synthesized": true, "extra": { "seed": 7 },
        },
        "paginationSpec": {
            "type": "page", "pageParam": "p", "perPageParam": "n", "perPage": 50, "extra": { "first": 1 },
        },
    });
    let made = done(&app.service(), CREATE, ALL, input.clone()).await;
    let made = made.at("/done/connectorMapping");
    let mut expected = plus(input, "workspaceConnector", json!({ "id": connector.id }));
    expected["selectedAt"] = json!("2026-01-02T03:04:05.000000Z");
    expected["needsRegeneration"] = json!(false);
    expected["lastPersistCount"] = json!(null);
    expected["id"] = made["id"].clone();
    expected["updatedAt"] = made["updatedAt"].clone();
    expected.as_object_mut().unwrap().remove("workspaceConnectorId");
    assert_eq!(made, &expected);
    let stored = format!(
        "{LIVE} AND audit_trail->>'jury_name' = 'panel' AND audit_trail->>'seed' = '7'
         AND pagination_spec->>'per_page_param' = 'n' AND jsonb_array_length(schema_key_paths) = 2"
    );
    assert_eq!(count(&app, &stored).await, 1);

    let bare = done(&app.service(), CREATE, ALL, mapping(&connector.id, "bare")).await;
    for field in ["userInstructions", "schemaFingerprint", "schemaKeyPaths", "toolArgs", "auditTrail", "paginationSpec"]
    {
        assert_eq!(bare.at(&format!("/done/connectorMapping/{field}")), &json!(null), "{field}");
    }
}

#[tokio::test]
async fn only_the_pipeline_writes_mappings() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let row = make::mapping(&app, &connector, json!({})).await;
    for asker in [app.guest(), app.member(), app.admin(), app.owner()] {
        change(&asker, CREATE, ALL, mapping(&connector.id, "x")).await.refused("FORBIDDEN");
        change(&asker, UPDATE, ALL, json!({ "id": row.id, "needsRegeneration": true })).await.refused("FORBIDDEN");
        change(&asker, REGENERATE, ALL, json!({ "id": row.id, "expression": "1" })).await.refused("FORBIDDEN");
        change(&asker, RECORD, "", json!({ "id": row.id, "persistCount": 0 })).await.refused("FORBIDDEN");
        change(&asker, COMPARE, "", json!({ "id": row.id, "schemaFingerprint": "x" })).await.refused("FORBIDDEN");
        change(&asker, DELETE, ALL, json!({ "id": row.id })).await.refused("FORBIDDEN");
    }
    assert_eq!(count(&app, &format!("{LIVE} AND expression = '$' AND NOT needs_regeneration")).await, 1);
}

#[tokio::test]
async fn what_cannot_be_is_refused() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let good = mapping(&connector.id, "t");
    let texts = |longest: usize| [json!(""), json!(" "), json!("x".repeat(longest + 1)), json!("a\0")];
    refuses(&service, CREATE, &good, "toolName", &texts(500)).await;
    refuses(&service, CREATE, &good, "schemaFingerprint", &texts(128)).await;
    refuses(&service, CREATE, &good, "userInstructions", &texts(10_000)[2..]).await;
    refuses(&service, CREATE, &good, "toolArgs", &[json!({ "a": "\0" }), json!({ "a\0": 1 })]).await;
    refuses(&service, CREATE, &good, "idempotencyKey", &texts(255)).await;
    refuses(&service, CREATE, &good, "schemaKeyPaths", &[json!(vec!["x"; 10_001])]).await;
    for path in texts(1_000) {
        let answer = change(&service, CREATE, ALL, plus(good.clone(), "schemaKeyPaths", json!(["a", path]))).await;
        refused(&answer, "BAD_USER_INPUT", "schemaKeyPaths.1");
    }
    for field in ["auditTrail", "paginationSpec"] {
        let known = if field == "auditTrail" { "jury_name" } else { "per_page" };
        for extra in [json!([]), json!("x"), json!({ known: null })] {
            let answer = change(&service, CREATE, ALL, plus(good.clone(), field, json!({ "extra": extra }))).await;
            refused(&answer, "BAD_USER_INPUT", &format!("{field}.extra"));
        }
        let values = [json!({ "extra": { "x": "x".repeat(65_536) } }), json!({ "extra": { "x": "\0" } })];
        refuses(&service, CREATE, &good, field, &values).await;
    }
    let foreign = connected(&app, &app.elsewhere).await;
    let mut answers = Vec::new();
    for id in [foreign.id, Uuid::new_v4().to_string()] {
        let answer = change(&service, CREATE, ALL, mapping(&id, "t")).await;
        refused(&answer, "NOT_FOUND", "workspaceConnectorId");
        answers.push(answer.text);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(count(&app, TOTAL).await, 0);
    done(&service, CREATE, ALL, plus(good, "toolName", "é".repeat(500))).await;
}

#[tokio::test]
async fn an_expression_must_be_what_the_reference_compiles() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let good = mapping(&connector.id, "t");
    let row = make::mapping(&app, &connector, json!({})).await;
    let depth = format!("expressions nest more than {} levels deep (line 1, column 5501).", jsonata_syntax::MAX_DEPTH);
    let bad = [
        ("$sum(lines.(price * )", "unexpected `)` (line 1, column 21)."),
        ("{\n  'id': id,\n  'total' amount\n}", "unexpected `amount` where `:` is expected (line 3, column 11)."),
        ("'open", "the string has no closing quote (line 1, column 1)."),
        ("lines[0]@$l", "`@` must stand before the predicates of its step (line 1, column 9)."),
        ("lines^(price)@$l", "`@` must stand before the order of its step (line 1, column 14)."),
        ("%.number", "`%` has no parent that can be derived from the expression (line 1, column 1)."),
        ("$map(lines, %.x)", "`%` has no parent that can be derived from the expression (line 1, column 13)."),
        ("lines.-1", "a constant cannot be a step of a path (line 1, column 8)."),
        ("1[0].lines", "a constant cannot be a step of a path (line 1, column 1)."),
        ("lines{}{}", "a step cannot be grouped twice (line 1, column 8)."),
        ("$lines{}[0]", "a predicate cannot follow a grouping (line 1, column 9)."),
        (
            "$match(name, /+/)",
            "the regular expression is not JavaScript: there is nothing to repeat (line 1, column 15).",
        ),
        ("function($x)<n<n>>{ $x }", "only `a` and `f` of a signature can have a type parameter (line 1, column 15)."),
        ("function($x)<(a<n>s)>{ $x }", "a choice of a signature cannot have type parameters (line 1, column 14)."),
        (&"(".repeat(5_501), &depth),
    ];
    for (expression, says) in bad {
        let regenerated = json!({ "id": row.id, "expression": expression });
        for (mutation, input) in [(CREATE, plus(good.clone(), "expression", expression)), (REGENERATE, regenerated)] {
            let answer = change(&app.service(), mutation, ALL, input).await;
            refused(&answer, "BAD_USER_INPUT", "expression");
            assert_eq!(
                answer.str("/done/userErrors/0/message"),
                format!("`expression` is not JSONata 2.2: {says}"),
                "{mutation}"
            );
        }
    }
    refuses(&app.service(), CREATE, &good, "expression", &[json!(""), json!(" \n"), json!("'a\0'")]).await;
    assert_eq!(count(&app, &format!("{LIVE} AND expression = '$'")).await, 1);
    let long = format!("[{}'end']", "lines@$l[%.number].(price ?? 0),\n".repeat(15_000));
    let deep = format!("{}$.a{}", "(".repeat(5_000), ")".repeat(5_000));
    for (tool, expression) in [("long", long), ("deep", deep)] {
        done(&app.service(), CREATE, ALL, plus(mapping(&connector.id, tool), "expression", expression)).await;
    }
}

#[tokio::test]
async fn tool_args_are_as_large_as_the_database_takes() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    // A header, a container's header, two entries, a key and a text; compression only comes later.
    let of = |bytes: usize| json!({ "k": "x".repeat(bytes - 17) });
    let numbers = |count: usize| json!({ "k": vec![1; count] });
    for (index, args) in [of(65_535), numbers(5_457)].into_iter().enumerate() {
        let input = plus(mapping(&connector.id, &format!("{index}")), "toolArgs", args);
        done(&app.service(), CREATE, ALL, input).await;
    }
    for args in [of(65_536), numbers(5_460)] {
        let input = plus(mapping(&connector.id, "too large"), "toolArgs", args);
        let answer = change(&app.service(), CREATE, ALL, input).await;
        refused(&answer, "BAD_USER_INPUT", "toolArgs");
        assert!(answer.str("/done/userErrors/0/message").contains("65,536"), "{}", answer.text);
    }
    assert_eq!(count(&app, LIVE).await, 2);
}

#[tokio::test]
async fn there_is_one_live_mapping_of_a_triple() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let answers = at_once((0..6).map(|_| change(&service, CREATE, ALL, mapping(&connector.id, "list `it`")))).await;
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.at("/done/userErrors") == &json!([]));
    assert_eq!((won.len(), count(&app, LIVE).await), (1, 1));
    for answer in lost {
        refused(answer, "CONFLICT", "");
        assert_eq!(answer.at("/done/connectorMapping"), &json!(null));
        let message = answer.str("/done/userErrors/0/message");
        assert!(
            message.contains(&connector.id) && message.contains("INVOICE") && message.contains("list `it`"),
            "{message}"
        );
    }
    for other in [
        mapping(&connector.id, "other"),
        plus(mapping(&connector.id, "list `it`"), "targetModel", "COMPANY"),
        mapping(&connected(&app, &app.here).await.id, "list `it`"),
    ] {
        done(&service, CREATE, ALL, other).await;
    }
    let id = won[0].str("/done/connectorMapping/id");
    done(&service, DELETE, ALL, json!({ "id": id })).await;
    refused(&change(&service, DELETE, ALL, json!({ "id": id })).await, "NOT_FOUND", "id");
    done(&service, CREATE, ALL, mapping(&connector.id, "list `it`")).await;
    assert_eq!((count(&app, LIVE).await, count(&app, TOTAL).await), (4, 5));
}

#[tokio::test]
async fn there_is_none_for_a_connector_that_is_disconnected() {
    let app = App::start().await;
    let service = app.service();
    let connector = connected(&app, &app.here).await;
    let input = plus(mapping(&connector.id, "t"), "idempotencyKey", "k");
    done(&service, "disconnectWorkspaceConnector", "", json!({ "id": connector.id })).await;
    refused(&change(&service, CREATE, ALL, input.clone()).await, "INVALID_STATE", "workspaceConnectorId");
    let left = make::mapping(&app, &connector, json!({})).await;
    let regenerate = json!({ "id": left.id, "expression": "1" });
    refused(&change(&service, REGENERATE, ALL, regenerate.clone()).await, "INVALID_STATE", "id");
    done(&service, UPDATE, "", json!({ "id": left.id, "needsRegeneration": true })).await;
    let connect = json!({ "id": connector.id, "status": "ENABLED" });
    done(&service, "updateWorkspaceConnector", "", connect).await;
    done(&service, CREATE, ALL, input).await;
    done(&service, REGENERATE, ALL, regenerate).await;
    assert_eq!((count(&app, LIVE).await, count(&app, TOTAL).await), (2, 3));
}

#[tokio::test]
async fn there_is_none_for_a_connector_that_is_disconnected_meanwhile() {
    let app = App::start().await;
    let old = make::mapping(&app, &connected(&app, &app.here).await, json!({})).await;
    let connector = connected(&app, &app.here).await;
    for (mutation, input, path) in [
        (CREATE, mapping(&connector.id, "t"), "workspaceConnectorId"),
        (REGENERATE, json!({ "id": old.id, "expression": "1" }), "id"),
    ] {
        app.execute(
            "BEGIN;
             SELECT FROM core_api.workspace_connectors FOR UPDATE;
             UPDATE core_api.workspace_connectors SET status = 'disabled'",
        )
        .await;
        let service = app.service();
        let change = tokio::spawn(async move { change(&service, mutation, ALL, input).await });
        until(&app, LOCKED, 1).await;
        app.execute("COMMIT").await;
        refused(&change.await.unwrap(), "INVALID_STATE", path);
        app.execute("UPDATE core_api.workspace_connectors SET status = 'enabled'").await;
    }
    assert_eq!((count(&app, LIVE).await, count(&app, TOTAL).await), (1, 1));
}

#[tokio::test]
async fn a_key_makes_the_same_mapping_once() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let input = plus(mapping(&connector.id, "t"), "idempotencyKey", "k");
    let answers = at_once((0..6).map(|_| done(&service, CREATE, ALL, input.clone()))).await;
    assert!(answers.iter().all(|answer| answer.text == answers[0].text), "{answers:?}");
    let other = plus(mapping(&connector.id, "u"), "idempotencyKey", "k");
    refused(&change(&service, CREATE, ALL, other).await, "BAD_USER_INPUT", "idempotencyKey");
    assert_eq!(count(&app, TOTAL).await, 1);
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let values = json!({
        "user_instructions": "hint", "selected_at": "2026-01-01T00:00:00Z", "pagination_spec": { "type": "page", "x": 1 },
    });
    let row = make::mapping(&app, &connector, values).await;
    let service = app.service();
    let shown = |answer: &crate::kit::Answer| {
        let one = answer.at("/done/connectorMapping");
        let selected = one["selectedAt"].as_str().map(|at| at[..10].to_owned());
        json!([
            one["userInstructions"],
            one["needsRegeneration"],
            selected,
            one["paginationSpec"]["type"],
            one["expression"]
        ])
    };
    let whole = async |input: Value| shown(&done(&service, UPDATE, ALL, plus(input, "id", row.id.clone())).await);
    assert_eq!(whole(json!({})).await, json!(["hint", false, "2026-01-01", "page", "$"]));
    assert_eq!(whole(json!({ "needsRegeneration": true })).await, json!(["hint", true, "2026-01-01", "page", "$"]));
    let input = json!({ "userInstructions": null, "paginationSpec": { "type": "cursor" } });
    assert_eq!(whole(input).await, json!([null, true, "2026-01-01", "cursor", "$"]));

    let body = format!("{{ {ALL} userErrors {{ code message path }} }} }}");
    let query = format!(
        "mutation ($id: ID!, $hint: String, $at: DateTime, $spec: ConnectorMappingPaginationSpecInput) {{
            done: {UPDATE}(input: {{ id: $id, userInstructions: $hint, selectedAt: $at, paginationSpec: $spec }}) {body}"
    );
    let inner = async |variables: Value| shown(&service.ask(&query, plus(variables, "id", row.id.clone())).await);
    assert_eq!(inner(json!({})).await, json!([null, true, "2026-01-01", "cursor", "$"]));
    assert_eq!(inner(json!({ "hint": "h", "spec": null })).await, json!(["h", true, "2026-01-01", null, "$"]));
    assert_eq!(inner(json!({ "at": null, "spec": { "type": "q" } })).await, json!(["h", true, null, "q", "$"]));

    let literal = async |input: &str| {
        let id = &row.id;
        shown(&service.say(&format!("mutation {{ done: {UPDATE}(input: {{ id: \"{id}\" {input} }}) {body}")).await)
    };
    assert_eq!(literal("needsRegeneration: false").await, json!(["h", false, null, "q", "$"]));
    assert_eq!(literal("userInstructions: null, paginationSpec: null").await, json!([null, false, null, null, "$"]));

    let update = json!({ "id": row.id });
    refuses(&service, UPDATE, &update, "needsRegeneration", &[json!(null)]).await;
    refuses(&service, UPDATE, &update, "userInstructions", &[json!("x".repeat(10_001)), json!("a\0")]).await;
    let answer = change(&service, UPDATE, ALL, plus(update, "paginationSpec", json!({ "extra": 1 }))).await;
    refused(&answer, "BAD_USER_INPUT", "paginationSpec.extra");
    is_found_only_here(&app, UPDATE, json!({ "id": row.id, "needsRegeneration": true })).await;
    is_found_only_here(&app, DELETE, json!({ "id": row.id })).await;
    // What the expression was made from changes with it only.
    for field in ["expression", "toolArgs", "toolName", "schemaFingerprint", "schemaKeyPaths", "auditTrail"] {
        let query = format!(
            "mutation {{ {UPDATE}(input: {{ id: \"{}\", {field}: null }}) {{ userErrors {{ code }} }} }}",
            row.id
        );
        assert!(!service.say(&query).await.errors().is_empty(), "{field}");
    }
}

#[tokio::test]
async fn a_change_of_what_moved_on_is_refused() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let made = done(&service, CREATE, ALL, mapping(&connector.id, "t")).await;
    let (id, seen) = (made.str("/done/connectorMapping/id"), made.str("/done/connectorMapping/updatedAt"));
    let input = json!({ "id": id, "userInstructions": "new", "expectedUpdatedAt": seen });
    let answers = at_once((0..4).map(|_| change(&service, UPDATE, ALL, input.clone()))).await;
    assert_eq!(answers.iter().filter(|answer| answer.at("/done/userErrors") == &json!([])).count(), 1);
    let stale = json!({ "id": id, "expectedUpdatedAt": seen });
    for (mutation, input) in [
        (UPDATE, plus(stale.clone(), "needsRegeneration", true)),
        (REGENERATE, plus(stale.clone(), "expression", "2")),
        (RECORD, plus(stale.clone(), "persistCount", 0)),
        (COMPARE, plus(stale.clone(), "schemaFingerprint", "x")),
        (DELETE, stale),
    ] {
        let answer = change(&service, mutation, ALL, input).await;
        refused(&answer, "CONFLICT", "expectedUpdatedAt");
        assert_eq!(answer.str("/done/connectorMapping/userInstructions"), "new");
    }
    assert_eq!(count(&app, &format!("{LIVE} AND NOT needs_regeneration AND last_persist_count IS NULL")).await, 1);
}
