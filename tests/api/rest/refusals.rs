//! What is refused, and how that is said.

use reqwest::Method;
use serde_json::json;

use super::{JSON_API, refused, send};
use crate::kit::{Answer, App};

#[tokio::test]
async fn a_parameter_that_cannot_be_used_is_named() {
    let app = App::start().await;
    for (query, parameter) in [
        ("colour=red", "colour"),
        ("page[number]=2", "page[number]"),
        ("filter[colour]=red", "filter[colour]"),
        ("filter[status][like]=a", "filter[status][like]"),
        ("filter[status]=red", "filter[status]"),
        ("filter[status][]=red", "filter[status]"),
        ("filter[status]=", "filter[status]"),
        ("filter[status]=null", "filter[status]"),
        ("filter[error]=undefined", "filter[error]"),
        ("filter[status]=['error', 'success']", "filter[status]"),
        ("filter[duration_ms][gte]=long", "filter[duration_ms][gte]"),
        ("filter[duration_ms][gte]=1&filter[duration_ms][gte]=2", "filter[duration_ms][gte]"),
        ("filter[created_at][gte]=yesterday", "filter[created_at][gte]"),
        ("filter[workspace_connector]=no-id", "filter[workspace_connector]"),
        ("filter[or][status]=error", "filter[or][status]"),
        ("filter[or][0][created_at][gte]=x", "filter[or][0][created_at][gte]"),
        ("filter[started_at][is_null]=maybe", "filter[started_at][is_null]"),
        ("filter=x", "filter"),
        ("sort=colour", "sort"),
        ("sort=['created_at']", "sort"),
        ("include=colour", "include"),
        ("include=workspace_connector.connector.workspace", "include"),
        ("include=workspace_connector.colour", "include"),
        ("include=None", "include"),
        ("fields[workspace_connector_sync_log]=colour", "fields[workspace_connector_sync_log]"),
        ("fields[colour]=name", "fields[colour]"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("page[size]=many", "page[size]"),
        ("limit=5&page[size]=6", "page[size]"),
        ("limit=5&limit=6", "limit"),
        ("meta[total]=perhaps", "meta[total]"),
        ("filter[status", "filter[status"),
    ] {
        let answer = app.member().get(&format!("/v1/workspace-connector-sync-logs?{query}")).await;
        let source = refused(&answer, 400, "BAD_USER_INPUT");
        assert_eq!(source["parameter"], parameter, "{query}: {}", answer.text);
    }
    for query in ["cursor=abc", "page[after]=abc", "page[before]=abc"] {
        let answer = app.member().get(&format!("/v1/collects?{query}")).await;
        let parameter = query.split('=').next().unwrap();
        assert_eq!(refused(&answer, 400, "BAD_CURSOR")["parameter"], parameter, "{}", answer.text);
    }
    for path in ["/v1/workspaces?cursor=5", "/v1/workspaces?limit=0", "/v1/workspaces?filter[name]=a"] {
        refused(&app.member().get(path).await, 400, "BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn limits_are_those_of_graphql() {
    let app = App::start().await;
    let many = (0..80).map(|index| format!("filter[or][{index}][error][contains]={}", "x".repeat(60)));
    let answer =
        app.member().get(&format!("/v1/workspace-connector-sync-logs?{}", many.collect::<Vec<_>>().join("&"))).await;
    refused(&answer, 400, "COST_LIMIT_EXCEEDED");
    let deep = "filter[not]".to_owned() + &"[not]".repeat(8) + "[status]=error";
    refused(&app.member().get(&format!("/v1/workspace-connector-sync-logs?{deep}")).await, 400, "BAD_USER_INPUT");
}

#[tokio::test]
async fn an_address_or_method_that_is_not_served_is_said_in_json_api() {
    let app = App::start().await;
    for path in ["/v1", "/v1/", "/v1/colours", "/v1/collects/1/2/3", "/v1/collects/"] {
        refused(&app.member().get(path).await, 404, "NOT_FOUND");
    }
    for (method, path, allowed) in [
        (Method::PUT, "/v1/collects", "GET,HEAD,POST"),
        (Method::DELETE, "/v1/people", "GET,HEAD"),
        (Method::POST, "/v1/tasks", "GET,HEAD"),
        (Method::PATCH, "/v1/documents/1", "GET,HEAD"),
    ] {
        let answer = send(&app.member(), method, path, &json!({})).await;
        refused(&answer, 405, "BAD_USER_INPUT");
        assert_eq!(answer.headers["allow"], allowed, "{path}");
    }
}

#[tokio::test]
async fn the_type_of_an_answer_is_one_that_is_accepted() {
    let app = App::start().await;
    for (accept, media) in [
        ("*/*", Some(JSON_API)),
        (JSON_API, Some(JSON_API)),
        ("application/json", Some("application/json")),
        ("application/vnd.api+json; charset=utf-8", None),
        ("application/vnd.api+json; ext=\"https://jsonapi.org/ext/atomic\"", None),
        ("application/vnd.api+json; charset=utf-8, application/vnd.api+json", Some(JSON_API)),
        ("text/csv", None),
    ] {
        let request = app.member().request(Method::GET, "/v1/collects").header("accept", accept);
        let answer = Answer::of(request).await;
        match media {
            Some(media) => {
                assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, media), "{accept}");
                let varies = answer.headers["vary"].to_str().unwrap().to_lowercase();
                assert!(varies.contains("accept"), "{accept}: {varies}");
            }
            None => assert_eq!(refused(&answer, 406, "BAD_USER_INPUT")["header"], "Accept"),
        }
    }
}
