//! Answers in parts: as server-sent events and as multipart, at `/graphql/stream` and at `/graphql`.

mod following;
mod negotiation;
mod wire;

use std::time::Duration;

use reqwest::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};
use well_ingestion::server::{Settings, SocketSettings};

use crate::kit::{App, Asker, make};

const ROLE: &str = "{ viewer { role } }";
const DOCUMENTS: &str = "{ documents { totalCount } }";
const COLLECTS: &str = "subscription { collectChanged { kind id } }";

const EVENT_STREAM: &str = "text/event-stream";
/// As Apollo Client has it.
const MULTIPART: &str =
    "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9";

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// An address and a type in which an operation may be followed there.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    pub path: &'static str,
    accept: &'static str,
}

impl Way {
    pub const ALL: [Self; 4] = [
        Self { path: "/graphql/stream", accept: EVENT_STREAM },
        Self { path: "/graphql", accept: EVENT_STREAM },
        Self { path: "/graphql/stream", accept: "multipart/mixed;subscriptionSpec=1.0" },
        Self { path: "/graphql", accept: MULTIPART },
    ];

    fn is_multipart(self) -> bool {
        self.accept != EVENT_STREAM
    }

    /// Whether queries are answered whole.
    fn is_whole_for_queries(self) -> bool {
        self.accept == MULTIPART
    }

    /// A request with this body.
    pub fn post(self, asker: &Asker, body: &Value) -> RequestBuilder {
        let request = asker.request(Method::POST, self.path).header(ACCEPT, self.accept);
        request.header(CONTENT_TYPE, "application/json").body(body.to_string())
    }

    /// A request for this operation.
    pub fn asking(self, asker: &Asker, document: &str, variables: Value) -> RequestBuilder {
        let mut body = json!({ "query": document });
        body["variables"] = variables;
        self.post(asker, &body)
    }

    /// A request for this operation by `GET`.
    pub fn get(self, asker: &Asker, document: &str) -> RequestBuilder {
        let query = serde_urlencoded::to_string([("query", document)]).unwrap();
        asker.request(Method::GET, &format!("{}?{query}", self.path)).header(ACCEPT, self.accept)
    }
}

/// What a part of an answer says.
#[derive(Debug, PartialEq)]
pub enum Part {
    Next(Value),
    /// Errors of the transport, which only multipart has.
    Failed(Value),
    Complete,
}

/// The parts of an answer.
pub struct Parts {
    response: Response,
    multipart: bool,
    text: String,
}

impl Parts {
    pub async fn of(request: RequestBuilder) -> Self {
        let response = tokio::time::timeout(PATIENCE, request.send()).await.expect("no answer").unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
        let multipart = match response.headers()[CONTENT_TYPE].to_str().unwrap() {
            "text/event-stream; charset=utf-8" => false,
            "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0" => true,
            other => panic!("not a stream: {other}"),
        };
        let mut parts = Self { response, multipart, text: String::new() };
        if multipart {
            assert_eq!(parts.until("\r\n--graphql").await.as_deref(), Some(""));
        }
        parts
    }

    /// What comes before the separator, which is passed over; the end when there is nothing more.
    async fn until(&mut self, separator: &str) -> Option<String> {
        loop {
            if let Some((before, rest)) = self.text.split_once(separator) {
                let (before, rest) = (before.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(before);
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing comes").unwrap();
            let Some(chunk) = chunk else {
                assert!(["", "--\r\n"].contains(&self.text.as_str()), "the end of a part is missing: {}", self.text);
                return None;
            };
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next part as it is written, or the end.
    pub async fn written(&mut self) -> Option<String> {
        self.until(if self.multipart { "\r\n--graphql" } else { "\n\n" }).await
    }

    /// The next part that is no keep-alive; the end is `None`.
    pub async fn next(&mut self) -> Option<Part> {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let Some(part) = tokio::time::timeout_at(deadline, self.written()).await.expect("nothing comes") else {
                // The boundary that is final says that all is there.
                return (std::mem::take(&mut self.text) == "--\r\n").then_some(Part::Complete);
            };
            if let Some(part) = if self.multipart { multipart(&part) } else { server_sent(&part) } {
                return Some(part);
            }
        }
    }

    /// The next part, which is an answer.
    pub async fn answer(&mut self) -> Value {
        match self.next().await {
            Some(Part::Next(answer)) => answer,
            other => panic!("no answer: {other:?}"),
        }
    }

    /// Asserts that the operation is complete, and the answer at its end.
    pub async fn complete(mut self) {
        assert_eq!(self.next().await, Some(Part::Complete));
        assert_eq!(self.next().await, None);
    }

    /// Asserts that the answer is cut off: an event stream without a word, a multipart answer with an error of this
    /// code. Changes that were made before may be told before; they are given back.
    pub async fn cut(mut self, code: &str) -> Vec<Value> {
        let mut told = Vec::new();
        loop {
            match self.next().await {
                Some(Part::Next(answer)) => told.push(answer),
                Some(Part::Failed(errors)) => {
                    assert_eq!(errors[0]["extensions"]["code"], code, "{errors}");
                    self.complete().await;
                    return told;
                }
                None if !self.multipart => return told,
                other => panic!("not cut off: {other:?}"),
            }
        }
    }
}

/// The event of a block of lines; nothing for a comment.
fn server_sent(block: &str) -> Option<Part> {
    if block.starts_with(':') {
        return None;
    }
    let (event, data) = block.split_once('\n').unwrap_or_else(|| panic!("no data: {block}"));
    let data = data.strip_prefix("data:").unwrap().trim();
    Some(match event.strip_prefix("event:").unwrap().trim() {
        "next" => Part::Next(serde_json::from_str(data).unwrap()),
        "complete" if data.is_empty() => Part::Complete,
        other => panic!("an event that the protocol does not know: {other}"),
    })
}

/// What stands between two boundaries; nothing for a keep-alive.
fn multipart(part: &str) -> Option<Part> {
    let json = part.strip_prefix("\r\ncontent-type: application/json\r\n\r\n").unwrap_or_else(|| panic!("{part:?}"));
    let mut json: Value = serde_json::from_str(json).unwrap();
    if json == json!({}) {
        return None;
    }
    let payload = json["payload"].take();
    Some(if payload.is_null() { Part::Failed(json["errors"].take()) } else { Part::Next(payload) })
}

/// Makes a collect in the database, over and over until one is told of.
pub async fn change_until_told(app: &App, parts: &mut Parts) -> Value {
    let told = async {
        loop {
            make::collect(app, &app.here, &app.person, json!({})).await;
            if let Ok(answer) = tokio::time::timeout(Duration::from_millis(200), parts.answer()).await {
                return answer;
            }
        }
    };
    tokio::time::timeout(PATIENCE, told).await.expect("nothing is told")
}

async fn app(sockets: SocketSettings) -> App {
    App::set(Settings { sockets, ..Settings::default() }).await
}

/// A server that looks callers up again, and sends keep-alives, all the time.
async fn watchful() -> App {
    app(SocketSettings { keep_alive: Duration::from_millis(50), ..SocketSettings::default() }).await
}
