//! Creating, changing and deleting.

use reqwest::Method;
use serde_json::{Value, json};

use super::{JSON_API, connected, ids, refused, send};
use crate::kit::{Answer, App, Row, make};

fn link(connected: &Row, document: &str) -> Value {
    json!({ "type": "document_workspace_connector", "attributes": { "direction": "input" }, "relationships": {
        "document": { "data": { "type": "document", "id": document } },
        "workspace_connector": { "data": { "type": "workspace_connector", "id": connected.id } } } })
}

fn diagnostic(connected: &Row, detail: &str) -> Value {
    json!({ "type": "connector_sync_diagnostic",
        "attributes": { "target_model": "journal_entry", "reason": "empty_result", "detail": detail },
        "relationships": { "workspace_connector": { "data": { "type": "workspace_connector", "id": connected.id } } } })
}

#[tokio::test]
async fn a_collect_is_created_changed_and_deleted() {
    let app = App::start().await;
    let task = make::task(&app, &app.here, json!({})).await;
    let body = json!({ "data": { "type": "collect", "attributes": { "provider": "linkedin" },
        "relationships": { "task": { "data": { "type": "task", "id": task.id } } } } });
    let made = send(&app.member(), Method::POST, "/v1/collects?include=task&fields[task]=title", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json["data"]["id"].as_str().unwrap();
    let path = format!("/v1/collects/{id}");
    assert_eq!(
        (made.headers["location"].to_str().unwrap(), &made.json["data"]["links"]["self"]),
        (&*path, &json!(path))
    );
    assert_eq!(made.json["data"]["attributes"]["status"], "todo");
    assert_eq!(made.json["data"]["relationships"]["task"]["data"]["id"], task.id);
    assert_eq!(made.json["data"]["relationships"]["people"]["data"]["id"], app.person.id);
    assert_eq!(made.json["included"][0]["id"], task.id);
    let body = json!({ "data": { "type": "collect", "id": id, "attributes": { "status": "in_progress", "provider": null },
        "relationships": { "task": { "data": null } } } });
    let changed = send(&app.member(), Method::PATCH, &path, &body).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let data = &changed.json["data"];
    assert_eq!((&data["attributes"]["status"], &data["attributes"]["provider"]), (&json!("in_progress"), &Value::Null));
    assert_eq!(data["relationships"]["task"], json!({ "data": null }));
    let read = app.member().get(&path).await;
    assert_eq!(read.json["data"], *data);
    assert_eq!(read.headers["etag"], changed.headers["etag"]);
    let deleted = app.member().request(Method::DELETE, &path).send().await.unwrap();
    assert_eq!((deleted.status().as_u16(), deleted.headers().get("content-type")), (204, None));
    assert_eq!(deleted.text().await.unwrap(), "");
    refused(&app.member().get(&path).await, 404, "NOT_FOUND");
    refused(&Answer::of(app.member().request(Method::DELETE, &path)).await, 404, "NOT_FOUND");
}

#[tokio::test]
async fn a_sync_log_goes_from_scheduled_to_its_end_by_its_status() {
    let app = App::start().await;
    let of = connected(&app).await;
    let connector = json!({ "workspace_connector": { "data": { "type": "workspace_connector", "id": of.id } } });
    let body = json!({ "data": { "type": "workspace_connector_sync_log", "relationships": connector,
        "attributes": { "trigger_type": "cloud_task", "cloud_task_id": "queue/7" } } });
    let made = send(&app.service(), Method::POST, "/v1/workspace-connector-sync-logs", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json["data"]["attributes"]["cloud_task_id"], "queue/7");
    let id = made.json["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/workspace-connector-sync-logs/{id}");
    let change = async |attributes: Value| {
        let body = json!({ "data": { "type": "workspace_connector_sync_log", "id": id, "attributes": attributes } });
        send(&app.service(), Method::PATCH, &path, &body).await
    };
    refused(&change(json!({ "status": "success" })).await, 409, "INVALID_STATE");
    let source = refused(&change(json!({ "status": "in_progress", "metadata": {} })).await, 422, "BAD_USER_INPUT");
    assert_eq!(source["pointer"], "/data/attributes/metadata");
    let started = change(json!({ "status": "in_progress" })).await;
    assert_eq!(started.json["data"]["attributes"]["status"], "in_progress", "{}", started.text);
    let noted = change(json!({ "metadata": { "records_synced": 5 } })).await;
    assert_eq!(noted.json["data"]["attributes"]["metadata"], json!({ "records_synced": 5 }), "{}", noted.text);
    // A pointer leads to what was sent: what is missing is named.
    let without = change(json!({ "status": "error" })).await;
    assert_eq!(refused(&without, 422, "BAD_USER_INPUT")["pointer"], "/data/attributes");
    let detail = without.json["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("`error`: "), "{detail}");
    let ended = change(json!({ "status": "error", "error": "It stopped." })).await;
    let attributes = &ended.json["data"]["attributes"];
    assert_eq!(
        (&attributes["status"], &attributes["error"]),
        (&json!("error"), &json!("It stopped.")),
        "{}",
        ended.text
    );
    assert!(attributes["duration_ms"].is_i64(), "{}", ended.text);
    refused(&change(json!({ "status": "scheduled" })).await, 409, "INVALID_STATE");
    refused(&change(json!({ "status": "red" })).await, 422, "BAD_USER_INPUT");
    let answer = Answer::of(app.service().request(Method::DELETE, &path)).await;
    assert_eq!(answer.status, 204, "{}", answer.text);
}

#[tokio::test]
async fn a_mapping_is_created_kept_and_replaced() {
    let app = App::start().await;
    let of = connected(&app).await;
    let trail = json!({ "jury_name": "panel", "panelists": [{ "model": "a" }], "seed": 7 });
    let body = json!({ "data": { "type": "connector_mapping",
        "attributes": { "target_model": "invoice", "tool_name": "list", "expression": "$", "audit_trail": trail,
            "schema_key_paths": ["id", "total"], "schema_fingerprint": "one", "tool_args": { "page": 1.10 } },
        "relationships": { "workspace_connector": { "data": { "type": "workspace_connector", "id": of.id } } } } });
    let request = app.service().request(Method::POST, "/v1/connector-mappings").header("content-type", JSON_API);
    let made = Answer::of(request.body(body.to_string().replace("1.1}", "1.10}"))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!(made.json["data"]["attributes"]["audit_trail"], trail);
    assert!(made.text.contains("1.10"), "{}", made.text);
    refused(&send(&app.service(), Method::POST, "/v1/connector-mappings", &body).await, 409, "CONFLICT");
    let path = made.headers["location"].to_str().unwrap().to_owned();
    let id = made.json["data"]["id"].clone();
    let with =
        |attributes: Value| json!({ "data": { "type": "connector_mapping", "id": id, "attributes": attributes } });
    let spec = json!({ "type": "page", "per_page": 50, "first": 1 });
    let changed = send(&app.service(), Method::PATCH, &path, &with(json!({ "pagination_spec": spec }))).await;
    assert_eq!(changed.json["data"]["attributes"]["pagination_spec"], spec, "{}", changed.text);
    let source = refused(
        &send(&app.service(), Method::PATCH, &path, &with(json!({ "expression": "1" }))).await,
        403,
        "FORBIDDEN",
    );
    assert_eq!(source["pointer"], "/data/attributes/expression");
    let act = async |action: &str, attributes: Value| {
        send(&app.service(), Method::POST, &format!("{path}/{action}"), &with(attributes)).await
    };
    let counted = act("persist-counts", json!({ "persist_count": 3 })).await;
    assert_eq!(
        (counted.status, &counted.json["data"]["attributes"]["last_persist_count"]),
        (200, &json!(3)),
        "{}",
        counted.text
    );
    let counted = act("persist-counts", json!({ "persist_count": 0 })).await;
    assert_eq!(counted.json["meta"]["regression"], true, "{}", counted.text);
    let compared = act("schema-comparisons", json!({ "schema_fingerprint": "two", "schema_key_paths": ["id"] })).await;
    let meta = &compared.json["meta"];
    assert_eq!((&meta["result"], &meta["lost_key_paths"]), (&json!("drift"), &json!(["total"])), "{}", compared.text);
    let replaced = act("regenerations", json!({ "expression": "$.items" })).await;
    assert_eq!(replaced.status, 201, "{}", replaced.text);
    assert_ne!(replaced.json["data"]["id"], id);
    assert_eq!(replaced.headers["location"], replaced.json["data"]["links"]["self"].as_str().unwrap());
    refused(&app.service().get(&path).await, 404, "NOT_FOUND");
}

#[tokio::test]
async fn several_are_created_or_none() {
    let app = App::start().await;
    let of = connected(&app).await;
    let document = make::document(&app, &app.here, json!({})).await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    let path = "/v1/document-workspace-connectors";
    let bulk = format!("{path}/bulk");
    let body = json!({ "data": [link(&of, &document.id), link(&of, unknown)] });
    let source = refused(&send(&app.service(), Method::POST, &bulk, &body).await, 404, "NOT_FOUND");
    assert_eq!(source["pointer"], "/data/1/relationships/document/data");
    assert!(ids(&app.service().get(path).await).is_empty());
    let body = json!({ "data": [link(&of, &document.id), link(&of, &document.id)] });
    let made = send(&app.service(), Method::POST, &bulk, &body).await;
    assert_eq!((made.status, made.json["data"].as_array().map(Vec::len)), (201, Some(2)), "{}", made.text);
    assert_eq!(ids(&app.service().get(path).await).len(), 2);
    let bulk = "/v1/connector-sync-diagnostics/bulk";
    let made = send(&app.service(), Method::POST, bulk, &json!({ "data": [diagnostic(&of, "a")] })).await;
    assert_eq!(made.json["data"][0]["attributes"]["target_model"], "journal_entry", "{}", made.text);
    let source = refused(
        &send(&app.service(), Method::POST, bulk, &json!({ "data": [diagnostic(&of, " ")] })).await,
        422,
        "BAD_USER_INPUT",
    );
    assert_eq!(source["pointer"], "/data/0/attributes/detail");
    refused(&send(&app.service(), Method::POST, bulk, &json!({ "data": [] })).await, 422, "BAD_USER_INPUT");
    refused(
        &send(&app.service(), Method::POST, bulk, &json!({ "data": diagnostic(&of, "a") })).await,
        400,
        "BAD_USER_INPUT",
    );
}

#[tokio::test]
async fn a_link_and_a_diagnostic_are_changed_and_deleted() {
    let app = App::start().await;
    let of = connected(&app).await;
    let document = make::document(&app, &app.here, json!({})).await;
    for (path, body, name, value) in [
        ("/v1/document-workspace-connectors", link(&of, &document.id), "direction", "output"),
        ("/v1/connector-sync-diagnostics", diagnostic(&of, "before"), "detail", "after"),
    ] {
        let made = send(&app.service(), Method::POST, path, &json!({ "data": body })).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let path = made.headers["location"].to_str().unwrap().to_owned();
        let body =
            json!({ "data": { "type": body["type"], "id": made.json["data"]["id"], "attributes": { name: value } } });
        let changed = send(&app.service(), Method::PATCH, &path, &body).await;
        assert_eq!(changed.json["data"]["attributes"][name], value, "{}", changed.text);
        let deleted = Answer::of(app.service().request(Method::DELETE, &path)).await;
        assert_eq!(deleted.status, 204, "{}", deleted.text);
        refused(&app.service().get(&path).await, 404, "NOT_FOUND");
    }
}

#[tokio::test]
async fn a_body_that_is_not_one_of_json_api_is_refused_where_it_is_wrong() {
    let app = App::start().await;
    let collect = make::collect(&app, &app.here, &app.person, json!({})).await;
    let of = |more: Value| {
        let mut data = json!({ "type": "collect" });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "data": data })
    };
    let id = json!(collect.id);
    for (method, path, body, status, code, pointer) in [
        (Method::POST, "/v1/collects", json!([]), 400, "BAD_USER_INPUT", ""),
        (Method::POST, "/v1/collects", json!({}), 400, "BAD_USER_INPUT", ""),
        (Method::POST, "/v1/collects", json!({ "data": null }), 400, "BAD_USER_INPUT", "/data"),
        (Method::POST, "/v1/collects", json!({ "data": {} }), 400, "BAD_USER_INPUT", "/data"),
        (Method::POST, "/v1/collects", json!({ "data": { "type": "task" } }), 409, "CONFLICT", "/data/type"),
        (Method::POST, "/v1/collects", of(json!({ "id": id })), 403, "FORBIDDEN", "/data/id"),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "attributes": { "colour": 1 } })),
            422,
            "BAD_USER_INPUT",
            "/data/attributes/colour",
        ),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "attributes": { "created_at": "2025-01-01T00:00:00Z" } })),
            403,
            "FORBIDDEN",
            "/data/attributes/created_at",
        ),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "attributes": { "status": "red" } })),
            422,
            "BAD_USER_INPUT",
            "/data/attributes/status",
        ),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "attributes": { "started_at": "noon" } })),
            422,
            "BAD_USER_INPUT",
            "/data/attributes/started_at",
        ),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "attributes": { "provider": " " } })),
            422,
            "BAD_USER_INPUT",
            "/data/attributes/provider",
        ),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "relationships": { "people": { "data": null } } })),
            403,
            "FORBIDDEN",
            "/data/relationships/people",
        ),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "relationships": { "task": {} } })),
            400,
            "BAD_USER_INPUT",
            "/data/relationships/task",
        ),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "relationships": { "task": { "data": { "type": "people", "id": "1" } } } })),
            422,
            "BAD_USER_INPUT",
            "/data/relationships/task/data/type",
        ),
        (
            Method::POST,
            "/v1/collects",
            of(json!({ "relationships": { "task": { "data": { "type": "task", "id": id } } } })),
            404,
            "NOT_FOUND",
            "/data/relationships/task/data",
        ),
    ] {
        let answer = send(&app.member(), method, path, &body).await;
        assert_eq!(refused(&answer, status, code)["pointer"], pointer, "{body}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_change_that_is_not_one_of_json_api_is_refused_where_it_is_wrong() {
    let app = App::start().await;
    let collect = make::collect(&app, &app.here, &app.person, json!({})).await;
    let path = format!("/v1/collects/{}", collect.id);
    let of = |more: Value| {
        let mut data = json!({ "type": "collect" });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({ "data": data })
    };
    let id = json!(collect.id);
    for (method, path, body, status, code, pointer) in [
        (Method::PATCH, &path, of(json!({})), 400, "BAD_USER_INPUT", "/data"),
        (Method::PATCH, &path, of(json!({ "id": "other" })), 409, "CONFLICT", "/data/id"),
        (
            Method::PATCH,
            &path,
            of(json!({ "id": id, "attributes": { "status": null } })),
            422,
            "BAD_USER_INPUT",
            "/data/attributes/status",
        ),
    ] {
        let answer = send(&app.member(), method, path, &body).await;
        assert_eq!(refused(&answer, status, code)["pointer"], pointer, "{body}: {}", answer.text);
    }
}

#[tokio::test]
async fn a_body_of_another_media_type_or_size_is_refused() {
    let app = App::start().await;
    let of = |attributes: Value| json!({ "data": { "type": "collect", "attributes": attributes } });
    for media in ["application/json", "application/vnd.api+json; charset=utf-8", "text/plain"] {
        let request = app.member().request(Method::POST, "/v1/collects").header("content-type", media);
        let answer = Answer::of(request.body(of(json!({})).to_string())).await;
        assert_eq!(refused(&answer, 415, "BAD_USER_INPUT")["header"], "Content-Type", "{media}");
    }
    let request = app.member().request(Method::POST, "/v1/collects").header("content-type", JSON_API);
    refused(&Answer::of(request.body("{")).await, 400, "BAD_USER_INPUT");
    let large = of(json!({ "provider": "x".repeat(1_100_000) }));
    refused(&send(&app.member(), Method::POST, "/v1/collects", &large).await, 413, "REQUEST_TOO_LARGE");
}

#[tokio::test]
async fn a_change_is_made_only_to_the_state_that_was_read() {
    let app = App::start().await;
    let collect = make::collect(&app, &app.here, &app.person, json!({})).await;
    let path = format!("/v1/collects/{}", collect.id);
    let body = |provider: &str| json!({ "data": { "type": "collect", "id": collect.id, "attributes": { "provider": provider } } });
    let first = send(&app.member(), Method::PATCH, &path, &body("a")).await;
    let tag = app.member().get(&path).await.headers["etag"].clone();
    assert_eq!(first.headers["etag"], tag);
    let change = async |method: Method, tag: &str, body: Value| {
        let request = app.member().request(method, &path).header("content-type", JSON_API).header("if-match", tag);
        Answer::of(request.body(body.to_string())).await
    };
    let second = change(Method::PATCH, tag.to_str().unwrap(), body("b")).await;
    assert_eq!(second.status, 200, "{}", second.text);
    assert_ne!(second.headers["etag"], tag);
    for stale in [tag.to_str().unwrap(), "W/\"x\"", "\"x\""] {
        let answer = change(Method::PATCH, stale, body("c")).await;
        assert_eq!(
            (answer.status, &answer.json["errors"][0]["source"]["header"]),
            (412, &json!("If-Match")),
            "{stale}: {}",
            answer.text
        );
    }
    refused(&change(Method::DELETE, tag.to_str().unwrap(), json!({})).await, 412, "CONFLICT");
    assert_eq!(change(Method::PATCH, "*", body("d")).await.status, 200);
    let last = app.member().get(&path).await;
    assert_eq!(last.json["data"]["attributes"]["provider"], "d");
    assert_eq!(change(Method::DELETE, last.headers["etag"].to_str().unwrap(), json!({})).await.status, 204);
}

#[tokio::test]
async fn the_same_key_creates_once() {
    let app = App::start().await;
    let create = async |key: &str, provider: &str| {
        let body = json!({ "data": { "type": "collect", "attributes": { "provider": provider } } });
        let request = app.member().request(Method::POST, "/v1/collects").header("content-type", JSON_API);
        Answer::of(request.header("idempotency-key", key).body(body.to_string())).await
    };
    let (one, again) = (create("\"a key\"", "a").await, create("a key", "a").await);
    assert_eq!((one.status, &one.json["data"]["id"]), (201, &again.json["data"]["id"]), "{}", again.text);
    for refusal in [create("a key", "b").await, create("", "a").await] {
        assert_eq!(refused(&refusal, 400, "BAD_USER_INPUT")["header"], "Idempotency-Key", "{}", refusal.text);
    }
    assert_eq!(ids(&app.member().get("/v1/collects").await).len(), 1);
}
