//! To do, in progress, finalized or failed: which leads where, and when.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::collect::write::{COLLECT, update};
use crate::kit::{App, Row, make};
use crate::writable::{Written, soon, stored};

const EARLY: &str = "2026-11-01T08:00:00.000000Z";
const LATE: &str = "2026-11-01T09:00:00.000000Z";
const ENDS: [&str; 2] = ["FINALIZED", "ERROR"];

async fn collect(app: &App, status: &str) -> Row {
    let times = match status {
        "TODO" => json!({}),
        "IN_PROGRESS" => json!({ "started_at": EARLY }),
        _ => json!({ "started_at": EARLY, "ended_at": LATE }),
    };
    let mut values = times;
    values["status"] = json!(status.to_lowercase());
    make::collect(app, &app.here, &app.person, values).await
}

fn times(written: &Written) -> (&Value, &Value) {
    (&written.row()["startedAt"], &written.row()["endedAt"])
}

#[tokio::test]
async fn a_status_leads_only_forward() {
    let app = App::start().await;
    for (from, to, refusal) in [
        ("TODO", "TODO", None),
        ("TODO", "IN_PROGRESS", None),
        ("TODO", "ERROR", None),
        ("TODO", "FINALIZED", Some("INVALID_STATE at input.status")),
        ("IN_PROGRESS", "TODO", Some("INVALID_STATE at input.status")),
        ("IN_PROGRESS", "IN_PROGRESS", None),
        ("IN_PROGRESS", "FINALIZED", None),
        ("IN_PROGRESS", "ERROR", None),
        ("FINALIZED", "TODO", Some("INVALID_STATE at input.status")),
        ("FINALIZED", "IN_PROGRESS", Some("INVALID_STATE at input.status")),
        ("FINALIZED", "FINALIZED", None),
        ("ERROR", "TODO", Some("INVALID_STATE at input.status")),
        ("ERROR", "ERROR", None),
    ] {
        let row = collect(&app, from).await;
        let before = stored(&app, &row).await;
        let written = update(&app, &row.id, json!({ "status": to })).await;
        match refusal {
            Some(refusal) => {
                written.refused(refusal);
                assert_eq!(stored(&app, &row).await, before);
            }
            None => assert_eq!(written.row()["status"], to, "{from} to {to}"),
        }
    }
    for (from, to) in [("FINALIZED", "ERROR"), ("ERROR", "FINALIZED")] {
        let row = collect(&app, from).await;
        let before = stored(&app, &row).await;
        assert_eq!(update(&app, &row.id, json!({ "status": to })).await.conflict("input.status")["status"], from);
        assert_eq!(stored(&app, &row).await, before);
    }
}

#[tokio::test]
async fn what_has_ended_stays_but_for_its_task() {
    let app = App::start().await;
    let task = make::task(&app, &app.here, json!({})).await;
    for end in ENDS {
        let row = collect(&app, end).await;
        let before = stored(&app, &row).await;
        let same = [
            json!({ "status": end }),
            json!({ "status": end, "endedAt": LATE }),
            json!({ "status": end, "startedAt": EARLY, "endedAt": null, "provider": null, "taskId": null }),
            json!({ "status": end, "expectedUpdatedAt": "2020-01-01T00:00:00Z" }),
            json!({ "provider": null }),
        ];
        for changes in same {
            update(&app, &row.id, changes).await.row();
            assert_eq!(stored(&app, &row).await, before);
        }
        for changes in [json!({ "provider": "a" }), json!({ "startedAt": null }), json!({ "endedAt": EARLY })] {
            let mut finalizing = changes.clone();
            finalizing["status"] = json!(end);
            update(&app, &row.id, changes.clone()).await.refused("INVALID_STATE at input");
            if changes["startedAt"].is_null() && changes.get("startedAt").is_some() {
                continue;
            }
            assert_eq!(update(&app, &row.id, finalizing).await.conflict("input.status")["status"], end);
            assert_eq!(stored(&app, &row).await, before);
        }
        let filed = update(&app, &row.id, json!({ "taskId": task.id })).await;
        assert_eq!((&filed.row()["task"]["id"], &filed.row()["endedAt"]), (&json!(task.id), &json!(LATE)));
        COLLECT.ask(&app.member(), "delete", json!({ "id": row.id })).await.row();
    }
}

