//! Lists: filters, orders, pages, what is included, and what it costs.

use serde_json::json;

use super::{connected, ids};
use crate::kit::{App, make};

const LOGS: &str = "/v1/workspace-connector-sync-logs";

#[tokio::test]
async fn a_list_shows_what_the_same_query_shows() {
    let app = App::start().await;
    for status in ["error", "success", "error", "error"] {
        let of = connected(&app).await;
        let error = (status == "error").then_some("a reason");
        make::sync_log(&app, &of, json!({ "status": status, "error": error })).await;
    }
    let path = format!("{LOGS}?filter[status]=error&include=workspace_connector.connector&sort=-created_at");
    let answer = app.member().get(&path).await;
    let query = "{ workspaceConnectorSyncLogs(first: 20, filter: { status: { eq: ERROR } }
        orderBy: [{ field: CREATED_AT, direction: DESC }]) {
        nodes { id workspaceConnector { id connector { id name } } } } }";
    let same = app.member().say(query).await;
    let nodes = same.at("/workspaceConnectorSyncLogs/nodes").as_array().unwrap();
    assert_eq!(ids(&answer), nodes.iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>());
    assert_eq!(answer.json["meta"]["count"], 3);
    let included = answer.json["included"].as_array().unwrap();
    assert_eq!(included.len(), 6, "{}", answer.text);
    for (row, node) in answer.json["data"].as_array().unwrap().iter().zip(nodes) {
        assert_eq!(row["attributes"]["status"], "error");
        let connected = &row["relationships"]["workspace_connector"]["data"];
        assert_eq!(connected["id"], node["workspaceConnector"]["id"]);
        let connected =
            included.iter().find(|it| it["type"] == connected["type"] && it["id"] == connected["id"]).unwrap();
        let connector = &connected["relationships"]["connector"]["data"];
        let connector = included.iter().find(|it| it["type"] == "connector" && it["id"] == connector["id"]).unwrap();
        assert_eq!(connector["attributes"]["name"], node["workspaceConnector"]["connector"]["name"]);
    }
}

#[tokio::test]
async fn the_links_lead_to_every_row_once_and_back() {
    let app = App::start().await;
    let of = connected(&app).await;
    for number in 0..7 {
        make::sync_log(&app, &of, json!({ "duration_ms": number, "status": "success" })).await;
    }
    for (cursor, start) in [
        (
            "cursor=",
            format!(
                "{LOGS}?limit=3&sort=duration_ms&filter[status]=success&fields[workspace_connector_sync_log]=duration_ms"
            ),
        ),
        ("page%5Bafter%5D=", format!("{LOGS}?page[size]=3&sort=duration_ms&meta[total]=true")),
    ] {
        let (mut next, mut found) = (start, Vec::new());
        let last = loop {
            let answer = app.member().get(&next).await;
            found.extend(ids(&answer));
            let rows = answer.json["data"].as_array().unwrap();
            assert_eq!(answer.json["meta"]["count"], rows.len());
            assert_eq!(answer.json["links"]["self"], next.replace('[', "%5B").replace(']', "%5D"));
            let follow = answer.json["links"]["next"].as_str().map(str::to_owned);
            let Some(link) = follow else { break answer };
            assert!(link.contains(cursor) && link.contains("sort=duration_ms"), "{link}");
            next = link;
        };
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 7);
        let previous = app.member().get(last.json["links"]["prev"].as_str().unwrap()).await;
        let durations: Vec<_> =
            previous.json["data"].as_array().unwrap().iter().map(|row| &row["attributes"]["duration_ms"]).collect();
        assert_eq!(durations, [3, 4, 5]);
        let first = app.member().get(last.json["links"]["first"].as_str().unwrap()).await;
        assert_eq!(first.json["data"][0]["attributes"]["duration_ms"], 0);
        assert!(first.json["links"]["prev"].is_null());
    }
    let answer = app.member().get(&format!("{LOGS}?limit=2&page[size]=2&page[total]=true")).await;
    assert_eq!((&answer.json["meta"]["count"], &answer.json["meta"]["total"]), (&json!(2), &json!(7)));
}

