//! Moments and days beyond the years that can be told, which other programs stored.

use serde_json::{Value, json};
use well_ingestion::server::Settings;

use crate::change::{change, count, done, refused};
use crate::kit::{App, Asker, make};

/// Of those that are told as the first or the last, several each; and one that is told as it is.
const TIMES: [&str; 8] = [
    "-infinity",
    "4713-01-01 00:00:00Z BC",
    "0044-03-15 12:00:00Z BC",
    "2026-11-20 08:15:30.000001Z",
    "10000-01-01 00:00:00Z",
    "270000-01-01 00:00:00Z",
    "294276-12-31 23:59:59.999999Z",
    "infinity",
];
const DAYS: [&str; 8] = [
    "-infinity",
    "4713-01-01 BC",
    "0044-03-15 BC",
    "2026-11-20",
    "10000-01-01",
    "270000-01-01",
    "5874897-12-31",
    "infinity",
];

async fn both(app: &App, asker: &Asker) -> [Asker; 2] {
    [asker.clone(), app.beside(asker, Settings { plans: false, ..Settings::default() }).await]
}

async fn tasks(app: &App) -> Vec<String> {
    let mut ids = Vec::new();
    for (time, day) in TIMES.iter().zip(DAYS) {
        let values = json!({
            "created_at": time, "updated_at": time, "done_at": time, "due_date": day, "status": "done", "title": time,
        });
        ids.push(make::task(app, &app.here, values).await.id);
    }
    ids
}

#[tokio::test]
async fn pages_have_every_row_once() {
    let app = App::start().await;
    let ids = tasks(&app).await;
    for asker in both(&app, &app.member()).await {
        for field in ["CREATED_AT", "UPDATED_AT", "DUE_DATE", "DONE_AT"] {
            for (direction, size, cursor) in [
                ("ASC", "first: 1, after", "endCursor"),
                ("DESC", "first: 1, after", "endCursor"),
                ("ASC", "last: 1, before", "startCursor"),
                ("DESC", "last: 1, before", "startCursor"),
            ] {
                let query = format!(
                    "query ($cursor: String) {{
                        tasks({size}: $cursor, orderBy: [{{ field: {field}, direction: {direction} }}]) {{
                            nodes {{ id }} pageInfo {{ endCursor startCursor }} }} }}"
                );
                let (mut seen, mut at) = (Vec::new(), Value::Null);
                while seen.len() <= ids.len() {
                    let page = asker.ask(&query, json!({ "cursor": at })).await;
                    let nodes = page.each("/tasks/nodes", "id");
                    if nodes.is_empty() {
                        break;
                    }
                    seen.extend(nodes);
                    at = page.at(&format!("/tasks/pageInfo/{cursor}")).clone();
                }
                if (direction == "DESC") != (cursor == "startCursor") {
                    seen.reverse();
                }
                assert_eq!(seen, ids, "{field} {direction} {size}");
            }
        }
    }
}

#[tokio::test]
async fn filters_compare_what_is_told() {
    let app = App::start().await;
    tasks(&app).await;
    for asker in both(&app, &app.member()).await {
        for (field, of, operands) in [
            ("createdAt", "DateTime", ["0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"]),
            ("dueDate", "Date", ["0000-01-01", "9999-12-31"]),
        ] {
            let told =
                asker.say(&format!("{{ tasks {{ nodes {{ at: {field} }} }} }}")).await.each("/tasks/nodes", "at");
            assert_eq!(told.len(), TIMES.len());
            let between = told.iter().find(|told| told.starts_with("2026")).unwrap();
            for operand in [operands[0], between, operands[1]] {
                for (operator, accepts) in [
                    ("eq", (|one, other| one == other) as fn(&str, &str) -> bool),
                    ("gt", |one, other| one > other),
                    ("gte", |one, other| one >= other),
                    ("lt", |one, other| one < other),
                    ("lte", |one, other| one <= other),
                ] {
                    let expected = told.iter().filter(|told| accepts(told, operand)).count();
                    let query = format!(
                        "query ($of: {of}) {{ tasks(filter: {{ {field}: {{ {operator}: $of }} }}) {{ totalCount }} }}"
                    );
                    let found = asker.ask(&query, json!({ "of": operand })).await.int("/tasks/totalCount");
                    assert_eq!(usize::try_from(found), Ok(expected), "{field} {operator} {operand}");
                }
            }
        }
    }
}

