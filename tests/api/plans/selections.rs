//! Plans: the short way gives the same answers as the library does.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use well_ingestion::server::Settings;

use crate::kit::introspection::{Schema, list, name, named};
use crate::kit::{Answer, App, Asker, Row, make};

/// The same asker at a server that leaves everything to the library.
async fn general(app: &App, asker: &Asker) -> Asker {
    app.beside(asker, Settings { plans: false, ..Settings::default() }).await
}

/// Texts that are hard to write.
const TEXTS: [&str; 4] = ["plain", "\"quoted\" \\ and\nbroken\u{1}", "Grüße 🦀 \u{2028}", "</script>"];

/// A workspace with a few of everything, full of odd values and of missing ones.
pub async fn furnished(workspace: &Row, app: &App) {
    let person = make::person(app, workspace, json!({ "full_name": TEXTS[1], "job_title": null })).await;
    let parent = make::task(app, workspace, json!({ "title": TEXTS[2], "due_date": "2026-02-28" })).await;
    for (round, text) in TEXTS.into_iter().enumerate() {
        let connector = make::connector(app, (round == 0).then_some(workspace), json!({ "name": text })).await;
        let values = json!({ "account_label": text, "person_pk": (round % 2 == 0).then_some(person.pk) });
        let connected = make::workspace_connector(app, workspace, &connector, values).await;
        let task = json!({ "assigned_to_pk": person.pk, "created_by_pk": person.pk,
            "parent_task_pk": (round > 0).then_some(parent.pk) });
        let task = make::task(app, workspace, task).await;
        let collect = make::collect(app, workspace, &person, json!({ "task_pk": task.pk, "provider": null })).await;
        for _ in 0..3 {
            let metadata = json!({ "records_synced": round, "of": [1.5, null, { "a": text }] });
            make::sync_log(app, &connected, json!({ "metadata": metadata, "duration_ms": round })).await;
            make::sync_log(app, &connected, json!({ "metadata": null })).await;
            make::diagnostic(app, &connected, json!({ "detail": text, "http_status": 500 })).await;
            let values = json!({ "filename": text, "size": 9_007_199_254_740_993_i64, "collect_pk": collect.pk });
            let document = make::document(app, workspace, values).await;
            make::link(app, &document, &connected, json!({})).await;
        }
        make::mapping(app, &connected, json!({ "tool_name": format!("tool {round}") })).await;
        if round == 3 {
            app.execute(&format!("UPDATE core_api.connectors SET deleted_at = now() WHERE pk = {}", connector.pk))
                .await;
        }
    }
}

/// The fields of a type that a query can select without arguments or with those of a page.
fn selectable<'a>(schema: &'a Schema, of: &str) -> Vec<&'a Value> {
    list(schema.ty(of), "fields").iter().filter(|field| name(field) != "subject").collect()
}

/// A selection of everything below a field, for so many levels; nothing where no level is left.
fn below(schema: &Schema, field: &Value, levels: usize, random: &mut StdRng) -> Option<String> {
    let of = named(field);
    let ty = schema.ty(of);
    if ty["kind"] != "OBJECT" {
        return Some(String::new());
    }
    if levels == 0 {
        return None;
    }
    if of.ends_with("Connection") {
        let nodes = list(ty, "fields").iter().find(|field| name(field) == "nodes").unwrap();
        let nodes = below(schema, nodes, levels, random)?;
        let page = ["(first: 2)", "(last: 2)", "(first: 3, orderBy: [{ field: CREATED_AT, direction: ASC }])", ""];
        let page = page.choose(random).unwrap();
        let rest = [
            "",
            "totalCount __typename",
            "pageInfo { hasNextPage hasPreviousPage startCursor endCursor __typename }",
            "edges { cursor at: cursor node { __typename } }",
            "pageInfo { ...P }",
        ];
        return Some(format!("{page} {{ nodes {nodes} {} }}", rest.choose(random).unwrap()));
    }
    let fields = selectable(schema, of);
    let mut chosen = vec!["__typename".to_owned()];
    for _ in 0..random.random_range(1..6) {
        let field = fields.choose(random).unwrap();
        if name(field) == "series" || name(field) == "statistics" {
            continue;
        }
        if let Some(below) = below(schema, field, levels - 1, random) {
            let alias =
                if random.random_bool(0.3) { format!("a{}: ", random.random_range(0..100_u8)) } else { String::new() };
            let selected = format!("{alias}{} {below}", name(field));
            chosen.push(if random.random_bool(0.2) { format!("... on {of} {{ {selected} }}") } else { selected });
        }
    }
    Some(format!("{{ {} }}", chosen.join(" ")))
}

