//! The reference: it is the committed one, and what it says is so.

use reqwest::Method;
use serde_json::{Value, json};
use well_ingestion::api::{self, Introspection};

use super::{refused, send};
use crate::kit::App;

fn committed() -> Value {
    serde_json::from_str(include_str!("../../../openapi.json")).unwrap()
}

#[tokio::test]
async fn the_reference_is_the_committed_one() {
    let app = App::start().await;
    let answer = app.anyone().get("/v1/openapi.json").await;
    assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, "application/json"));
    assert_eq!(answer.text, include_str!("../../../openapi.json"), "run `cargo run -- openapi > openapi.json`");
    assert_eq!(answer.json["openapi"], "3.1.0");
}

#[tokio::test]
async fn the_page_of_the_reference_knows_nobody() {
    let app = App::start().await;
    let page = app.anyone().get("/v1/docs").await;
    assert_eq!((page.status, page.headers["cache-control"].to_str().unwrap()), (200, "no-store"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe-eval"), "{policy}");
    // Only the demo offers people to ask as.
    assert!(!page.text.contains("application/json"), "{}", page.text);
}

#[tokio::test]
async fn a_server_that_keeps_its_schema_to_itself_keeps_the_reference() {
    let behaviour = api::Settings { introspection: Introspection::Disabled, ..api::Settings::default() };
    let app = App::with(std::time::Duration::ZERO, behaviour).await;
    for path in ["/v1/openapi.json", "/v1/docs"] {
        refused(&app.anyone().get(path).await, 404, "NOT_FOUND");
    }
    assert_eq!(app.member().get("/v1/collects").await.status, 200);
}

/// What a reference leads to.
fn resolved<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let Some(path) = value["$ref"].as_str() else { return value };
    document.pointer(path.trim_start_matches('#')).unwrap_or_else(|| panic!("{path} leads nowhere"))
}

/// A value that a parameter takes.
fn value(schema: &Value) -> String {
    let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
    if let Some(values) = schema["enum"].as_array() {
        return values[0].as_str().unwrap().to_owned();
    }
    match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => "1",
        (Some("boolean"), _) => "true",
        (_, Some("date-time")) => "2025-03-01T00:00:00Z",
        (_, Some("date")) => "2025-03-01",
        // An id is a text, too.
        _ => "00000000-0000-4000-8000-000000000000",
    }
    .to_owned()
}

#[tokio::test]
async fn every_parameter_of_a_list_is_taken() {
    let app = App::start().await;
    let document = committed();
    for (path, item) in document["paths"].as_object().unwrap() {
        for parameter in item["get"]["parameters"].as_array().into_iter().flatten() {
            let parameter = resolved(&document, parameter);
            let name = parameter["name"].as_str().unwrap();
            if parameter["in"] != "query"
                || name == "cursor"
                || name.starts_with("page[after")
                || name == "page[before]"
            {
                continue;
            }
            let value = if name == "include" {
                let told = parameter["description"].as_str().unwrap();
                told.rsplit('`').nth(1).unwrap().to_owned()
            } else {
                value(&parameter["schema"])
            };
            let address = if path.ends_with("{id}") { continue } else { format!("{path}?{name}={value}") };
            let answer = app.service().get(&address).await;
            assert_eq!(answer.status, 200, "{address}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn every_operation_is_served_and_no_other() {
    let app = App::start().await;
    let methods = [("get", Method::GET), ("post", Method::POST), ("patch", Method::PATCH), ("delete", Method::DELETE)];
    for (path, item) in committed()["paths"].as_object().unwrap() {
        let address = path.replace("{id}", "00000000-0000-4000-8000-000000000000");
        for (name, method) in &methods {
            let answer = send(&app.service(), method.clone(), &address, &json!({})).await;
            assert_eq!(answer.status != 405, item.get(name).is_some(), "{name} {path}: {}", answer.text);
        }
    }
}