#[tokio::test]
async fn times_that_nobody_gives_are_the_servers() {
    let app = App::start().await;
    let member = app.member();
    let create = |input: Value| COLLECT.ask(&member, "create", input);
    let created = create(json!({ "status": "IN_PROGRESS" })).await;
    assert_eq!(times(&created), (&created.row()["createdAt"], &json!(null)));
    let created = create(json!({ "status": "FINALIZED" })).await;
    assert_eq!(times(&created), (&created.row()["createdAt"], &created.row()["createdAt"]));
    let created = create(json!({ "status": "ERROR" })).await;
    assert_eq!(times(&created), (&json!(null), &created.row()["createdAt"]));
    let created = create(json!({ "status": "FINALIZED", "endedAt": LATE })).await;
    assert_eq!(times(&created), (&json!(LATE), &json!(LATE)));
    let created = create(json!({ "status": "ERROR", "startedAt": EARLY, "endedAt": LATE })).await;
    assert_eq!(times(&created), (&json!(EARLY), &json!(LATE)));

    let row = collect(&app, "TODO").await;
    let started = update(&app, &row.id, json!({ "status": "IN_PROGRESS", "startedAt": null })).await;
    let started_at = times(&started).0.clone();
    assert!(started_at.is_string() && times(&started).1.is_null());
    let again = update(&app, &row.id, json!({ "status": "IN_PROGRESS" })).await;
    assert_eq!(times(&again).0, &started_at);
    let ended = update(&app, &row.id, json!({ "status": "FINALIZED", "startedAt": null, "endedAt": null })).await;
    assert_eq!(times(&ended).0, &started_at);
    assert!(times(&ended).1.as_str() >= started_at.as_str());

    let row = collect(&app, "TODO").await;
    let ended = update(&app, &row.id, json!({ "status": "ERROR" })).await;
    assert!(times(&ended).0.is_null() && times(&ended).1.is_string());
    let row = collect(&app, "TODO").await;
    let given = json!({ "status": "ERROR", "startedAt": EARLY, "endedAt": LATE });
    assert_eq!(times(&update(&app, &row.id, given).await), (&json!(EARLY), &json!(LATE)));

    // A client's clock that is a little ahead does not make a run end before it started.
    let ahead =
        (chrono::Utc::now() + chrono::TimeDelta::minutes(2)).to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    let row = collect(&app, "TODO").await;
    update(&app, &row.id, json!({ "status": "IN_PROGRESS", "startedAt": ahead })).await.row();
    let ended = update(&app, &row.id, json!({ "status": "FINALIZED" })).await;
    assert_eq!(times(&ended), (&json!(ahead), &json!(ahead)));
}

#[tokio::test]
async fn times_that_cannot_be_are_refused() {
    let app = App::start().await;
    let future = (chrono::Utc::now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    let wrong = [
        ("TODO", json!({ "startedAt": EARLY }), "startedAt"),
        ("TODO", json!({ "endedAt": EARLY }), "endedAt"),
        ("TODO", json!({ "status": "IN_PROGRESS", "endedAt": EARLY }), "endedAt"),
        ("TODO", json!({ "status": "IN_PROGRESS", "startedAt": future }), "startedAt"),
        ("TODO", json!({ "status": "ERROR", "startedAt": LATE, "endedAt": EARLY }), "endedAt"),
        ("IN_PROGRESS", json!({ "endedAt": LATE }), "endedAt"),
        ("IN_PROGRESS", json!({ "startedAt": future }), "startedAt"),
        ("IN_PROGRESS", json!({ "status": "FINALIZED", "endedAt": "2026-11-01T07:59:59.999999Z" }), "endedAt"),
        ("IN_PROGRESS", json!({ "status": "FINALIZED", "startedAt": LATE, "endedAt": EARLY }), "endedAt"),
        ("IN_PROGRESS", json!({ "status": "ERROR", "endedAt": future }), "endedAt"),
    ];
    for (from, changes, path) in wrong {
        let refusal = format!("BAD_USER_INPUT at input.{path}");
        let row = collect(&app, from).await;
        let before = stored(&app, &row).await;
        update(&app, &row.id, changes.clone()).await.refused(&refusal);
        assert_eq!(stored(&app, &row).await, before);
        if from == "TODO" {
            COLLECT.ask(&app.member(), "create", changes).await.refused(&refusal);
        }
    }
    // The very same moment is no contradiction.
    let row = collect(&app, "IN_PROGRESS").await;
    update(&app, &row.id, json!({ "status": "FINALIZED", "endedAt": EARLY })).await.row();
}

#[tokio::test]
async fn of_racing_ends_one_wins() {
    let app = App::start().await;
    for round in 0..4 {
        let row = collect(&app, "IN_PROGRESS").await;
        let racers = (0..8).map(|n| update(&app, &row.id, json!({ "status": ENDS[(n + round) % 2] })));
        let written = soon(join_all(racers)).await;
        let end = update(&app, &row.id, json!({})).await.row().clone();
        for (n, written) in written.iter().enumerate() {
            if end["status"] == ENDS[(n + round) % 2] {
                assert_eq!(written.row(), &end);
            } else {
                assert_eq!(written.conflict("input.status"), &end);
            }
        }
        // With times of their own, nobody repeats anybody.
        let row = collect(&app, "IN_PROGRESS").await;
        let racers = (0..8).map(|n| {
            update(&app, &row.id, json!({ "status": "FINALIZED", "endedAt": format!("2026-11-01T09:00:00.{n}Z") }))
        });
        let written = soon(join_all(racers)).await;
        assert_eq!(written.iter().filter(|written| written.refusals().is_empty()).count(), 1);
        for lost in written.iter().filter(|written| !written.refusals().is_empty()) {
            lost.conflict("input.status");
        }
    }
}