/// A query of any list of the schema, with any selection.
pub fn of_any_list(schema: &Schema, random: &mut StdRng) -> String {
    let roots = list(schema.root("query").unwrap(), "fields");
    let lists: Vec<_> = roots.iter().filter(|root| named(root).ends_with("Connection")).collect();
    let root = lists.choose(random).unwrap();
    let query = format!("{{ {} {} }}", name(root), below(schema, root, 3, random).unwrap());
    if query.contains("...P") { format!("{query} fragment P on PageInfo {{ endCursor }}") } else { query }
}

#[track_caller]
pub fn assert_same(query: &str, planned: &Answer, general: &Answer) {
    let without_ids = |answer: &Answer| {
        let mut json = answer.json.clone();
        for error in json["errors"].as_array_mut().into_iter().flatten() {
            error["extensions"]["errorId"].take();
        }
        json
    };
    assert_eq!(without_ids(planned), without_ids(general), "{query}");
    assert_eq!(planned.status, general.status, "{query}");
}

/// Asks for every field of every list, and has each answer looked at, with the library's own.
pub async fn every_field(app: &App, asker: &Asker, look: impl Fn(&str, &Answer, &Answer)) {
    let schema = Schema::of(app).await;
    let general = general(app, asker).await;
    for root in list(schema.root("query").unwrap(), "fields").iter().filter(|root| named(root).ends_with("Connection"))
    {
        let row = named(root).trim_end_matches("Connection");
        for field in selectable(&schema, row) {
            let mut random = StdRng::seed_from_u64(7);
            let Some(below) = below(&schema, field, 2, &mut random) else { continue };
            let page_info = if below.contains("...P") { "fragment P on PageInfo { endCursor }" } else { "" };
            let query = format!(
                "{{ {root}(first: 3) {{ nodes {{ {field} {below} }} }} }} {page_info}",
                root = name(root),
                field = name(field)
            );
            look(&query, &asker.say(&query).await, &general.say(&query).await);
        }
    }
}

#[tokio::test]
async fn every_field_of_every_list_is_answered_as_the_library_answers_it() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    furnished(&app.elsewhere, &app).await;
    for asker in [app.admin(), app.guest()] {
        every_field(&app, &asker, assert_same).await;
    }
}

#[tokio::test]
async fn any_selection_is_answered_as_the_library_answers_it() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    furnished(&app.elsewhere, &app).await;
    let schema = Schema::of(&app).await;
    let mut random = StdRng::seed_from_u64(2_026);
    let askers = [app.member(), app.admin(), app.service()];
    let mut others = Vec::new();
    for asker in &askers {
        others.push(general(&app, asker).await);
    }
    for round in 0..200 {
        let query = of_any_list(&schema, &mut random);
        let (asker, general) = (&askers[round % 3], &others[round % 3]);
        assert_same(&query, &asker.say(&query).await, &general.say(&query).await);
    }
}

#[tokio::test]
async fn one_row_is_answered_as_the_library_answers_it() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    let asker = app.member();
    let general = general(&app, &asker).await;
    for (one, many) in [
        ("workspaceConnectorSyncLog", "workspaceConnectorSyncLogs"),
        ("workspaceConnector", "workspaceConnectors"),
        ("document", "documents"),
        ("task", "tasks"),
        ("collect", "collects"),
        ("connector", "connectors"),
        ("membership", "memberships"),
    ] {
        let list = app.admin().say(&format!("{{ {many}(first: 5) {{ nodes {{ id }} }} }}")).await;
        for id in list.each(&format!("/{many}/nodes"), "id") {
            let query = format!("{{ {one}(id: \"{id}\") {{ __typename id createdAt workspace {{ id name }} }} }}");
            assert_same(&query, &asker.say(&query).await, &general.say(&query).await);
        }
        let query = format!("{{ {one}(id: \"00000000-0000-4000-8000-000000000000\") {{ id }} }}");
        assert_eq!(asker.say(&query).await.at(&format!("/{one}")), &Value::Null);
    }
}

