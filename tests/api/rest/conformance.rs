//! What JSON:API 1.1 says that a server MUST do, each with the test that shows it.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};
use well_ingestion::api::RESOURCES;

use super::{JSON_API, ids, refused, send};
use crate::isolation::World;
use crate::kit::{Answer, App, Asker};

/// The section of the specification, what a server must do, and the test. What it says of extensions, of links of
/// relationships to themselves, and of relationships to many is not here: there are none.
const MUSTS: [(&str, &str, &str); 44] = [
    ("5.3", "answers have the media type, with no parameters but `ext` and `profile`", "every_document_is_well_formed"),
    ("5.3", "`Content-Type` with other parameters: 415", "a_body_of_another_media_type_or_size_is_refused"),
    (
        "5.3",
        "`Content-Type` with an extension that is not supported: 415",
        "a_body_of_another_media_type_or_size_is_refused",
    ),
    (
        "5.3",
        "instances in `Accept` with other parameters are passed over",
        "the_type_of_an_answer_is_one_that_is_accepted",
    ),
    ("5.3", "`Accept` with nothing but such instances: 406", "the_type_of_an_answer_is_one_that_is_accepted"),
    (
        "5.3",
        "`Accept` with nothing but extensions that are not supported: 406",
        "the_type_of_an_answer_is_one_that_is_accepted",
    ),
    ("5.3", "`Vary` names `Accept`", "the_type_of_an_answer_is_one_that_is_accepted"),
    ("7.1", "an object with `data` or `errors`, never both", "every_document_is_well_formed"),
    ("7.1", "nothing is included without `data`", "every_document_is_well_formed"),
    ("7.1", "a collection is an array, of one or no resource, too", "a_collection_is_an_array_whatever_is_in_it"),
    ("7.2", "`type` and `id` are texts", "every_document_is_well_formed"),
    ("7.2", "`type` and `id` together name one resource", "every_document_is_well_formed"),
    (
        "7.2",
        "attributes and relationships share their names, and none is `type` or `id`",
        "every_document_is_well_formed",
    ),
    ("7.2", "a relationship has links, data or meta", "every_document_is_well_formed"),
    ("7.2", "linkage to one is null or an identifier", "every_document_is_well_formed"),
    (
        "7.2",
        "a related link leads to the related resource",
        "every_attribute_and_relationship_has_the_value_that_graphql_gives",
    ),
    (
        "7.2",
        "a link of a resource to itself is answered with it",
        "every_attribute_and_relationship_has_the_value_that_graphql_gives",
    ),
    ("7.4", "what is included is linked from the primary data", "every_document_is_well_formed"),
    ("7.4", "no resource comes twice", "a_row_is_there_once_however_it_is_reached"),
    ("7.6", "a link is a text, an object or null", "every_document_is_well_formed"),
    ("7.8", "members have names of allowed characters", "every_document_is_well_formed"),
    ("8.1", "a resource that is not there: 404", "a_row_that_is_not_there_is_404_whatever_its_id"),
    ("8.3", "`include` of what is no relationship: 400", "a_parameter_that_cannot_be_used_is_named"),
    ("8.3", "with `include`, nothing else is included", "what_is_not_asked_for_is_not_there"),
    ("8.3", "an empty `include` includes nothing", "what_is_not_asked_for_is_not_there"),
    ("8.4", "with `fields`, no other member is there", "what_is_not_asked_for_is_not_there"),
    ("8.4", "an empty `fields` leaves nothing", "what_is_not_asked_for_is_not_there"),
    ("8.5", "resources are in the order of `sort`, `-` for descending", "resources_are_in_the_order_that_is_asked_for"),
    ("8.5", "an order that is not supported: 400", "a_parameter_that_cannot_be_used_is_named"),
    ("8.6", "links to pages are texts, or null where there is no page", "the_links_lead_to_every_row_once_and_back"),
    ("8.6", "pages are in one order", "the_links_lead_to_every_row_once_and_back"),
    (
        "9",
        "a body names its type, and its id where it has one",
        "a_body_that_is_not_one_of_json_api_is_refused_where_it_is_wrong",
    ),
    (
        "9.1",
        "a resource that was created: 201, with its `Location`, which is its link to itself",
        "what_was_created_is_where_it_says",
    ),
    ("9.1", "an id that the client made: 403", "a_body_that_is_not_one_of_json_api_is_refused_where_it_is_wrong"),
    (
        "9.1",
        "a type that is not of the collection: 409",
        "a_body_that_is_not_one_of_json_api_is_refused_where_it_is_wrong",
    ),
    (
        "9.1",
        "a relationship to a resource that is not there: 404",
        "a_body_that_is_not_one_of_json_api_is_refused_where_it_is_wrong",
    ),
    ("9.2", "attributes and relationships that are left out stay", "a_change_leaves_what_it_does_not_name"),
    ("9.2", "a change that is done: 200 with the resource", "a_collect_is_created_changed_and_deleted"),
    (
        "9.2",
        "a type or id that is not the address's: 409",
        "a_change_that_is_not_one_of_json_api_is_refused_where_it_is_wrong",
    ),
    ("9.4", "a resource that was deleted: 204, and 404 from then on", "a_collect_is_created_changed_and_deleted"),
    (
        "10.4",
        "a parameter that is not known, or breaks the rules of names: 400",
        "a_parameter_that_cannot_be_used_is_named",
    ),
    ("11.1", "an error has the status as a text", "every_document_is_well_formed"),
    (
        "11.1",
        "`source.pointer` leads to a value that was sent",
        "a_sync_log_goes_from_scheduled_to_its_end_by_its_status",
    ),
    ("11.1", "`source.parameter` and `source.pointer` name what caused it", "a_parameter_that_cannot_be_used_is_named"),
];

