//! `/graphql/stream`: operations as server-sent events.

use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use well_ingestion::server::{Settings, SocketSettings};

use crate::change::{count, operation};
use crate::faults::{BUSY, until};
use crate::kit::{Answer, App, Asker, make, signed};

const ROLE: &str = "{ viewer { role } }";
const DOCUMENTS: &str = "{ documents { totalCount } }";
const COLLECTS: &str = "subscription { collectChanged { kind id } }";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The events of an answer.
struct Events {
    response: Response,
    text: String,
}

impl Events {
    async fn of(request: RequestBuilder) -> Self {
        let response = tokio::time::timeout(PATIENCE, request.send()).await.expect("no answer").unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[CONTENT_TYPE], "text/event-stream; charset=utf-8");
        assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
        Self { response, text: String::new() }
    }

    /// What a request for this operation is answered with.
    async fn asked(asker: &Asker, document: &str, variables: Value) -> Self {
        Self::of(post(asker, &json!({ "query": document, "variables": variables }))).await
    }

    /// The next block of lines, or the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing comes").unwrap();
            let Some(chunk) = chunk else {
                assert_eq!(self.text, "", "the end of an event is missing");
                return None;
            };
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event that is no comment, with its data; the end is `None`.
    async fn next(&mut self) -> Option<(String, Value)> {
        let patience = tokio::time::Instant::now() + PATIENCE;
        loop {
            let block = tokio::time::timeout_at(patience, self.block()).await.expect("nothing comes")?;
            if block.starts_with(':') {
                continue;
            }
            let (event, data) = block.split_once('\n').unwrap_or_else(|| panic!("no data: {block}"));
            let data = data.strip_prefix("data:").unwrap().trim();
            let data = if data.is_empty() { Value::Null } else { serde_json::from_str(data).unwrap() };
            return Some((event.strip_prefix("event:").unwrap().trim().to_owned(), data));
        }
    }

    /// The next event, which is an answer.
    async fn answer(&mut self) -> Value {
        let (event, data) = self.next().await.expect("the end instead of an answer");
        assert_eq!(event, "next", "{data}");
        data
    }

    /// Asserts that the operation is complete, and the answer at its end.
    async fn complete(mut self) {
        assert_eq!(self.next().await, Some(("complete".to_owned(), Value::Null)));
        assert_eq!(self.next().await, None);
    }

    /// Asserts that the answer ends without saying that the operation is complete. Changes that were made before may be
    /// told before.
    async fn cut(mut self) {
        while let Some((event, data)) = self.next().await {
            assert_eq!(event, "next", "{data}");
        }
    }
}

fn post(asker: &Asker, body: &Value) -> RequestBuilder {
    let request = asker.request(Method::POST, "/graphql/stream").header(ACCEPT, "text/event-stream");
    request.header(CONTENT_TYPE, "application/json").body(body.to_string())
}

fn get(asker: &Asker, document: &str) -> RequestBuilder {
    let query = serde_urlencoded::to_string([("query", document)]).unwrap();
    asker.request(Method::GET, &format!("/graphql/stream?{query}"))
}