#[tokio::test]
async fn what_is_selected_twice_is_merged() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    let asker = app.member();
    let general = general(&app, &asker).await;
    for query in [
        "{ tasks { nodes { id } } tasks { nodes { title } } }",
        "{ ...A ...B } fragment A on Query { tasks { nodes { id } } } fragment B on Query { tasks { totalCount } }",
        "{ tasks { nodes { id parent { id } parent { title parent { id } } } nodes { title id } } }",
        "{ tasks { ...A ...A nodes { assignedTo { id } createdBy { fullName } } } }
         fragment A on TaskConnection { nodes { ... on Task { assignedTo { fullName } } ... on Node { id } } }",
        "{ tasks(first: 2) { nodes @skip(if: true) { id } } }",
        "{ tasks(first: 2) { nodes { id @skip(if: true) } pageInfo { endCursor @include(if: false) } } }",
        "{ tasks { edges { cursor @skip(if: true) node { id @skip(if: true) parent { id @skip(if: true) } } } } }",
        "{ documents { nodes { workspace { id @skip(if: true) } links { nodes { id @skip(if: true) } } } } }",
        "{ documents { nodes { id ... on Node { ... on Collect { provider workspace { name } } } } } }",
        "{ documents { nodes { ...F } } } fragment F on Node { ... on Collect { status } id }",
        "query($no: Boolean = false) { tasks { nodes { id title @include(if: $no) status @skip(if: true) } } }",
    ] {
        let answer = asker.say(query).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
        assert_same(query, &answer, &general.say(query).await);
    }
}

#[tokio::test]
async fn what_plans_leave_to_the_library_stands_beside_what_they_answer() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    let list = app.member().say("{ documents(first: 1) { nodes { id } } }").await;
    let id = list.str("/documents/nodes/0/id").to_owned();
    for asker in [app.guest(), app.member()] {
        let general = general(&app, &asker).await;
        for (query, variables) in [
            (
                "{ viewer { role } tasks { nodes { id } } workspace { name } document(id: \"ID\") { filename } }",
                json!({}),
            ),
            (
                "{ t: tasks { totalCount } __typename d: documents { nodes { id } } t2: tasks { nodes { title } } }",
                json!({}),
            ),
            (
                "{ documents { nodes { id } } workspaceConnectorSyncLogs { totalCount statistics { total } } tasks { nodes { id } } }",
                json!({}),
            ),
            ("{ tasks(first: 0) { nodes { id } } documents { nodes { id } } }", json!({})),
            ("{ documents { nodes { id } } apiKeys { nodes { id } } tasks { nodes { id } } }", json!({})),
            ("{ documents { nodes { id } } memberships { nodes { id } } }", json!({})),
            ("{ documents(after: \"nonsense\") { nodes { id } } tasks { totalCount } }", json!({})),
            (
                "{ a: tasks { nodes { id } } missing: document(id: \"00000000-0000-4000-8000-000000000000\") { id } }",
                json!({}),
            ),
            (
                "{ ...R ... on Query { tasks { nodes { id } } } } fragment R on Query { viewer { role } documents { totalCount } }",
                json!({}),
            ),
            (
                "query($id: ID!, $first: Int = 2, $no: Boolean!, $filter: TaskFilter) {
                    document(id: $id) { id } tasks(first: $first, filter: $filter) { nodes { id title @skip(if: $no) } }
                    viewer @include(if: $no) { role } documents @include(if: $no) { totalCount } }",
                json!({ "id": "ID", "no": false }),
            ),
            (
                "query($order: [TaskOrder!], $filter: TaskFilter) { tasks(orderBy: $order, filter: $filter) { nodes { title } } viewer { role } }",
                json!({ "order": [{ "field": "TITLE" }], "filter": { "title": { "contains": "r" } } }),
            ),
            ("query A { viewer { role } tasks { totalCount } } query B { tasks { nodes { id } } }", json!({})),
            (
                "query($yes: Boolean = true, $no: Boolean = false) {
                    viewer @include(if: $yes) { role } tasks @skip(if: $yes) { totalCount } documents @include(if: $no) { totalCount }
                    refused: tasks(first: 0) @include(if: $yes) { totalCount } collects @skip(if: $no) { nodes { id @skip(if: $yes) status } } }",
                json!({}),
            ),
            (
                "query($yes: Boolean = true) { viewer @include(if: $yes) { role } tasks @include(if: $yes) { totalCount } }",
                json!({ "yes": false }),
            ),
        ] {
            let query = query.replace("\"ID\"", &format!("\"{id}\""));
            let variables: Value =
                serde_json::from_str(&variables.to_string().replace("\"ID\"", &format!("\"{id}\""))).unwrap();
            let mut body = json!({ "query": query, "variables": variables });
            if query.starts_with("query A") {
                body["operationName"] = json!("A");
            }
            let body = body.to_string();
            let planned = asker.post(&body).await;
            assert_same(&query, &planned, &general.post(&body).await);
            let keys = |answer: &Answer| -> Vec<String> {
                let text = answer.text.clone();
                let mut keys: Vec<_> =
                    answer.json["data"].as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
                keys.sort_by_key(|key| text.find(&format!("\"{key}\":")));
                keys
            };
            assert_eq!(keys(&planned), keys(&general.post(&body).await), "{query}");
        }
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_takes_no_other_along() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    let lists = "x: syncLogs(first: 1) { nodes { id } } y: syncLogs(before: \"x\") { nodes { id } }";
    let query = format!("{{ workspaceConnectors(first: 1) {{ nodes {{ {lists} }} }} }}");
    let asker = app.member();
    let answer = asker.say(&query).await;
    let nodes = &answer.json["data"]["workspaceConnectors"]["nodes"][0];
    assert!(nodes["x"]["nodes"][0]["id"].is_string() && nodes["y"].is_null(), "{}", answer.text);
    assert_same(&query, &answer, &general(&app, &asker).await.say(&query).await);
}