#[test]
fn every_must_has_a_test_that_is_there() {
    let tests = [
        include_str!("conformance.rs"),
        include_str!("lists.rs"),
        include_str!("refusals.rs"),
        include_str!("rows.rs"),
        include_str!("writes.rs"),
    ]
    .concat();
    for (section, must, test) in MUSTS {
        assert!(tests.contains(&format!("async fn {test}()")), "{section}, {must}: there is no test `{test}`");
    }
}

/// The type and id of a resource or an identifier.
fn identity(value: &Value) -> (String, String) {
    let text = |name: &str| value[name].as_str().unwrap_or_else(|| panic!("no text `{name}`: {value}")).to_owned();
    (text("type"), text("id"))
}

fn is_member_name(name: &str) -> bool {
    let inner = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
    !name.is_empty() && name.chars().all(inner) && !name.starts_with(['_', '-']) && !name.ends_with(['_', '-'])
}

/// The resources that a resource links to.
fn links_of(resource: &Value) -> Vec<(String, String)> {
    let mut linked = Vec::new();
    let none = serde_json::Map::new();
    let members = |name: &str| resource[name].as_object().unwrap_or(&none);
    for (name, value) in members("relationships") {
        assert!(!members("attributes").contains_key(name), "`{name}` is both: {resource}");
        let relationship = value.as_object().unwrap();
        assert!(["links", "data", "meta"].iter().any(|member| relationship.contains_key(*member)), "{resource}");
        match value.get("data") {
            None | Some(Value::Null) => {}
            Some(data) => {
                assert_eq!(data.as_object().unwrap().len(), 2, "{data}");
                linked.push(identity(data));
            }
        }
    }
    for name in members("attributes").keys().chain(members("relationships").keys()) {
        assert!(is_member_name(name) && name != "type" && name != "id", "`{name}`: {resource}");
    }
    linked
}