#[tokio::test]
async fn a_filter_says_what_one_of_graphql_says() {
    let app = App::start().await;
    let (one, other) = (connected(&app).await, connected(&app).await);
    let at = |of, status: &str, day: u8, error: &str| {
        let created = format!("2025-03-{day:02}T00:00:00Z");
        let error = (status == "error").then_some(error);
        make::sync_log(
            &app,
            of,
            json!({ "status": status, "created_at": created, "error": error, "duration_ms": u32::from(day) }),
        )
    };
    at(&one, "error", 1, "Rate limit, reached").await;
    at(&one, "success", 2, "").await;
    at(&one, "scheduled", 3, "").await;
    at(&other, "error", 4, "gone").await;
    let all: Vec<String> = ids(&app.member().get(&format!("{LOGS}?sort=created_at")).await);
    for (query, found) in [
        ("filter[status]=error", vec![0, 3]),
        ("filter[status]=error,success", vec![0, 1, 3]),
        ("filter[status][]=error&filter[status][]=success", vec![0, 1, 3]),
        ("filter[status]=error&filter[status]=success", vec![0, 1, 3]),
        ("filter[status][not_in]=error,success", vec![2]),
        ("filter[error]=rate%20limit,%20reached", vec![]),
        ("filter[error]=Rate%20limit,%20reached", vec![0]),
        ("filter[error][contains]=limit,", vec![0]),
        ("filter[duration_ms][gte]=2&filter[duration_ms][lt]=4", vec![1, 2]),
        ("filter[or][0][status]=scheduled&filter[or][7][created_at][gte]=2025-03-04T00:00:00Z", vec![2, 3]),
        ("filter[not][status]=error&filter[and][0][duration_ms][lte]=2", vec![1]),
        ("filter[started_at][is_null]=true&filter[status]=scheduled", vec![2]),
        (
            &*format!(
                "filter[workspace_connector]={}&filter[created_at][gte]=2025-03-02T00:00:00Z&filter[created_at][lt]=2025-03-03T00:00:00Z",
                one.id
            ),
            vec![1],
        ),
        (&*format!("filter[workspace_connector_sync_log_id]={}", all[2]), vec![2]),
    ] {
        let answer = app.member().get(&format!("{LOGS}?sort=created_at&{query}")).await;
        let wanted: Vec<_> = found.into_iter().map(|index: usize| all[index].clone()).collect();
        assert_eq!(ids(&answer), wanted, "{query}");
    }
}

#[tokio::test]
async fn a_filter_goes_by_the_name_of_the_member_that_it_compares() {
    let app = App::start().await;
    let collects = make::collect(&app, &app.here, &make::person(&app, &app.here, json!({})).await, json!({})).await;
    let one = app.member().get(&format!("/v1/collects/{}", collects.id)).await;
    let person = one.json["data"]["relationships"]["people"]["data"]["id"].as_str().unwrap().to_owned();
    make::connector(&app, None, json!({ "category_id": "banking", "data_domains": ["invoices"] })).await;
    let document = make::document(&app, &app.here, json!({ "type": "text/csv" })).await;
    let of = connected(&app).await;
    make::link(&app, &document, &of, json!({ "direction": "input" })).await;
    for (path, count) in [
        (format!("/v1/collects?filter[people]={person}"), 1),
        (format!("/v1/documents?filter[source]={}", of.id), 1),
        ("/v1/documents?filter[mime_type]=text/csv".to_owned(), 1),
        ("/v1/connectors?filter[category_id]=banking".to_owned(), 1),
        ("/v1/connectors?filter[data_domains]=invoices".to_owned(), 1),
        ("/v1/connectors?filter[data_domains][in]=accounts,invoices".to_owned(), 1),
        ("/v1/workspaces?limit=5&meta[total]=true".to_owned(), 1),
    ] {
        let answer = app.member().get(&path).await;
        assert_eq!((ids(&answer).len(), &answer.json["links"]["next"]), (count, &serde_json::Value::Null), "{path}");
    }
    for path in ["/v1/collects?filter[person]=1", "/v1/documents?filter[type]=a", "/v1/connectors?filter[category]=a"] {
        let source = crate::rest::refused(&app.member().get(path).await, 400, "BAD_USER_INPUT");
        assert!(path.contains(source["parameter"].as_str().unwrap()), "{path}");
    }
}

