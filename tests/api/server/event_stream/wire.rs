//! What is written, to the letter.

use reqwest::header::ACCEPT;
use serde_json::json;

use crate::change::{count, operation};
use crate::kit::{Answer, App, make};
use crate::server::event_stream::{COLLECTS, Part, Parts, ROLE, Way, change_until_told, watchful};

#[tokio::test]
async fn an_operation_with_one_answer_is_that_and_the_end() {
    let app = App::start().await;
    let body = json!({ "query": ROLE, "extensions": { "cost": true } });
    let http = app.member().post(&body.to_string()).await;
    for way in Way::ALL.into_iter().filter(|way| !way.is_whole_for_queries()) {
        let mut parts = Parts::of(way.post(&app.member(), &body)).await;
        let first = if way.is_multipart() { "\r\ncontent-type: application/json\r\n\r\n{}" } else { ":" };
        assert_eq!(parts.written().await.as_deref(), Some(first), "a first byte comes at once");
        assert_eq!(parts.answer().await, http.json);
        parts.complete().await;
        let create = operation("createDocument", "document { filename }");
        let variables = json!({ "input": { "filename": "a.pdf" } });
        let mut parts = Parts::of(way.asking(&app.member(), &create, variables)).await;
        assert_eq!(parts.answer().await["data"]["done"]["document"]["filename"], "a.pdf");
        parts.complete().await;
    }
    assert_eq!(count(&app, "SELECT count(*) FROM core_api.documents").await, 3);
}

#[tokio::test]
async fn an_event_stream_is_written_as_its_protocol_has_it() {
    let app = App::start().await;
    for path in ["/graphql", "/graphql/stream"] {
        let request = app.member().request(reqwest::Method::GET, &format!("{path}?query=%7Bviewer%7Brole%7D%7D"));
        let answer = Answer::of(request.header(ACCEPT, "text/event-stream")).await;
        let data = r#"{"data":{"viewer":{"role":"MEMBER"}}}"#;
        assert_eq!(answer.text, format!(":\n\nevent: next\ndata: {data}\n\nevent: complete\ndata:\n\n"));
        assert_eq!(answer.headers["x-accel-buffering"], "no");
    }
}

#[tokio::test]
async fn multipart_is_written_as_its_protocol_has_it() {
    let app = App::start().await;
    for path in ["/graphql", "/graphql/stream"] {
        let request = app.member().request(reqwest::Method::GET, &format!("{path}?query=%7Bviewer%7Brole%7D%7D"));
        let answer = Answer::of(request.header(ACCEPT, "multipart/mixed;subscriptionSpec=\"1.0\"")).await;
        let head = "\r\n--graphql\r\ncontent-type: application/json\r\n\r\n";
        let data = r#"{"payload":{"data":{"viewer":{"role":"MEMBER"}}}}"#;
        assert_eq!(answer.text, format!("{head}{{}}{head}{data}\r\n--graphql--\r\n"));
        assert_eq!(answer.headers["x-accel-buffering"], "no");
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_operation_is_a_part_of_the_answer() {
    let app = App::start().await;
    for way in Way::ALL.into_iter().filter(|way| !way.is_whole_for_queries()) {
        for (document, code) in [
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { collectChanged { id } documentChanged { id } }", "GRAPHQL_VALIDATION_FAILED"),
            ("query ($id: ID!) { document(id: $id) { id } }", "BAD_USER_INPUT"),
            ("subscription { connectorMappingChanged { id } }", "FORBIDDEN"),
        ] {
            let mut parts = Parts::of(way.asking(&app.guest(), document, json!({}))).await;
            let answer = parts.answer().await;
            assert_eq!(answer["errors"][0]["extensions"]["code"], code, "{way:?}, {document}: {answer}");
            assert!(answer.get("data").is_none(), "{answer}");
            parts.complete().await;
        }
    }
}

#[tokio::test]
async fn who_accepts_whole_answers_too_is_told_in_one_what_is_wrong_with_the_operation() {
    let app = App::start().await;
    let way = Way::ALL[3];
    for (document, status, code) in [
        ("{", 400, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nonsense }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription ($id: ID!) { collectChanged(ids: [$id]) { id } }", 400, "BAD_USER_INPUT"),
    ] {
        let answer = Answer::of(way.asking(&app.guest(), document, json!({}))).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        answer.refused(code);
    }
    let mut parts =
        Parts::of(way.asking(&app.guest(), "subscription { connectorMappingChanged { id } }", json!({}))).await;
    assert_eq!(parts.answer().await["errors"][0]["extensions"]["code"], "FORBIDDEN");
    parts.complete().await;
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_lives() {
    let app = watchful().await;
    for way in Way::ALL {
        let mut parts = Parts::of(way.asking(&app.member(), COLLECTS, json!({}))).await;
        let keep_alive = if way.is_multipart() { "\r\ncontent-type: application/json\r\n\r\n{}" } else { ":" };
        for _ in 0..5 {
            assert_eq!(parts.written().await.as_deref(), Some(keep_alive));
        }
        let told = change_until_told(&app, &mut parts).await;
        assert_eq!(told["data"]["collectChanged"]["kind"], "CREATED");
    }
}

#[tokio::test]
async fn an_answer_of_a_stream_is_the_answer_of_a_request() {
    let app = App::start().await;
    make::document(&app, &app.here, json!({ "filename": "\n--graphql--\r\n\u{2028}data: x" })).await;
    let query = "{ documents { nodes { filename } } nothing: document(id: \"x\") { id } }";
    let whole = app.member().say(query).await.json;
    assert_eq!(whole["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");
    for way in Way::ALL.into_iter().filter(|way| !way.is_whole_for_queries()) {
        let mut parts = Parts::of(way.asking(&app.member(), query, json!({}))).await;
        assert_eq!(parts.next().await, Some(Part::Next(whole.clone())), "{way:?}");
        parts.complete().await;
    }
}