/// Whether an answer is a document as JSON:API has it.
fn check_document(answer: &Answer) {
    assert_eq!(answer.headers["content-type"], JSON_API, "{}", answer.text);
    let document = answer.json.as_object().unwrap_or_else(|| panic!("no object: {}", answer.text));
    let (data, errors) = (document.get("data"), document.get("errors"));
    assert!(data.is_some() != errors.is_some(), "{}", answer.text);
    assert!(document.keys().all(|name| ["jsonapi", "data", "errors", "included", "links", "meta"].contains(&&**name)));
    assert_eq!(document["jsonapi"], json!({ "version": "1.1" }));
    for error in errors.into_iter().flat_map(|errors| errors.as_array().unwrap()) {
        assert_eq!(error["status"], answer.status.to_string(), "{}", answer.text);
        assert!(error["code"].is_string() && error["title"].is_string() && error["detail"].is_string());
    }
    for link in document.get("links").into_iter().flat_map(|links| links.as_object().unwrap().values()) {
        let is_reference = |link: &str| link.starts_with('/') && !link.contains(['[', ']', ' ', '"']);
        assert!(link.is_null() || link.as_str().is_some_and(is_reference), "{}", answer.text);
    }
    let Some(data) = data else {
        assert!(!document.contains_key("included"), "{}", answer.text);
        return;
    };
    let primary: Vec<&Value> = data.as_array().map_or_else(|| vec![data], |rows| rows.iter().collect());
    let included: Vec<&Value> = document.get("included").into_iter().flat_map(|it| it.as_array().unwrap()).collect();
    let mut seen = HashSet::new();
    for resource in primary.iter().chain(&included) {
        assert!(seen.insert(identity(resource)), "twice: {resource}");
        let known = ["type", "id", "attributes", "relationships", "links", "meta"];
        assert!(resource.as_object().unwrap().keys().all(|name| known.contains(&&**name)), "{resource}");
    }
    // Whatever is included is reached from the primary data.
    let mut reached: HashSet<_> = primary.iter().map(|resource| identity(resource)).collect();
    let mut next: Vec<&Value> = primary;
    while let Some(resource) = next.pop() {
        for linked in links_of(resource) {
            if reached.insert(linked.clone()) {
                next.extend(included.iter().filter(|it| identity(it) == linked).copied());
            }
        }
    }
    assert!(seen.iter().all(|resource| reached.contains(resource)), "not linked: {}", answer.text);
}

/// The relationships of a resource type that its first row shows.
async fn relationships(asker: &Asker, path: &str) -> Vec<String> {
    let list = asker.get(path).await;
    list.json["data"][0]["relationships"].as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default()
}

#[tokio::test]
async fn every_document_is_well_formed() {
    let app = App::start().await;
    World::fill(&app, &app.here, &app.member()).await;
    for asker in [app.service(), app.member(), app.guest(), app.anyone()] {
        for resource in RESOURCES {
            let base = format!("/v1/{}", resource.path);
            let list = asker.get(&base).await;
            check_document(&list);
            for row in list.json["data"].as_array().into_iter().flatten() {
                check_document(&asker.get(row["links"]["self"].as_str().unwrap()).await);
            }
            check_document(&asker.get(&format!("{base}/nothing")).await);
            check_document(&asker.get(&format!("{base}?colour=red")).await);
            let mut paths = relationships(&asker, &base).await;
            for name in paths.clone() {
                let included = asker.get(&format!("{base}?include={name}")).await;
                for row in included.json["included"].as_array().into_iter().flatten() {
                    let further = row["relationships"].as_object().into_iter().flat_map(|all| all.keys());
                    paths.extend(further.map(|further| format!("{name}.{further}")));
                }
            }
            check_document(&asker.get(&format!("{base}?include={}", paths.join(","))).await);
        }
    }
}

#[tokio::test]
async fn a_collection_is_an_array_whatever_is_in_it() {
    let app = App::start().await;
    let none = app.member().get("/v1/collects").await;
    assert_eq!((&none.json["data"], &none.json["meta"]["count"]), (&json!([]), &json!(0)), "{}", none.text);
    check_document(&none);
    let one = app.member().get("/v1/workspaces").await;
    assert_eq!(one.json["data"].as_array().unwrap().len(), 1, "{}", one.text);
}