#[tokio::test]
async fn comparisons_are_counted_once_whoever_makes_them() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    let asker = app.member();
    let general = general(&app, &asker).await;
    let any = vec![json!({ "error": { "isNull": true } }); 190];
    let variables = json!({ "filter": { "and": [{ "or": any }, { "or": any }, { "or": any }] } });
    for query in [
        "query ($filter: WorkspaceConnectorSyncLogFilter) { workspaceConnectors(first: 2) { nodes {
            x: syncLogs(filter: $filter) { nodes { id } } y: syncLogs(filter: $filter) { nodes { id status } } } } }",
        "query ($filter: WorkspaceConnectorSyncLogFilter) {
            workspaceConnectorSyncLogs(filter: $filter, before: \"x\") { nodes { id } } }",
    ] {
        assert_same(query, &asker.ask(query, variables.clone()).await, &general.ask(query, variables.clone()).await);
    }
}

#[tokio::test]
async fn a_page_and_what_its_rows_point_at_is_one_statement() {
    let app = App::start().await;
    furnished(&app.here, &app).await;
    let asker = app.member();
    let general = general(&app, &asker).await;
    let authentication = {
        let before = app.statements();
        asker.say("{ __typename }").await;
        app.statements() - before
    };
    let costs = async |asker: &Asker, query: &str| {
        let before = app.statements();
        let answer = asker.say(query).await;
        assert!(answer.errors().is_empty(), "{}", answer.text);
        app.statements() - before - authentication
    };
    for (query, planned, otherwise) in [
        (
            "{ workspaceConnectorSyncLogs(first: 50) { nodes { id workspace { name } workspaceConnector { connector { name } } } } }",
            1,
            4,
        ),
        (
            "{ workspaceConnectors { nodes { id syncLogs(first: 5) { nodes { id } } documents(first: 5) { nodes { id } } } } }",
            3,
            3,
        ),
        ("{ tasks { nodes { assignedTo { id } createdBy { id } parent { title } } } }", 3, 3),
    ] {
        assert_eq!(costs(&asker, query).await, planned, "{query}");
        assert_eq!(costs(&general, query).await, otherwise, "{query}");
    }
}

#[tokio::test]
async fn the_schema_has_one_interface_which_plans_leave_alone() {
    let app = App::start().await;
    let schema = Schema::of(&app).await;
    let interfaces: Vec<_> = schema.types().filter(|ty| ty["kind"] == "INTERFACE").map(name).collect();
    assert_eq!(interfaces, ["Node"]);
    assert!(!schema.types().any(|ty| ty["kind"] == "UNION"));
}
