//! What syncs find out about a mapping.

use serde_json::{Value, json};

use crate::change::{at_once, change, count, done, refused, refuses};
use crate::connector_mapping::write::{
    COMPARE, CREATE, LIVE, RECORD, REGENERATE, connected, is_found_only_here, mapping, plus,
};
use crate::kit::{App, Asker, make};

const RECORDED: &str = "regression connectorMapping { id lastPersistCount needsRegeneration updatedAt }";
const COMPARED: &str = "result lostKeyPaths addedKeyPaths connectorMapping { needsRegeneration updatedAt }";

/// The count, whether it needs regeneration, whether it is a regression.
async fn record(asker: &Asker, id: &str, persist_count: i32) -> (i64, bool, bool) {
    let answer = done(asker, RECORD, RECORDED, json!({ "id": id, "persistCount": persist_count })).await;
    let flag = |pointer| answer.at(pointer).as_bool().unwrap();
    let count = answer.int("/done/connectorMapping/lastPersistCount");
    (count, flag("/done/connectorMapping/needsRegeneration"), flag("/done/regression"))
}

#[tokio::test]
async fn nothing_kept_after_something_is_a_regression() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let new = make::mapping(&app, &connector, json!({})).await.id;
    assert_eq!(record(&service, &new, 0).await, (0, true, false));
    assert_eq!(record(&service, &new, 12).await, (12, true, false));
    let id = make::mapping(&app, &connector, json!({})).await.id;
    assert_eq!(record(&service, &id, 5).await, (5, false, false));
    assert_eq!(record(&service, &id, 3).await, (3, false, false));
    assert_eq!(record(&service, &id, 0).await, (0, true, true));
    assert_eq!(record(&service, &id, 0).await, (0, true, false));

    refuses(&service, RECORD, &json!({ "id": id }), "persistCount", &[json!(-1), json!(i32::MIN)]).await;
    is_found_only_here(&app, RECORD, json!({ "id": id, "persistCount": 1 })).await;
    assert_eq!(count(&app, &format!("{LIVE} AND last_persist_count = 1")).await, 0);
}

#[tokio::test]
async fn the_guard_stays_armed_over_a_regeneration() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let regenerated = async |id: &str| {
        let made = done(&service, REGENERATE, "connectorMapping { id }", json!({ "id": id, "expression": "1" })).await;
        made.str("/done/connectorMapping/id").to_owned()
    };
    let first = make::mapping(&app, &connector, json!({ "last_persist_count": 9 })).await;
    let second = regenerated(&first.id).await;
    assert_eq!(record(&service, &second, 0).await, (0, true, true));
    let third = regenerated(&second).await;
    assert_eq!(record(&service, &third, 0).await, (0, true, false));

    // However often it is regenerated without a sync in between.
    assert_eq!(record(&service, &third, 5).await, (5, true, false));
    let sixth = regenerated(&regenerated(&regenerated(&third).await).await).await;
    assert_eq!(record(&service, &sixth, 0).await, (0, true, true));
    let eighth = regenerated(&regenerated(&sixth).await).await;
    assert_eq!(record(&service, &eighth, 0).await, (0, true, false));

    // One that was deleted has no successor.
    let values = json!({ "last_persist_count": 9, "tool_name": "t", "deleted_at": "2026-01-01T00:00:00Z" });
    make::mapping(&app, &connector, values).await;
    let made = done(&service, CREATE, "connectorMapping { id }", mapping(&connector.id, "t")).await;
    let first = made.str("/done/connectorMapping/id");
    assert_eq!(record(&service, &regenerated(first).await, 0).await, (0, true, false));
}

#[tokio::test]
async fn of_counts_at_once_each_sees_the_one_before() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let id = make::mapping(&app, &connector, json!({ "last_persist_count": 4 })).await.id;
    let said = at_once((0..6).map(|_| record(&service, &id, 0))).await;
    assert_eq!(said.iter().filter(|(_, _, regression)| *regression).count(), 1);
}