#[tokio::test]
async fn what_was_told_is_expected() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    for (index, time) in TIMES.into_iter().enumerate() {
        let values = json!({ "updated_at": time });
        let running = json!({ "updated_at": time, "status": "in_progress" });
        let subject = format!("somebody {index}");
        for (asker, entity, row, changes) in [
            (app.member(), "Task", make::task(&app, &app.here, values.clone()).await, json!({ "title": "b" })),
            (
                app.member(),
                "Collect",
                make::collect(&app, &app.here, &app.person, values.clone()).await,
                json!({ "provider": "p" }),
            ),
            (
                app.owner(),
                "Membership",
                make::membership(&app, &app.here, &subject, "guest", values.clone()).await,
                json!({ "role": "MEMBER" }),
            ),
            (
                app.service(),
                "ConnectorMapping",
                make::mapping(&app, &connected, values).await,
                json!({ "needsRegeneration": true }),
            ),
            (
                app.service(),
                "WorkspaceConnectorSyncLog",
                make::sync_log(&app, &connected, running).await,
                json!({ "metadata": { "a": 1 } }),
            ),
        ] {
            let field = format!("{}{}", entity[..1].to_lowercase(), &entity[1..]);
            let (update, select) = (format!("update{entity}"), format!("{field} {{ updatedAt }}"));
            let read = asker.say(&format!("{{ {field}(id: \"{}\") {{ updatedAt }} }}", row.id)).await;
            let told = read.at(&format!("/{field}/updatedAt")).clone();
            let mut input = json!({ "id": row.id, "expectedUpdatedAt": told });
            input.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let changed = change(&asker, &update, &select, input.clone()).await;
            assert_eq!(changed.at("/done/userErrors"), &json!([]), "{entity} {time}");
            // Which can be told from before.
            assert_ne!(changed.at(&format!("/done/{field}/updatedAt")), &told, "{entity} {time}");
            let answer = change(&asker, &update, &select, input).await;
            refused(&answer, "CONFLICT", "expectedUpdatedAt");
        }
    }
    let unmoved =
        "SELECT count(*) FROM core_api.tasks WHERE updated_at < now() - interval '1 hour' OR updated_at > now()";
    assert_eq!(count(&app, unmoved).await, 0);
}

#[tokio::test]
async fn a_transition_expects_what_was_told() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let values = json!({ "status": "success", "updated_at": "infinity" });
    let log = make::sync_log(&app, &connected, values).await;
    let input = json!({ "id": log.id, "error": "e", "expectedUpdatedAt": "9999-12-31T23:59:59.999999Z" });
    let mapping = make::mapping(&app, &connected, json!({ "updated_at": "infinity" })).await;
    let regenerate = json!({ "id": mapping.id, "expression": "1", "expectedUpdatedAt": "9999-12-31T23:59:59.999999Z" });
    done(&app.service(), "regenerateConnectorMapping", "", regenerate).await;
    // What is refused is the transition, not the moment.
    refused(&change(&app.service(), "markWorkspaceConnectorSyncLogError", "", input).await, "CONFLICT", "id");
}

#[tokio::test]
async fn a_row_at_the_end_of_time_can_be_changed_and_deleted() {
    let app = App::start().await;
    let connector = make::connector(&app, None, json!({})).await;
    let connected = make::workspace_connector(&app, &app.here, &connector, json!({})).await;
    let last = json!({ "updated_at": TIMES[6], "created_at": TIMES[6] });
    let log = make::sync_log(&app, &connected, last.clone()).await;
    let collect = make::collect(&app, &app.here, &app.person, last).await;
    done(&app.member(), "updateCollect", "", json!({ "id": collect.id, "provider": "p" })).await;
    let service = app.service();
    done(&service, "updateWorkspaceConnectorSyncLog", "", json!({ "id": log.id, "metadata": {} })).await;
    done(&service, "deleteWorkspaceConnectorSyncLog", "", json!({ "id": log.id })).await;
}

#[tokio::test]
async fn a_collect_ends_now_whatever_infinity_it_has() {
    let app = App::start().await;
    for values in [
        json!({ "status": "in_progress", "started_at": "infinity" }),
        json!({ "status": "in_progress", "started_at": "-infinity" }),
        json!({ "status": "in_progress", "ended_at": "infinity" }),
        json!({ "status": "in_progress", "ended_at": "-infinity" }),
    ] {
        let collect = make::collect(&app, &app.here, &app.person, values.clone()).await;
        done(&app.member(), "updateCollect", "", json!({ "id": collect.id, "status": "FINALIZED" })).await;
        let now = format!(
            "SELECT count(*) FROM core_api.collects WHERE pk = {} AND ended_at > now() - interval '1 hour'
             AND ended_at <= now() AND (started_at <= ended_at OR started_at = 'infinity')",
            collect.pk
        );
        assert_eq!(count(&app, &now).await, 1, "{values}");
    }
}