#[tokio::test]
async fn what_is_not_asked_for_is_not_there() {
    let app = App::start().await;
    World::fill(&app, &app.here, &app.member()).await;
    let types = |answer: &Answer| {
        let included = answer.json["included"].as_array().into_iter().flatten();
        included.map(|row| row["type"].as_str().unwrap().to_owned()).collect::<HashSet<_>>()
    };
    let links = "/v1/document-workspace-connectors";
    let some = app.member().get(&format!("{links}?include=document")).await;
    assert_eq!(types(&some), HashSet::from(["document".to_owned()]));
    let none = app.member().get(&format!("{links}?include=")).await;
    assert_eq!((none.status, types(&none)), (200, HashSet::new()), "{}", none.text);
    for (fields, attributes, relationships) in [
        ("direction", vec!["direction"], vec![]),
        ("document", vec![], vec!["document"]),
        ("direction,document", vec!["direction"], vec!["document"]),
        ("", vec![], vec![]),
    ] {
        let answer = app.member().get(&format!("{links}?fields[document_workspace_connector]={fields}")).await;
        assert_eq!(ids(&answer).len(), 1);
        let names = |member: &str| {
            let members = answer.json["data"][0][member].as_object();
            members.into_iter().flat_map(|all| all.keys().cloned()).collect::<Vec<_>>()
        };
        assert_eq!(
            (names("attributes"), names("relationships")),
            (
                attributes.into_iter().map(str::to_owned).collect(),
                relationships.into_iter().map(str::to_owned).collect(),
            ),
            "{fields}"
        );
    }
}

#[tokio::test]
async fn resources_are_in_the_order_that_is_asked_for() {
    let app = App::start().await;
    for name in ["b", "a", "c"] {
        crate::kit::make::person(&app, &app.here, json!({ "full_name": name })).await;
    }
    let names = async |sort: &str| {
        let answer = app.member().get(&format!("/v1/people?sort={sort}&filter[full_name][in]=a,b,c")).await;
        let rows = answer.json["data"].as_array().unwrap_or_else(|| panic!("{}", answer.text)).clone();
        rows.iter().map(|row| row["attributes"]["full_name"].as_str().unwrap().to_owned()).collect::<String>()
    };
    for (sort, expected) in [
        ("full_name", "abc"),
        ("-full_name", "cba"),
        ("created_at", "bac"),
        ("-created_at,full_name", "cab"),
        ("-full_name,created_at", "cba"),
    ] {
        assert_eq!(names(sort).await, expected, "{sort}");
    }
}

#[tokio::test]
async fn what_was_created_is_where_it_says() {
    let app = App::start().await;
    let body = json!({ "data": { "type": "collect", "attributes": {} } });
    let made = send(&app.member(), Method::POST, "/v1/collects", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    check_document(&made);
    let location = made.headers["location"].to_str().unwrap();
    assert_eq!(made.json["data"]["links"]["self"], location);
    assert_eq!(app.member().get(location).await.json["data"], made.json["data"]);
}

#[tokio::test]
async fn a_change_leaves_what_it_does_not_name() {
    let app = App::start().await;
    let started = "2025-03-01T00:00:00.000000Z";
    let attributes = json!({ "provider": "linkedin", "status": "in_progress", "started_at": started });
    let body = json!({ "data": { "type": "collect", "attributes": attributes } });
    let made = send(&app.member(), Method::POST, "/v1/collects", &body).await;
    let (id, before) = (&made.json["data"]["id"], &made.json["data"]);
    let path = format!("/v1/collects/{}", id.as_str().unwrap());
    let change = async |attributes: Value| {
        let body = json!({ "data": { "type": "collect", "id": id, "attributes": attributes } });
        let answer = send(&app.member(), Method::PATCH, &path, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["data"].clone()
    };
    let (kept, cleared) = (change(json!({})).await, change(json!({ "provider": null })).await);
    for name in ["provider", "started_at", "status"] {
        assert_eq!(kept["attributes"][name], before["attributes"][name], "{name}");
    }
    assert_eq!(kept["relationships"], before["relationships"]);
    assert_eq!(
        (&cleared["attributes"]["provider"], &cleared["attributes"]["started_at"]),
        (&Value::Null, &before["attributes"]["started_at"],)
    );
    let unknown = json!({ "data": { "type": "collect", "id": id, "attributes": { "colour": "red" } } });
    let refusal = send(&app.member(), Method::PATCH, &path, &unknown).await;
    assert_eq!(refused(&refusal, 422, "BAD_USER_INPUT")["pointer"], "/data/attributes/colour");
}