#[tokio::test]
async fn fields_and_includes_are_read_as_clients_write_lists() {
    let app = App::start().await;
    let of = connected(&app).await;
    make::sync_log(&app, &of, json!({})).await;
    for list in [
        "include=workspace,workspace_connector",
        "include[]=workspace&include[]=workspace_connector",
        "include=workspace&include=workspace_connector",
    ] {
        let fields = "fields[workspace_connector_sync_log]=status,workspace_connector&fields[workspace]=name";
        let answer = app.member().get(&format!("{LOGS}?{list}&{fields}")).await;
        let row = &answer.json["data"][0];
        assert_eq!(row["attributes"], json!({ "status": "scheduled" }), "{list}");
        assert_eq!(
            row["relationships"].as_object().unwrap().keys().collect::<Vec<_>>(),
            ["workspace_connector"],
            "{list}"
        );
        let included = answer.json["included"].as_array().unwrap();
        let mut types: Vec<_> = included.iter().map(|it| it["type"].as_str().unwrap()).collect();
        types.sort_unstable();
        assert_eq!(types, ["workspace", "workspace_connector"], "{list}");
        let workspace = included.iter().find(|it| it["type"] == "workspace").unwrap();
        assert_eq!(workspace["attributes"].as_object().unwrap().keys().collect::<Vec<_>>(), ["name"], "{list}");
    }
    let none = app.member().get(&format!("{LOGS}?include=&fields[workspace_connector_sync_log]=")).await;
    assert!(none.json.get("included").is_none(), "{}", none.text);
    assert!(none.json["data"][0].get("attributes").is_none(), "{}", none.text);
}

#[tokio::test]
async fn a_row_is_there_once_however_it_is_reached() {
    let app = App::start().await;
    let parent = make::task(&app, &app.here, json!({})).await;
    for _ in 0..2 {
        make::task(&app, &app.here, json!({ "parent_task_pk": parent.pk, "assigned_to_pk": app.person.pk })).await;
    }
    let answer = app.member().get("/v1/tasks?include=parent,assigned_to").await;
    assert_eq!(ids(&answer).len(), 3);
    let included = answer.json["included"].as_array().unwrap();
    assert_eq!((included.len(), &included[0]["type"]), (1, &json!("people")), "{}", answer.text);
}

#[tokio::test]
async fn a_list_is_as_many_statements_as_its_query() {
    let app = App::without_answers(std::time::Duration::from_secs(3600)).await;
    let asker = app.member();
    for _ in 0..3 {
        let of = connected(&app).await;
        make::sync_log(&app, &of, json!({})).await;
    }
    assert!(asker.say("{ __typename }").await.errors().is_empty());
    let count = async |path: &str, query: &str| {
        let before = app.statements();
        assert_eq!(asker.get(path).await.status, 200, "{path}");
        let between = app.statements();
        assert!(asker.say(query).await.errors().is_empty(), "{query}");
        (between - before, app.statements() - between)
    };
    let nodes = |connector: &str| {
        let nodes = format!(
            "status workspaceConnector {{ workspace {{ id }} connector {{ {connector} workspace {{ id }} }} }} workspace {{ id }}"
        );
        format!("{{ workspaceConnectorSyncLogs {{ nodes {{ {nodes} }} pageInfo {{ endCursor }} }} }}")
    };
    for (path, query, statements) in [
        (
            format!("{LOGS}?sort=-created_at"),
            "{ workspaceConnectorSyncLogs { nodes { status } pageInfo { endCursor } } }".to_owned(),
            1,
        ),
        // One more for what is in the workspace itself at two places.
        (format!("{LOGS}?include=workspace_connector.connector"), nodes("name dataDomains"), 2),
        (
            format!(
                "{LOGS}?include=workspace_connector.connector&fields[workspace_connector]=status&fields[connector]=name"
            ),
            "{ workspaceConnectorSyncLogs { nodes { workspace { id } workspaceConnector { status connector { name } } }
                pageInfo { endCursor } } }"
                .to_owned(),
            1,
        ),
        (
            format!("{LOGS}?meta[total]=true"),
            "{ workspaceConnectorSyncLogs { nodes { status } pageInfo { endCursor } totalCount } }".to_owned(),
            2,
        ),
    ] {
        let (ours, theirs) = count(&path, &query).await;
        assert_eq!(ours, theirs, "{path}");
        assert!(ours <= statements, "{path}: {ours}");
    }
}
