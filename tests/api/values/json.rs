//! JSON and numbers are stored and told as they were sent, however they come.

use futures_util::SinkExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use well_ingestion::server::Settings;

use crate::change::{change, done, refused};
use crate::kit::{Answer, App, Asker, make};

const CREATE: &str = "mutation ($input: CreateWorkspaceConnectorSyncLogInput!) {
    createWorkspaceConnectorSyncLog(input: $input) { workspaceConnectorSyncLog { id metadata } userErrors { code message path } } }";

/// JSON values, each with what `jsonb` makes of it.
fn values() -> Vec<(&'static str, String)> {
    let same = |text: &'static str| (text, text.to_owned());
    vec![
        same(r#"{"a": 1.10, "b": 123456789012345678901234567890}"#),
        same(r#"{"a": 0.1000000000000000055511151231257827021181583404541015625}"#),
        same(r#"{"$serde_json::private::RawValue": "[1]"}"#),
        same(r#"{"$serde_json::private::Number": "12"}"#),
        same(r#"{"a": {"$serde_json::private::RawValue": 1}}"#),
        same(r#"{"a": [[], {}, "", null, true, "é 😀 \\ud83d \\u0000"]}"#),
        (r#"{"a":1e400}"#, format!("{{\"a\": 1{}}}", "0".repeat(400))),
        (r#"{"a":-0,"b":1.5E+2}"#, r#"{"a": 0, "b": 150}"#.to_owned()),
        (r#" { "long" : "😀" , "b" : [ 1 ] , "b" : [ 2 ] } "#, r#"{"b": [2], "long": "😀"}"#.to_owned()),
    ]
}

async fn connector(app: &App) -> String {
    let connector = make::connector(app, None, json!({})).await;
    make::workspace_connector(app, &app.here, &connector, json!({})).await.id
}

fn body(query: &str, variables: &str) -> String {
    format!(r#"{{"query": {}, "variables": {variables}}}"#, Value::from(query))
}

/// Where its metadata is answered, by a plan and by the library.
async fn stored(app: &App, asker: &Asker, id: &str) -> [Answer; 2] {
    let query = format!("{{ workspaceConnectorSyncLog(id: \"{id}\") {{ metadata }} }}");
    let general = app.beside(asker, Settings { plans: false, ..Settings::default() }).await;
    [asker.say(&query).await, general.say(&query).await]
}

#[tokio::test]
async fn json_is_stored_and_told_as_it_was_sent() {
    let app = App::start().await;
    let (service, connector) = (app.service(), connector(&app).await);
    let alone = "mutation ($metadata: JSON, $connector: ID!) {
        createWorkspaceConnectorSyncLog(input: { workspaceConnectorId: $connector, metadata: $metadata }) {
            workspaceConnectorSyncLog { id metadata } userErrors { code } } }";
    let within = "mutation ($metadata: JSON, $connector: ID!) {
        createWorkspaceConnectorSyncLog(input: { workspaceConnectorId: $connector, metadata: { of: [$metadata] } }) {
            workspaceConnectorSyncLog { id metadata } userErrors { code } } }";
    for (sent, kept) in values() {
        let input = format!(r#"{{"input": {{"workspaceConnectorId": "{connector}", "metadata": {sent}}}}}"#);
        let variables = format!(r#"{{"connector": "{connector}", "metadata": {sent}}}"#);
        for (query, variables, kept) in [
            (CREATE, &input, kept.clone()),
            (alone, &variables, kept.clone()),
            (within, &variables, format!("{{\"of\": [{kept}]}}")),
        ] {
            let made = service.post(&body(query, variables)).await;
            let told = format!("\"metadata\":{kept}}}");
            assert!(made.text.contains(&told), "{sent}: {}", made.text);
            // The test's own reader would not take every key.
            let id = made.text.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
            for answer in stored(&app, &service, id).await {
                assert!(answer.text.contains(&told), "{sent}: {}", answer.text);
            }
        }
    }
}

#[tokio::test]
async fn numbers_of_literals_keep_their_digits_where_they_are_json() {
    let app = App::start().await;
    let (service, connector) = (app.service(), connector(&app).await);
    let create = |metadata: &str| {
        format!(
            "mutation ($unused: JSON = [1.10]) {{ createWorkspaceConnectorSyncLog(input: {{ workspaceConnectorId:
                \"{connector}\", metadata: {metadata} }}) {{ workspaceConnectorSyncLog {{ metadata }} userErrors {{ code }} }}
                other: createWorkspaceConnectorSyncLog(input: {{ workspaceConnectorId: \"{connector}\",
                metadata: {{ list: $unused }} }}) {{ workspaceConnectorSyncLog {{ metadata }} userErrors {{ code }} }} }}"
        )
    };
    for (sent, kept) in [
        (
            "{ a: 1.10, b: [123456789012345678901234567890, { c: -0 }] }",
            r#"{"a": 1.10, "b": [123456789012345678901234567890, {"c": 0}]}"#,
        ),
        ("{ a: \"1.10\", b: 2, c: DAY, d: [2.50] }", r#"{"a": "1.10", "b": 2, "c": "DAY", "d": [2.50]}"#),
        (r#"{ a: """ é """, b: 1e2 }"#, r#"{"a": " é ", "b": 100}"#),
    ] {
        // The second time it is remembered.
        for _ in 0..2 {
            let answer = service.say(&create(sent)).await;
            assert!(answer.text.contains(&format!("\"metadata\":{kept}}}")), "{sent}: {}", answer.text);
            assert!(answer.text.contains("\"metadata\":{\"list\": [1.10]}"), "{}", answer.text);
        }
    }
    let answer = service.say(&create("{ a: 1e400 }")).await;
    assert!(answer.text.contains(&format!("{{\"a\": 1{}}}", "0".repeat(400))), "{}", answer.text);
    // Where it is no JSON, nothing can hold it.
    service
        .say("{ connectorSyncDiagnostics(filter: { httpStatus: { eq: 1e400 } }) { totalCount } }")
        .await
        .refused("BAD_USER_INPUT");
}

#[tokio::test]
async fn a_mapping_keeps_the_digits_of_all_its_json() {
    let app = App::start().await;
    let (service, connector) = (app.service(), connector(&app).await);
    let json = r#"{"$serde_json::private::RawValue": [1.10, 1e2]}"#;
    let variables = format!(
        r#"{{"input": {{"workspaceConnectorId": "{connector}", "targetModel": "INVOICE", "toolName": "t", "expression": "a",
            "toolArgs": {json}, "auditTrail": {{"panelists": [{json}], "extra": {{"k": {json}}}}},
            "paginationSpec": {{"type": "page", "extra": {{"k": {json}}}}}}}}}"#
    );
    let query = "mutation ($input: CreateConnectorMappingInput!) { createConnectorMapping(input: $input) {
        connectorMapping { toolArgs auditTrail { panelists extra } paginationSpec { type extra } } userErrors { code message } } }";
    let answer = service.post(&body(query, &variables)).await;
    assert_eq!(answer.text.matches(r#"{"$serde_json::private::RawValue": [1.10, 100]}"#).count(), 4, "{}", answer.text);
}

#[tokio::test]
async fn json_over_a_socket_is_what_it_is() {
    let app = App::start().await;
    let (service, connector) = (app.service(), connector(&app).await);
    let mut socket = service.socket().await;
    let (sent, kept) = &values()[0];
    let input = format!(r#"{{"input": {{"workspaceConnectorId": "{connector}", "metadata": {sent}}}}}"#);
    let message = format!(r#"{{"id": "1", "type": "subscribe", "payload": {}}}"#, body(CREATE, &input));
    socket.stream.send(Message::text(message)).await.unwrap();
    let answer = socket.answer("1").await;
    let id = answer["createWorkspaceConnectorSyncLog"]["workspaceConnectorSyncLog"]["id"].as_str().unwrap().to_owned();
    for answer in stored(&app, &service, &id).await {
        assert!(answer.text.contains(&format!("\"metadata\":{kept}}}")), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_jsonb_cannot_hold_is_refused_by_name() {
    let app = App::start().await;
    let (service, connector) = (app.service(), connector(&app).await);
    let create = async |metadata: &str| {
        let input = format!(r#"{{"input": {{"workspaceConnectorId": "{connector}", "metadata": {metadata}}}}}"#);
        service.post(&body(CREATE, &input)).await
    };
    let large = format!("[{}1]", "1e131000,".repeat(7_000));
    for (metadata, message) in [
        (r#"{"a": ["\u0000"]}"#, "U+0000"),
        (r#"{"\u0000": 1}"#, "U+0000"),
        (r#"{"a": 1e131072}"#, "131,072 digits"),
        (r#"{"a": 1e-16384}"#, "16,383"),
        (r#"{"a": 1e99999999999999999999}"#, "131,072 digits"),
        (r#"{"a": 0e999999999999}"#, "131,072 digits"),
        // 63 kB as they are sent, 900 MB as they are answered.
        (large.as_str(), "65536 bytes"),
    ] {
        let answer = create(metadata).await;
        assert_eq!(answer.codes(), Vec::<&str>::new(), "{}", answer.text);
        let error = answer.at("/createWorkspaceConnectorSyncLog/userErrors/0");
        assert_eq!((&error["code"], &error["path"]), (&json!("BAD_USER_INPUT"), &json!(["input", "metadata"])));
        let told = error["message"].as_str().unwrap();
        assert!(told.starts_with("`metadata` must not") && told.contains(message), "{told}");
    }
    for (metadata, path) in [
        (r#""\ud83d""#, "$input.metadata: "),
        (r#"{"a": [1, {"b": "x\ude00"}]}"#, "$input.metadata.a[1].b: "),
        (r#"{"a": {"\ud83d": 1}}"#, "$input.metadata.a: "),
    ] {
        let answer = create(metadata).await;
        answer.refused("BAD_USER_INPUT");
        let message = answer.errors()[0]["message"].as_str().unwrap();
        assert!(message.starts_with(path) && message.contains("surrogate"), "{message}");
    }
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(create(&deep(63)).await.at("/createWorkspaceConnectorSyncLog/userErrors"), &json!([]));
    for levels in [64, 100_000] {
        create(&deep(levels)).await.refused("MAX_NESTING_LIMIT");
    }
}

#[tokio::test]
async fn whole_numbers_are_integers_however_a_variable_writes_them() {
    let app = App::start().await;
    for size in [0, 5, 500] {
        make::document(&app, &app.here, json!({ "size": size })).await;
    }
    let (int, big) = ("$n: Int!", "$n: BigInt!");
    let ask = async |definition: &str, use_: &str, number: &str| {
        let query = format!("query ({definition}) {{ documents({use_}) {{ totalCount }} }}");
        app.member().post(&body(&query, &format!("{{\"n\": {number}}}"))).await
    };
    let (page, size) = ("first: $n", "filter: { size: { eq: $n } }");
    for number in ["5", "5.0", "5e0", "50e-1", "0.5e1", "5.000"] {
        assert_eq!(ask(int, page, number).await.int("/documents/totalCount"), 3, "{number}");
        assert_eq!(ask(big, size, number).await.int("/documents/totalCount"), 1, "{number}");
    }
    for zero in ["-0", "0", "-0.0", "0e99", "\"0\"", "\"-0\""] {
        assert_eq!(ask(big, size, zero).await.int("/documents/totalCount"), 1, "{zero}");
    }
    for number in ["5.5", "1e400", "-1e400", "1e-1", "\"5\"", "true", "[5.5]", "3000000000", "1e30", "-1e30"] {
        let answer = ask(int, page, number).await;
        answer.refused("BAD_USER_INPUT");
        assert!(answer.errors()[0]["message"].as_str().unwrap().starts_with("$n: "), "{number}: {}", answer.text);
    }
    for number in ["5.5", "1e30", "9223372036854775808", "-9223372036854775809", "\"5.0\"", "\"+5\"", "\" 5\"", "\"\""]
    {
        ask(big, size, number).await.refused("BAD_USER_INPUT");
    }
    // As literals they are what they look like.
    let say = async |argument: &str| app.member().say(&format!("{{ documents({argument}) {{ totalCount }} }}")).await;
    assert_eq!(say("filter: { size: { eq: -0 } }").await.int("/documents/totalCount"), 1);
    assert_eq!(say("filter: { size: { gte: -0 } }").await.int("/documents/totalCount"), 3);
    for literal in ["first: 5.0", "first: 5e0", "filter: { size: { eq: 5.0 } }", "first: 5.5"] {
        say(literal).await.refused("GRAPHQL_VALIDATION_FAILED");
    }
    let zero = "{ connectorSyncDiagnostics(filter: { httpStatus: { gte: -0 } }) { totalCount } }";
    assert_eq!(app.member().say(zero).await.int("/connectorSyncDiagnostics/totalCount"), 0);
}

#[tokio::test]
async fn times_are_those_of_rfc_3339_and_nothing_else() {
    let app = App::start().await;
    let member = app.member();
    let task = async |done: &str| {
        let input = json!({ "title": "a", "status": "DONE", "doneAt": done });
        change(&member, "createTask", "task { doneAt }", input).await
    };
    for (given, told) in [
        ("2026-11-20T08:15:30Z", "2026-11-20T08:15:30.000000Z"),
        ("2026-11-20t08:15:30z", "2026-11-20T08:15:30.000000Z"),
        ("2026-11-20T08:15:30-00:00", "2026-11-20T08:15:30.000000Z"),
        ("2026-11-20T08:15:30.1234567899+05:30", "2026-11-20T02:45:30.123456Z"),
        ("2026-11-20T23:59:59-23:59", "2026-11-21T23:58:59.000000Z"),
    ] {
        assert_eq!(task(given).await.str("/done/task/doneAt"), told, "{given}");
    }
    for given in [
        "2026-11-20T08:15:30\u{2212}02:00",
        "2026-11-20 08:15:30Z",
        "2026-11-20T08:15:30",
        "2026-11-20T08:15Z",
        "2026-11-20T08:15:30+0200",
        "2026-11-20T08:15:30+02",
        "2026-11-20T08:15:30+02:0",
        "2026-11-20T08:15:30+24:00",
        "2026-11-20T08:15:30+02:60",
        "2026-11-20T08:15:30 Z",
        "2026-11-20T08:15:30.Z",
        "2026-11-20T08:15:30,5Z",
        "2026-11-20T24:00:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-29T08:15:30Z",
        "+2026-11-20T08:15:30Z",
        "-0001-11-20T08:15:30Z",
        "12026-11-20T08:15:30Z",
        " 2026-11-20T08:15:30Z",
        "2026-11-20T08:15:30Z ",
        "2026-11-20T08:15:30ZZ",
        "２026-11-20T08:15:30Z",
        "2026-11-20",
        "1763626530",
        "now",
        "infinity",
        "",
    ] {
        task(given).await.refused("BAD_USER_INPUT");
    }
    for given in [
        "2026-1-20",
        "2026/11/20",
        "20261120",
        "2026-11-20T00:00:00Z",
        " 2026-11-20",
        "2026-02-29",
        "+2026-11-20",
        "2026-11\u{2212}20",
    ] {
        let input = json!({ "title": "a", "dueDate": given });
        change(&member, "createTask", "task { dueDate }", input).await.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn ids_are_written_as_the_server_writes_them() {
    let app = App::start().await;
    let id = make::task(&app, &app.here, json!({})).await.id;
    let get =
        async |id: String| app.member().ask("query ($id: ID!) { task(id: $id) { id } }", json!({ "id": id })).await;
    for id in [id.clone(), id.to_uppercase()] {
        assert!(get(id).await.at("/task/id").is_string());
    }
    for id in [
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        format!(" {id}"),
        id.replace('-', "\u{2212}"),
        format!("{}-{}", id.replace('-', "").get(..3).unwrap(), id.replace('-', "").get(..32).unwrap()),
    ] {
        get(id).await.refused("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn codes_neither_begin_nor_end_with_a_blank() {
    let app = App::start().await;
    let (member, admin, service) = (app.member(), app.admin(), app.service());
    let connector = connector(&app).await;
    let mapping =
        json!({ "workspaceConnectorId": connector, "targetModel": "INVOICE", "toolName": "t", "expression": "a" });
    let diagnostic =
        json!({ "workspaceConnectorId": connector, "targetModel": "INVOICE", "reason": "JURY_RUN", "detail": "d" });
    let log = json!({ "workspaceConnectorId": connector, "triggerType": "CLOUD_TASK" });
    let of_parts = mapping.clone();
    let tool =
        json!({ "serviceId": "s", "name": "n", "provider": "WELL", "direction": "INPUT", "status": "AVAILABLE" });
    for (asker, mutation, selected, good, field) in [
        (&member, "createDocument", "document { id }", json!({ "filename": "f" }), "documentType"),
        (&member, "createDocument", "document { id }", json!({ "filename": "f" }), "type"),
        (&service, "createDocument", "document { id }", json!({ "filename": "f" }), "contentChecksum"),
        (&member, "createTask", "task { id }", json!({ "title": "t" }), "priority"),
        (&member, "createCollect", "collect { id }", json!({}), "provider"),
        (&admin, "createConnector", "connector { id }", tool.clone(), "serviceId"),
        (&admin, "createConnector", "connector { id }", tool, "categoryId"),
        (&admin, "createMembership", "membership { id }", json!({ "role": "GUEST" }), "subject"),
        (&service, "createConnectorMapping", "connectorMapping { id }", mapping.clone(), "toolName"),
        (&service, "createConnectorMapping", "connectorMapping { id }", mapping, "schemaFingerprint"),
        (&service, "createConnectorSyncDiagnostic", "connectorSyncDiagnostic { id }", diagnostic, "toolName"),
        (&service, "createWorkspaceConnectorSyncLog", "workspaceConnectorSyncLog { id }", log, "cloudTaskId"),
    ] {
        let with = |code: &str| {
            let mut input = good.clone();
            input[field] = json!(code);
            input
        };
        for code in [
            " 380",
            "380 ",
            "\t380",
            "380\n",
            "\u{a0}380",
            "3\u{7}80",
            "3\n80",
            "\u{feff}380",
            "380\u{200b}",
            "3\u{2060}80",
        ] {
            let answer = change(asker, mutation, selected, with(code)).await;
            refused(&answer, "BAD_USER_INPUT", field);
            let message = answer.str("/done/userErrors/0/message");
            assert!(message.starts_with(&format!("`{field}` must not")), "{mutation} {code:?}: {message}");
        }
        done(asker, mutation, selected, with("a b-380")).await;
    }
    for code in [" k", "k\n", "\u{feff}k"] {
        let input = json!({ "title": "t", "idempotencyKey": code });
        refused(&change(&member, "createTask", "task { id }", input).await, "BAD_USER_INPUT", "idempotencyKey");
        for (part, field) in [
            ("paginationSpec", "type"),
            ("paginationSpec", "pageParam"),
            ("paginationSpec", "perPageParam"),
            ("auditTrail", "juryName"),
        ] {
            let mut input = of_parts.clone();
            input[part] = json!({ field: code });
            let answer = change(&service, "createConnectorMapping", "connectorMapping { id }", input).await;
            refused(&answer, "BAD_USER_INPUT", &format!("{part}.{field}"));
        }
    }
    let tool = json!({ "serviceId": "d", "name": "n", "provider": "WELL", "direction": "INPUT", "status": "AVAILABLE", "dataDomains": ["a", " b"] });
    refused(&change(&admin, "createConnector", "connector { id }", tool).await, "BAD_USER_INPUT", "dataDomains.1");
    for timezone in [" UTC", "UTC "] {
        let input = json!({ "timezone": timezone });
        refused(&change(&admin, "updateWorkspace", "workspace { id }", input).await, "BAD_USER_INPUT", "timezone");
    }
}