/// Makes a collect in the database, over and over until one is told of.
async fn change_until_told(app: &App, events: &mut Events) -> Value {
    let told = async {
        loop {
            make::collect(app, &app.here, &app.person, json!({})).await;
            if let Ok(answer) = tokio::time::timeout(Duration::from_millis(200), events.answer()).await {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("nothing is told")
}

async fn app(sockets: SocketSettings) -> App {
    App::set(Settings { sockets, ..Settings::default() }).await
}

/// A server that looks callers up again, and gives signs of life, all the time.
async fn watchful() -> App {
    app(SocketSettings { keep_alive: Duration::from_millis(50), ..SocketSettings::default() }).await
}

#[tokio::test]
async fn an_operation_with_one_answer_is_two_events() {
    let app = App::start().await;
    let body = json!({ "query": ROLE, "extensions": { "cost": true } });
    let http = app.member().post(&body.to_string()).await;
    let mut events = Events::of(post(&app.member(), &body)).await;
    assert_eq!(events.block().await.as_deref(), Some(":"), "a first byte comes at once");
    assert_eq!(events.answer().await, http.json);
    events.complete().await;
    for accept in [None, Some("*/*"), Some("text/html, text/event-stream;q=0.5")] {
        let request = get(&app.member(), ROLE);
        let mut events = Events::of(match accept {
            Some(accept) => request.header(ACCEPT, accept),
            None => request,
        })
        .await;
        assert_eq!(events.answer().await["data"]["viewer"]["role"], "MEMBER");
        events.complete().await;
    }
    let create = operation("createDocument", "document { filename }");
    let mut events = Events::asked(&app.member(), &create, json!({ "input": { "filename": "a.pdf" } })).await;
    assert_eq!(events.answer().await["data"]["done"]["document"]["filename"], "a.pdf");
    events.complete().await;
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.documents").await, 1);
}

#[tokio::test]
async fn what_is_wrong_with_the_operation_is_an_event() {
    let app = App::start().await;
    for (document, code) in [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { collectChanged { id } documentChanged { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { document(id: $id) { id } }", "BAD_USER_INPUT"),
        ("subscription { connectorMappingChanged { id } }", "FORBIDDEN"),
    ] {
        let mut events = Events::asked(&app.guest(), document, json!({})).await;
        let answer = events.answer().await;
        assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{document}: {answer}");
        assert!(answer.get("data").is_none(), "{answer}");
        events.complete().await;
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_request_is_its_answer() {
    let app = App::set(Settings { max_body_bytes: 10_000, ..Settings::default() }).await;
    let member = app.member();
    let body = json!({ "query": ROLE });
    let large = json!({ "query": ROLE, "extensions": { "pad": "x".repeat(10_000) } });
    let plain =
        member.request(Method::POST, "/graphql/stream").header(CONTENT_TYPE, "text/plain").body(body.to_string());
    for (request, status, code) in [
        (post(&app.anyone(), &body), 401, "UNAUTHENTICATED"),
        (post(&member.in_workspace(&app.elsewhere.id), &body), 403, "FORBIDDEN"),
        (post(&member, &json!({})), 400, "BAD_USER_INPUT"),
        (post(&member, &json!([body])), 400, "BATCHING_DISABLED"),
        (post(&member, &large), 413, "REQUEST_TOO_LARGE"),
        (plain, 415, "BAD_USER_INPUT"),
        (get(&member, "mutation { x }"), 405, "BAD_USER_INPUT"),
        (get(&member, ROLE).header(ACCEPT, "application/json"), 406, "BAD_USER_INPUT"),
    ] {
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        answer.refused(code);
    }
}

#[tokio::test]
async fn changes_are_told_until_the_client_has_enough() {
    let app = app(SocketSettings { per_principal: 1, ..SocketSettings::default() }).await;
    let member = app.member();
    let mut events = Events::of(get(&member, COLLECTS)).await;
    assert_eq!(change_until_told(&app, &mut events).await["data"]["collectChanged"]["kind"], "CREATED");
    Answer::of(get(&member, ROLE)).await.refused("MAX_OPERATIONS_LIMIT");
    drop(events);
    let again = async { while Answer::of(get(&member, ROLE)).await.status != 200 {} };
    tokio::time::timeout(PATIENCE, again).await.expect("the seat is given back");
}

#[tokio::test]
async fn what_nobody_waits_for_is_cancelled_in_the_database() {
    let app = App::start().await;
    app.execute("BEGIN; LOCK TABLE core_api.documents").await;
    let events = Events::asked(&app.member(), DOCUMENTS, json!({})).await;
    until(&app, BUSY, 1).await;
    drop(events);
    until(&app, BUSY, 0).await;
    app.execute("ROLLBACK").await;
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_lives() {
    let app = watchful().await;
    let mut events = Events::asked(&app.member(), COLLECTS, json!({})).await;
    for _ in 0..5 {
        assert_eq!(events.block().await.as_deref(), Some(":"));
    }
}

#[tokio::test]
async fn whoever_loses_the_membership_hears_nothing_more() {
    for app in [App::start().await, watchful().await] {
        let mut events = Events::asked(&app.member(), COLLECTS, json!({})).await;
        change_until_told(&app, &mut events).await;
        app.execute("UPDATE core_api.memberships SET status = 'pending' WHERE subject = 'member@here'").await;
        let row = make::collect(&app, &app.here, &app.person, json!({})).await;
        while let Some((event, data)) = events.next().await {
            assert!(event == "next" && data["data"]["collectChanged"]["id"] != row.id, "{event}: {data}");
        }
        assert_eq!(Answer::of(get(&app.member(), COLLECTS)).await.status, 403);
    }
}

#[tokio::test]
async fn a_stream_ends_with_its_token_and_with_the_server() {
    let app = App::start().await;
    let token = signed(&json!({ "sub": "member@here", "exp": chrono::Utc::now().timestamp() + 2 }));
    let expiring = Events::asked(&app.bearer(&token), COLLECTS, json!({})).await;
    expiring.cut().await;
    let mut events = Events::asked(&app.member(), COLLECTS, json!({})).await;
    change_until_told(&app, &mut events).await;
    app.server().stop();
    events.cut().await;
}

#[tokio::test]
async fn a_stream_sees_its_own_workspace_only() {
    let app = App::start().await;
    let mut events = Events::asked(&app.member_elsewhere(), COLLECTS, json!({})).await;
    let person = make::person(&app, &app.elsewhere, json!({})).await;
    let mut theirs = Vec::new();
    let told = loop {
        make::collect(&app, &app.here, &app.person, json!({})).await;
        theirs.push(json!(make::collect(&app, &app.elsewhere, &person, json!({})).await.id));
        if let Ok(told) = tokio::time::timeout(Duration::from_millis(200), events.answer()).await {
            break told;
        }
    };
    assert!(theirs.contains(&told["data"]["collectChanged"]["id"]), "{told}");
}
