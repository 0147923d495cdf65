//! What is wrong with a request is said by name, whichever way the request comes.

use futures_util::SinkExt;
use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::kit::{Answer, App, Asker, Socket, make};

const ROLE: &str = "{ viewer { role } }";

/// Members that are not what they must be, each with what is said of them; `@` stands for what is in front of a name.
fn wrong_members() -> Vec<(String, &'static str)> {
    let role = Value::from(ROLE);
    [
        (format!(r#"{{"query": {role}, "variables": "{{}}"}}"#), "`@variables` must be a JSON object, not a string."),
        (format!(r#"{{"query": {role}, "variables": []}}"#), "`@variables` must be a JSON object, not an array."),
        (format!(r#"{{"query": {role}, "variables": 0}}"#), "`@variables` must be a JSON object, not a number."),
        (format!(r#"{{"query": {role}, "operationName": 1}}"#), "`@operationName` must be a string, not a number."),
        (format!(r#"{{"query": {role}, "operationName": {{}}}}"#), "`@operationName` must be a string, not an object."),
        (r#"{"query": 1}"#.to_owned(), "`@query` must be a string, not a number."),
        (format!(r#"{{"query": [{role}]}}"#), "`@query` must be a string, not an array."),
        (r#"{"documentId": 5}"#.to_owned(), "`@documentId` must be a string, not a number."),
        (format!(r#"{{"query": {role}, "extensions": []}}"#), "`@extensions` must be a JSON object, not an array."),
        (format!(r#"{{"query": {role}, "extensions": true}}"#), "`@extensions` must be a JSON object, not a boolean."),
        (
            format!(r#"{{"query": {role}, "extensions": {{"persistedQuery": []}}}}"#),
            "`@extensions.persistedQuery` must be a JSON object, not an array.",
        ),
        (format!(r#"{{"query": {role}, "query": {role}}}"#), "`@query` must be there only once."),
        (
            format!(r#"{{"query": {role}, "variables": {{}}, "variables": {{}}}}"#),
            "`@variables` must be there only once.",
        ),
        (
            format!(r#"{{"query": {role}, "extensions": {{}}, "extensions": {{}}}}"#),
            "`@extensions` must be there only once.",
        ),
    ]
    .to_vec()
}

async fn posted(asker: &Asker, path: &str, body: Vec<u8>) -> Answer {
    let request = asker.request(Method::POST, path).header(CONTENT_TYPE, "application/json");
    let accept = if path == "/graphql" { "application/json" } else { "text/event-stream" };
    Answer::of(request.header(ACCEPT, accept).body(body)).await
}

#[track_caller]
fn says(answer: &Answer, message: &str) {
    assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.text);
    assert_eq!(answer.errors()[0]["message"], message);
}

#[tokio::test]
async fn a_body_that_is_no_request_is_refused_with_what_and_where() {
    let app = App::start().await;
    let member = app.member();
    for path in ["/graphql", "/graphql/stream"] {
        for (body, message) in wrong_members() {
            says(&posted(&member, path, body.into()).await, &message.replace('@', ""));
        }
        for (body, message) in [
            (&b""[..], "The body is not JSON: EOF while parsing a value at line 1 column 0."),
            (b"{\n\"query\": \"{a}\",}", "The body is not JSON: key must be a string at line 2 column 16."),
            (b"{\"query\": 01}", "The body is not JSON: invalid number at line 1 column 12."),
            (b"\xef\xbb\xbf{}", "The body is not JSON: it begins with a byte order mark."),
            (b"{\"query\": \"\xff\"}", "The body is not UTF-8: invalid byte at offset 11."),
            (b"{} {}", "The body is not JSON: trailing characters at line 1 column 4."),
            (b"null", "The body must be a JSON object with `query` or `documentId`, not null."),
            (b"\"{}\"", "The body must be a JSON object with `query` or `documentId`, not a string."),
            (b"{}", "`query` is missing."),
            (b"{\"query\": null}", "`query` is missing."),
            (
                b"{\"query\": \"\\ud83d\"}",
                "`query` must not have half of a surrogate pair in it, such as \\ud83d alone.",
            ),
        ] {
            says(&posted(&member, path, body.to_vec()).await, message);
        }
        assert_eq!(posted(&member, path, b" [{}]".to_vec()).await.codes(), ["BATCHING_DISABLED"]);
    }
    // Nothing recurses over what nobody asks for.
    let deep = format!(r#"{{"query": {}, "other": {}1{}}}"#, Value::from(ROLE), "[".repeat(129), "]".repeat(129));
    assert_eq!(member.post(&deep).await.str("/viewer/role"), "MEMBER");
    let null =
        json!({ "query": ROLE, "variables": null, "operationName": null, "extensions": null, "documentId": null });
    assert_eq!(member.post(&null.to_string()).await.str("/viewer/role"), "MEMBER");
}

#[tokio::test]
async fn what_stands_in_an_address_is_read_alike() {
    let app = App::start().await;
    let get = async |parameters: &[(&str, &str)]| {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        app.member().get(&format!("/graphql?{query}")).await
    };
    for (parameters, message) in [
        (vec![("variables", "[]")], "`variables` must be a JSON object, not an array."),
        (vec![("variables", "\"{}\"")], "`variables` must be a JSON object, not a string."),
        (vec![("variables", "{")], "`variables` is not JSON: EOF while parsing an object at line 1 column 1."),
        (vec![("extensions", "1")], "`extensions` must be a JSON object, not a number."),
        (vec![("query", ROLE)], "`query` must be there only once."),
        (vec![("variables", "{}"), ("variables", "{}")], "`variables` must be there only once."),
    ] {
        says(&get(&[&[("query", ROLE)], parameters.as_slice()].concat()).await, message);
    }
    for parameters in
        [vec![("variables", "null")], vec![("variables", ""), ("operationName", "")], vec![("other", "[")]]
    {
        assert_eq!(get(&[&[("query", ROLE)], parameters.as_slice()].concat()).await.str("/viewer/role"), "MEMBER");
    }
    says(&app.member().get("/graphql?query=%ff").await, "The query string is not UTF-8.");
}

/// The reason that a socket is closed with for a message.
async fn closed(app: &App, message: &str) -> (u16, String) {
    let mut socket = app.member().socket().await;
    socket.stream.send(Message::text(message)).await.unwrap();
    socket.closed().await
}

#[tokio::test]
async fn a_socket_is_closed_with_the_member_that_is_wrong() {
    let app = App::start().await;
    for (payload, message) in wrong_members() {
        let message = message.replace('@', "payload.");
        let closed = closed(&app, &format!(r#"{{"id": "1", "type": "subscribe", "payload": {payload}}}"#)).await;
        assert_eq!(closed, (4400, format!("Invalid message: {message}")));
    }
    for (message, reason) in [
        ("[1]", "it must be a JSON object."),
        ("{\"type\": \"ping\",}", "it is not JSON: key must be a string at line 1 column 17."),
        ("{\"type\": 1}", "`type` must be a string, not a number."),
        ("{\"type\": null}", "`type` is missing."),
        ("{\"type\": \"ping\", \"type\": \"ping\"}", "`type` must be there only once."),
        ("{\"type\": \"start\"}", "the protocol has no type `start`."),
        ("{\"type\": \"ping\", \"payload\": [1]}", "`payload` must be a JSON object, not an array."),
        ("{\"type\": \"complete\", \"id\": 1}", "`id` must be a string, not a number."),
        ("{\"type\": \"subscribe\", \"id\": \"1\"}", "`payload` is missing."),
        ("{\"type\": \"subscribe\", \"id\": \"1\", \"payload\": {}}", "`payload.query` is missing."),
    ] {
        assert_eq!(closed(&app, message).await, (4400, format!("Invalid message: {reason}")), "{message}");
    }
}

#[tokio::test]
async fn a_value_without_a_meaning_ends_its_own_operation_only() {
    let app = App::start().await;
    make::document(&app, &app.here, json!({})).await;
    let mut socket = app.member().socket().await;
    socket.subscribe("live", "subscription { documentChanged { id } }", json!({})).await;
    let count = "query ($name: String, $size: BigInt) { documents(filter: { filename: { eq: $name }, size: { eq: $size } }) { totalCount } }";
    let quoted = Value::from(count);
    let deep = format!("{}1{}", "[".repeat(65), "]".repeat(65));
    for (payload, message) in [
        (
            format!(r#"{{"query": {quoted}, "variables": {{"name": "a\ud83d"}}}}"#),
            "$name: It must not have half of a surrogate pair",
        ),
        (
            format!(r#"{{"query": {quoted}, "variables": {{"name": "a", "name": "b"}}}}"#),
            "$name: It must be there only once.",
        ),
        (format!(r#"{{"query": {quoted}, "variables": {{"size": 1e400}}}}"#), "$size: "),
        (
            format!(r#"{{"query": {quoted}, "variables": {{"other": {deep}}}}}"#),
            "The variables are nested more than 64 deep.",
        ),
        (
            r#"{"query": "{ viewer { id(a: \"\ud83d\") } }"}"#.to_owned(),
            "`payload.query` must not have half of a surrogate pair",
        ),
        (format!(r#"{{"query": {quoted}, "variables": {{"name": "a\u0000"}}}}"#), "U+0000"),
    ] {
        let message_ = format!(r#"{{"id": "1", "type": "subscribe", "payload": {payload}}}"#);
        socket.stream.send(Message::text(message_)).await.unwrap();
        let told = socket.next().await.unwrap();
        let error = if told["type"] == "error" { &told["payload"][0] } else { &told["payload"]["errors"][0] };
        assert_eq!(told["id"], "1", "{told}");
        assert!(error["message"].as_str().unwrap().contains(message), "{told}");
        if told["type"] == "next" {
            socket.expect(json!({ "type": "complete", "id": "1" })).await;
        }
        // The same over HTTP.
        let answer = app.member().post(&payload).await;
        let text = answer.errors()[0]["message"].as_str().unwrap().to_owned();
        assert!(text.contains(&message.replace("payload.", "")), "{text}");
    }
    // Nobody asks for what no variable is.
    let other = format!(r#"{{"query": {quoted}, "variables": {{"unused": "\ud83d"}}}}"#);
    assert_eq!(app.member().post(&other).await.int("/documents/totalCount"), 1);
    socket.subscribe("2", ROLE, json!({})).await;
    assert_eq!(socket.answer("2").await["viewer"]["role"], "MEMBER");
}

#[tokio::test]
async fn a_ping_is_answered_with_the_very_payload() {
    let app = App::start().await;
    let mut socket = Socket::open(&app).await;
    let payload = r#"{"$serde_json::private::RawValue": "[1]", "a": {"$serde_json::private::Number": "x"}}"#;
    socket.stream.send(Message::text(format!(r#"{{"type": "ping", "payload": {payload}}}"#))).await.unwrap();
    let text = loop {
        match futures_util::StreamExt::next(&mut socket.stream).await.unwrap().unwrap() {
            Message::Text(text) => break text.to_string(),
            other => assert!(other.is_ping(), "{other:?}"),
        }
    };
    assert!(text.contains(payload), "{text}");
}

#[tokio::test]
async fn credentials_that_are_there_twice_must_agree() {
    let app = App::start().await;
    let (member, guest) = (app.member(), app.guest());
    let (member, guest) = (member.authorization(), guest.authorization());
    let (here, elsewhere) = (&app.here.id, &app.elsewhere.id);
    for (payload, wrong) in [
        (json!({ "authorization": member, "Authorization": member }), None),
        (json!({ "authorization": member, "headers": { "AUTHORIZATION": member, "authorization": null } }), None),
        (json!({ "authorization": member, "x-workspace-id": here, "headers": { "X-Workspace-Id": here } }), None),
        (json!({ "authorization": member, "Authorization": guest }), Some("`authorization` must have one value.")),
        (
            json!({ "authorization": member, "headers": { "Authorization": guest } }),
            Some("`authorization` must have one value."),
        ),
        (
            json!({ "authorization": member, "x-workspace-id": here, "X-Workspace-Id": elsewhere }),
            Some("`x-workspace-id` must have one value."),
        ),
        (
            json!({ "authorization": member, "x-workspace-id": 1 }),
            Some("`x-workspace-id` must be a string, not a number."),
        ),
        (json!({ "authorization": [member] }), Some("`authorization` must be a string, not an array.")),
    ] {
        let mut socket = Socket::open(&app).await;
        socket.init(payload.clone()).await;
        match wrong {
            None => socket.expect(json!({ "type": "connection_ack" })).await,
            Some(wrong) => assert_eq!(socket.closed().await, (4403, format!("Forbidden: {wrong}")), "{payload}"),
        }
    }
    let ask = async |headers: &[(&str, &str)]| {
        let request = app.anyone().request(Method::POST, "/graphql").header(CONTENT_TYPE, "application/json");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::of(request.body(json!({ "query": ROLE }).to_string())).await
    };
    let (authorization, workspace) = ("authorization", "x-workspace-id");
    for headers in [
        &[(authorization, member), (authorization, member)][..],
        &[(authorization, member), (workspace, here), (workspace, here)],
    ] {
        assert_eq!(ask(headers).await.str("/viewer/role"), "MEMBER");
    }
    ask(&[(authorization, member), (authorization, guest)]).await.refused("UNAUTHENTICATED");
    ask(&[(authorization, member), (workspace, here), (workspace, elsewhere)]).await.refused("BAD_USER_INPUT");
}

/// Names that a client may choose, those of no operation of the document, and those that were ever made up.
const NAMES: [&str; 5] = ["__nothing", "__only", "__validate", "_", "Q"];

#[tokio::test]
async fn a_document_is_validated_whatever_its_operations_are_called() {
    let app = App::start().await;
    for name in NAMES {
        for document in [
            format!("query {name} {{ viewer {{ rolle }} }}"),
            format!("mutation {name} {{ createTask(input: {{ title: \"a\" }}) {{ task {{ titel }} }} }}"),
            format!("query {name} {{ viewer {{ role }} }} query Other {{ viewer {{ rolle }} }}"),
            format!("query {name}($unused: Int) {{ viewer {{ role }} }}"),
            format!("query {name} {{ ...{name} }} fragment {name} on Query {{ viewer {{ rolle }} }}"),
        ] {
            let answer = app.member().post(&json!({ "query": document, "operationName": name }).to_string()).await;
            assert_eq!(answer.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{document}: {}", answer.text);
            assert_eq!(answer.json.get("data"), None);
        }
        let follow = format!("subscription {name} {{ documentChanged {{ idd }} }}");
        let mut socket = app.member().socket().await;
        socket.subscribe("1", &follow, json!({})).await;
        assert_eq!(socket.next().await.unwrap()["type"], "error");
        let valid = format!("query {name} {{ viewer {{ role }} }}");
        assert_eq!(app.member().say(&valid).await.str("/viewer/role"), "MEMBER");
    }
    assert_eq!(app.member().say("{ tasks { totalCount } }").await.int("/tasks/totalCount"), 0);
    let message = app.member().say("query ($a: Int) { viewer { role } }").await;
    assert_eq!(message.errors()[0]["message"], "Variable \"$a\" is not used");
}