#[tokio::test]
async fn a_schema_is_the_same_or_larger_or_has_drifted() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let known = json!(["id", "lines.price", "lines.sku"]);
    let with_paths = json!({ "schema_fingerprint": "f1", "schema_key_paths": known });
    let without = json!({ "schema_fingerprint": "f1" });
    let identical = |paths: Value| {
        (json!({ "schemaFingerprint": "f1", "schemaKeyPaths": paths }), "IDENTICAL", json!([]), json!([]))
    };
    let another = |paths: Value| json!({ "schemaFingerprint": "f2", "schemaKeyPaths": paths });
    let cases = [
        (&with_paths, identical(known.clone())),
        (&with_paths, identical(json!(null))),
        (&without, identical(json!(["x"]))),
        (&with_paths, (another(known.clone()), "ADDITIVE_ONLY", json!([]), json!([]))),
        (
            &with_paths,
            (
                another(json!(["tax", "lines.sku", "id", "lines.price", "due"])),
                "ADDITIVE_ONLY",
                json!([]),
                json!(["tax", "due"]),
            ),
        ),
        (
            &with_paths,
            (another(json!(["id", "lines.cost"])), "DRIFT", json!(["lines.price", "lines.sku"]), json!(["lines.cost"])),
        ),
        (&with_paths, (another(json!([])), "DRIFT", known.clone(), json!([]))),
        (&with_paths, (another(json!(null)), "DRIFT", json!([]), json!([]))),
        (&without, (another(json!(["id"])), "DRIFT", json!([]), json!([]))),
    ];
    for (values, (input, result, lost, added)) in cases {
        let row = make::mapping(&app, &connector, values.clone()).await;
        let before = format!(
            "SELECT extract(epoch FROM updated_at)::bigint FROM core_api.connector_mappings WHERE pk = {}",
            row.pk
        );
        app.execute(&format!(
            "UPDATE core_api.connector_mappings SET updated_at = now() + interval '1 day' WHERE pk = {}",
            row.pk
        ))
        .await;
        let updated = count(&app, &before).await;
        for repeat in 0..2 {
            let answer = done(&service, COMPARE, COMPARED, plus(input.clone(), "id", row.id.clone())).await;
            assert_eq!(answer.str("/done/result"), result, "{input} {repeat}");
            assert_eq!((answer.at("/done/lostKeyPaths"), answer.at("/done/addedKeyPaths")), (&lost, &added), "{input}");
            assert_eq!(answer.at("/done/connectorMapping/needsRegeneration"), &json!(result == "DRIFT"), "{input}");
        }
        if result != "DRIFT" {
            assert_eq!(count(&app, &before).await, updated, "nothing was written");
        }
    }
    assert_eq!(count(&app, &format!("{LIVE} AND needs_regeneration AND schema_fingerprint <> 'f1'")).await, 0);
}

#[tokio::test]
async fn what_cannot_be_compared_is_refused() {
    let app = App::start().await;
    let connector = connected(&app, &app.here).await;
    let service = app.service();
    let row = make::mapping(&app, &connector, json!({})).await;
    let good = json!({ "id": row.id, "schemaFingerprint": "f" });
    refuses(&service, COMPARE, &good, "schemaFingerprint", &[json!(""), json!("x".repeat(129)), json!("\0")]).await;
    refuses(&service, COMPARE, &good, "schemaKeyPaths", &[json!(vec!["x"; 10_001])]).await;
    let answer = change(&service, COMPARE, COMPARED, plus(good.clone(), "schemaKeyPaths", json!(["a", "b", ""]))).await;
    refused(&answer, "BAD_USER_INPUT", "schemaKeyPaths.2");
    assert_eq!((answer.at("/done/result"), answer.at("/done/lostKeyPaths")), (&json!(null), &json!([])));
    is_found_only_here(&app, COMPARE, good).await;
    assert_eq!(count(&app, &format!("{LIVE} AND needs_regeneration")).await, 0);
}
